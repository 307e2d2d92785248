"""The shell of a host as the other rooms see it, and what it answers."""

from typing import NamedTuple, Protocol

from wizard.model.hardware import Fault
from wizard.reach.stream import Stream

TIMED_OUT = "timeout"
"""Kind of the fault of a script that its limit ended; what it had said until then is in the answer."""


class Answer(NamedTuple):
    """What came of a script."""

    code: int | None
    """Exit status; None when the script did not come to its end: then ``fault`` says why."""
    output: bytes
    errors: str = ""
    fault: Fault | None = None

    @property
    def text(self) -> str:
        """The output as text; bytes that are none are replaced."""
        return self.output.decode("utf-8", "replace")


class Shell(Protocol):
    """A host that runs POSIX shell scripts. Every method may be called from several threads at once."""

    @property
    def address(self) -> str:
        """How the operator named the host."""
        ...

    def run(self, script: str, *, limit_s: float, stdin: bytes = b"") -> Answer:
        """Runs a script and waits for its end; never raises for what the machine does.

        At the limit everything the script started is ended, unless it went into a session of its own (``setsid``).

        Args:
            script: text for ``sh``.
            limit_s: how long it may take, in seconds, after the connection is there.
            stdin: what the script reads; nothing by default.
        """
        ...

    def open(self, script: str) -> Stream:
        """Starts a script that goes on, such as ``tail -F``. Closing the stream ends it, on the host too."""
        ...

    def close(self) -> None:
        """Ends the connection, and with it everything that is running over it."""
        ...
