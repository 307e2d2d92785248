"""The beginning of a long log, read after its end: what both say together while the part between is not read yet."""

import os

from wizard.monitor.back import LineIndex
from wizard.monitor.reader import LogReader, Reading


class Earlier:
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
