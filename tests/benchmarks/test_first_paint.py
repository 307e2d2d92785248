"""From the start of the process to the first usable screen, beside other applications of the same kind.

``TOOLONG`` and ``KANBAN_TUI`` name their executables; without them they are left out, with the reason. All are started
in turns, with their byte code compiled, so that a busy machine slows all and nobody pays for compiling.
"""

import os
import pty
import select
import signal
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import NamedTuple

import pytest

SMALLEST = """
from textual.app import App
from textual.widgets import Static
class Smallest(App):
    def compose(self):
        yield Static("here it is")
Smallest().run()
"""
ROUNDS = 11
MOST = 2.6
"""Times the processor time of the smallest application, which shows one word."""


class Paint(NamedTuple):
    """How long the first screen took."""

    wall_s: float
    processor_s: float


def first_paint(argv: Sequence[str], mark: bytes, variables: dict[str, str]) -> Paint:
    """Until a terminal of 80x24 was told ``mark``."""
    began = time.monotonic()
    process, handle = pty.fork()
    if process == 0:
        os.execvpe(argv[0], argv, variables)  # noqa: S606
    ioctl(handle, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    written = b""
    while mark not in written and select.select([handle], [], [], 30)[0]:
        written += os.read(handle, 65536)
    taken = time.monotonic() - began
    os.kill(process, signal.SIGKILL)
    used = os.wait4(process, 0)[2]  # in microseconds; /proc counts in steps of 0.01 s
    os.close(handle)
    assert mark in written, written[-2000:]
    return Paint(taken, used.ru_utime + used.ru_stime)


def peers(folder: Path) -> dict[str, tuple[list[str], bytes]]:
    """Those that are there, and what their first usable screen shows."""
    log = folder / "some.log"
    log.write_text("".join(f"line {number} of a log\n" for number in range(100)), encoding="utf-8")
    known = {"toolong": ("TOOLONG", [str(log)], b"of a log"), "kanban-tui": ("KANBAN_TUI", [], b"Kanban")}
    found = {}
    for name, (variable, words, mark) in known.items():
        place = os.environ.get(variable, "")
        if place:
            found[name] = ([place, *words], mark)
        else:
            print(f"{name} is left out: {variable} does not name its executable")
    return found


@pytest.mark.benchmark
def test_the_wizard_is_there_soon_after_the_smallest_application_would_be(tmp_path: Path) -> None:
    """Ours, at Detect and at Choose; the smallest application; peers. Ratios to the smallest are printed."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    variables |= {"TERM": "xterm-256color", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    variables |= {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("STATE", "CONFIG", "DATA", "CACHE")}
    wizard = [sys.executable, "-m", "wizard.cli"]
    cases: dict[str, tuple[list[str], bytes]] = {
        "smallest": ([sys.executable, "-c", SMALLEST], b"here it is"),
        "wizard, Detect": (wizard, b"Looking"),
        "wizard, Choose": ([*wizard, "--preset", "a3-pd"], b"clients"),
        **peers(tmp_path),
    }
    for argv, mark in cases.values():
        first_paint(argv, mark, variables)  # compiles
    paints: dict[str, list[Paint]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (argv, mark) in cases.items():
            paints[name].append(first_paint(argv, mark, variables))
    least = min(paint.processor_s for paint in paints["smallest"])
    for name, seen in paints.items():
        walls, used = sorted(paint.wall_s for paint in seen), min(paint.processor_s for paint in seen)
        print(
            f"{name:15} {walls[0]:.2f} s (median {statistics.median(walls):.2f}), "
            f"processor {used:.3f} s, {used / least:.1f} times the smallest"
        )
    for ours in ("wizard, Detect", "wizard, Choose"):
        used = min(paint.processor_s for paint in paints[ours])
        assert used <= MOST * least, ours
        for peer in paints.keys() & {"toolong", "kanban-tui"}:
            assert used < min(paint.processor_s for paint in paints[peer]), (ours, peer)
