"""How long the phases of a start took, by the stamps of its log; and how long they took the times before. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from wizard.model.run import Run, RunProcess
from wizard.monitor.phases import Phase
from wizard.monitor.reader import Reading
from wizard.monitor.view import duration

READY = "ready"
"""From its start until it is ready."""
COPY, IMAGE = "copy", "image"
_SHORT = {Phase.LOAD_WEIGHTS: "weights", Phase.GRAPH_CAPTURE: "graphs", Phase.DIST_INIT: "ranks", Phase.INIT: "init"}
_TOLD = 3
"""So many phases, the longest ones, are told beside the whole."""


class Earlier(NamedTuple):
    """The starts of the same process before."""

    last: Mapping[str, float]
    """Phase → seconds, the last time."""
    slowest: Mapping[str, float]
    """Phase → seconds, at the worst."""
    run: str = ""
    """The last run that has times."""


NEVER = Earlier({}, {})


def durations(reading: Reading) -> dict[str, float]:
    """Phase → seconds, of those whose beginning and end the log stamps; not of one in which the clock went back."""
    stamps = [(name, moment) for name, text in reading.times if (moment := _moment(text)) is not None]
    spans = {name: (after - before).total_seconds() for (name, before), (_, after) in pairwise(stamps)}
    return {name: seconds for name, seconds in spans.items() if seconds >= 0}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def earlier(known: Iterable[Run], run: Run, process: RunProcess) -> Earlier:
    """The starts of this process before: the same place in the launch, the same weights, the same host.

    Args:
        known: the runs, the newest first.
        run: the run that it belongs to.
        process: the process.
    """
    times: list[tuple[str, Mapping[str, float]]] = []
    for other in known:
        if other.name == run.name or _kind(other) != _kind(run):
            continue
        times += [(other.name, one.times) for one in other.processes if one.times and _place(one) == _place(process)]
    if not times:
        return NEVER
    slowest: dict[str, float] = {}
    for _, one in times:
        for name, seconds in one.items():
            slowest[name] = max(seconds, slowest.get(name, 0.0))
    return Earlier(times[0][1], slowest, times[0][0])


def of_host(known: Iterable[Run], run: Run, host: str, what: str) -> str:
    """``, last time 12:10``: what the last run that did it on that host took, with the same image; else nothing."""
    for other in known:
        if other.name != run.name and (other.image, other.is_simulated) == (run.image, run.is_simulated):
            seconds = other.times.get(host, {}).get(what, 0.0)
            if seconds >= 1:
                return f", last time {duration(seconds)}"
    return ""


def _kind(run: Run) -> tuple[object, ...]:
    return run.weights, run.runtime, run.is_simulated


def _place(process: RunProcess) -> tuple[object, ...]:
    return process.role, process.instance, process.rank, process.address, process.devices


def told(times: Mapping[str, float]) -> str:
    """The whole and its longest phases: ``9:40 (weights 6:02, graphs 2:10)``; empty where nothing was measured."""
    phases = sorted(
        ((seconds, name) for name, seconds in times.items() if name in _SHORT and seconds >= 1), reverse=True
    )
    parts = ", ".join(f"{_SHORT[Phase(name)]} {duration(seconds)}" for seconds, name in phases[:_TOLD])
    if READY not in times:
        return parts
    return duration(times[READY]) + (f" ({parts})" if parts else "")
