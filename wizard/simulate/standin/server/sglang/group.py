"""The ranks of one instance: they meet at the rendezvous, and notice when one of them is gone.

Rank 0 opens the port of ``--dist-init-addr`` and waits until every node said its name. The connections stay open: a
node that ends takes the others with it, as a real group of ranks does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

_AGAIN_S = 0.05


class Missing(Exception):  # noqa: N818 - it is no error of the program
    """A node did not come in time."""

    def __init__(self, present: int, wanted: int) -> None:
        super().__init__(f"{present}/{wanted} clients joined")


class Group:
    """The nodes of one instance, seen from one of them."""

    def __init__(self, address: str, node: int, nodes: int, *, wait_s: float, stop: threading.Event) -> None:
        host, _, port = address.rpartition(":")
        self._place = (host.strip("[]"), int(port))
        self._node, self._nodes, self._wait_s, self._stop = node, nodes, wait_s, stop
        self._listener: socket.socket | None = None
        self._peers: list[socket.socket] = []
        self._dismissed = False

    def listen(self) -> None:
        """Rank 0 opens the port.

        Raises:
            OSError: it belongs to somebody else.
        """
        if self._node == 0:
            self._listener = listener(*self._place)

    def meet(self) -> None:
        """Waits until every node is there.

        Raises:
            Missing: one did not come in time, or this process was told to stop.
        """
        deadline = time.monotonic() + self._wait_s
        if self._node:
            self._call(deadline)
            return
        assert self._listener is not None  # noqa: S101 - `listen` comes first
        self._listener.settimeout(_AGAIN_S)
        while len(self._peers) < self._nodes - 1:
            if time.monotonic() > deadline or self._stop.is_set():
                raise Missing(len(self._peers) + 1, self._nodes)
            self._accept(self._listener)
        for peer in self._peers:
            peer.sendall(b"go\n")

    def watch(self, gone: Callable[[bool], None]) -> None:
        """Calls ``gone`` once when another node ends; its argument: whether it said that it stops."""
        for peer in self._peers:
            threading.Thread(target=self._listen, args=(peer, gone), daemon=True).start()

    def leave(self, *, stopping: bool) -> None:
        """Tells the others, and closes."""
        self._dismissed = True
        for peer in self._peers:
            with contextlib.suppress(OSError):
                if stopping:
                    peer.sendall(b"stop\n")
                peer.close()
        if self._listener is not None:
            self._listener.close()

    def _accept(self, own: socket.socket) -> None:
        try:
            peer, _ = own.accept()
        except OSError:  # nobody called yet
            return
        peer.settimeout(None)
        self._peers.append(peer)

    def _call(self, deadline: float) -> None:
        while not self._stop.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                peer = socket.create_connection(self._place, timeout=min(left, 5))
                peer.settimeout(left)
                peer.sendall(b"node %d\n" % self._node)
                if peer.recv(3) != b"go\n":
                    raise OSError("not the rendezvous of this group")
            except OSError:
                self._stop.wait(_AGAIN_S)
                continue
            peer.settimeout(None)
            self._peers.append(peer)
            return
        raise Missing(1, self._nodes)

    def _listen(self, peer: socket.socket, gone: Callable[[bool], None]) -> None:
        told = b""
        try:
            while data := peer.recv(64):
                told += data
        except OSError:
            pass
        if not self._dismissed:
            self._dismissed = True
            gone(told.endswith(b"stop\n"))


def listener(host: str, port: int) -> socket.socket:
    """An open port.

    Raises:
        OSError: it is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    own = socket.socket(family, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        own.bind((bound(host), port))
        own.listen(128)
    except OSError:
        own.close()
        raise
    return own


def bound(host: str) -> str:
    """Where a pretended server listens: never on all addresses, so that nothing leaves the machine by accident."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1", "localhost": "127.0.0.1"}.get(host, host)  # noqa: S104
