"""The log as a server writes it: stamps, ranks, levels, progress bars that start their line again."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO


class Log:
    """Writes lines; threads may share it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def say(self, message: str, ranks: str = "") -> None:
        """A line with stamp and ranks: ``[2026-01-07 06:58:10 DP0 TP0] …``."""
        self.bare(f"[{stamp()}{ranks}] {message}")

    def bare(self, text: str) -> None:
        """A line as it is."""
        with self._lock:
            self._stream.write(text + "\n")
            self._stream.flush()

    def bar(self, text: str, *, end: bool = False) -> None:
        """A state of a progress bar: the line starts again, and only the last state ends it."""
        with self._lock:
            self._stream.write("\r" + text + ("\n" if end else ""))
            self._stream.flush()

    def access(self, client: tuple[str, int], request: str, status: str) -> None:
        """A request that was answered."""
        self.say(f'INFO:     {client[0]}:{client[1]} - "{request}" {status}')


def stamp() -> str:
    """Now, as the server writes it: local time, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


def clock(seconds: float) -> str:
    """A duration as tqdm writes it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
