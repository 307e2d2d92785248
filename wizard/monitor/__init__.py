"""Log files → what is going on, and what is wrong."""
