"""Lines that tell of a failure, as they come: signatures of the catalogue, and exceptions that no signature knows.

Owns reading tracebacks, keeping what was seen within bounds, and leaving out what only looks like a failure. Which
sighting is the root is decided by ``wizard.monitor.diagnosis``.
"""

import re
from collections import Counter, deque
from typing import NamedTuple

from wizard.knowledge.diagnoses import Catalogue, Failure, FailureKind
from wizard.monitor.lines import is_native

_NOISE = re.compile(
    r"\bserver_args=|Ignore import error|Failed to import from"
    r"|(?:User|Runtime|Import|Future|Deprecation|Resource)Warning"
    r"|(?:^|\] )(?:data: )?\{\"(?:error|object|id|text|detail|message|meta_info)\":"
    r"|Setup Custom allreduce failed|hostname of the client socket cannot be retrieved"
    r"|\[Gloo\] Rank \d+ is connected|Driver Version: \"|Waiting for pending NCCL work|will_retry=true"
    r"|modelslim quantization is not fully optimized|torchair config|tilelang not installed"
    r"|crashed with exit code -15\b|^\s+(?:\d+ +)?- \""
)
_COMMAND = re.compile(r"process\.cmdline\(\)=\[.*?\]|\bcmdline=\[.*?\]")
_OTHER = re.compile(r"\[20\d\d-\d\d-\d\d |20\d\d-\d\d-\d\d \d\d:\d\d:\d\d +[A-Z]+ |\[\d\d:\d\d:\d\d[ \]]|INFO:  ")
"""Lines that belong to no report: whoever writes them writes no traceback."""
LAUNCHER = re.compile(r"^\s*Killed\s*$|line \d+: +\d+\s+Killed\b|\d 已杀死|xited with code 137\b|code=killed, status=9")
"""What shells, compose and systemd say of the process that they started."""
_QUOTING = re.compile(r"(?:Receive|Finish): obj=")
"""Text of users follows, which may hold anything."""
_TRACEBACK = "Traceback (most recent call last):"
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_REQUEST = re.compile(
    r"Exception in ASGI application|Task exception was never retrieved|Exception ignored in"
    r"|Can not initialize OpenAIServingResponses|freeze_gc failed"
)
_FATAL = re.compile(r"(?:Scheduler|Controller|Manager|Worker|Detokenizer\w*) hit an exception")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:: |:$|$)")
_CODED = re.compile(r"\bE[A-Z]\d{4}\)?: (?!Inner Error!)")
_STOPPED = re.compile(r"SIGTERM received|Received terminate signal|received SIGTERM|Gracefully exiting")
_STOPPING = ("SIGTERM", "terminate signal", "Gracefully exiting")
_INTERRUPTED = ("KeyboardInterrupt", "SystemExit", "asyncio.exceptions.CancelledError")
_REQUEST_LINES = 2
"""How far above a traceback the line may stand that says whose it is."""
_KEPT = 40
"""Sightings of one failure that are kept; the rest is counted."""
_REPORT_LINES = 80
"""How far below an exception its report may go on."""
_FRAMES = 80
_TELLING = (FailureKind.CAUSE, FailureKind.PEER, FailureKind.WARNING, FailureKind.WRAPPER, FailureKind.SYMPTOM)
"""Which sighting stands for a report that holds several: the most telling kind, of those the first."""
WORDS = (
    "Traceback", "During handling", "direct cause", "SIGTERM", "terminate signal", "Gracefully exiting", ": obj=",
    "ASGI application", "Task exc", "xception ignored in", "freeze_gc failed",
)  # fmt: skip
"""Lines with one of these are worth showing to the collector, besides those with a word of the catalogue."""


