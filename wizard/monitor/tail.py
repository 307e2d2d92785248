"""Following a file of this machine through everything that happens to log files.

Owns the position in the file and noticing that it was replaced, cut short, deleted or not there yet. Never waits and
never raises for what happens to the file. Bytes are handed on as they are; lines are made by others.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

_FINGERPRINT_BYTES = 64
"""As many bytes before the position are compared: a file that was emptied and has grown again is not mistaken."""

_GZIP = b"\x1f\x8b"


class Chunk(NamedTuple):
    """Bytes that came."""

    data: bytes
    is_new_file: bool = False
    """They begin another file, or the same one emptied: whatever was unfinished has ended."""


class Follower(Protocol):
    """Whatever bytes of a log come from."""

    @property
    def state(self) -> str:
        """How it stands with the source, in one sentence."""
        ...

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """What came since, at most that many bytes; never waits."""
        ...

    def close(self) -> None:
        """Lets go of the source."""
        ...


class FileFollower:
    """Follows a path: the file that stands there now, and whatever takes its place."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.handle = -1
        """Descriptor of the file that is read; -1: none."""
        self.position = 0
        """Offset of the next byte to be handed on."""
        self.generation = 0
        """How many times another file, or the emptied one, took over."""
        self._before = b""
        self._trouble = ""
        self._is_gone = False
        self._is_open_new = False

    @property
    def state(self) -> str:
        """Following, waiting for the file, or why it cannot be read."""
        if self._trouble:
            return self._trouble
        if self.handle < 0:
            return "waiting for the file"
        return "the file is gone: waiting for the next one" if self._is_gone else "following"

    def open(self, position: int = 0) -> bool:
        """Opens what stands under the path; whether there is something to read."""
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            self._trouble = ""
            return False
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._trouble = f"cannot be read: {reason.lower()}"
            return False
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            self._trouble = "cannot be read: not a file"
            return False
        if os.pread(handle, len(_GZIP), 0) == _GZIP:
            os.close(handle)
            self._trouble = "compressed, so nobody writes to it: `zcat FILE | glm-wizard --monitor -` shows it"
            return False
        self._trouble, self.handle, self.position = "", handle, position
        self._before = os.pread(handle, _FINGERPRINT_BYTES, max(0, position - _FINGERPRINT_BYTES)) if position else b""
        return True

    def read_at(self, size: int, offset: int) -> bytes:
        """A piece of the file that is read now."""
        return os.pread(self.handle, size, offset) if self.handle >= 0 else b""

    @property
    def size(self) -> int:
        """Of the file that is read, in bytes; 0 where there is none."""
        return os.fstat(self.handle).st_size if self.handle >= 0 else 0

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """What was written since, of this file and of the one that took its place."""
        chunks: list[Chunk] = []
        if self.handle < 0 and not self.open():
            return ()
        while budget_bytes > 0:
            # Looked for first: whoever writes to the next file has written its last line here.
            replaced = self._is_replaced()
            data, starts_again = self._more(budget_bytes)
            if data:
                chunks.append(Chunk(data, starts_again or self._is_open_new))
                self._is_open_new = False
                budget_bytes -= len(data)
            elif not replaced or not self._switch():
                break
        return tuple(chunks)

    def close(self) -> None:
        """Closes the file."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def _more(self, budget_bytes: int) -> tuple[bytes, bool]:
        starts_again = False
        try:
            size = os.fstat(self.handle).st_size
            if size < self.position or (size > self.position and not self._is_same()):
                self.position, starts_again = self._data_start(), True
                self.generation += 1
                self._before = b""
            if size <= self.position and not starts_again:
                return b"", False
            data = os.pread(self.handle, budget_bytes, self.position)
        except OSError as error:
            self._trouble = f"cannot be read: {(error.strerror or str(error)).lower()}"
            return b"", False
        self._trouble = ""
        if starts_again and not data:
            self._is_open_new = True
        self.position += len(data)
        self._before = (self._before + data)[-_FINGERPRINT_BYTES:] if data else self._before
        return data, starts_again

    def _is_same(self) -> bool:
        before = self._before
        return os.pread(self.handle, len(before), self.position - len(before)) == before

    def _data_start(self) -> int:
        # Whoever writes without O_APPEND leaves a hole before its position when the file is emptied.
        with suppress(OSError):
            return os.lseek(self.handle, 0, os.SEEK_DATA)
        return 0

    def _is_replaced(self) -> bool:
        try:
            there = Path(self.path).stat()
        except OSError:
            self._is_gone = True
            return False
        own = os.fstat(self.handle)
        is_other = (there.st_ino, there.st_dev) != (own.st_ino, own.st_dev)
        self._is_gone = False
        return is_other and there.st_size > 0

    def _switch(self) -> bool:
        old, self.handle = self.handle, -1
        if not self.open():
            self.handle = old  # it vanished again
            return False
        os.close(old)
        self.generation += 1
        self._is_open_new = True
        return True


class PipeFollower:
    """Follows what is piped in."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._has_ended = False
        os.set_blocking(handle, False)

    @property
    def state(self) -> str:
        """Following, until whoever writes ends."""
        return "ended" if self._has_ended else "following"

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """What came since."""
        chunks: list[Chunk] = []
        while budget_bytes > 0 and not self._has_ended:
            try:
                data = os.read(self._handle, min(budget_bytes, 65536))
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self._has_ended = True
                break
            chunks.append(Chunk(data))
            budget_bytes -= len(data)
        return tuple(chunks)

    def close(self) -> None:
        """Leaves the pipe to whoever opened it."""
        self._has_ended = True
