"""From the start of the process to the first usable screen, beside a Textual application that shows one word."""

import os
import pty
import select
import signal
import struct
import sys
import time
from collections.abc import Sequence
from fcntl import ioctl
from termios import TIOCSWINSZ

import pytest

SMALLEST = """
from textual.app import App
from textual.widgets import Static
class Smallest(App):
    def compose(self):
        yield Static("here it is")
Smallest().run()
"""


def first_paint_s(argv: Sequence[str], mark: bytes) -> float:
    """Seconds until a terminal of 80x24 was told ``mark``."""
    began = time.monotonic()
    process, handle = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(argv[0], argv)  # noqa: S606
    ioctl(handle, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    written = b""
    while mark not in written and select.select([handle], [], [], 20)[0]:
        written += os.read(handle, 65536)
    taken = time.monotonic() - began
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(handle)
    assert mark in written, written[-2000:]
    return taken


@pytest.mark.benchmark
def test_the_wizard_is_there_soon_after_the_smallest_application_would_be() -> None:
    """The best of five each, in turns, so that a busy machine slows both."""
    ours, smallest = [], []
    for _ in range(5):
        smallest.append(first_paint_s([sys.executable, "-c", SMALLEST], b"here it is"))
        ours.append(first_paint_s([sys.executable, "-m", "wizard.cli", "--preset", "a3-pd"], b"clients"))
    print(f"first usable screen: {min(ours):.2f} s, smallest Textual application: {min(smallest):.2f} s")
    assert min(ours) <= 2.5 * min(smallest)
