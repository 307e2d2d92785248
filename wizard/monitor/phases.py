"""How far a process has come: phases, progress bars, and how many ranks are there.

Owns the lines that mark a phase. A phase never goes back: a draft model loads, allocates and captures again after the
first capture, which is shown as new progress within the phase that was reached.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from wizard.monitor.lines import Prefix


class Phase(StrEnum):
    """The phases of a start, in order."""

    INIT = "init"
    DIST_INIT = "dist_init"
    LOAD_WEIGHTS = "load_weights"
    KV_CACHE = "kv_cache"
    GRAPH_CAPTURE = "graph_capture"
    SERVE = "serve"


_ORDER = tuple(Phase)
_MARKS = re.compile(
    r"(?P<init>\bserver_args=|Starting router on |\[MiniLB\])"
    r"|(?P<dist_init>Init (?:torch distributed|parallel) (?:begin|ends))"
    r"|(?P<load_weights>Load weight (?:begin|end)|(?:Loading|Multi-thread loading) [\w -]+: +\d+%)"
    r"|(?P<kv_cache>\w+ Cache is allocated|KV cache allocated|Memory pool end)"
    r"|(?P<graph_capture>Capture [\w -]*graph (?:begin|end|bs)\b"
    r"|Capturing (?:batches|num tokens|prefill shape|\(num_tokens))"
    r"|(?P<serve>max_total_num_tokens=\d|Uvicorn running on |The server is fired up and ready to roll)"
)
WORDS = (
    "server_args=", "Starting router on", "[MiniLB]", "Init ", "Load weight", "% Completed", "oading safetensors",
    "Cache is allocated", "KV cache allocated", "Memory pool end", "Captur", "max_total_num_tokens=", "Uvicorn running",
    "fired up",
)  # fmt: skip
"""Every line that marks a phase holds one of these."""
READY = "The server is fired up and ready to roll!"

_EDGE = re.compile(r"\b(begin|ends?)\b")
_BAR = re.compile(
    r"(?P<what>[\w -]*shards|Loading safetensors using [\w -]+|Capturing[^:|]*):\s+(?P<percent>\d+)%"
    r"(?: Completed \||\|[^|]*\|) ?(?P<done>\d+)/(?P<total>\d+) \[(?P<elapsed>[\d:]+)<(?P<left>[\d:]+|\?)"
)


class Progress(NamedTuple):
    """A progress bar."""

    what: str
    """``load_weights`` or ``graph_capture``."""
    done: int
    total: int
    left_s: float | None
    """None while an honest estimate is not possible."""


class Ranks(NamedTuple):
    """How many ranks have begun and ended a phase."""

    begun: int
    ended: int


class PhaseTracker:
    """Follows the phases of one log."""

    def __init__(self) -> None:
        self.seen: list[Phase] = []
        self.current: Phase | None = None
        self.progress: Progress | None = None
        self.began_at: dict[Phase, int] = {}
        """Line on which each phase was first seen."""
        self._begun: dict[Phase, set[Prefix]] = {}
        self._ended: dict[Phase, set[Prefix]] = {}
        self._first_capture_s: float = 0

    def ranks(self, phase: Phase) -> Ranks:
        """How many ranks have begun and ended ``phase``."""
        return Ranks(len(self._begun.get(phase, ())), len(self._ended.get(phase, ())))

    def line(self, number: int, text: str, head: Prefix) -> Phase | None:
        """Takes a line; the phase that it marks, or None."""
        found = _MARKS.search(text) if any(word in text for word in WORDS) else None
        if found is None:
            return None
        phase = Phase(found.lastgroup or "")
        self.enter(phase, number)
        self._count(phase, text, head)
        bar = _last_bar(text)
        if bar:
            self.progress = self._progress(bar)
        return phase

    def growing(self, text: str) -> Progress | None:
        """The progress that a line shows whose end has not come; the one known so far where it shows none."""
        bar = _last_bar(text)
        return self._progress(bar) if bar else self.progress

    def enter(self, phase: Phase, number: int) -> None:
        """Notes that ``phase`` was seen on line ``number``."""
        if self.current is None or _ORDER.index(phase) > _ORDER.index(self.current):
            self.seen.append(phase)
            self.began_at[phase] = number
            self.current = phase
            self.progress = None

    def _count(self, phase: Phase, text: str, head: Prefix) -> None:
        edge = _EDGE.search(text)
        who = Prefix(None, head.ranks)
        if edge and edge[1] == "begin":
            if who in self._ended.get(phase, ()):  # a draft model: the count starts again
                self._begun[phase], self._ended[phase] = set(), set()
            self._begun.setdefault(phase, set()).add(who)
        elif edge:
            self._begun.setdefault(phase, set()).add(who)
            self._ended.setdefault(phase, set()).add(who)

    def _progress(self, bar: re.Match[str]) -> Progress:
        done, total = int(bar["done"]), int(bar["total"])
        elapsed = _seconds(bar["elapsed"])
        if not bar["what"].startswith("Capturing"):
            return Progress(Phase.LOAD_WEIGHTS, done, total, _seconds(bar["left"]))
        # The largest batch comes first and takes many times as long as any later one.
        if done <= 1:
            self._first_capture_s = elapsed or 0
            return Progress(Phase.GRAPH_CAPTURE, done, total, None)
        each = max((elapsed or 0) - self._first_capture_s, 0) / (done - 1)
        return Progress(Phase.GRAPH_CAPTURE, done, total, round(each * (total - done), 1))


def _last_bar(text: str) -> re.Match[str] | None:
    bars = list(_BAR.finditer(text))
    return bars[-1] if bars else None


def _seconds(written: str) -> float | None:
    if written == "?":
        return None
    seconds = 0.0
    for part in written.split(":"):
        seconds = seconds * 60 + (int(part) if part.isdigit() else 0)
    return seconds
