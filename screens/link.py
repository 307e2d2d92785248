"""The way to the terminal, which may be slow, or gone: how much was sent, and how much it has not taken yet.

Owns counting, who has the mouse, and that the app ends with its terminal. What is written comes from Textual.
"""

import os
import select
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_MOUSE = ("\x1b[?1000", "\x1b[?1003", "\x1b[?1015", "\x1b[?1006")
"""Terminal modes that hand the mouse to a program, without their last letter."""
_ESCAPE = "\x1b"
_ESCAPE_MS = 25
"""How long the rest of a key may take after its first byte, which is Escape's, too. One key is sent in one piece."""
_LOOK_MS = 100
"""How often to look whether the app ends."""


class _Counted:
    """A file that knows how many bytes went through it, and takes them even when the terminal is gone."""

    def __init__(self, file: IO[str], lost: Callable[[], None]) -> None:
        self._file = file
        self._lost = lost
        self.taken_bytes = 0

    def write(self, text: str) -> int:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError:
            self._lost()
        self.taken_bytes += size(text)
        return len(text)

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
        self._counted = _Counted(sys.__stdout__ or sys.stdout, self._lost)
        self._file = cast("Any", self._counted)
        self._is_away = False
        self._cut_off = app.cut_off
        app.link = self

    @property
    def waiting_bytes(self) -> int:
        """What the terminal has not taken yet."""
        return self.sent_bytes - self._counted.taken_bytes

    def write(self, data: str) -> None:
        """Sends to the terminal; another thread does the waiting."""
        self.sent_bytes += size(data)
        super().write(data)

    def run_input_thread(self) -> None:
        """Hands on keys until the app ends. Textual's own goes on for ever, and busily, when the terminal is gone.

        It also takes up to 0.2 s to tell Escape from the start of another key.
        """
        parser, decode = XTermParser(), getincrementaldecoder("utf-8")("replace").decode
        keys = select.poll()
        keys.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if keys.poll(_LOOK_MS):
                typed = self._typed()
                if not typed:
                    self._lost()
                    return
                text = decode(typed)
                if text == _ESCAPE and not keys.poll(_ESCAPE_MS):
                    self.process_message(events.Key("escape", _ESCAPE))
                    continue
                for event in parser.feed(text) if text else ():
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _typed(self) -> bytes:
        with suppress(OSError):
            return os.read(self.fileno, 4096)
        return b""

    def _lost(self) -> None:
        """The terminal is gone: what is still said goes nowhere, and the app ends."""
        gone, nowhere = self.fileno, os.open(os.devnull, os.O_RDWR)
        with suppress(OSError):
            terminal = os.fstat(gone).st_rdev
            for handle in (1, 2, gone):
                if os.fstat(handle).st_rdev == terminal:
                    os.dup2(nowhere, handle)
        os.close(nowhere)
        self._app.call_later(self._cut_off)

    def suspend_application_mode(self) -> None:
        """Leaves the terminal to another program."""
        self._is_away = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Comes back, if it was away: who closes a terminal sends the signal to go on, too."""
        if self._is_away:
            self._is_away = False
            super().resume_application_mode()

    def use_mouse(self, wanted: bool) -> None:
        """Takes the mouse, or gives it to the terminal."""
        self.has_mouse = wanted
        self.write("".join(mode + ("h" if wanted else "l") for mode in _MOUSE))
        self.flush()


def size(text: str) -> int:
    """Bytes of a text as UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
