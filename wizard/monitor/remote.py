"""Following a file of another host, and the output of a container, here or there.

Owns taking up a cut connection exactly where it broke: a file by inode, offset and the bytes before it; a container's
output by the time stamps of the runtime. Nothing comes twice and nothing is left out.
"""

import re
import shlex
import time
from collections import deque
from pathlib import Path

from wizard.monitor.tail import Chunk
from wizard.monitor.wire import Wire
from wizard.reach import Shell

_SCRIPT = Path(__file__).with_name("follow.sh")
_WHOLE_BYTES = 32 * 1024 * 1024
"""A file up to this size is fetched from its start; of a longer one the end."""
_LAST_BYTES = 256 * 1024
_FINGERPRINT_BYTES = 64
_READ_S = 30.0
_HEAD = re.compile(rb"@data (\d+) (\d+) (\d+) ([01])\n")
_END = b"\n@end\n"
_STATES = {
    "missing": "waiting for the file",
    "not-a-file": "cannot be read: not a file",
    "denied": "cannot be read: permission denied",
    "gone": "the file is gone: waiting for the next one",
    "following": "following",
}
_STAMP = re.compile(rb"(20\d\d-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?")
_RECENT = 4096
_CONTAINER_LINES = 200_000
_SETTLED_S = 2.0
"""A connection to a container that lasts for longer is one to a container that runs."""


class RemoteFileFollower:
    """Follows a path on a host."""

    def __init__(self, shell: Shell, path: str) -> None:
        self.path = path
        self.position = 0
        """Offset of the next byte to be handed on."""
        self.started_at = 0
        """Offset at which the first file was begun; more than 0 where it is long."""
        self.shell = shell
        self._inode = ""
        self._before = b""
        self._buffer = b""
        self._connection = 0
        self._word = ""
        self._wire = Wire(shell, self._script)

    @property
    def state(self) -> str:
        """Following, waiting for the file, or when the connection is tried again."""
        wire = self._wire.state
        return _STATES.get(self._word, wire) if wire == "connected" else wire

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """What came since, in whole frames."""
        data = self._wire.read(budget_bytes)
        if self._connection != self._wire.connections:
            self._connection, self._buffer = self._wire.connections, b""
        self._buffer += data
        chunks = []
        while (chunk := self._frame()) is not None:
            if chunk.data:
                chunks.append(chunk)
        return tuple(chunks)

    def read_at(self, size: int, offset: int) -> bytes:
        """A piece of the file that stands there now; waits for the host."""
        script = f"tail -c +{offset + 1} {shlex.quote(self.path)} 2>/dev/null | head -c {size}"
        return self.shell.run(script, limit_s=_READ_S).output

    def close(self) -> None:
        """Ends the script on the host, and the connection."""
        self._wire.close()
        self.shell.close()

    def _frame(self) -> Chunk | None:
        """The next frame that is whole; empty for a change of state."""
        if self._buffer.startswith(b"@state "):
            line, feed, rest = self._buffer.partition(b"\n")
            if not feed:
                return None
            self._word, self._buffer = line[7:].decode("ascii", "replace"), rest
            return Chunk(b"")
        head = _HEAD.match(self._buffer)
        if head is None:
            return None
        count, start = int(head[3]), head.end()
        if len(self._buffer) < start + count + len(_END):
            return None
        data = self._buffer[start : start + count]
        if self._buffer[start + count : start + count + len(_END)] != _END:
            self._broken()
            return None
        self._buffer = self._buffer[start + count + len(_END) :]
        is_new = head[4] == b"1" and bool(self._inode)
        if not self._inode:
            data = self._first(data, int(head[2]))
        self._inode, self.position = head[1].decode(), int(head[2]) + count
        self._before = (b"" if is_new else self._before) + data
        self._before = self._before[-_FINGERPRINT_BYTES:]
        return Chunk(data, is_new)

    def _first(self, data: bytes, offset: int) -> bytes:
        """The first bytes of a long file begin inside a line: they are left to whoever reads back."""
        cut = data.find(b"\n") + 1 if offset else 0
        self.started_at = offset + cut
        return data[cut:]

    def _broken(self) -> None:
        # The file was emptied while it was read: the connection is made anew, and the place compared.
        self._buffer = b""
        self._wire.close()
        self._wire = Wire(self.shell, self._script)
        self._connection = 0

    def _script(self) -> str:
        values = {
            "FILE": self.path, "INODE": self._inode, "OFFSET": str(self.position), "LENGTH": str(len(self._before)),
            "BEFORE": self._before.hex(), "WHOLE": str(_WHOLE_BYTES), "LAST": str(_LAST_BYTES),
        }  # fmt: skip
        lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
        return "\n".join((*lines, _SCRIPT.read_text(encoding="utf-8")))


class ContainerFollower:
    """Follows what a container prints, by the one of docker, podman and nerdctl that knows it."""

    def __init__(self, shell: Shell, container: str) -> None:
        self._shell = shell
        self._container = container
        self._since = ""
        self._seen: deque[bytes] = deque(maxlen=_RECENT)
        self._known: set[bytes] = set()
        self._rest = b""
        self._connection = 0
        self._connected_at_s = 0.0
        self._has_ended = False
        self._trouble = ""
        self._wire = Wire(shell, self._script)

    @property
    def state(self) -> str:
        """Following, or why not. Of a container that has ended, the runtime gives the last lines and ends at once."""
        if self._trouble:
            return self._trouble
        wire = self._wire.state
        if wire == "connected":
            is_brief = time.monotonic() - self._connected_at_s < _SETTLED_S
            return "the container does not run" if self._has_ended and is_brief else "following"
        if self._wire.trouble or not wire.startswith("connection lost"):
            return wire
        self._has_ended = True
        return "the container does not run"

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """What came since, without the runtime's time stamps."""
        data = self._wire.read(budget_bytes)
        if self._connection != self._wire.connections:
            self._connection, self._rest, self._connected_at_s = self._wire.connections, b"", time.monotonic()
        whole, feed, rest = data.rpartition(b"\n")
        if not feed:
            self._rest += rest
            return ()
        whole, self._rest = self._rest + whole, rest
        lines = [line for raw in whole.split(b"\n") if (line := self._new(raw)) is not None]
        return (Chunk(b"\n".join(lines) + b"\n"),) if lines else ()

    def close(self) -> None:
        """Ends the script; the container goes on."""
        self._wire.close()
        self._shell.close()

    def _new(self, raw: bytes) -> bytes | None:
        """The line, if it did not come before the connection was cut."""
        stamp = _STAMP.match(raw)
        if stamp is None:
            self._trouble = f"cannot be read: {raw.decode('utf-8', 'replace').strip()[:200]}"
            return None
        self._trouble = ""
        if raw in self._known:
            return None
        if len(self._seen) == _RECENT:
            self._known.discard(self._seen[0])
        self._seen.append(raw)
        self._known.add(raw)
        self._since = stamp[1].decode()
        return raw[stamp.end() :]

    def _script(self) -> str:
        start = f"--since {shlex.quote(self._since)}" if self._since else f"--tail {_CONTAINER_LINES}"
        name = shlex.quote(self._container)
        return (
            "own=\n"
            "for tool in docker podman nerdctl; do\n"
            "    command -v $tool >/dev/null || continue\n"
            "    own=${own:-$tool}\n"
            f"    if $tool container inspect {name} >/dev/null 2>&1; then own=$tool; break; fi\n"
            "done\n"
            f"exec ${{own:-docker}} logs --follow --timestamps {start} {name} 2>&1\n"
        )
