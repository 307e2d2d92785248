"""Programs on a terminal of their own, which is theirs to control: Ctrl-C reaches them as a signal."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.screens.test_monitor_terminal import OnPty


@contextmanager
def on_terminal(words: list[str], *, columns: int = 100, lines: int = 30, folder: Path = Path("/")) -> Iterator[OnPty]:
    """A program that is killed when the block ends, all it says on the terminal."""
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        ["setsid", "--ctty", *words], stdin=inside, stdout=inside, stderr=inside, cwd=folder,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(inside)
    try:
        yield OnPty(outside, process, folder)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        with suppress(OSError):
            os.close(outside)
