"""A script that goes on: its output as it comes, until the reader closes it or the host does."""

import os
import subprocess
import warnings
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from wizard.model.hardware import Fault
from wizard.reach import talk


class Stream:
    """The output of a running script. Read it by ``fileno`` (blocking or not, as you set it) or ``read``."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes] | None",
        errors: IO[bytes] | None = None,
        *,
        fault: Fault | None = None,
        why: Callable[[str], Fault | None] = lambda _: None,
    ) -> None:
        self._process = process
        self._errors = errors
        self._fault = fault
        self._why = why
        self._ends = weakref.finalize(self, _ended, process, errors) if process is not None else None
        """Ends what a reader forgot, and says that it was forgotten."""
        # a stream that never began reads as one that has ended
        self._nothing = os.open(os.devnull, os.O_RDONLY) if process is None else -1

    @property
    def fault(self) -> Fault | None:
        """Why the script could not be started, or why the connection broke under it; None while it runs."""
        if self._fault is None and self.poll() == 255:
            self._fault = self._why(self.errors)
        return self._fault

    @property
    def errors(self) -> str:
        """What stands on its stderr so far."""
        if self._errors is None or self._errors.closed:
            return ""
        return os.pread(self._errors.fileno(), 65536, 0).decode("utf-8", "replace")

    def fileno(self) -> int:
        """The descriptor of its stdout, without a buffer in between."""
        return self._nothing if self._process is None else talk.output_of(self._process)

    def read(self, count: int = 65536) -> bytes:
        """What came since; waits for something where the descriptor blocks. Empty at the end.

        Raises:
            BlockingIOError: the descriptor was set not to block, and there is nothing yet.
        """
        return os.read(self.fileno(), count)

    def poll(self) -> int | None:
        """Its exit status; None while it runs. 255 when the connection broke."""
        return 255 if self._process is None else self._process.poll()

    def close(self) -> None:
        """Ends the script and everything it started, here and on the host. Once: its number may be another's later."""
        if self._process is not None and self._ends is not None and self._ends.detach():
            talk.end(self._process, grace_s=0 if self._process.poll() is not None else 0.05)
        elif self._nothing >= 0:
            os.close(self._nothing)
            self._nothing = -1
        if self._errors is not None:
            self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _ended(process: "subprocess.Popen[bytes]", errors: IO[bytes] | None) -> None:
    talk.end(process)
    if errors is not None:
        errors.close()
    warnings.warn("a stream was never closed", ResourceWarning, stacklevel=2)
