"""What happened in a run: written while it happens, read again by whoever watches or comes later.

``events.jsonl`` in the run's folder, one event a line.
"""

import time
from typing import Any

from wizard.launch import journal, runs
from wizard.model.run import RunEvent, State
from wizard.monitor.text import printable


def as_data(event: RunEvent) -> dict[str, Any]:
    """The event as plain data: what ``--launch --json`` prints, one a line. Empty means: the whole run."""
    return event._asdict() | {"state": event.state.value if event.state else None}


def of_data(data: dict[str, Any]) -> RunEvent:
    """The event that plain data say.

    Raises:
        TypeError, ValueError: they say none.
    """
    state = data.get("state")
    return RunEvent(**(data | {"state": State(state) if state else None}))


def stage_word(event: RunEvent) -> str:
    """What the stage of an event is called where people read it: what is waited for is not ready yet."""
    return "starting" if event.stage == "ready" and event.state is not State.READY else event.stage


def as_line(event: RunEvent) -> str:
    """The event in one line: what ``--launch`` prints."""
    if event.stage == "log":  # it has its own time
        return printable(f"  {event.process} | {event.message}")
    at = time.strftime("%H:%M:%S", time.localtime(event.time))
    where = " on ".join(part for part in (event.process, event.host) if part)
    mark = "! " if event.is_problem else ""
    return printable(f"{at} {stage_word(event):<9} {mark}{f'{where}: ' if where else ''}{event.message}")


def append(name: str, event: RunEvent) -> None:
    """Adds an event to a run's record.

    Raises:
        OSError: it cannot be written.
    """
    journal.append(runs.folder(name) / runs.EVENTS, as_data(event))


def follower(name: str) -> journal.Follower[RunEvent]:
    """Reads a run's events, those there and those to come."""
    return journal.Follower(runs.folder(name) / runs.EVENTS, of_data)


def read(name: str) -> tuple[RunEvent, ...]:
    """All events of a run so far."""
    return follower(name).new()
