"""Logs in memory that behave as watched ones do."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from wizard.monitor.reader import LogReader, Reading


class Named(NamedTuple):
    name: str


class Ring:
    def __init__(self, size: int) -> None:
        self._lines: deque[bytes] = deque(maxlen=size)
        self.end = 0

    @property
    def first(self) -> int:
        return self.end - len(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    growing = None

    def __getitem__(self, place: int) -> bytes:
        return self._lines[place]

    def extend(self, lines: list[bytes]) -> None:
        self._lines.extend(lines)
        self.end += len(lines)


class MemoryLog:
    """A log that tests write to; ``write`` is what a server does, ``poll`` takes it in."""

    def __init__(self, name: str = "server", text: str | bytes = "", *, size: int = 10_000) -> None:
        self.source = Named(name)
        self.lines = Ring(size)
        self.all: list[bytes] = []
        self.state = "following"
        self.closed = False
        self._reader = LogReader()
        self._waiting: list[bytes] = []
        if text:
            self.write(text)
            self.poll(1)

    def write(self, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        self._waiting.extend(data.removesuffix(b"\n").split(b"\n"))

    def poll(self, budget_bytes: int) -> bool:
        new, self._waiting = self._waiting, []
        self.lines.extend(new)
        self.all.extend(new)
        if new:
            self._reader.feed(b"\n".join(new) + b"\n")
        return bool(new)

    @property
    def reading(self) -> Reading:
        return self._reader.reading()

    @property
    def root(self) -> int | None:
        found = self.reading.diagnosis
        return found.root_line - 1 if found else None

    def number(self, line: int) -> int | None:
        return line - 1

    def part(self, start: int, end: int) -> tuple[int, list[bytes]]:
        first, last = max(start, self.lines.first), min(end, self.lines.end)
        return first, self.all[first:last]

    @property
    def has_older(self) -> bool:
        return self.lines.first > 0

    base = 0
    file_first: int | None = 0
    speed = 1.0

    def pieces(self) -> Iterator[bytes]:
        yield b"".join(line + b"\n" for line in self.all)

    def older(self, count: int, before: int | None = None) -> list[bytes]:
        end = self.lines.first if before is None else before
        return self.all[max(end - count, 0) : end]

    def search(self, pattern: re.Pattern[bytes], cancelled: Callable[[], bool]) -> Iterator[tuple[int, bytes]]:
        for number, raw in enumerate(list(self.all)):
            if cancelled():
                return
            if pattern.search(raw):
                yield number, raw

    def close(self) -> None:
        self.closed = True
