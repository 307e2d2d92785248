"""Where a pane gets its lines from: one log, through a filter. Several logs in one pane are ``log_merge``'s.

Owns the way from what is watched to the lines that can be shown. What is asked for is the end, mostly; what that costs
depends on how much is asked for, not on how much arrives. What has to be read back from a file is a ``Job``: it may
wait for a disk or a host, so a pane runs it in a thread.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import repeat
from typing import NamedTuple, Protocol

from screens.widgets.log_filter import Filter, Line, Sieve, folded
from screens.widgets.log_text import bar_of, time_of

_MATCHES = 5_000
"""Lines of a narrow filter that are kept at hand."""
_GAP_LINES = 50_000
"""Lines that are read back at once to close a gap."""
AROUND = 1_000
"""Lines read from before a line that is gone to, and from after it where they are not in memory."""
_STAMPED_WITHIN = 200
"""So many lines are looked at for a time stamp; a traceback is shorter."""


class Ring(Protocol):
    """The newest raw lines of a log."""

    @property
    def first(self) -> int:
        """Number of the oldest line kept."""

    @property
    def growing(self) -> int | None:
        """Number of a last line that may still change."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int) -> bytes: ...


class Watchable(Protocol):
    """What a trail needs of a watched log."""

    @property
    def lines(self) -> Ring:
        """The newest lines."""

    def part(self, start: int, end: int) -> tuple[int, list[bytes]]:
        """The lines in memory from one number to before another, and the number of the first; from any thread."""

    def older(self, count: int, before: int | None = None) -> Sequence[bytes]:
        """Lines from before the one of this number, from the file; from any thread."""

    @property
    def has_older(self) -> bool:
        """Whether there may be lines in the file from before those in memory."""

    @property
    def file_first(self) -> int | None:
        """Number of the first line of the file; None while it is not known."""


class Job(NamedTuple):
    """Lines that have to be fetched."""

    read: Callable[[], list[Line]]
    """Gives them; may have to wait for a disk or a host where it is not quick."""
    is_quick: bool = False


class Trail(Protocol):
    """Lines for a pane, the oldest first.

    What a standing pane holds is a window: ``held`` and ``around`` begin one, ``before`` and ``after`` make it larger.
    """

    wanted: Filter

    @property
    def state(self) -> object:
        """Differs whenever there is something new to show."""

    def choose(self, wanted: Filter) -> None:
        """Shows other lines from now on."""

    def tail(self, count: int) -> list[Line]:
        """At least ``count`` of the newest lines to show, as far as they are in memory."""

    def held(self) -> list[Line]:
        """The lines to show that are in memory."""

    def before(self, window: Sequence[Line], count: int) -> Job:
        """Some lines to show from before the window; none where the logs begin."""

    def after(self, window: Sequence[Line]) -> Job:
        """The lines to show from after the window."""

    def around(self, number: int, source: int) -> Job:
        """The lines to show around one of a log."""

    def below(self, window: Sequence[Line]) -> int:
        """How many lines were written after the window."""


