"""A log read from bytes as they come: phases, figures, failures.

Owns the one loop that every line goes through, and what is kept of it. Takes bytes from whoever has them; opens
nothing. Batch and access lines are most of a long log and are told apart by a few bytes; of the others only those with
a word that matters are looked at closely.
"""

import re
from collections import Counter, deque
from functools import cache
from typing import NamedTuple

from wizard.knowledge.diagnoses import catalogue
from wizard.monitor import phases, router
from wizard.monitor.carrier import Carrier
from wizard.monitor.diagnosis import Diagnosis, Run, diagnose
from wizard.monitor.failures import WORDS as FAILURE_WORDS
from wizard.monitor.failures import FailureCollector, Place, Sighting
from wizard.monitor.figures import Batch, Totals, batch, totals
from wizard.monitor.gate import DIGITS, gate
from wizard.monitor.lines import prefix, time_within
from wizard.monitor.phases import Phase, PhaseTracker, Progress
from wizard.monitor.text import LONGEST_BYTES, clean, plain, without_codes

_BATCH, _PREFILL, _ACCESS = 1, 2, 3
_KINDS = {b"Decode bat": _BATCH, b"Prefill ba": _PREFILL, b"INFO:     ": _ACCESS}
"""The first ten bytes of a message, for the lines that make up most of a log."""
_STAMP_BYTES = 20
"""Length of ``[2026-01-14 12:10:41``; the ranks follow."""
_UNFINISHED_BYTES = 4 * 1024 * 1024
_BAR_BYTES = 1024
_DULL = 4096
_DULL_BYTES = 400
_RECENT = 512
_OPTIONS = (
    "disaggregation_mode", "mem_fraction_static", "node_rank", "nnodes", "port", "tp_size", "dp_size",
    "max_running_requests", "context_length",
)  # fmt: skip
_OPTION = re.compile(rf"\b({'|'.join(_OPTIONS)})['\"]?\s*[=:]\s*['\"]?([^,'\"){{}}\]\s]+)")
_FLAG = re.compile(rf"--({'|'.join(name.replace('_', '-') for name in _OPTIONS)})[ =]['\"]?([^\s'\"]+)")
_STARTING = frozenset({Phase.DIST_INIT, Phase.LOAD_WEIGHTS, Phase.SERVE})
_SERVER = (
    "sglang", "launch_server", "Load weight", "Init torch distributed", "Uvicorn running", "KV Cache", "Scheduler",
    "DetokenizerManager",
)  # fmt: skip
_ROLES = (
    (re.compile(r"disabled for prefill server|KVPoll\.Bootstrapping|Decode instance could be dead"), "prefill"),
    (re.compile(r"KVPoll\.WaitingForInput|(?:from|with) prefill instance|prefill parallel|fetching prefill"), "decode"),
    (re.compile(r"(?<!\[)--disaggregation-mode[ =']+prefill\b"), "prefill"),
    (re.compile(r"(?<!\[)--disaggregation-mode[ =']+decode\b"), "decode"),
)
_ROLE_WORDS = ("prefill", "Decode instance", "KVPoll", "disaggregation-mode")
_WORDS = (
    *_SERVER, "disaggregation-mode", "prefill server", "prefill instance", "prefill parallel", "fetching prefill",
    "KVPoll.", "#queue-req: ",
)  # fmt: skip
_SAME_PROCESS = ("disaggregation_mode", "node_rank", "port")


class Reading(NamedTuple):
    """What a log says so far. None where it does not say."""

    lines: int
    role: str | None
    ready: bool
    ready_line: int | None
    phases: tuple[str, ...]
    phase: str | None
    progress: Progress | None
    last: Batch | None
    """The batch line whose figures are the latest: of decoding, else of prefilling."""
    instance: Totals | None
    diagnosis: Diagnosis | None
    requests: tuple[tuple[str, int], ...]
    """Answers by HTTP status."""
    telling: tuple[tuple[int, str], ...] = ()
    """The lines that most likely matter where no cause is known."""
    times: tuple[tuple[str, str], ...] = ()
    """Phase → the stamp of its first line, in order; ``ready`` last."""
    stopped_line: int | None = None
    """Where somebody asked the process to stop."""

    @property
    def throughput_tok_s(self) -> float | None:
        """Tokens generated per second; of a prefill server, tokens read per second."""
        if self.last is None or (self.last.kind == "prefill" and self.role != "prefill"):
            return None
        return self.last.throughput_tok_s


