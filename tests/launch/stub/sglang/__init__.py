"""A stand-in for tests."""
