"""A log that is being watched: its newest lines, what they say, and the way back into the file.

Owns joining a follower, the ring of lines and the reader. A long file is opened at its end at once; what stands before
is read afterwards, a piece at every poll, until one reader knows the whole file. Nothing here waits, except reading
back and searching, which are for threads when the file is on another host.
"""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from wizard.monitor import afar, back
from wizard.monitor.back import Found, LineIndex
from wizard.monitor.earlier import Earlier, joined
from wizard.monitor.reader import LogReader, Reading
from wizard.monitor.remote import ContainerFollower, RemoteFileFollower
from wizard.monitor.replay import ReplayFollower
from wizard.monitor.ring import Ring
from wizard.monitor.source import PIPED, Source
from wizard.monitor.tail import Chunk, FileFollower, Follower, PipeFollower

BUDGET_BYTES = 256 * 1024
_WHOLE_BYTES = 1024 * 1024
"""A file up to this size is read from its start at once."""
_END_BYTES = 256 * 1024
"""Of a longer one this much of its end comes first."""
_PIECE_BYTES = 1024 * 1024
_PLACED = (FileFollower, RemoteFileFollower, ReplayFollower)
"""What can be read back."""


class Watched:
    """One log. Call ``poll`` ten times a second or so from one thread; everything else is there to be looked at.

    ``older``, ``part``, ``search`` and ``pieces`` may be called from other threads.

    Args:
        source: where it is.
        follower: what its bytes come from; None: what suits the source.
        find: gives the source once it is known, of a process that is only planned; never waits. None: it is known.
    """

    def __init__(
        self, source: Source, follower: Follower | None = None, find: Callable[[], Source | None] | None = None
    ) -> None:
        self.source = source
        self._find = find
        self.lines = Ring()
        """The newest lines; numbers start at 0 with the first line that was read."""
        self.base: int | None = 0
        """How many lines of the file stand before line 0; None until they are counted."""
        self.speed = 1.0
        """How much faster than it was written it is shown."""
        self.last_new_s = time.monotonic()
        """When something came last, on the monotonic clock."""
        self._reader = LogReader()
        self._index = LineIndex()
        self._earlier: Earlier | None = None
        self._begun = False
        self._file_first: int | None = 0
        self._file_start = 0
        self._end_start = 0
        self._lines_before: int | None = None
        self._follower = follower or _follower(source)
        self._lock = threading.Lock()
        """Held while lines, reader and index do not agree."""

    @property
    def state(self) -> str:
        """Following, waiting for the file, connection lost, ended: in one sentence."""
        return "not started yet" if self._find is not None else self._follower.state

    @property
    def reading(self) -> Reading:
        """What the log says so far. Line numbers in it count from 1 in the file as soon as ``base`` is known."""
        now = self._reader.reading()
        return now if self._earlier is None else joined(self._earlier.reader.reading(), now, self.base)

    @property
    def reader(self) -> LogReader:
        """The reader itself, for figures over time."""
        return self._reader

    @property
    def unread_bytes(self) -> int:
        """How much of the file's beginning is still to be read; 0 when all lines are understood."""
        return self._earlier.left(self._position) if self._earlier else 0

    def number(self, line: int) -> int | None:
        """The number in ``lines`` of a line of the file; None where that is not known yet."""
        return None if self.base is None else line - 1 - self.base

    @property
    def root(self) -> int | None:
        """The number in ``lines`` of the line that the diagnosis quotes; None without one, or while it is not known."""
        found = self._reader.reading().diagnosis
        if found is not None and self._earlier:
            return found.root_line - 1
        found = found or self.reading.diagnosis
        return self.number(found.root_line) if found else None

    def poll(self, budget_bytes: int = BUDGET_BYTES) -> bool:
        """Takes what came, within the budget; whether there was anything new to show. Never waits."""
        if self._find is not None:
            found = self._find()
            if found is None:
                return False
            self.source, self._follower, self._find = found, _follower(found), None
        if not self._begun:
            budget_bytes = max(budget_bytes, self._begin())
        with self._lock:
            chunks = self._follower.read(budget_bytes)
            for chunk in chunks:
                self._take(chunk)
            if self._earlier:
                self._catch_up(max(budget_bytes, 2 * sum(len(chunk.data) for chunk in chunks)))
        if chunks:
            self.last_new_s = time.monotonic()
        return bool(chunks)

    def older(self, count: int, before: int | None = None) -> tuple[bytes, ...]:
        """Up to ``count`` lines that stand right before a line, read back from the file; the oldest first.

        Args:
            count: how many.
            before: number of that line; the oldest in ``lines`` by default.
        """
        follower = self._follower
        if not isinstance(follower, _PLACED) or count <= 0:
            return ()
        with self._lock:
            before = self.lines.first if before is None else before
            if self._file_first is not None and before <= self._file_first:
                return ()
            number, offset = self._index.after(before) or self._last_start()
            index, start = self._index, self._file_start
        skipped = number - before
        if skipped < 0:
            return ()
        with suppress(OSError):  # the file was replaced meanwhile
            page = back.before(follower.read_at, offset, skipped + count, start)
            with self._lock:
                index.note(number - len(page.lines), page.offset)
            return page.lines[: max(0, len(page.lines) - skipped)]
        return ()

    def part(self, start: int, end: int) -> tuple[int, list[bytes]]:
        """The lines in memory from one number to before another, and the number of the first."""
        with self._lock:
            first = max(start, self.lines.first)
            last = min(end, self.lines.end)
            return first, self.lines.between(first, last)

    def pieces(self) -> Iterator[bytes]:
        """The file from its start, byte for byte; of what cannot be read again, the lines in memory. For a thread.

        Raises:
            OSError: the file cannot be read any more.
        """
        if not isinstance(self._follower, _PLACED):
            yield b"".join(line + b"\n" for line in self.part(0, self.lines.end)[1])
            return
        handle = os.dup(self._handle) if self._handle >= 0 else -1
        read, offset = partial(_read_at, handle) if handle >= 0 else self._follower.read_at, 0
        try:
            while data := read(_PIECE_BYTES, offset):
                offset += len(data)
                yield data
        finally:
            if handle >= 0:
                os.close(handle)

    def search(self, pattern: "re.Pattern[bytes]", cancelled: Callable[[], bool]) -> Iterator[Found]:
        """All lines of the file that hold the pattern, with their numbers; of a pipe, those in memory. For a thread.

        Raises:
            OSError: the file cannot be read any more.
        """
        if isinstance(self._follower, RemoteFileFollower) and self._file_first is None:
            if self._lines_before is None:
                self._lines_before = afar.lines_before(self._follower)
            if self._lines_before is not None:
                yield from afar.search(self._follower, pattern, -self._lines_before, cancelled)
                return
        if isinstance(self._follower, RemoteFileFollower | ReplayFollower):
            if self._file_first is not None:
                begin = (self._file_first, self._file_start)
                yield from back.search(self._follower.read_at, pattern, begin, cancelled, self._note)
                return
            yield from self._search_ring(pattern, cancelled)
            return
        handle = os.dup(self._handle) if self._handle >= 0 else -1
        if handle < 0:
            yield from self._search_ring(pattern, cancelled)
            return
        try:
            first = self._file_first
            if first is None:
                counted = back.lines_in(handle, 0, self._end_start, cancelled)
                if counted is None:
                    return
                first = -counted
            read = partial(_read_at, handle)
            yield from back.search(read, pattern, (first, self._file_start), cancelled, self._note)
        finally:
            os.close(handle)

    def _note(self, number: int, offset: int) -> None:
        with self._lock:
            self._index.note(number, offset)

    @property
    def file_first(self) -> int | None:
        """Number of the first line of the file; None while it is not known."""
        return self._file_first

    @property
    def has_older(self) -> bool:
        """Whether there may be lines in the file from before those in memory."""
        return isinstance(self._follower, _PLACED) and (self._file_first is None or self.lines.first > self._file_first)

    def close(self) -> None:
        """Lets go of the file or the host."""
        self._follower.close()
        self._drop_earlier()

    @property
    def _handle(self) -> int:
        return self._follower.handle if isinstance(self._follower, FileFollower) else -1

    @property
    def _position(self) -> int:
        return self._follower.position if isinstance(self._follower, _PLACED) else 0

    def _begin(self) -> int:
        """Decides where to start; how much may be read at once."""
        follower = self._follower
        if not isinstance(follower, FileFollower):
            self._begun = True
            return 0
        if not follower.open():
            return 0
        self._begun = True
        size = follower.size
        if size <= _WHOLE_BYTES:
            return size
        start = back.line_start(follower.handle, size - _END_BYTES)
        follower.close()
        follower.open(start)
        self.base, self._file_first, self._end_start = None, None, start
        self._earlier = Earlier(os.dup(follower.handle), start)
        self._index.note(0, start)
        return size - start + _END_BYTES

    def _take(self, chunk: Chunk) -> None:
        if isinstance(self._follower, RemoteFileFollower) and self._follower.started_at and not self.lines.end:
            self.base, self._file_first, self._file_start = (
                None,
                None,
                0,
            )  # nobody counts the lines of a long file over there
        if chunk.is_new_file:
            self._reader.feed(b"\n" if self.lines.growing is not None else b"")
            self.lines.finish()
            self._file_first, self._file_start = self.lines.end, self._position - len(chunk.data)
            self._index = LineIndex()
            self._index.note(self._file_first, self._file_start)
            if self._earlier:
                self._earlier.abandon()
        self.lines.extend(chunk.data)
        self._reader.feed(chunk.data)
        if isinstance(self._follower, _PLACED):
            self._index.note(*self._last_start())

    def _last_start(self) -> tuple[int, int]:
        """Number and offset of the line that begins after the last line feed."""
        growing = self.lines.growing
        if growing is None:
            return self.lines.end, self._position
        return growing, self._position - self._reader.unfinished_bytes

    def _catch_up(self, budget_bytes: int) -> None:
        earlier = self._earlier
        if earlier is None or earlier.is_abandoned:
            return
        earlier.read(budget_bytes, self._position)
        if self.base is None and earlier.lines_before is not None:
            self.base, self._file_first = earlier.lines_before, -earlier.lines_before
            for number, offset in earlier.index.places():
                self._index.note(number - self.base, offset)
        if earlier.left(self._position) == 0:
            self._reader = earlier.reader
            self._drop_earlier()

    def _drop_earlier(self) -> None:
        if self._earlier:
            self._earlier.close()
            self._earlier = None

    def _search_ring(self, pattern: "re.Pattern[bytes]", cancelled: Callable[[], bool]) -> Iterator[Found]:
        for number in range(self.lines.first, self.lines.end):
            place = number - self.lines.first
            if cancelled() or not 0 <= place < len(self.lines):
                return
            if pattern.search(self.lines[place]):
                yield Found(number, self.lines[place])


def _read_at(handle: int, size: int, offset: int) -> bytes:
    return os.pread(handle, size, offset)


def _follower(source: Source) -> Follower:
    if source.path == PIPED:
        return PipeFollower(sys.stdin.fileno())
    from wizard import reach

    if source.container and not source.path:
        return ContainerFollower(reach.shell(source.address or "localhost", source.ssh), source.container)
    if reach.is_here(source.address, source.ssh):
        return FileFollower(source.path)
    return RemoteFileFollower(reach.shell(source.address, source.ssh), source.path)
