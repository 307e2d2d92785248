"""Another machine's shell, over the system's ssh as plumbum starts it: with the operator's config, agent and bastions.

Nothing here can ask for a password, and nothing can hang. One connection is shared by all scripts; when it dies, the
next script makes a new one. When the wizard dies, the connection's stdin closes, and it ends by itself.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from typing import IO, Any, NamedTuple

from wizard.model.hardware import Fault
from wizard.reach import envelope, talk
from wizard.reach.local import timed_out
from wizard.reach.shell import Answer
from wizard.reach.stream import Stream
from wizard.reach.words import NOT_A_SHELL, fault

CONNECT_S = 5.0
"""How long a host may take to answer at all."""
LOGIN_S = 8.0
"""How much longer it may take to let in and start a shell: names that are looked up in vain make logins slow."""
_SOCKET_CHARS = 80
"""The name of a socket may be 108 characters long; ssh adds 17 while it makes it."""
_OPTIONS = {
    "BatchMode": "yes",
    "ConnectionAttempts": "1",
    "ServerAliveInterval": "3",
    "ServerAliveCountMax": "3",
    "ControlPersist": "no",
    "LogLevel": "ERROR",
    # whatever the config says for interactive use
    "ClearAllForwardings": "yes",
    "ForwardX11": "no",
    "RemoteCommand": "none",
    "RequestTTY": "no",
}
_NO_SSH = Fault("no_ssh", "`ssh` is not installed here", "install the OpenSSH client (`openssh-client`)")


class _Connection(NamedTuple):
    """A connection that other ssh processes go through."""

    master: Any
    folder: "tempfile.TemporaryDirectory[str]"


class SshShell:
    """Another machine. The connection is made at the first question, and shared."""

    def __init__(self, target: str, address: str = "", *, connect_s: float = CONNECT_S) -> None:
        """Keeps how to reach it; nothing is started.

        Args:
            target: what ssh is told: a host, ``user@host``, an alias of ~/.ssh/config, ``ssh://user@host:port``.
            address: how the operator names the host, where it differs.
            connect_s: how long the host may take to answer; the login has its own limit behind it.
        """
        self.address = address or target
        self._target = target
        self._connect_s = connect_s
        self._lock = threading.Lock()
        self._attempts = 0
        self._connection: _Connection | None = None
        self._fault: Fault | None = None
        self._connecting: Any = None

    def run(self, script: str, *, limit_s: float, stdin: bytes = b"") -> Answer:
        """Runs a script over there within its limit."""
        missing = self._connected()
        if missing:
            return Answer(None, b"", fault=missing)
        mark = f"@{secrets.token_hex(12)}"
        with self._started("sh -s", errors=subprocess.PIPE) as process:
            said = talk.talk(process, envelope.wrapped(script, mark, stdin=stdin), limit_s)
        answer = envelope.unwrapped(said.output, mark)
        if answer.code is not None:
            return Answer(answer.code, answer.output, said.errors)
        if not said.has_ended and answer.has_begun:
            return Answer(None, answer.output, said.errors, timed_out(self.address, limit_s))
        words = said.errors if said.has_ended else "timed out"
        return Answer(None, answer.output, said.errors, self._why(process.returncode, words))

    def open(self, script: str) -> Stream:
        """Starts a script over there that goes on; closing the stream ends it there."""
        missing = self._connected()
        if missing:
            return Stream(None, fault=missing)
        mark = f"@{secrets.token_hex(12)}"
        errors = tempfile.TemporaryFile()  # noqa: SIM115 (the stream closes it)
        process = self._started("sh -s", errors=errors)
        stream = Stream(process, errors, why=lambda words: self._why(255, words))
        talk.send(process, envelope.wrapped(script, mark, is_stream=True))
        if talk.read_until(process, envelope.begin(mark), self._connect_s + LOGIN_S) is not None:
            return stream
        code, words = process.poll(), stream.errors
        stream.close()
        return Stream(None, fault=self._why(code or 255, words if code is not None else "timed out"))

    def close(self) -> None:
        """Ends the connection, and with it everything that is running over it; also one that is just being made."""
        connecting = self._connecting
        if connecting is not None:
            talk.end_session(connecting.pid)
        with self._lock:
            self._drop()

    def _why(self, code: int | None, words: str) -> Fault:
        """The fault of an ssh that did not do its work."""
        if code != 255 and words not in {"timed out", NOT_A_SHELL}:
            words = f"{words}\nshell not found"
        return fault(self.address, words if words.strip() else "connection closed")

    def _connected(self) -> Fault | None:
        """Makes the connection if there is none that lives. Who waited for an attempt that failed takes its result."""
        arrived = self._attempts
        with self._lock:
            if self._connection is not None and self._connection.master.poll() is None:
                return None
            if self._attempts == arrived:
                self._drop()
                self._fault = self._connect()
                self._attempts += 1
            return self._fault

    def _drop(self) -> None:
        if self._connection is not None:
            talk.end(self._connection.master)
            self._connection.folder.cleanup()
            self._connection = None

    def _connect(self) -> Fault | None:
        folder = _socket_folder()
        mark, started = secrets.token_hex(8), time.monotonic()
        with tempfile.TemporaryFile() as errors:
            try:
                # a session of its own: it shows that there is a shell, and ends the connection when this program does
                master = self._ssh(
                    ["-M", "-S", f"{folder.name}/c", self._target, f"echo {mark} && exec cat"], errors=errors
                )
            except FileNotFoundError:
                folder.cleanup()
                return _NO_SSH
            self._connecting = master
            heard = bytearray()
            has_shell = talk.read_until(master, f"{mark}\n".encode(), self._connect_s + LOGIN_S, heard) is not None
            self._connecting = None
            if has_shell:
                self._connection = _Connection(master, folder)
                return None
            is_late = master.poll() is None and time.monotonic() - started >= self._connect_s
            talk.end(master, grace_s=0 if is_late else 1)
            folder.cleanup()
            errors.seek(0)
            words = errors.read(65536).decode("utf-8", "replace")
        late = NOT_A_SHELL if heard else "timed out"
        return self._why(master.returncode, late if is_late else words)

    def _started(self, command: str, errors: int | IO[bytes]) -> Any:
        connection = self._connection
        # without a living master ssh connects by itself
        socket = f"{connection.folder.name}/c" if connection else "none"
        return self._ssh(["-o", "ControlMaster=no", "-S", socket, self._target, command], errors=errors)

    def _ssh(self, words: list[str], *, errors: int | IO[bytes]) -> Any:
        """A process of the system's ssh.

        Raises:
            FileNotFoundError: there is none.
        """
        from plumbum import local

        program = shutil.which("ssh")
        if program is None:
            raise FileNotFoundError("ssh")
        options = {**_OPTIONS, "ConnectTimeout": str(max(1, round(self._connect_s)))}
        flags = [text for name, value in options.items() for text in ("-o", f"{name}={value}")]
        return local[program][*flags, *words].popen(
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=dict(os.environ), start_new_session=True
        )


def _socket_folder() -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="glmw-", ignore_cleanup_errors=True)
    if len(folder.name) <= _SOCKET_CHARS:
        return folder
    folder.cleanup()
    return tempfile.TemporaryDirectory(prefix="glmw-", dir="/tmp", ignore_cleanup_errors=True)
