"""All runs as their hosts tell, quickly: every host is asked once at a time, and one that cannot be asked only once.

Keeps beside each run what was seen of it last, so that of a host that cannot be asked it can be said how old that is.
"""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from wizard import reach
from wizard.errors import LaunchError
from wizard.launch import live, runs
from wizard.launch.places import Place, Places, by_place
from wizard.launch.sighting import Look
from wizard.model.hardware import Fault
from wizard.model.run import Run, RunProcess, State
from wizard.reach import TIMED_OUT, Shell

LIMIT_S = 25.0
"""A look at one run on one host: a busy server takes 20 s for its answer."""
_SEEN = "seen.json"
_AT_ONCE = 4
"""Runs of one host that are looked at side by side."""


class Known(NamedTuple):
    """What was known of a process when its host was last asked."""

    state: State
    at: float
    """Seconds since the epoch."""


class Listed(NamedTuple):
    """A run as it is listed."""

    run: Run
    last: dict[str, Known]
    """Process → what was known before, for those whose host cannot be asked now."""


def listed(known: Sequence[Run], way: Callable[[str, str], Shell] = reach.shell) -> tuple[Listed, ...]:
    """The runs with the states that their hosts tell; what was stopped is not asked about."""
    asked = [run for run in known if run.state is not State.STOPPED]
    work: dict[Place, list[tuple[str, tuple[RunProcess, ...]]]] = {}
    for run in asked:
        for place, its in by_place(run.processes).items():
            work.setdefault(place, []).append((run.name, its))
    with Places(way) as places:
        found = places.together({place: partial(_host, places, its) for place, its in work.items()})
    told = {run.name: _told(run, {place: looks[run.name] for place, looks in found.items() if run.name in looks})
            for run in asked}  # fmt: skip
    return tuple(told.get(run.name, Listed(run, {})) for run in known)


def _host(places: Places, asked: list[tuple[str, tuple[RunProcess, ...]]]) -> dict[str, Look | Fault]:
    """What one host says of its runs. When it cannot be reached for the first, it is not asked for the others."""
    (name, its), *others = asked
    first = live.look(places, its, limit_s=LIMIT_S)
    if isinstance(first, Fault) and first.kind != TIMED_OUT:
        return dict.fromkeys((name for name, _ in asked), first)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = pool.map(lambda one: live.look(places, one[1], limit_s=LIMIT_S), others)
        return {name: first} | {name: look for (name, _), look in zip(others, looks, strict=True)}


def _told(run: Run, looks: dict[Place, Look | Fault]) -> Listed:
    before, now = _remembered(run), time.time()
    processes, last = [], {}
    for process in run.processes:
        standing = live.standing(process, live.seen_of(process, looks))
        if standing.state is State.LOST:
            known = before.get(process.name)
            if known is not None:
                last[process.name] = known
                age = f"; {known.state.value} {ago(now - known.at)} ago" if known.state is not State.LOST else ""
                standing = standing.evolve(detail=f"could not ask its host: {standing.detail}{age}")
        else:
            before[process.name] = Known(standing.state, now)
        processes.append(standing)
    if len(last) < len(processes):
        _remember(run, before)
    return Listed(run.evolve(processes=tuple(processes), state=live.run_state(processes)), last)


def _remembered(run: Run) -> dict[str, Known]:
    """What was seen of it last; where nobody looked since, what its record says."""
    folder = runs.folder(run.name)
    with suppress(OSError):
        recorded_at = (folder / runs.RECORD).stat().st_mtime
        found = {process.name: Known(process.state, recorded_at) for process in run.processes}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            data = json.loads((folder / _SEEN).read_bytes())
            later = {name: Known(State(one["state"]), float(one["at"])) for name, one in data.items()}
            found |= {name: one for name, one in later.items() if name in found and one.at > recorded_at}
        return found
    return {}


def _remember(run: Run, known: dict[str, Known]) -> None:
    """Only a convenience: a full disk takes nothing from the list."""
    text = json.dumps({name: {"state": one.state.value, "at": round(one.at)} for name, one in known.items()})
    with suppress(LaunchError):
        runs.write(runs.folder(run.name) / _SEEN, text + "\n")


def ago(seconds: float) -> str:
    """``40 s``, ``12 min``, ``5 h``, ``3 days``."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(int(seconds), 0)} s"
