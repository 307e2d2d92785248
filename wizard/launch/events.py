"""What happened in a run, line by line: written while it happens, read again by whoever watches or comes later.

``events.jsonl`` in the run's folder, one event a line. A line is one write at the end of the file, so a reader never
sees half of one that was written whole; a last line that a crash cut off is left out.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from wizard.launch import runs
from wizard.model.run import RunEvent, State


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


def append(name: str, event: RunEvent) -> None:
    """Adds an event to a run's record.

    Raises:
        OSError: it cannot be written.
    """
    line = json.dumps(as_data(event), ensure_ascii=False) + "\n"
    handle = os.open(runs.folder(name) / runs.EVENTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, line.encode("utf-8", "replace"))
    finally:
        os.close(handle)


class Follower:
    """Reads a run's events, those there and those to come."""

    def __init__(self, name: str) -> None:
        self._path: Path = runs.folder(name) / runs.EVENTS
        self._offset = 0

    def new(self) -> tuple[RunEvent, ...]:
        """The events since the last call; none where nothing came. Never waits."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return ()
        whole, feed, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(feed)
        found: list[RunEvent] = []
        for line in whole.split(b"\n"):
            with suppress(TypeError, ValueError):
                found.append(of_data(json.loads(line)))
        return tuple(found)


def read(name: str) -> tuple[RunEvent, ...]:
    """All events of a run so far."""
    return Follower(name).new()
