"""The Launch stage: what will happen, what happens, and what came of it."""
