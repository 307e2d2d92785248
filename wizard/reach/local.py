"""This machine's shell."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from typing import IO

from wizard.model.hardware import Fault
from wizard.reach import envelope, talk
from wizard.reach.shell import TIMED_OUT, Answer
from wizard.reach.stream import Stream

START_S = 5.0
"""How long a shell may take to start."""


class LocalShell:
    """This machine, or one that is pretended by the variables that are added (a PATH with stand-ins)."""

    def __init__(self, address: str = "localhost", *, environment: Mapping[str, str] | None = None) -> None:
        self.address = address
        self._environment = dict(environment or {})
        self._leaders: set[int] = set()

    def run(self, script: str, *, limit_s: float, stdin: bytes = b"") -> Answer:
        """Runs a script; at the limit it is ended with all its children."""
        mark = f"@{secrets.token_hex(12)}"
        with self._started(subprocess.PIPE) as process:
            self._leaders.add(process.pid)
            said = talk.talk(process, envelope.wrapped(script, mark, stdin=stdin), limit_s)
            self._leaders.discard(process.pid)
        answer = envelope.unwrapped(said.output, mark)
        if answer.code is not None:
            return Answer(answer.code, answer.output, said.errors)
        if said.has_ended:
            return Answer(process.returncode, answer.output, said.errors)
        return Answer(None, answer.output, said.errors, timed_out(self.address, limit_s))

    def open(self, script: str) -> Stream:
        """Starts a script that goes on; closing the stream ends it with all its children."""
        mark = f"@{secrets.token_hex(12)}"
        errors = tempfile.TemporaryFile()  # noqa: SIM115 (the stream closes it)
        process = self._started(errors)
        stream = Stream(process, errors)
        talk.send(process, envelope.wrapped(script, mark, is_stream=True))
        talk.read_until(process, envelope.begin(mark), START_S)
        return stream

    def close(self) -> None:
        """Ends what is running, as the end of a connection would."""
        for leader in tuple(self._leaders):
            talk.end_session(leader)

    def _started(self, errors: int | IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            ["sh", "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            env=os.environ | self._environment, start_new_session=True,
        )  # fmt: skip


def timed_out(address: str, limit_s: float) -> Fault:
    """The fault of a script that its limit ended."""
    return Fault(
        TIMED_OUT,
        f"`{address}` did not finish within {limit_s:g} s",
        "is it overloaded, or does a device or a network file system hang? `dmesg | tail` there",
    )
