"""The Review stage: everything that would run, what is still to fill in, what differs, and the script itself."""
