"""How a request gets to the service: from this machine, or on the host that serves, where only that one reaches it.

Limits hold: whatever the other side does, an answer or its absence is there in time. No proxy is used.
"""

import base64
import binascii
import http.client
import json
import shlex
import socket
import ssl
import time
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import urlsplit

from wizard.reach.shell import Shell
from wizard.verify.steps import Reply

LONGEST_BYTES = 4 * 1024 * 1024
"""More of an answer is not read."""
_CHUNK_BYTES = 65536


class Asker(Protocol):
    """A way to the service."""

    def ask(self, url: str, body: dict[str, Any] | None, *, limit_s: float, api_key: str = "") -> Reply:
        """The reply to a GET, or to a POST of ``body``. Never raises for what the service does."""


class DirectAsker:
    """From this machine."""

    def ask(self, url: str, body: dict[str, Any] | None, *, limit_s: float, api_key: str = "") -> Reply:
        """The reply, within the limit."""
        began = time.monotonic()
        try:
            status, text = _exchanged(url, body, api_key, began + limit_s)
        except TimeoutError:
            return Reply(0, "", time.monotonic() - began, f"does not answer within {limit_s:g} s")
        except ConnectionRefusedError:
            return Reply(0, "", time.monotonic() - began, "nothing listens there")
        except socket.gaierror:
            return Reply(0, "", time.monotonic() - began, f"`{urlsplit(url).hostname}` is no name that can be resolved")
        except ssl.SSLError as error:
            why = (error.reason or str(error)).lower().replace("_", " ")
            told = f"TLS fails ({why}): http:// where it speaks none; SSL_CERT_FILE names an authority of your own"
            return Reply(0, "", time.monotonic() - began, told)
        except OSError as error:
            return Reply(0, "", time.monotonic() - began, (error.strerror or str(error) or "connection lost").lower())
        except (http.client.HTTPException, ValueError):
            return Reply(0, "", time.monotonic() - began, "what answers does not speak HTTP")
        return Reply(status, text, time.monotonic() - began)


class HostAsker:
    """On the host that serves, through its shell."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def ask(self, url: str, body: dict[str, Any] | None, *, limit_s: float, api_key: str = "") -> Reply:
        """The reply, within the limit. The key goes over the shell's standard input, as the script does."""
        began = time.monotonic()
        answer = self._shell.run(script(url, body, limit_s, api_key), limit_s=limit_s + 10)
        seconds = time.monotonic() - began
        if answer.fault is not None:
            return Reply(0, "", seconds, answer.fault.message)
        return told(answer.text, seconds, limit_s)


def script(url: str, body: dict[str, Any] | None, limit_s: float, api_key: str) -> str:
    """A script that makes the request and says status and body; needs bash and nothing else."""
    found = urlsplit(url)
    values = {
        "request_host": found.hostname or "", "request_port": str(found.port or 80), "request_path": found.path or "/",
        "request_body": "" if body is None else json.dumps(body, ensure_ascii=True), "limit_s": f"{limit_s:g}",
        "API_KEY_VALUE": api_key,
    }  # fmt: skip
    written = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    return written + (files("wizard.verify") / "request.sh").read_text(encoding="utf-8")


def told(output: str, seconds: float, limit_s: float) -> Reply:
    """The reply that the script's output holds."""
    words = dict(line.partition(" ")[::2] for line in output.splitlines())
    status = words.get("status", "")
    try:
        text = base64.b64decode(words.get("body", "")).decode("utf-8", "replace")
    except binascii.Error:
        text = ""
    if not status.isdigit():
        late = seconds >= limit_s
        return Reply(0, "", seconds, f"does not answer within {limit_s:g} s" if late else "nothing listens there")
    return Reply(int(status), text, seconds)


def _exchanged(url: str, body: dict[str, Any] | None, api_key: str, deadline: float) -> tuple[int, str]:
    found = urlsplit(url)
    kind = http.client.HTTPSConnection if found.scheme == "https" else http.client.HTTPConnection
    connection = kind(found.hostname or "", found.port, timeout=_left(deadline))
    try:
        headers = {"Accept": "application/json", "Connection": "close"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        if body is None:
            connection.request("GET", found.path or "/", headers=headers)
        else:
            headers["Content-Type"] = "application/json"
            connection.request("POST", found.path, json.dumps(body).encode(), headers)
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        answer = connection.getresponse()
        return answer.status, _body(answer, connection, deadline).decode("utf-8", "replace")
    finally:
        connection.close()


def _body(answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: float) -> bytes:
    """The body, piece by piece, so that one that never ends does not outlast the limit."""
    pieces: list[bytes] = []
    size = 0
    while size < LONGEST_BYTES:
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        else:
            _left(deadline)
        piece = answer.read1(_CHUNK_BYTES)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
