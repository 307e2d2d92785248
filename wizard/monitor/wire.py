"""A script on a host whose output is followed: connected again by itself, read without waiting.

Owns the connection: a thread makes it, since that may take seconds; reading takes what is there.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from wizard.reach import Shell, Stream

AGAIN_S = 3.0
"""How long after a cut it is tried again."""


class Wire:
    """The output of a script that is started again whenever it ends."""

    def __init__(self, shell: Shell, script: Callable[[], str]) -> None:
        """Connects at the first ``read``.

        Args:
            shell: the host.
            script: what to run; asked anew for every connection.
        """
        self.connections = 0
        """How many times the script was started: what is half read belongs to the connection before."""
        self.trouble = ""
        """Why there is no connection; empty while there is one."""
        self._shell = shell
        self._script = script
        self._stream: Stream | None = None
        self._made: Stream | None = None
        self._thread: threading.Thread | None = None
        self._again_s = 0.0
        self._is_closed = False

    @property
    def state(self) -> str:
        """Connecting, connected, or when it is tried again."""
        if self._stream is not None:
            return "connected"
        left = max(0, round(self._again_s - time.monotonic()))
        why = f" ({self.trouble})" if self.trouble else ""
        return f"connection lost: again in {left} s{why}" if self.connections or self.trouble else "connecting"

    def read(self, budget_bytes: int) -> bytes:
        """What is there; never waits. Empty while there is no connection."""
        if self._stream is None and not self._connected():
            return b""
        pieces, stream = [], self._stream
        while budget_bytes > 0 and stream is not None:
            try:
                piece = stream.read(min(budget_bytes, 65536))
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            if not piece:
                self._lost(stream)
                break
            pieces.append(piece)
            budget_bytes -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Ends the script, here and on the host, even one that is only being started."""
        self._is_closed = True
        for stream in (self._stream, self._made):
            if stream is not None:
                stream.close()
        self._stream = None

    def _connected(self) -> bool:
        if self._is_closed:
            return False
        if self._thread is not None:
            if self._thread.is_alive():
                return False
            self._thread, made, self._made = None, self._made, None
            if made is not None and made.fault is None:
                os.set_blocking(made.fileno(), False)
                self._stream, self.trouble = made, ""
                self.connections += 1
                return True
            if made is not None:
                self._lost(made)
            return False
        if time.monotonic() >= self._again_s:
            self._thread = threading.Thread(target=self._connect, name=f"follow {self._shell.address}", daemon=True)
            self._thread.start()
        return False

    def _connect(self) -> None:
        made = self._made = self._shell.open(self._script())
        if self._is_closed:
            made.close()

    def _lost(self, stream: Stream) -> None:
        fault = stream.fault
        self.trouble = fault.message if fault else ""
        with suppress(OSError):
            stream.close()
        self._stream, self._again_s = None, time.monotonic() + AGAIN_S
