"""The same stages on a full screen."""
