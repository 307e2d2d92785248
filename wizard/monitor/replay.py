"""A finished log shown as it was written: its bytes are handed on when their time stamps come round, only faster.

Owns the clock of a replay and where each log stands on it. A line without a stamp comes with the line before it.
"""

import os
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from wizard.errors import UsageError
from wizard.monitor.tail import Chunk

ENDED = "ended"
_STAMP = re.compile(rb"20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_SNIFFED_BYTES = 120
"""A stamp stands in the first bytes of its line, behind what carried the log."""
_FIRST_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_LINE_BYTES = 4 * 1024 * 1024


class ReplayClock:
    """The time of the logs, which goes on ``speed`` times as fast as ours.

    Args:
        start: time of the first line of all, in seconds.
        speed: how much faster.
        clock: ours.
    """

    def __init__(self, start: float, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._start = start
        self._clock = clock
        self._begun: float | None = None

    @property
    def now(self) -> float:
        """The time of the logs; it begins to run when it is asked first."""
        if self._begun is None:
            self._begun = self._clock()
        return self._start + (self._clock() - self._begun) * self.speed

    @property
    def words(self) -> str:
        """``2026-01-07 07:00:04``, as the logs write it."""
        return datetime.fromtimestamp(self.now, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


class ReplayFollower:
    """Hands on a file of this machine by its time stamps."""

    def __init__(self, path: str, clock: ReplayClock) -> None:
        self.path = path
        self.position = 0
        """Offset of the next byte to be handed on."""
        self._clock = clock
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._handle).st_size
        self._held = b""
        """Read, and not due yet."""
        self._is_all_read = False
        self._due = float("-inf")
        """Time of the line that was handed on last."""

    @property
    def state(self) -> str:
        """Replaying, until its end was handed on."""
        return ENDED if self.position >= self._size else "replaying"

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """What is due now, at most that many bytes and the rest of a line; never waits."""
        now, chunks = self._clock.now, []
        while budget_bytes > 0 and (data := self._next(min(budget_bytes, _PIECE_BYTES), now)):
            self.position += len(data)
            budget_bytes -= len(data)
            chunks.append(Chunk(data))
        return tuple(chunks)

    def read_at(self, size: int, offset: int) -> bytes:
        """A piece of what was handed on."""
        return os.pread(self._handle, max(0, min(size, self.position - offset)), offset) if self._handle >= 0 else b""

    def close(self) -> None:
        """Lets go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _next(self, size: int, now: float) -> bytes:
        """Whole lines whose time has come."""
        if self._handle < 0 or self._due > now:
            return b""
        self._fill(size)
        end = 0
        while end < size:
            feed = self._held.find(b"\n", end)
            stop = feed + 1 if feed >= 0 else len(self._held)
            if stop == end or (feed < 0 and end and not self._is_all_read):
                break  # the rest of that line is read the next time
            written = stamp(self._held[end : min(stop, end + _SNIFFED_BYTES)])
            self._due = max(self._due, written) if written is not None else self._due
            if self._due > now:
                break
            end = stop
        data, self._held = self._held[:end], self._held[end:]
        return data

    def _fill(self, size: int) -> None:
        """Reads on until there is a whole line, or the file's end."""
        while len(self._held) < size or (b"\n" not in self._held and len(self._held) < _LINE_BYTES):
            data = os.pread(self._handle, _PIECE_BYTES, self.position + len(self._held))
            if not data:
                self._is_all_read = True
                return
            self._held += data


def stamp(line: bytes) -> float | None:
    """The time in the first bytes of a line, in seconds; None where it does not say."""
    found = _STAMP.search(line, 0, _SNIFFED_BYTES)
    return None if found is None else _seconds(found[0])


@lru_cache(256)
def _seconds(written: bytes) -> float | None:
    try:
        return datetime.fromisoformat(written.decode()).astimezone().timestamp()
    except (ValueError, OverflowError):  # the 31st of February
        return None


def followers(
    paths: Sequence[str], speed: float, clock: Callable[[], float] = time.monotonic
) -> tuple[tuple[ReplayFollower, ...], ReplayClock]:
    """What hands on some logs beside each other, on one clock that begins with the first line of all.

    Raises:
        UsageError: one cannot be read, or none says when it was written.
    """
    first = [begin for path in paths if (begin := _begin(path)) is not None]
    if not first:
        raise UsageError(
            "no line says when it was written, so there is nothing to go by", "leave `--speed` out to watch the logs"
        )
    shared = ReplayClock(min(first), speed, clock)
    return tuple(ReplayFollower(path, shared) for path in paths), shared


def _begin(path: str) -> float | None:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_FIRST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"`{path}` cannot be replayed: {reason.lower()}", "`--speed` needs log files of this machine"
        ) from None
    return next((found for line in data.splitlines() if (found := stamp(line)) is not None), None)
