"""Facts as data, each with its source, and the loaders that look things up in them. Decides nothing."""
