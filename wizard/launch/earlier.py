"""How long the same launch took the last time, process by process, read from the events of earlier runs.

Owns reading only: the times stand in what every run writes anyway.
"""

from collections.abc import Iterable
from typing import NamedTuple

from wizard.launch import events, runs
from wizard.model.run import RunEvent, State

_LOOKED_AT = 12
"""Runs of that title that are looked at, the newest first."""


class Earlier(NamedTuple):
    """What an earlier run needed."""

    run: str
    ready_s: float
    """From the first start to the first answer."""
    processes: dict[str, float]
    """Process → seconds from its start until it was ready."""


def last(title: str, *, is_simulated: bool = False) -> Earlier | None:
    """The newest run of that title that got ready; played ones are measured against played ones only."""
    alike = [run for run in runs.load_all() if run.title == title and run.is_simulated == is_simulated]
    for run in alike[:_LOOKED_AT]:
        found = of_events(run.name, events.read(run.name))
        if found is not None:
            return found
    return None


def of_events(name: str, told: Iterable[RunEvent]) -> Earlier | None:
    """What the events of a run say; None where it did not get ready in one go."""
    began: dict[str, float] = {}
    took: dict[str, float] = {}
    ready_at: float | None = None
    for event in told:
        if event.state is State.STARTING and event.process:
            began[event.process] = event.time
            took.pop(event.process, None)
        elif event.state is State.READY and event.process in began and event.process not in took:
            took[event.process] = max(event.time - began[event.process], 0)
        elif event.state is State.READY and not event.process and ready_at is None:
            ready_at = event.time
    if not took or ready_at is None:
        return None
    return Earlier(name, max(ready_at - min(began.values()), 0), took)
