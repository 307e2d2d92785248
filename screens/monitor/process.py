"""A watched process as the screen speaks of it: how it stands, in words and figures.

Owns the wording. What the log means is ``wizard.monitor``'s; nothing here reads files or clocks.
"""

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from threading import Event
from typing import NamedTuple, Protocol

from screens.widgets.log_text import plain
from screens.widgets.log_trail import Watchable
from screens.widgets.sparkline import sparkline
from wizard.model.run import RunProcess, State
from wizard.monitor.metrics import Figures
from wizard.monitor.reader import Reading
from wizard.monitor.view import duration, phase_words, quiet_s

UNKNOWN = "–"
_POINTS = 40
_BAR_CELLS = 10
_FOLLOWING = ("following", "following the file", "replaying", "")


class Source(Protocol):
    """Where a log is."""

    @property
    def name(self) -> str:
        """What the process is called."""


class Log(Watchable, Protocol):
    """A watched log."""

    @property
    def source(self) -> Source:
        """Where it is."""

    @property
    def reading(self) -> Reading:
        """What it says so far."""

    @property
    def state(self) -> str:
        """How the watching goes, in one sentence."""

    def poll(self, budget_bytes: int) -> bool:
        """Takes in what was written; whether there was something. Never waits."""

    @property
    def root(self) -> int | None:
        """Number of the line that the diagnosis quotes."""

    def number(self, line: int) -> int | None:
        """The number of a line of the file; None while that is not known."""

    def search(self, pattern: re.Pattern[bytes], cancelled: Callable[[], bool]) -> Iterable[tuple[int, bytes]]:
        """The lines of the whole file in which a pattern is found, with their numbers; blocks."""

    def pieces(self) -> Iterable[bytes]:
        """The whole file, byte for byte; blocks."""

    @property
    def speed(self) -> float:
        """How much faster than it was written it is shown."""

    @property
    def base(self) -> int | None:
        """How many lines of the file stand before line 0; None while that is not known."""

    def close(self) -> None:
        """Lets go of it."""


class Standing(NamedTuple):
    """How a process stands, in a word that needs no colour."""

    word: str
    is_bad: bool = False
    is_good: bool = False