class Sighting(NamedTuple):
    """A line that tells of a failure."""

    line: int
    failure: Failure
    text: str
    time: str | None
    ranks: tuple[tuple[str, int], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    """Named groups of the signature."""
    phase: str | None = None
    frames: str = ""
    is_exception: bool = False
    native: bool = False
    """Written by torch's own C++, which often says so before Python does."""
    lasting: bool = False
    """Does not heal by itself, even though the process came up."""


class Place(NamedTuple):
    """Where a line stands: what is known from its prefix or from the lines before."""

    time: str | None
    ranks: tuple[tuple[str, int], ...]
    phase: str | None


class FailureCollector:
    """Collects sightings from lines given in order; lines that cannot matter may be left out."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.sightings: list[Sighting] = []
        self.counts: Counter[str] = Counter()
        self.stopped_line: int | None = None
        self._catalogue = catalogue
        self._frames: deque[str] = deque(maxlen=_FRAMES)
        self._in_frames = False
        self._report: list[Sighting] = []
        self._exceptions: list[tuple[int, str]] = []
        self._coded: tuple[int, str] | None = None
        self._open_until = 0
        self._fatal = False
        self._ignored = False
        self._quoted_until = 0
        self._request_line = -_REQUEST_LINES - 1
        self._chained = False
        self._place = Place(None, (), None)

    @property
    def watching(self) -> bool:
        """Whether the next lines are needed whatever they hold: a traceback or report is open."""
        return self._in_frames or self._open_until > 0 or self._quoted_until > 0

    @property
    def has_failed(self) -> bool:
        """Whether anything was seen that ends a process, or its end was asked for."""
        kinds = {one.failure.kind for one in self.seen()}
        return self.stopped_line is not None or bool(kinds - {FailureKind.WARNING})

    def line(self, number: int, text: str, place: Place) -> None:
        """Takes a line without wrappers and escape codes."""
        if self.watching and (_is_foreign(text) or number > max(self._open_until, self._quoted_until) > 0):
            self.close()
        if self._quoted_until or self._quotes(number, text):
            return
        if self.stopped_line is None and any(word in text for word in _STOPPING) and _STOPPED.search(text):
            self.stopped_line = number
        if _TRACEBACK in text:
            self._traceback(number, text, place)
        elif self._in_frames:
            self._frame(number, text, place)
        elif self._open_until:
            self._below(number, text, place)
        else:
            if _REQUEST.search(text):
                self._request_line = number
            found = self._sighting(number, text, place)
            if found and not _NOISE.search(text):
                self._keep(found)

    def seen(self) -> list[Sighting]:
        """What was kept, and what the report that is still open comes to so far."""
        unfinished = self._conclusion()
        return [*self.sightings, *([unfinished] if unfinished and self._wanted(unfinished) else [])]

    def close(self) -> None:
        """Ends the report that is open."""
        concluded = self._conclusion()
        if concluded:
            self._keep(concluded)
        self._report, self._exceptions, self._coded = [], [], None
        self._open_until, self._in_frames, self._chained = 0, False, False
        self._quoted_until, self._fatal, self._ignored = 0, False, False
        self._frames.clear()

    def _conclusion(self) -> Sighting | None:
        best = min(self._report, key=lambda one: _TELLING.index(one.failure.kind), default=None)
        nameless = not self._exceptions or self._ignored
        if best is not None and (nameless or best.failure.kind is not FailureKind.SYMPTOM):
            return best if nameless or best.failure.kind is not FailureKind.WRAPPER else self._quoted(best)
        if nameless:
            return None
        name = "sched_exception" if self._fatal else "unknown_exception"
        number, text = self._coded or self._exceptions[-1]
        frames, place = "\n".join(self._frames), self._place
        failure = self._catalogue.failures[name]
        return Sighting(number, failure, text, place.time, place.ranks, (), place.phase, frames, is_exception=True)

    def _quoted(self, wrapper: Sighting) -> Sighting:
        """A wrapper with the line it wraps: a code below it, else the exception that it was raised from."""
        number, text = self._coded or min(self._exceptions[0], (wrapper.line, wrapper.text))
        return wrapper._replace(line=number, text=text)

    def _quotes(self, number: int, text: str) -> bool:
        """Whether a line tells what a user asked; where that goes on in the lines below, they are left out as well."""
        found = _QUOTING.search(text) if ": obj=" in text else None
        if found and not text.rstrip().endswith((")", "}")):
            self._quoted_until = number + _REPORT_LINES
        return found is not None

    def _traceback(self, number: int, text: str, place: Place) -> None:
        if self.watching and not self._chained:
            self.close()
        if not self._chained:
            self._place = place
            self._fatal = bool(_FATAL.search(text))
            self._ignored = number - self._request_line <= _REQUEST_LINES or bool(_REQUEST.search(text))
        self._chained = False
        self._in_frames, self._open_until = True, 0
        head = text.partition(_TRACEBACK)[0]
        found = self._sighting(number, head, place) if head.strip() and not self._ignored else None
        if found:
            self._report.append(found)

    def _frame(self, number: int, text: str, place: Place) -> None:
        if not text.strip() or text.startswith((" ", "\t", "^", "+", "|")):
            self._frames.append(text)
            return
        self._in_frames = False
        self._open_until = number + _REPORT_LINES
        if text.startswith(_INTERRUPTED):
            self._ignored = True  # somebody pressed Ctrl-C
        elif _EXCEPTION.match(text):
            self._exceptions.append((number, text))
        self._below(number, text, place, is_exception=True)

    def _below(self, number: int, text: str, place: Place, *, is_exception: bool = False) -> None:
        if text.startswith(_CHAINED):
            self._chained = True
        elif not self._ignored:
            if self._coded is None and _CODED.search(text) and not _NOISE.search(text):
                self._coded = (number, text)
            found = self._sighting(number, text, place._replace(time=self._place.time), is_exception=is_exception)
            if found and not _NOISE.search(text):
                self._report.append(found)

    def _sighting(self, number: int, text: str, place: Place, *, is_exception: bool = False) -> Sighting | None:
        frames = "\n".join(self._frames) if is_exception else ""
        found = self._catalogue.match(_COMMAND.sub("", text), frames)
        if found is None:
            return None
        failure, match = found
        groups = tuple((name, value) for name, value in match.groupdict().items() if value)
        native = is_native(text)
        ranks = place.ranks or self._place.ranks
        return Sighting(number, failure, text, place.time, ranks, groups, place.phase, frames, is_exception, native)

    def _wanted(self, sighting: Sighting) -> bool:
        # Whoever is told to stop complains about peers that stop as well.
        return self.stopped_line is None or sighting.failure.kind is FailureKind.CAUSE

    def _keep(self, sighting: Sighting) -> None:
        if not self._wanted(sighting):
            return
        self.counts[sighting.failure.key] += 1
        if self.counts[sighting.failure.key] <= _KEPT:
            self.sightings.append(sighting)


def _is_foreign(text: str) -> bool:
    return _OTHER.match(text) is not None or LAUNCHER.search(text) is not None
