"""Reading back in a log file, and searching it whole: what no longer is, or never was, in memory.

Owns offsets. Works on a descriptor by position, so that whoever follows the same file is not disturbed.
"""

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

from wizard.monitor.ring import settled
from wizard.monitor.text import without_codes

Read = Callable[[int, int], bytes]
"""Gives a piece of a file: so many bytes from an offset."""
_BLOCK_BYTES = 256 * 1024
_SEARCH_BYTES = 1024 * 1024
_MARKS = 4096
_LINE_BYTES = 8 * 1024 * 1024
"""A line that goes on for longer is cut there."""


class LineIndex:
    """Where some lines of a file begin: enough that any other is found by reading a little."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._offsets: list[int] = []
        self._spacing = 64 * 1024

    def note(self, number: int, offset: int) -> None:
        """Line ``number`` begins at ``offset``. What stands close to a known place is left out."""
        place = bisect_left(self._offsets, offset)
        near = self._offsets[max(0, place - 1) : place + 1]
        if any(abs(offset - one) < self._spacing for one in near):
            return
        self._numbers.insert(place, number)
        self._offsets.insert(place, offset)
        if len(self._numbers) > _MARKS:
            self._spacing *= 2
            self._numbers, self._offsets = self._numbers[::2], self._offsets[::2]

    def places(self) -> tuple[tuple[int, int], ...]:
        """All that is known: number and offset."""
        return tuple(zip(self._numbers, self._offsets, strict=True))

    def after(self, number: int) -> tuple[int, int] | None:
        """The first known place at or after a line: its number and offset."""
        place = bisect_left(self._numbers, number)
        return (self._numbers[place], self._offsets[place]) if place < len(self._numbers) else None


class Found(NamedTuple):
    """A line that a search found."""

    number: int
    raw: bytes


def line_start(handle: int, wanted: int, start: int = 0) -> int:
    """Offset of the first line that begins at or after ``wanted``; ``wanted`` itself inside an endless line."""
    if wanted <= start:
        return start
    place = wanted - 1
    while place < wanted + _LINE_BYTES:
        block = os.pread(handle, _BLOCK_BYTES, place)
        found = block.find(b"\n")
        if found >= 0:
            return place + found + 1
        if len(block) < _BLOCK_BYTES:
            break
        place += len(block)
    return wanted


class Page(NamedTuple):
    """Lines in a row of a file."""

    lines: tuple[bytes, ...]
    offset: int
    """Where the first begins."""


def before(read: Read, offset: int, count: int, start: int = 0) -> Page:
    """The ``count`` whole lines that end right before ``offset``, which begins a line; fewer at the file's start."""
    if offset <= start:
        return Page((), start)
    blocks: list[bytes] = []
    place, feeds = offset, 0
    while place > start and feeds <= count and offset - place < _LINE_BYTES:
        size = min(_BLOCK_BYTES, place - start)
        place -= size
        blocks.append(read(size, place))
        feeds += blocks[-1].count(b"\n")
    held = b"".join(reversed(blocks))
    pieces = held.split(b"\n")
    if held.endswith(b"\n"):
        pieces.pop()
    kept = pieces[-count:] if place == start else pieces[1:][-count:]
    if not kept and pieces:
        kept = pieces  # one line longer than anything that is read at once
    size = sum(map(len, kept)) + len(kept)
    return Page(tuple(settled(line) for line in kept), offset - size)


def lines_in(handle: int, start: int, end: int, cancelled: Callable[[], bool]) -> int | None:
    """How many lines end between two offsets; None when it was cancelled."""
    count = 0
    while start < end:
        if cancelled():
            return None
        block = os.pread(handle, min(_SEARCH_BYTES, end - start), start)
        if not block:
            break
        count += block.count(b"\n")
        start += len(block)
    return count


def search(
    read: Read,
    pattern: "re.Pattern[bytes]",
    begin: tuple[int, int],
    cancelled: Callable[[], bool],
    note: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[Found]:
    """The lines of a file that hold the pattern, in order.

    Args:
        read: gives a piece of the file: so many bytes from an offset.
        pattern: what to look for in one line, without escape codes.
        begin: number and offset of the first line.
        cancelled: asked between pieces of 1 MiB.
        note: told the number and offset of a line now and then.
    """
    number, start = begin
    own = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
    rest = b""
    while not cancelled():
        block = read(_SEARCH_BYTES, start)
        if not block:
            break
        start += len(block)
        whole, feed, after = block.rpartition(b"\n")
        if not feed and len(rest) < _LINE_BYTES:
            rest += block
            continue
        data, rest = rest + whole, after
        yield from _in_block(own, without_codes(data), number)
        number += data.count(b"\n") + 1
        note(number, start - len(rest))
    if rest and not cancelled():
        yield from _in_block(own, without_codes(rest), number)


def _in_block(pattern: "re.Pattern[bytes]", data: bytes, number: int) -> Iterator[Found]:
    place = counted = 0
    while place <= len(data):
        match = pattern.search(data, place)
        if match is None:
            return
        first = data.rfind(b"\n", 0, match.start()) + 1
        end = data.find(b"\n", match.start())
        end = len(data) if end < 0 else end
        line = data[first:end]
        # A pattern may reach over a line's end (`\s+`): only what stands in one line counts.
        if match.end() <= end or pattern.search(line):
            number += data.count(b"\n", counted, first)
            counted = first
            yield Found(number, settled(line))
        place = end + 1