class ProcessView:
    """What is known of one process."""

    def __init__(self, log: Log, number: int, process: RunProcess | None = None) -> None:
        self.log = log
        self.number = number
        """How the operator calls it: key ``1`` is the first."""
        self.process = process
        self.reading = log.reading
        self.throughput: deque[float] = deque(maxlen=_POINTS)
        self.last_output: float | None = None
        """When the last line came, on the clock of the screen; None: none since it has been watched."""
        self.served: Figures | None = None
        """What it says of itself at ``/metrics``; None where it does not, or has not lately."""
        self.ended: RunProcess | None = None
        """The process as its host tells of it, once it has ended."""

    @property
    def name(self) -> str:
        """What it is called, fit for a screen."""
        return plain(self.log.source.name)

    def number_of(self, line: int) -> int | None:
        """The number of a line in the log's trail, of one as the reading counts it; None while that is not known."""
        found = self.reading.diagnosis
        if found is not None and found.root_line == line:
            return self.log.root
        return self.log.number(line)

    def found(self, pattern: re.Pattern[bytes], cancelled: Event) -> Iterator[tuple[int, bytes]]:
        """The lines of the whole file in which a pattern is found, with their numbers; blocks, for a thread."""
        return iter(self.log.search(pattern, cancelled.is_set))

    def whole(self) -> Iterator[tuple[int, bytes]]:
        """All lines of the file with their numbers; blocks, for a thread."""
        return iter(self.log.search(re.compile(b""), lambda: False))

    def renew(self, now: float, *, has_new: bool, served: Figures | None = None) -> bool:
        """Reads what the log says by now; whether that differs from before.

        Args:
            now: on the clock of the screen.
            has_new: whether something was written.
            served: what the process says of itself.
        """
        if has_new:
            self.last_output = now
        before, self.reading = self.reading, self.log.reading
        said, self.served = self.served, served
        if served is not None and served.throughput_tok_s is not None and self.reading.role != "prefill":
            if served is not said:
                self.throughput.append(served.throughput_tok_s)
            return self.reading != before
        latest, known = self.reading.throughput_tok_s, before.throughput_tok_s
        if latest is not None and (self.reading.last != before.last or known is None):
            total = self.reading.instance.throughput_tok_s if self.reading.instance else None
            self.throughput.append(total if total is not None else latest)
        return self.reading != before

    def causes(self) -> frozenset[int]:
        """Numbers, in its trail, of the lines that tell why it failed: no filter hides them."""
        found = self.reading.diagnosis
        if found is None:
            return frozenset()
        lines = (found.root_line, *(line for _, line in found.others), *(line for line, _ in self.reading.telling))
        numbers = map(self.number_of, lines)
        return frozenset(number for number in numbers if number is not None)

    def standing(self) -> Standing:
        """One word, for lists and titles."""
        reading = self.reading
        if reading.diagnosis is not None and reading.diagnosis.is_failure:
            return Standing("FAILED", is_bad=True)
        if self.ended is not None:
            is_asked = self.ended.state is State.STOPPED
            return Standing("stopped" if is_asked else "ENDED", is_bad=not is_asked)
        if reading.ready:
            return Standing("ready", is_good=True)
        return Standing(phase_words(reading, says_left=False))

    def percent(self) -> int | None:
        """How far the phase has come."""
        progress = self.reading.progress
        if progress is None or not progress.total or self.reading.phase == "serve":
            return None
        return int(100 * progress.done / progress.total)

    def silent_s(self, now: float) -> float | None:
        """Seconds without a line where that is longer than the phase explains; None where all is normal."""
        if self.last_output is None:
            return None
        allowed, silent = quiet_s(self.reading), (now - self.last_output) * self.log.speed
        return silent if allowed is not None and silent > allowed else None

    def details(self, now: float) -> str:
        """What there is to say besides how it stands; may be empty."""
        reading, parts = self.reading, []
        if reading.diagnosis is not None and reading.diagnosis.is_failure:
            parts.append(reading.diagnosis.id)
        elif reading.ready and reading.role and self.ended is None:
            parts.append("serving" if reading.role == "single" else f"serving as {reading.role}")
        if self.ended is not None:
            parts.append(plain(self.ended.detail))
        silent = self.silent_s(now) if self.ended is None else None
        if silent is not None:
            parts.append(f"silent {stepped(silent)}")
        if self.log.state and self.log.state not in _FOLLOWING:
            parts.append(self.log.state)
        return " · ".join(parts)

    def figures(self, width: int, *, is_ascii: bool = False) -> str:
        """Progress while it starts, else how fast and how full it is; ``–`` where the log does not say."""
        loading = self._progress()
        if loading:
            return loading
        parts = self._batch()
        room = width - sum(len(part) + 2 for part in parts) - 1
        spark = sparkline(self.throughput, min(room, _POINTS), is_ascii=is_ascii)
        return "  ".join([*([spark] if len(self.throughput) > 1 and room >= 4 else []), *fitting(parts, width)])

    def _progress(self) -> str:
        progress, percent = self.reading.progress, self.percent()
        if progress is None or percent is None or self.reading.ready:
            return ""
        filled = round(_BAR_CELLS * percent / 100)
        left = f"{duration(progress.left_s)} left" if progress.left_s is not None else "time left not known yet"
        what = {"load_weights": "shards", "graph_capture": "graphs"}.get(progress.what, "steps")
        return (
            f"{'█' * filled}{'░' * (_BAR_CELLS - filled)} {percent} %  {progress.done}/{progress.total} {what}  {left}"
        )

    def _batch(self) -> list[str]:
        reading = self.reading
        if reading.role == "router":
            return ["router", *self._answers()]
        found, ranks = self._figures()
        rate, usage, accept = found.throughput_tok_s, found.token_usage, found.accept_len
        return [
            f"{UNKNOWN if rate is None else f'{rate:,.0f}'} tok/s{ranks}",
            f"{shown(found.running_req)} running",
            f"{shown(found.queue_req)} queued",
            f"KV {UNKNOWN if usage is None else f'{100 * usage:.0f}'} %",
            f"accept {UNKNOWN if accept is None else f'{accept:.2f}'}",
            *(["by /metrics"] if self.served else []),
            *self._answers(),
        ]

    def _figures(self) -> tuple[Figures, str]:
        """The latest figures, and over how many ranks: what the process says of itself before what its log says."""
        last, totals = self.reading.last, self.reading.instance
        rate = self.reading.throughput_tok_s
        logged = Figures(
            totals.throughput_tok_s if totals and rate is not None else rate,
            totals.running_req if totals else None,
            totals.queue_req if totals else None,
            last.token_usage if last else None,
            last.accept_len if last else None,
            None,
        )
        if self.served is not None:
            told = {name: value for name, value in self.served._asdict().items() if value is not None}
            if self.reading.role == "prefill":
                told.pop("throughput_tok_s", None)  # it generates nothing; its log says how fast it reads
            return logged._replace(**told), ""
        return logged, f" ({totals.dp_ranks} DP)" if totals and totals.dp_ranks > 1 else ""

    def _answers(self) -> list[str]:
        return [f"HTTP {status} ×{count:,}" for status, count in self.reading.requests]


def fitting(parts: Collection[str], width: int) -> list[str]:
    """As many whole parts as there is room for, the first first."""
    chosen: list[str] = []
    for part in parts:
        if sum(len(one) + 2 for one in chosen) + len(part) > width:
            break
        chosen.append(part)
    return chosen


def shown(value: int | None) -> str:
    """A count; a dash where it is not known."""
    return UNKNOWN if value is None else f"{value:,}"


def stepped(seconds: float) -> str:
    """How long, in steps that grow, so that a silent process costs nothing on the line to the terminal."""
    step = 30 if seconds < 600 else 300
    whole = int(seconds) // step * step
    return duration(whole)
