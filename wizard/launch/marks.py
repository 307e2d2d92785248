"""The lines of a run's logs that somebody marked: kept beside the run's record, seen by everybody who watches it.

``marks.jsonl`` in the run's folder: what was marked and what was taken away, in order, one a line. A line is one write
at the end of the file, so several who watch at once lose nothing of each other's.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from wizard.launch import runs

FILE = "marks.jsonl"
TEXT_CHARS = 2_000
"""As much of a line is kept: enough to find it again."""


class Mark(NamedTuple):
    """A line that somebody marked."""

    process: str
    time: str
    """As its log writes it; empty where it does not say."""
    text: str
    line: int | None = None
    """From 1, in the file as it was then; None: not known yet."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other marks: the number may change when the log is rotated."""
        return self.process, self.time, self.text


def append(name: str, mark: Mark, *, is_there: bool) -> None:
    """Adds to a run's record that a line was marked, or is marked no more.

    Raises:
        OSError: it cannot be written.
    """
    data = json.dumps(mark._asdict() | {"is_there": is_there}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    handle = os.open(runs.folder(name) / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data)
    finally:
        os.close(handle)


class Follower:
    """Reads a run's marks, those there and those to come."""

    def __init__(self, name: str) -> None:
        self._path: Path = runs.folder(name) / FILE
        self._offset = 0

    def new(self) -> tuple[tuple[Mark, bool], ...]:
        """What was marked (True) or taken away since the last call. Never waits."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return ()
        whole, feed, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(feed)
        return tuple(found for line in whole.split(b"\n") if (found := _read(line)) is not None)


def read(name: str) -> tuple[Mark, ...]:
    """The marks of a run as they are now."""
    there: dict[tuple[str, str, str], Mark] = {}
    for mark, is_there in Follower(name).new():
        there.pop(mark.key, None)
        if is_there:
            there[mark.key] = mark
    return tuple(there.values())


def _read(line: bytes) -> tuple[Mark, bool] | None:
    with suppress(ValueError, TypeError, KeyError):
        data = json.loads(line)
        number = data["line"]
        mark = Mark(str(data["process"]), str(data["time"]), str(data["text"]), None if number is None else int(number))
        return mark, bool(data["is_there"])
    return None
