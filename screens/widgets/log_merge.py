"""Several logs in one pane, in the order of their time stamps, as far back as their files go.

Owns the order. A line without a stamp goes with the line before it; a log that gives no time at all stands before the
others. Of every log a piece is read at a time; what is handed out ends where one of them is not known any further, so
that nothing comes too late.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from screens.widgets.log_filter import Filter, Line, folded
from screens.widgets.log_text import time_of
from screens.widgets.log_trail import AROUND, Job, LogTrail

_HELD = 4_000
"""Lines of each log that a pane holds when it begins to stand still."""

Key = tuple[bytes, int, int]
"""Time, source and number of a line: what the lines of all logs are sorted by."""
Sift = Callable[[Sequence[Line]], list[Line]]


class Window(NamedTuple):
    """Lines in order, and for each log the number of its first in them and of the one after its last."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    lines: list[Line]


class MergedTrail:
    """The lines of several logs in the order of their time stamps."""

    def __init__(self, trails: Sequence[LogTrail]) -> None:
        self.wanted = Filter()
        self._trails = tuple(trails)
        self._window = Window((0,) * len(trails), (0,) * len(trails), [])
        self._last: tuple[int, int] | None = None
        """Source and number of the last line that was handed out of the window."""

    @property
    def trails(self) -> tuple[LogTrail, ...]:
        """The logs."""
        return self._trails

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
        """The newest lines to show, as far back as all logs are in memory."""
        ends = tuple(trail.total for trail in self._trails)
        counts = [min(_HELD, end - trail.first) for trail, end in zip(self._trails, ends, strict=True)]
        has_more = [
            trail.has_older or count == _HELD < trail.total - trail.first
            for trail, count in zip(self._trails, counts, strict=True)
        ]
        return self._noted(self._back(ends, counts, has_more, self._sifts()))

    def before(self, window: Sequence[Line], count: int) -> Job:
        """Lines to show from before the window."""
        self._check(window)
        sifts, begin = self._sifts(), self._window.starts

        def read() -> list[Line]:
            starts = begin
            while True:
                found = self._back(starts, [count] * len(starts), None, sifts)
                if found.lines or found.starts == starts:
                    self._window = self._window._replace(starts=found.starts)
                    return found.lines
                starts = found.starts

        return Job(read)

    def after(self, window: Sequence[Line]) -> Job:
        """The lines to show from after the window."""
        self._check(window)
        sifts, begin = self._sifts(), self._window.ends

        def read() -> list[Line]:
            ends = begin
            while True:
                found = self._on(ends, sifts)
                if found.lines or found.ends == ends:
                    return self._noted(Window(self._window.starts, found.ends, found.lines))
                ends = found.ends

        is_quick = all(end >= trail.first for end, trail in zip(begin, self._trails, strict=True))
        return Job(read, is_quick)

    def around(self, number: int, source: int) -> Job:
        """The lines to show around one of a log, with what the others wrote at that time."""
        sifts = self._sifts()

        def read() -> list[Line]:
            time = self._trails[source].time_at(number)
            places = tuple(
                number if place == source else trail.number_at(time) for place, trail in enumerate(self._trails)
            )
            back = self._back(places, [AROUND] * len(places), None, sifts)
            on = self._on(places, sifts)
            return self._noted(Window(back.starts, on.ends, folded([*back.lines, *on.lines])))

        return Job(read)

    def below(self, window: Sequence[Line]) -> int:
        """How many lines were written after the window."""
        self._check(window)
        return sum(trail.total - end for trail, end in zip(self._trails, self._window.ends, strict=True))

    def key(self, source: int, number: int, raw: bytes) -> Key:
        """Where a line stands among all. For a thread."""
        return (time_of(raw) or self._trails[source].time_at(number), source, number)

    def _sifts(self) -> list[Sift]:
        return [trail.sifting() for trail in self._trails]

    def _back(
        self, ends: tuple[int, ...], counts: Sequence[int], has_more: Sequence[bool] | None, sifts: list[Sift]
    ) -> Window:
        """The lines from before some numbers, as far back as every log is known."""
        chunks = [
            keyed(trail.between(end - count, end)) for trail, end, count in zip(self._trails, ends, counts, strict=True)
        ]
        going_on = has_more or [len(chunk) >= count for chunk, count in zip(chunks, counts, strict=True)]
        bound = max((chunk[0][0] for chunk, more in zip(chunks, going_on, strict=True) if chunk and more), default=None)
        kept = [[pair for pair in chunk if bound is None or pair[0] >= bound] for chunk in chunks]
        starts = tuple(part[0][1].number if part else end for part, end in zip(kept, ends, strict=True))
        return Window(starts, ends, _ordered(kept, sifts))

    def _on(self, starts: tuple[int, ...], sifts: list[Sift]) -> Window:
        """The lines from some numbers on, as far as every log is known."""
        chunks, going_on = [], []
        for trail, start in zip(self._trails, starts, strict=True):
            total = trail.total
            # what is in memory is taken whole
            stop = total if start >= trail.first else min(start + AROUND, total)
            chunks.append(keyed(trail.between(start, stop)))
            going_on.append(stop < total)
        bound = min(
            (chunk[-1][0] for chunk, more in zip(chunks, going_on, strict=True) if chunk and more), default=None
        )
        kept = [[pair for pair in chunk if bound is None or pair[0] <= bound] for chunk in chunks]
        ends = tuple(part[-1][1].number + 1 if part else start for part, start in zip(kept, starts, strict=True))
        return Window(starts, ends, _ordered(kept, sifts))

    def _noted(self, window: Window) -> list[Line]:
        self._window = window._replace(lines=[])
        if window.lines:
            self._last = window.lines[-1][:2]
        return window.lines

    def _check(self, window: Sequence[Line]) -> None:
        """Whoever holds the window may have let go of its end: then it ends with what each log has left in it."""
        if not window or window[-1][:2] == self._last:
            return
        ends = list(self._window.starts)
        left = set(range(len(ends)))
        for line in reversed(window):
            if line.source in left:
                ends[line.source] = line.number + 1
                left.discard(line.source)
            if not left:
                break
        self._window = self._window._replace(ends=tuple(ends))
        self._last = window[-1][:2]


def keyed(lines: Sequence[Line]) -> list[tuple[Key, Line]]:
    """The lines of one log, each with what it is sorted by."""
    last = next((time for line in lines if (time := time_of(line.raw))), b"")
    pairs = []
    for line in lines:
        last = max(last, time_of(line.raw))
        pairs.append(((last, line.source, line.number), line))
    return pairs


def merged(logs: Sequence[Sequence[Line]]) -> list[Line]:
    """Lines of several logs by time."""
    return [line for _, line in sorted(pair for lines in logs for pair in keyed(lines))]


def _ordered(logs: Sequence[Sequence[tuple[Key, Line]]], sifts: Sequence[Sift]) -> list[Line]:
    """What is to be shown of some logs, in order."""
    shown: list[tuple[Key, Line]] = []
    for pairs, sift in zip(logs, sifts, strict=True):
        wanted = {line.number for line in sift([line for _, line in pairs])}
        shown += [pair for pair in pairs if pair[1].number in wanted]
    return folded([line for _, line in sorted(shown)])
