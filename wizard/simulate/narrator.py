"""What a rehearsal tells on a terminal or into a pipe: steps, lines, commands; SIMULATED on every screenful."""

import os
import select
import shlex
import sys
import termios
import textwrap
import time
import tty
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from wizard.monitor.text import printable
from wizard.simulate.pretend import WORD

_SCREENFUL = 16
"""Lines after which the word must have stood again; a terminal has 24."""
_WIDEST = 100


_ESCAPE = b"\x1b"
_ON, _OFF = (b"\r", b"\n", b" "), (b"q", _ESCAPE, b"\x04", b"")
"""Keys that go on and keys that leave; nothing at all is the end of the input."""
_SIGNS, _REST_S = 16, 0.05
"""More than any key sends, and how long what follows its first sign may take."""


class Left(Exception):  # noqa: N818 (no error)
    """The operator wants no further step."""


class Narrator:
    """Tells a rehearsal. Pauses only where somebody sits in front of it."""

    def __init__(self, out: Console, *, pauses: bool, total: int) -> None:
        self._out = out
        self._pauses = pauses and sys.stdin.isatty() and out.is_terminal
        self._total = total
        self._number = 0
        self._since = 0
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since it began, without the pauses."""
        return time.monotonic() - self._began

    @property
    def is_ascii(self) -> bool:
        """Whether only ASCII may be written."""
        return self._out.encoding.lower().replace("-", "") != "utf8"

    def way(self, names: Sequence[str]) -> None:
        """Everything that is to come, in one line."""
        self.say(f"{len(names)} steps: {' > '.join(names)}.")

    def bar(self, done: int, style: str = "") -> Text:
        """How much of something is done, as a picture of ten cells."""
        full, rest = ("#", "-") if self.is_ascii else ("█", "░")
        return Text(full * (done // 10) + rest * (10 - done // 10), style=style)

    def progress(self, head: str, text: str, done: int) -> None:
        """A line with a picture of how much is done."""
        self._line(Text.assemble(f"  {printable(head)}", self.bar(done, "cyan"), f" {printable(text)}"))

    def step(self, title: str, why: str = "") -> None:
        """A new step: a line across the terminal, and why it is there."""
        self._number += 1
        head = f"── {WORD} ── {self._number}/{self._total} {title} "
        if self.is_ascii:
            head = head.replace("─", "-")
        rule = head[0] * max(0, self._width - len(head))
        self._out.print(Text(""))
        self._out.print(Text(head + rule, style="bold cyan"), no_wrap=True, overflow="crop")
        self._since = 0
        if why:
            self.say(why)

    def say(self, text: str, style: str = "") -> None:
        """A sentence or more, wrapped between words."""
        for line in textwrap.wrap(printable(text), self._width - 1, break_on_hyphens=False):
            self._line(Text(line, style=style))

    def item(self, head: str, text: str, style: str = "") -> None:
        """A head and a text that is wrapped beside it."""
        width = self._width - 3 - len(head)
        first, *rest = textwrap.wrap(printable(text), max(20, width), break_on_hyphens=False) or [""]
        self._line(Text(f"  {printable(head)}{first}", style=style))
        for more in rest:
            self._line(Text(f"  {' ' * len(head)}{more}", style=style))

    def line(self, text: str, style: str = "") -> None:
        """One line as it is, cut off at the edge of the terminal."""
        self._line(Text(printable(text), style=style))

    def command(self, words: str) -> None:
        """A command that one could type; never cut off, so that it can be copied."""
        self._count(1 + len(words) // max(1, self._width))
        self._out.print(Text(f"  $ {printable(words)}", style="bold"), soft_wrap=True)

    def lines(self, rows: Sequence[str], style: str = "") -> None:
        """Several lines."""
        for row in rows:
            self.line(row, style)

    def elsewhere(self, variables: dict[str, str]) -> None:
        """How the same command works in another terminal, while this one waits."""
        if self._pauses:
            self.say("While this waits, it works in another terminal, too, with these variables:")
            self.command("export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items()))

    def pause(self, full_screen: Callable[[], None] | None = None) -> None:
        """Waits for Enter or Space where somebody sits there; other keys do nothing.

        Args:
            full_screen: opens the same on the full screen; None: it is not offered here.

        Raises:
            Left: q, Esc, or the end of the input.
        """
        if not self._pauses:
            return
        began = time.monotonic()
        offer = "   f: try it yourself, full screen" if full_screen else ""
        try:
            while (key := self._key(f"  [{WORD}] Enter: go on{offer}   q: stop and leave  ")) not in _ON:
                if key in _OFF:
                    raise Left
                if key == b"f" and full_screen:
                    full_screen()
        finally:
            self._began += time.monotonic() - began
        self._since = 0

    def _key(self, question: str) -> bytes:
        """The one key that is pressed, the first sign of an arrow left out; nothing at the end of the input."""
        self._out.print(Text(question), end="")
        handle = sys.stdin.fileno()
        before = termios.tcgetattr(handle)
        tty.setcbreak(handle, termios.TCSADRAIN)  # what was typed ahead counts
        try:
            key = os.read(handle, 1).lower()
            if key == _ESCAPE and select.select([handle], [], [], _REST_S)[0]:
                key = os.read(handle, _SIGNS)  # an arrow or the like, not Esc
            return key
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
            self._out.print(Text(""))

    @property
    def _width(self) -> int:
        return max(40, min(self._out.width, _WIDEST))

    def _line(self, text: Text) -> None:
        self._count(1)
        self._out.print(text, no_wrap=True, overflow="ellipsis")

    def _count(self, rows: int) -> None:
        self._since += rows
        if self._since >= _SCREENFUL:
            self._out.print(Text(f"  ({WORD}: everything here is played, no NPU is used)", style="dim"))
            self._since = 0
