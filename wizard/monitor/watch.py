"""A log that is being watched: its newest lines, what they say, and the way back into the file.

Owns joining a follower, the ring of lines and the reader. A long file is opened at its end at once; what stands before
is read afterwards, a piece at every poll, until one reader knows the whole file. Nothing here waits, except reading
back and searching, which are for threads when the file is on another host.
"""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from wizard.model.run import Run
from wizard.monitor import back
from wizard.monitor.back import Found, LineIndex
from wizard.monitor.reader import LogReader, Reading
from wizard.monitor.remote import ContainerFollower, RemoteFileFollower
from wizard.monitor.ring import Ring
from wizard.monitor.tail import Chunk, FileFollower, Follower, PipeFollower

BUDGET_BYTES = 256 * 1024
_WHOLE_BYTES = 1024 * 1024
"""A file up to this size is read from its start at once."""
_END_BYTES = 256 * 1024
"""Of a longer one this much of its end comes first."""
PIPED = "-"
_PLACED = (FileFollower, RemoteFileFollower)
"""What can be read back."""


class Source(NamedTuple):
    """Where a log is."""

    name: str
    """How it is called on the screen: the process, or the file."""
    path: str
    """Of the file on its host; ``-`` is what is piped in."""
    address: str = ""
    """Of its host; empty: this machine."""
    ssh: str = ""
    """ssh target; empty: the address."""
    container: str = ""
    """Container whose output is the log, where there is no file."""
    role: str = ""
    """``server``, ``prefill``, ``decode`` or ``router`` where it is known."""


class Watched:
    """One log. Call ``poll`` ten times a second or so from one thread; everything else is there to be looked at."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = Ring()
        """The newest lines; numbers start at 0 with the first line that was read."""
        self.base: int | None = 0
        """How many lines of the file stand before line 0; None until they are counted."""
        self.last_new_s = time.monotonic()
        """When something came last, on the monotonic clock."""
        self._reader = LogReader()
        self._index = LineIndex()
        self._earlier: _Earlier | None = None
        self._begun = False
        self._file_first: int | None = 0
        self._file_start = 0
        self._end_start = 0
        self._follower = _follower(source)

    @property
    def state(self) -> str:
        """Following, waiting for the file, connection lost, ended: in one sentence."""
        return self._follower.state

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
        if not self._begun:
            budget_bytes = max(budget_bytes, self._begin())
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
        before = self.lines.first if before is None else before
        follower = self._follower
        if (
            not isinstance(follower, _PLACED)
            or count <= 0
            or (self._file_first is not None and before <= self._file_first)
        ):
            return ()
        number, offset = self._index.after(before) or self._last_start()
        skipped = number - before
        if skipped < 0:
            return ()
        page = back.before(follower.read_at, offset, skipped + count, self._file_start)
        self._index.note(number - len(page.lines), page.offset)
        return page.lines[: max(0, len(page.lines) - skipped)]

    def search(self, pattern: "re.Pattern[bytes]", cancelled: Callable[[], bool]) -> Iterator[Found]:
        """All lines of the file that hold the pattern, with their numbers; of a pipe, those in memory. For a thread.

        Raises:
            OSError: the file cannot be read any more.
        """
        if isinstance(self._follower, RemoteFileFollower):
            if self._file_first is not None:
                yield from back.search(self._follower.read_at, pattern, self._file_first, self._file_start, cancelled)
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
            yield from back.search(read, pattern, first, self._file_start, cancelled)
        finally:
            os.close(handle)

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
        self._earlier = _Earlier(os.dup(follower.handle), start)
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


class _Earlier:
    """The beginning of a file that was opened at its end, read afterwards."""

    def __init__(self, handle: int, end: int) -> None:
        self.reader = LogReader()
        self.index = LineIndex()
        self.end = end
        """Offset at which the end that was read first begins."""
        self.lines_before: int | None = None
        self.is_abandoned = False
        self._handle = handle
        self._position = 0

    def read(self, budget_bytes: int, until: int) -> None:
        """Reads on, up to an offset; stops once at ``end``, to count the lines before it."""
        while budget_bytes > 0 and self._position < until:
            stop = self.end if self._position < self.end else until
            data = os.pread(self._handle, min(budget_bytes, stop - self._position), self._position)
            if not data:
                self.abandon()
                return
            self.reader.feed(data)
            self._position += len(data)
            budget_bytes -= len(data)
            if self._position == self.end:
                self.lines_before = self.reader.number
            elif self._position < self.end:
                self.index.note(self.reader.number, self._position - self.reader.unfinished_bytes)

    def left(self, until: int) -> int:
        """How many bytes it is behind."""
        return 0 if self.is_abandoned else max(0, until - self._position)

    def abandon(self) -> None:
        """The file was replaced before it was read to the end: what is known stays known."""
        self.is_abandoned = True
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def joined(earlier: Reading, now: Reading, base: int | None) -> Reading:
    """What the beginning and the end of a log say together, while the part between them is not read yet.

    Args:
        earlier: of the beginning.
        now: of the end.
        base: how many lines stand before the end; None while that is not known.
    """
    found = now.diagnosis
    if found is not None and base is not None:
        found = found._replace(root_line=found.root_line + base)
    trail = (*earlier.phases, *(phase for phase in now.phases if phase not in earlier.phases))
    is_guess = now.role in (None, "single")
    return now._replace(
        lines=earlier.lines + now.lines,
        role=earlier.role if is_guess and earlier.role else now.role,
        ready=now.ready or earlier.ready,
        ready_line=earlier.ready_line,
        phases=trail,
        phase=now.phase or earlier.phase,
        diagnosis=found or earlier.diagnosis,
    )


def sources_of(run: Run) -> tuple[Source, ...]:
    """The logs of a run, in the order of its processes."""
    return tuple(
        Source(one.name, one.log, one.address, one.ssh, "" if one.log else one.container, one.role)
        for one in run.processes
    )


def _read_at(handle: int, size: int, offset: int) -> bytes:
    return os.pread(handle, size, offset)


def _follower(source: Source) -> Follower:
    if source.path == PIPED:
        return PipeFollower(sys.stdin.fileno())
    from wizard import reach

    is_here = not source.address or (not source.ssh and reach.is_this_machine(source.address))
    if source.container and not source.path:
        return ContainerFollower(reach.shell(source.address or "localhost", source.ssh), source.container)
    if is_here:
        return FileFollower(source.path)
    return RemoteFileFollower(reach.shell(source.address, source.ssh), source.path)
