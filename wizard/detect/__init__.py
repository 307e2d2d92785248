"""What every host really is: probes, and parsers from text to values."""
