"""Prefill and decode find one another per request: the room number that the router gave both.

Prefill opens the bootstrap port and keeps a room open until decode comes for it; decode goes to the address that stands
in the request. So a wrong host, a wrong port or a router that was bypassed shows here as it would in a real service.
"""

from __future__ import annotations

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .doors import opened
from .settings import HEADER


class Unmet(Exception):  # noqa: N818 - it is no error of the program
    """The other side did not come; the text is the line that the server writes."""


class Rooms:
    """Rooms of one prefill server."""

    def __init__(self) -> None:
        self._both = threading.Condition()
        self._prefilled: set[int] = set()
        self._fetched: set[int] = set()

    def fill(self, room: int, wait_s: float) -> bool:
        """Prefill puts the cache into a room; whether decode took it in time."""
        return self._meet(room, self._prefilled, self._fetched, wait_s)

    def fetch(self, room: int, wait_s: float) -> bool:
        """Decode takes the cache of a room; whether prefill brought it in time."""
        return self._meet(room, self._fetched, self._prefilled, wait_s)

    def _meet(self, room: int, own: set[int], other: set[int], wait_s: float) -> bool:
        with self._both:
            own.add(room)
            self._both.notify_all()
            met = self._both.wait_for(lambda: room in other, wait_s)
            other.discard(room)
            if not met:
                own.discard(room)
            return met


def bootstrap(host: str, port: int, rooms: Rooms, wait_s: float) -> ThreadingHTTPServer:
    """The bootstrap server of a prefill server, on the address that it serves on.

    Raises:
        OSError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            room = self.path.rpartition("/")[2]
            met = room.isdigit() and rooms.fetch(int(room), wait_s)
            body = json.dumps({"simulated": True, "kv": met}).encode()
            self.send_response(200 if met else 404)
            self.send_header(*HEADER)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    return opened(host, port, Handler)


def fetch(host: str, port: int, room: int, wait_s: float) -> None:
    """Decode takes the cache of a room from a prefill server.

    Raises:
        Unmet: no prefill server there, or none that knows the room.
    """
    place = f"{host}:{port}"
    connection = http.client.HTTPConnection(host, port, timeout=wait_s + 5)
    try:
        connection.request("PUT", f"/room/{room}")
        met = connection.getresponse().status == 200
    except OSError as error:
        raise Unmet(f"Could not fetch prefill parallel info from bootstrap_addr: {place} ({error})") from None
    finally:
        connection.close()
    if not met:
        raise Unmet(
            "Decode transfer failed for request rank=0 with exception "
            f"KVTransferError(bootstrap_room={room}): Request {room} timed out after {wait_s:.1f}s in "
            "KVPoll.WaitingForInput"
        )
