"""Where a pane gets its lines from: one log, or several in the order of time, through a filter.

Owns the way from what is watched to the lines that can be shown. What is asked for is the end, mostly; what that costs
depends on how much is asked for, not on how much arrives.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from screens.widgets.log_filter import Filter, Line, Sieve, folded
from screens.widgets.log_text import bar_of, time_of

_MATCHES = 5_000
"""Lines of a narrow filter that are kept at hand."""
_GAP_LINES = 50_000
"""Lines that are read back at once to close a gap."""


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

    def older(self, count: int, before: int | None = None) -> Sequence[bytes]:
        """Lines from before the one of this number, from the file."""


class Trail(Protocol):
    """Lines for a pane, the oldest first."""

    wanted: Filter

    @property
    def total(self) -> int:
        """Lines written so far; grows."""

    @property
    def state(self) -> object:
        """Differs whenever there is something new to show."""

    def choose(self, wanted: Filter) -> None:
        """Shows other lines from now on."""

    def tail(self, count: int) -> list[Line]:
        """At least ``count`` of the newest lines to show, as far as they are in memory."""

    def held(self) -> list[Line]:
        """All lines to show that are in memory."""

    def before(self, line: Line, count: int) -> list[Line]:
        """Some lines to show from before ``line``, read back from the file; empty where there are none."""

    def after(self, line: Line) -> list[Line]:
        """The lines to show from after ``line``."""


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

    @property
    def total(self) -> int:
        """Number after the newest line."""
        return self._watched.lines.first + len(self._watched.lines)

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
        first, total, reach = self._watched.lines.first, self.total, 2 * count
        while True:
            start = max(first, total - reach)
            lines = folded(self._through(start, total))
            # the run of a progress bar is shown with its whole length
            if start == first or (len(lines) >= count and not (lines and bar_of(lines[0].raw))):
                return lines
            reach *= 4

    def held(self) -> list[Line]:
        """All lines to show that are in memory."""
        return folded(self._through(self._watched.lines.first, self.total))

    def before(self, line: Line, count: int) -> list[Line]:
        """Lines to show from before ``line``."""
        number = line.number - line.states + 1
        lines = self._between(number - count, number)
        while lines and not (shown := folded(self._sieved_lines(lines))):
            number = lines[0].number
            lines = self._between(number - count, number)
        return shown if lines else []

    def after(self, line: Line) -> list[Line]:
        """The lines to show from after ``line``; not all at once where they have to be read from the file."""
        start = line.number + 1
        while True:
            end = self.total if start >= self._watched.lines.first - _GAP_LINES else start + _GAP_LINES
            shown = folded(self._sieved_lines(self._between(start, end)))
            if shown or end >= self.total:
                return shown
            start = end

    def around(self, number: int, count: int) -> list[Line]:
        """The lines to show around a number; all after it where they are in memory."""
        end = self.total if number >= self._watched.lines.first else number + count
        return folded(self._sieved_lines(self._between(number - count, end)))

    def _between(self, start: int, end: int) -> list[Line]:
        first = self._watched.lines.first
        edge = min(first, end)
        older = self._watched.older(edge - start, edge) if start < edge else ()
        from_file = [Line(self._source, number, raw) for number, raw in enumerate(older, edge - len(older))]
        return from_file + self._in_memory(max(start, first), min(end, self.total))

    def _in_memory(self, start: int, end: int) -> list[Line]:
        ring, source = self._watched.lines, self._source
        first = ring.first
        return [Line(source, number, ring[number - first]) for number in range(start, end)]

    def _through(self, start: int, end: int) -> list[Line]:
        return self._sieved_lines(self._in_memory(start, end))

    def _sieved_lines(self, lines: Sequence[Line]) -> list[Line]:
        return Sieve(self.wanted, self._kept()).through(lines)

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
        self._matches.extend(self._sieve.through(self._in_memory(max(self._seen, ring.first), end)))
        self._seen = end
        while self._matches and self._matches[0].number < ring.first and self._matches[0].number not in self._sieved:
            self._matches.popleft()
        return [*self._matches, *self._through(end, self.total)]


class MergedTrail:
    """The lines of several logs in the order of their time stamps; a line without one goes with the line before it."""

    def __init__(self, trails: Sequence[LogTrail]) -> None:
        self.wanted = Filter()
        self._trails = tuple(trails)

    @property
    def total(self) -> int:
        """Lines of all logs."""
        return sum(trail.total for trail in self._trails)

    @property
    def state(self) -> object:
        """That of all logs."""
        return tuple(trail.state for trail in self._trails)

    def choose(self, wanted: Filter) -> None:
        """Shows other lines from now on."""
        self.wanted = wanted
        for trail in self._trails:
            trail.choose(wanted)

    def tail(self, count: int) -> list[Line]:
        """The newest lines to show."""
        return merged([trail.tail(count)[-4 * count :] for trail in self._trails])

    def held(self) -> list[Line]:
        """All lines to show that are in memory."""
        return merged([trail.held() for trail in self._trails])

    def before(self, line: Line, count: int) -> list[Line]:  # noqa: ARG002
        """Nothing: how far the logs reach back together is what is in memory."""
        return []

    def after(self, line: Line) -> list[Line]:
        """The lines to show from after ``line``, as far as they are in memory."""
        lines = self.held()
        place = next((n for n, one in enumerate(lines) if one[:2] == line[:2]), -1)
        return lines[place + 1 :] if place >= 0 else []


def merged(logs: Sequence[Sequence[Line]]) -> list[Line]:
    """Lines of several logs by time. Logs whose oldest lines are younger than others' oldest begin where they begin."""
    stamped: list[tuple[bytes, int, int, Line]] = []
    for lines in logs:
        last = next((time for line in lines if (time := time_of(line.raw))), b"")
        for line in lines:
            last = max(last, time_of(line.raw))
            stamped.append((last, line.source, line.number, line))
    return [line for *_, line in sorted(stamped)]


def place_of(lines: Sequence[Line], number: int, source: int = 0) -> int:
    """Where the first line of a log from ``number`` on stands among ``lines``."""
    own = [(line.number, place) for place, line in enumerate(lines) if line.source == source]
    found = bisect_left(own, (number, -1))
    return own[min(found, len(own) - 1)][1] if own else 0
