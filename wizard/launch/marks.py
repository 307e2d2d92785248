"""The lines of a run's logs that somebody marked: kept beside the run's record, seen by everybody who watches it.

``marks.jsonl`` in the run's folder: what was marked and what was taken away, in order, one a line.
"""

from typing import Any, NamedTuple

from wizard.launch import journal, runs

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
    journal.append(runs.folder(name) / FILE, mark._asdict() | {"is_there": is_there})


def follower(name: str) -> journal.Follower[tuple[Mark, bool]]:
    """Reads what was marked in a run (True) or taken away, so far and from now on."""
    return journal.Follower(runs.folder(name) / FILE, _of_data)


def read(name: str) -> tuple[Mark, ...]:
    """The marks of a run as they are now."""
    there: dict[tuple[str, str, str], Mark] = {}
    for mark, is_there in follower(name).new():
        there.pop(mark.key, None)
        if is_there:
            there[mark.key] = mark
    return tuple(there.values())


def _of_data(data: dict[str, Any]) -> tuple[Mark, bool]:
    number = data["line"]
    mark = Mark(str(data["process"]), str(data["time"]), str(data["text"]), None if number is None else int(number))
    return mark, bool(data["is_there"])
