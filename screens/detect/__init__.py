"""The Detect stage: which hosts there are, and whether they can serve."""

from screens.detect.screen import DetectScreen

__all__ = ["DetectScreen"]
