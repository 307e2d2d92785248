"""Does it answer? Not built yet."""
