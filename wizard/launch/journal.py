"""Files of a run that grow by one JSON object a line: written while it goes on, followed by whoever watches it.

A line is one write at the end of the file, so several writers lose nothing of each other's, and a reader never sees
half of a line that was written whole. A line that a crash or a full disk cut off is left out, and that one alone.
"""

import errno
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def append(path: Path, data: Mapping[str, Any]) -> None:
    """Adds a line.

    Raises:
        OSError: it cannot be written, or not whole.
    """
    line = (json.dumps(data, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if _ends_within_a_line(handle):
            line = b"\n" + line
        if os.write(handle, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(handle)


def _ends_within_a_line(handle: int) -> bool:
    end = os.lseek(handle, 0, os.SEEK_END)
    return end > 0 and os.pread(handle, 1, end - 1) != b"\n"


class Follower(Generic[T]):
    """Reads the lines of a file, those there and those to come.

    Args:
        path: the file; it may come later.
        of_data: a line's object → what it says; ``KeyError``, ``TypeError`` or ``ValueError`` where it says nothing.
    """

    def __init__(self, path: Path, of_data: Callable[[dict[str, Any]], T]) -> None:
        self._path = path
        self._of_data = of_data
        self._offset = 0

    def new(self) -> tuple[T, ...]:
        """What came since the last call; lines that say nothing are left out. Never waits."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return ()
        whole, feed, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(feed)
        found: list[T] = []
        for line in whole.split(b"\n"):
            with suppress(KeyError, TypeError, ValueError):
                said = json.loads(line)
                if isinstance(said, dict):
                    found.append(self._of_data(said))
        return tuple(found)
