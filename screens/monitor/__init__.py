"""The monitor: what every process of a run, or any log, is doing, and why it fails."""
