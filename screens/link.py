"""The way to the terminal, which may be slow: how much was sent, and how much it has not taken yet.

Owns counting, and who has the mouse. What is written comes from Textual.
"""

import sys
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver

_MOUSE = ("\x1b[?1000", "\x1b[?1003", "\x1b[?1015", "\x1b[?1006")
"""Terminal modes that hand the mouse to a program, without their last letter."""


class _Counted:
    """A file that knows how many bytes went through it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.taken_bytes = 0

    def write(self, text: str) -> int:
        written = self._file.write(text)
        self._file.flush()
        self.taken_bytes += size(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Link(LinuxDriver):
    """Textual's driver, with counting.

    The app finds it as its attribute ``link`` while the full screen is open.
    """

    def __init__(self, app: Any, **settings: Any) -> None:
        super().__init__(app, **settings)
        self.sent_bytes = 0
        """Written so far, taken by the terminal or not."""
        self.has_mouse = bool(settings.get("mouse", True))
        # Textual draws on stderr: `2>FILE` would leave a blank screen, and it is for what is said beside the screen
        self._counted = _Counted(sys.__stdout__ or sys.stdout)
        self._file = cast("Any", self._counted)
        app.link = self

    @property
    def waiting_bytes(self) -> int:
        """What the terminal has not taken yet."""
        return self.sent_bytes - self._counted.taken_bytes

    def write(self, data: str) -> None:
        """Sends to the terminal; another thread does the waiting."""
        self.sent_bytes += size(data)
        super().write(data)

    def use_mouse(self, wanted: bool) -> None:
        """Takes the mouse, or gives it to the terminal."""
        self.has_mouse = wanted
        self.write("".join(mode + ("h" if wanted else "l") for mode in _MOUSE))
        self.flush()


def size(text: str) -> int:
    """Bytes of a text as UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