class LogReader:
    """Reads one log. ``feed`` takes bytes as they come, ``reading`` tells what they said so far."""

    def __init__(self) -> None:
        self.number = 0
        """Lines read."""
        self.phases = PhaseTracker()
        self.router = router.RouterTracker()
        self.failures = FailureCollector(catalogue())
        self._carrier = Carrier()
        self._unfinished = b""
        self._unfinished_bytes = 0
        self._latest: dict[int, dict[bytes, tuple[int, bytes]]] = {_BATCH: {}, _PREFILL: {}}
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=_RECENT)
        self._statuses: Counter[bytes] = Counter()
        self._dull: set[bytes] = set()
        self._options: dict[str, str] = {}
        self._args_line = 0
        self._ready_line: int | None = None
        self._started = False
        self._node_serves = False
        self._role: str | None = None
        self._is_server = False
        self._time: str | None = None
        self._timed = 0
        self._piece: list[bytes] = []
        self._times: dict[str, str] = {}

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; what follows the last line feed waits for its end."""
        whole, feed, rest = data.rpartition(b"\n")
        if not feed:
            self._unfinished_bytes += len(rest)
            self._unfinished = _bounded(self._unfinished + rest)
            return
        self._unfinished_bytes = len(rest)
        whole, self._unfinished = self._unfinished + whole, _bounded(rest)
        self._lines(clean(self._carrier.stripped(without_codes(whole))).split(b"\n"))

    def close(self) -> None:
        """Takes the last line even though it has no end."""
        rest, self._unfinished, self._unfinished_bytes = self._unfinished, b"", 0
        if rest:
            self._lines(
                clean(self._carrier.stripped(without_codes(rest))).split(b"\n")
            )  # a batch line that was cut off is told by its missing fields
        self.failures.close()

    @property
    def unfinished_bytes(self) -> int:
        """How much of a line has come whose end has not."""
        return self._unfinished_bytes

    def recent(self) -> tuple[Batch, ...]:
        """The latest batch lines, the oldest first."""
        return tuple(found for _, raw in self._recent if (found := batch(raw)))

    def reading(self) -> Reading:
        """What the log says so far."""
        decoding, prefilling = self._batches(_BATCH), self._batches(_PREFILL)
        chosen = decoding or prefilling
        ready = self._ready_line or self.router.ready_line
        if decoding or prefilling:
            self.phases.enter(Phase.SERVE, min(line for line, _ in (*decoding, *prefilling)))
        elif self.router.ready_line:
            self.phases.enter(Phase.SERVE, self.router.ready_line)
        role = self._roled(tuple(found for _, found in (*decoding, *prefilling)))
        # Warming up prefills one request alone; beside others, or without a start in sight, it is real work.
        busy = decoding or (prefilling and not self._started) or any(found.running_req for _, found in prefilling)
        serves = bool(ready or self._node_serves or busy)
        diagnosis = self._diagnosis(ready, max((line for line, _ in chosen), default=0))
        return Reading(
            self.number, role, serves, ready, tuple(self.phases.seen), self.phases.current, self._progress(),
            max(chosen)[1] if chosen else None, totals(found for _, found in sorted(chosen)) if chosen else None,
            diagnosis, tuple(sorted((status.decode(), count) for status, count in self._statuses.items())),
            self._telling(diagnosis), tuple(self._times.items()), self.failures.stopped_line,
        )  # fmt: skip

    def _progress(self) -> Progress | None:
        """A bar that is written to a file is one line, which ends when the work is done."""
        if b"%" not in self._unfinished:
            return self.phases.progress
        return self.phases.growing(plain(without_codes(self._unfinished[-_BAR_BYTES:])))

    def _lines(self, lines: list[bytes]) -> None:
        others: list[tuple[int, bytes]] = []
        kinds, number, keep = _KINDS.get, self.number, others.append
        recent, decoding, prefilling = self._recent.append, self._latest[_BATCH], self._latest[_PREFILL]
        for raw in lines:
            number += 1
            start = raw.find(b"] ", 0, 80) + 2
            kind = kinds(raw[start : start + 10])
            if kind is None or not (self._access(raw, start) if kind == _ACCESS else b"#queue-req: " in raw):
                keep((number, raw))
            elif kind != _ACCESS:
                ranks = raw[_STAMP_BYTES : start - 2]
                entry = (number, raw)
                (decoding if kind == _BATCH else prefilling)[ranks[4:] if ranks[:1] == b"." else ranks] = entry
                recent(entry)
        self.number, self._piece = number, lines
        self._others(others)
        self._catch_up(number + 1)
        self._piece = []

    def _access(self, raw: bytes, start: int) -> bool:
        place = raw.rfind(b'" ')
        if place < 0 or raw.find(b' - "', start) < 0 or not (status := raw[place + 2 : place + 5]).isdigit():
            return False
        self._statuses[status] += 1
        return True

    def _others(self, lines: list[tuple[int, bytes]]) -> None:
        interesting, dull, failures = _gate().search, self._dull, self.failures
        for number, raw in lines:
            if failures.watching:
                self._look(number, raw)
                continue
            shape = raw.translate(None, DIGITS)
            if shape in dull:
                continue
            if len(raw) > 2 * LONGEST_BYTES:
                self._look(number, raw)
            elif raw[:6] == b"INFO: " and self._access(raw, 0):
                continue
            elif interesting(shape):
                self._look(number, raw)
            elif len(shape) < _DULL_BYTES:
                if len(dull) >= _DULL:
                    dull.clear()
                dull.add(shape)

    def _look(self, number: int, raw: bytes) -> None:
        text = plain(raw)
        head = prefix(text)
        self._catch_up(number)
        self._time, self._timed = head.time or time_within(text) or self._time, number
        if "server_args=" in text and ": obj=" not in text.partition("server_args=")[0]:
            self._arguments(number, raw)
            self.phases.enter(Phase.INIT, number)
            self._stamped(Phase.INIT)
            return
        if "Starting router on " in text and self.router.seen:
            self._begin_again(number)
        if self.router.line(number, text):
            return
        if "#queue-req: " in text and self._odd_batch(number, raw):
            return
        self._identify(text)
        phase = self.phases.line(number, text, head)
        if phase is Phase.DIST_INIT and self._ready_line and not self._args_line:
            self._begin_again(number)
            self.phases.line(number, text, head)
        elif phases.READY in text:
            self._ready_line = number
        elif phase in _STARTING:
            self._starting(number, text)
        if phase is not None:
            self._stamped(self.phases.current)
        if self._ready_line == number:
            self._stamped("ready")
        self.failures.line(number, text, Place(self._time, head.ranks, self.phases.current))

    def _catch_up(self, number: int) -> None:
        """Takes the time from the lines before this one that nobody looked at: what has no stamp happened then."""
        before = self.number - len(self._piece)
        passed_over = self._piece[max(self._timed - before, 0) : number - 1 - before]
        stamped = (prefix(plain(raw)).time for raw in reversed(passed_over) if raw.startswith((b"[", b"20")))
        self._time, self._timed = next(filter(None, stamped), self._time), number - 1

    def _begin_again(self, number: int) -> None:
        """The same process was started once more on this line: what it said before is history."""
        self.phases, self.router, self.failures = PhaseTracker(), router.RouterTracker(), FailureCollector(catalogue())
        for kind, latest in self._latest.items():  # batch lines are read ahead of the others
            self._latest[kind] = {ranks: entry for ranks, entry in latest.items() if entry[0] > number}
        self._recent = deque((entry for entry in self._recent if entry[0] > number), maxlen=_RECENT)
        self._ready_line, self._node_serves = None, False
        self._times.clear()

    def _is_another_start(self, options: dict[str, str]) -> bool:
        """Whether these are the options of a process that has written to this log before; it may have a new port."""
        before, failed = self._options, self.failures.has_failed
        if not self._args_line:
            return failed or self._ready_line is not None
        same = [before.get(name) == options.get(name) for name in _SAME_PROCESS]
        return all(same) or (failed and all(same[:-1]))

    def _odd_batch(self, number: int, raw: bytes) -> bool:
        """A batch line with something unusual before it, such as its level."""
        found = batch(raw)
        if found is None:
            return False
        kind = _BATCH if found.kind == "decode" else _PREFILL
        self._latest[kind][repr(found.ranks).encode()] = (number, raw)
        self._recent.append((number, raw))
        return True

    def _stamped(self, name: str | None) -> None:
        if name is not None and self._time is not None:
            self._times.setdefault(str(name), self._time)

    def _starting(self, number: int, text: str) -> None:
        self._started = True
        if "max_total_num_tokens=" in text and self._options.get("node_rank", "0") not in ("0", "None"):
            self._node_serves = True
        if "Uvicorn running on" in text and self.router.seen and self.router.ready_line is None:
            self.router.ready_line = number  # the small router written in Python has no other line

    def _arguments(self, number: int, raw: bytes) -> None:
        options = dict(_OPTION.findall(raw[: 4 * LONGEST_BYTES].decode("utf-8", "replace")))
        if self._is_another_start(options):
            self._begin_again(number)
        self._started, self._is_server, self._args_line = True, True, number
        self._options |= options
        mode = self._options.get("disaggregation_mode")
        self._role = mode if mode in ("prefill", "decode") else self._role

    def _identify(self, text: str) -> None:
        if "launch_server" in text or "sglang serve" in text:
            for name, value in _FLAG.findall(text):
                self._options.setdefault(name.replace("-", "_"), value)
        if self._role is None and any(word in text for word in _ROLE_WORDS):
            self._role = next((role for pattern, role in _ROLES if pattern.search(text)), None)
        self._is_server = self._is_server or any(word in text for word in _SERVER)

    def _roled(self, batches: tuple[Batch, ...]) -> str | None:
        told = self._role or next((found.role for found in batches if found.role), None)
        if told is None and self.router.seen:
            return "router"
        return told or ("single" if batches or self._is_server or self.phases.seen else None)

    def _batches(self, kind: int) -> list[tuple[int, Batch]]:
        return [(line, found) for line, raw in self._latest[kind].values() if (found := batch(raw))]

    def _diagnosis(self, ready_line: int | None, last_batch_line: int) -> Diagnosis | None:
        known = catalogue().by_id("router_no_workers")
        sightings = self.failures.seen()
        if known is not None:
            attempts = self.router.attempts()
            sightings += [
                Sighting(one.line, known, one.text, prefix(one.text).time, lasting=one.given_up) for one in attempts
            ]
        run = Run(self._args_line, ready_line, last_batch_line, self._options)
        return diagnose(sightings, run)

    def _telling(self, diagnosis: Diagnosis | None) -> tuple[tuple[int, str], ...]:
        if diagnosis is None or diagnosis.is_known:
            return ()
        told = {one.line: one.text for one in self.failures.seen() if one.line != diagnosis.root_line}
        return tuple(sorted(told.items()))[:5]


def _bounded(unfinished: bytes) -> bytes:
    if len(unfinished) <= _UNFINISHED_BYTES:
        return unfinished
    return unfinished[:LONGEST_BYTES] + unfinished[-LONGEST_BYTES:]


@cache
def _gate() -> re.Pattern[bytes]:
    return gate((*catalogue().words, *phases.WORDS, *router.WORDS, *FAILURE_WORDS, *_WORDS))
