"""Several logs of one run seen together: whose failure came first, how long silence may last, what to say of a phase.

Pure: takes readings and seconds, returns values and sentences.
"""

from collections.abc import Mapping
from typing import NamedTuple

from wizard.monitor.diagnosis import Diagnosis, first
from wizard.monitor.reader import Reading

_QUIET_S = {"init": 120, "dist_init": 120, "load_weights": 180, "kv_cache": 60, "graph_capture": 240, "serve": 90}
"""How long a process may be silent in each phase before that is worth saying."""
_QUIET_UNKNOWN_S = 120
_LONG = {
    "init": "importing on many ranks takes a minute or two",
    "dist_init": "it may be waiting for another node",
    "load_weights": "a large shard from a network disk can take minutes",
    "kv_cache": "this takes seconds as a rule",
    "graph_capture": "graph capture may take 4 min",
    "serve": "requests are running, but no batch was reported",
}
DOING = {
    "init": "starting",
    "dist_init": "joining the ranks",
    "load_weights": "loading weights",
    "kv_cache": "allocating the KV cache",
    "graph_capture": "capturing graphs",
    "serve": "serving",
}
"""Each phase in words."""


class Cause(NamedTuple):
    """The first failure over all logs of a run."""

    name: str
    """Whose log holds it."""
    diagnosis: Diagnosis
    consequences: tuple[str, ...]
    """Whose logs hold failures that followed."""


def first_cause(readings: Mapping[str, Reading]) -> Cause | None:
    """The failure that came first, by time where it is known; the others are its consequences."""
    found = {name: one.diagnosis for name, one in readings.items() if one.diagnosis}
    name = first(found)
    if name is None:
        return None
    others = tuple(other for other, one in found.items() if other != name and one.is_failure)
    return Cause(name, found[name], others)


def quiet_s(reading: Reading) -> float | None:
    """How long a process may be silent now; None: for as long as it likes."""
    if reading.diagnosis is not None and reading.diagnosis.is_failure:
        return None
    if reading.phase is None:
        return _QUIET_UNKNOWN_S if reading.lines else None
    if reading.phase == "serve" or reading.ready:
        busy = reading.last is not None and bool(reading.last.running_req or reading.last.queue_req)
        return _QUIET_S["serve"] if busy and reading.role != "router" else None  # nobody asks: nothing to say
    return _QUIET_S[reading.phase]


def silence(reading: Reading, silent_s: float) -> str | None:
    """What to say about a process that wrote nothing for so long; None while that is normal."""
    allowed = quiet_s(reading)
    if allowed is None or silent_s < allowed:
        return None
    why = _LONG.get(reading.phase or "", "")
    return f"no output for {duration(silent_s)}{f'; {why}' if why else ''}"


def phase_words(reading: Reading, *, says_left: bool = True) -> str:
    """What the process is doing: ``loading weights 43 %, 5:10 left``."""
    bar = reading.progress
    if reading.phase == "serve":
        return "ready" if reading.ready else "taking in the servers" if reading.role == "router" else "warming up"
    if bar is None or not bar.total:
        known = DOING[reading.phase] if reading.phase else ""
        return known or ("phase unknown" if reading.lines else "no lines yet")
    is_draft = bar.what == "load_weights" and reading.phase not in (None, "load_weights")  # after its own weights
    words = f"{'loading the draft model' if is_draft else DOING[bar.what]} {100 * bar.done // bar.total} %"
    return words if bar.left_s is None or not says_left else f"{words}, {duration(bar.left_s)} left"


def duration(seconds: float) -> str:
    """``95 s``, ``5:10``, ``1:02:03``."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