class LogTrail:
    """The lines of one log.

    Args:
        watched: the log.
        source: which of the watched logs it is.
        kept: gives the numbers of lines that carry a diagnosis.
    """

    def __init__(self, watched: Watchable, source: int = 0, kept: Callable[[], Collection[int]] = frozenset) -> None:
        self.wanted = Filter()
        self._watched = watched
        self._source = source
        self._kept = kept
        self._matches: deque[Line] = deque(maxlen=_MATCHES)
        self._seen = 0
        self._sieve = Sieve(self.wanted)
        self._sieved: Collection[int] = ()
        self._end, self._last = 0, -1
        """Number after the window that was handed out last, and of its last line to show."""

    @property
    def total(self) -> int:
        """Number after the newest line."""
        return self._watched.lines.first + len(self._watched.lines)

    @property
    def first(self) -> int:
        """Number of the oldest line in memory."""
        return self._watched.lines.first

    @property
    def state(self) -> object:
        """How many lines, and the last one, which may still grow."""
        ring = self._watched.lines
        return (self.total, ring[len(ring) - 1] if len(ring) else b"")

    def choose(self, wanted: Filter) -> None:
        """Shows other lines from now on."""
        self.wanted = wanted
        self._restart()

    def tail(self, count: int) -> list[Line]:
        """The newest lines to show."""
        if self.wanted.is_narrow:
            return folded(self._matching()[-4 * count :])
        first, total, reach = self.first, self.total, 2 * count
        sift = self.sifting()
        while True:
            start = max(first, total - reach)
            lines = folded(sift(self.between(start, total)))
            # the run of a progress bar is shown with its whole length
            if start == first or (len(lines) >= count and not (lines and bar_of(lines[0].raw))):
                return lines
            reach *= 4

    def held(self) -> list[Line]:
        """All lines to show that are in memory."""
        end = self.total
        return self._noted(end, folded(self.sifting()(self.between(self.first, end))))

    def before(self, window: Sequence[Line], count: int) -> Job:
        """Lines to show from before the window."""
        sift, start = self.sifting(), window[0].number - window[0].states + 1

        def read() -> list[Line]:
            number = start
            while lines := self.between(number - count, number):
                if shown := folded(sift(lines)):
                    return shown
                number = lines[0].number
            return []

        return Job(read)

    def after(self, window: Sequence[Line]) -> Job:
        """The lines to show from after the window; not all at once where they have to be read from the file."""
        sift, last, begin = self.sifting(), window[-1].number, self._edge(window)

        def read() -> list[Line]:
            start = begin
            while True:
                total = self.total
                end = total if start >= self.first - _GAP_LINES else start + _GAP_LINES
                shown = folded(sift(self.between(start, end)))
                if shown or end >= total:
                    return self._noted(end, shown, last)
                start = end

        return Job(read, is_quick=begin >= self.first)

    def around(self, number: int, source: int) -> Job:  # noqa: ARG002
        """The lines to show around a number; all after it where they are in memory."""
        sift = self.sifting()

        def read() -> list[Line]:
            end = self.total if number >= self.first else min(number + AROUND, self.total)
            return self._noted(end, folded(sift(self.between(number - AROUND, end))))

        return Job(read, is_quick=number - AROUND >= self.first or not self._watched.has_older)

    def below(self, window: Sequence[Line]) -> int:
        """How many lines were written after the window."""
        return self.total - self._edge(window)

    def between(self, start: int, end: int) -> list[Line]:
        """Lines by their numbers, shown or not, from memory and the file; from any thread."""
        first, kept = self._watched.part(start, end)
        in_memory = list(map(Line, repeat(self._source), range(first, first + len(kept)), kept))
        edge = min(first, end)
        older = self._watched.older(edge - start, edge) if start < edge else ()
        return [Line(self._source, number, raw) for number, raw in enumerate(older, edge - len(older))] + in_memory

    def sifting(self) -> Callable[[Sequence[Line]], list[Line]]:
        """What leaves the lines to show of some lines in order, as things are now; for any thread."""
        wanted, kept = self.wanted, frozenset(self._kept())
        return lambda lines: Sieve(wanted, kept).through(lines)

    @property
    def has_older(self) -> bool:
        """Whether there may be lines in the file from before those in memory."""
        return self._watched.has_older

    def time_at(self, number: int) -> bytes:
        """When a line was written: by its own stamp, else by the one before it, else after it. For a thread."""
        before = self.between(number - _STAMPED_WITHIN, number + 1)
        found = next((time for line in reversed(before) if (time := time_of(line.raw))), b"")
        return found or self._time_from(number)

    def number_at(self, time: bytes) -> int:
        """Number of the first line that was written at a time or after it. For a thread."""
        low, high = self.first, self.total
        if self.has_older and self._time_from(low) > time:
            low, high = self._file_range(time)
        while low < high:
            middle = (low + high) // 2
            if self._time_from(middle) < time:
                low = middle + 1
            else:
                high = middle
        return low

    def _file_range(self, time: bytes) -> tuple[int, int]:
        """Numbers, before those in memory, between which the first line from a time on stands."""
        high, step = self.first, AROUND
        begin = self._watched.file_first
        if begin is not None:
            return begin, high
        while True:
            lines = self.between(high - step, high - step + 1)
            if not lines or lines[0].number > high - step:
                return high - len(self.between(high - step, high)), high  # the file begins there
            if self._time_from(high - step) <= time:
                return high - step, high
            high, step = high - step, 4 * step

    def _time_from(self, number: int) -> bytes:
        """The time that is written first from a line on; empty where none is, as after the last."""
        lines = self.between(number, number + _STAMPED_WITHIN)
        return next((time for line in lines if (time := time_of(line.raw))), b"")

    def _noted(self, end: int, shown: list[Line], last: int = -1) -> list[Line]:
        self._end, self._last = end, shown[-1].number if shown else last
        return shown

    def _edge(self, window: Sequence[Line]) -> int:
        """Number after the window; lines at its end may not be shown."""
        last = window[-1].number
        return max(self._end, last + 1) if last == self._last else last + 1

    def _restart(self) -> None:
        self._sieved = frozenset(self._kept())
        self._sieve = Sieve(self.wanted, self._sieved)
        self._matches.clear()
        self._seen = self._watched.lines.first

    def _matching(self) -> list[Line]:
        ring = self._watched.lines
        if self._sieved != self._kept():
            self._restart()
        end = self.total if ring.growing is None else ring.growing
        self._matches.extend(self._sieve.through(self.between(max(self._seen, ring.first), end)))
        self._seen = end
        while self._matches and self._matches[0].number < ring.first and self._matches[0].number not in self._sieved:
            self._matches.popleft()
        return [*self._matches, *self.sifting()(self.between(end, self.total))]


def place_of(lines: Sequence[Line], number: int, source: int = 0) -> int:
    """Where the first line of a log from ``number`` on stands among ``lines``."""
    own = [(line.number, place) for place, line in enumerate(lines) if line.source == source]
    found = bisect_left(own, (number, -1))
    return own[min(found, len(own) - 1)][1] if own else 0


class Times:
    """When lines in memory were written, as ``LogTrail.time_at`` tells it. Asked in order, each is looked at once."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._looked = -1
        self._stamped, self._time = -_STAMPED_WITHIN - 1, b""

    def at(self, place: int) -> bytes:
        """The time of a line that is not before the last asked for; empty where those before it do not say."""
        for at in range(place, self._looked, -1):
            time = time_of(self._lines[at])
            if time:
                self._stamped, self._time = at, time
                break
        self._looked = place
        return self._time if place - self._stamped <= _STAMPED_WITHIN else b""
