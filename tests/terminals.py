"""Programs on a terminal of their own: what they write there, and keys that are typed into it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from tests.waiting import LIMIT_S


class OnPty:
    """A program on a pseudo terminal."""

    def __init__(self, handle: int, process: subprocess.Popen[bytes]) -> None:
        self.handle, self.process, self.seen = handle, process, b""

    def read(self, wait_s: float = 0.2) -> bool:
        """Takes in what it writes; whether there was something by then."""
        with suppress(OSError):  # the other side is closed
            if select.select([self.handle], [], [], wait_s)[0]:
                new = os.read(self.handle, 65536)
                self.seen += new
                return bool(new)
        return False

    def until(self, text: bytes) -> None:
        """Reads until the terminal was sent this."""
        deadline = time.monotonic() + LIMIT_S
        while text not in self.seen:
            is_over = self.process.poll() is not None or time.monotonic() > deadline
            assert self.read() or not is_over, self.seen[-2000:]

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self.handle, keys.encode())

    def ended(self) -> int:
        """Its exit code; what it still writes is read meanwhile."""
        deadline = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.seen[-2000:]
            self.read()
        while self.read(0):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """Closes the terminal, as one closes a window."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


@contextmanager
def on_terminal(
    words: Sequence[str], *, size: tuple[int, int] = (80, 24), folder: Path | None = None, talk: Path | None = None,
    is_its_own: bool = True, variables: Mapping[str, str] | None = None,
) -> Iterator[OnPty]:  # fmt: skip
    """A program that is killed when the block ends.

    Args:
        words: how it is called.
        size: columns and lines of the terminal.
        folder: where it is started; None: here.
        talk: the file that takes what it says on stderr; None: the terminal.
        is_its_own: whether it controls the terminal: Ctrl-C and a hang-up reach it as signals.
        variables: beside those of this process.
    """
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    owning = ["setsid", "--ctty"] if is_its_own else []
    with talk.open("wb") if talk else nullcontext(inside) as errors:
        process = subprocess.Popen(
            [*owning, *words], stdin=inside, stdout=inside, stderr=errors, cwd=folder, start_new_session=not owning,
            env={**os.environ, "TERM": "xterm-256color", **(variables or {})},
        )  # fmt: skip
    os.close(inside)
    seen = OnPty(outside, process)
    try:
        yield seen
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        seen.hang_up()
