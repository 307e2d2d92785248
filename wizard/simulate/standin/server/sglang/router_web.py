"""The HTTP side of the simulated router: its own paths, and those it passes on."""

from __future__ import annotations

import http.client
import json
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from .settings import HEADER, NOTICE

if TYPE_CHECKING:
    from .router import Router

_FORWARDED = ("/generate", "/v1/chat/completions", "/v1/completions")
_PASSED_ON = ("/v1/models", "/model_info", "/get_model_info", "/server_info", "/get_server_info")


def error(kind: str, message: str) -> bytes:
    """An answer that says what went wrong."""
    return json.dumps({"error": {"type": kind, "message": message}, "simulated": NOTICE}).encode()


def handler(own: Router, *, is_figures: bool = False) -> type[BaseHTTPRequestHandler]:
    """Answers for a router, or its figures on a port of their own."""

    class Own(_Figures if is_figures else _Paths):  # type: ignore[misc]
        router = own

    return Own


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    router: Router

    def log_message(self, *_: Any) -> None:
        """The router tells nothing of its requests."""

    def send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        """Sends one answer; a client that went away is no failure."""
        try:
            self.send_response(status)
            self.send_header(*HEADER)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class _Figures(_Answers):
    def do_GET(self) -> None:
        """The figures as Prometheus reads them."""
        self.send(200, f"# {NOTICE}\nsmg_worker_pool_size {len(self.router.active)}\n".encode(), "text/plain")


class _Paths(_Answers):
    def do_GET(self) -> None:
        """Everything that is looked at."""
        path = self.path.partition("?")[0]
        if path in ("/liveness", "/health"):
            self.send(200, b"OK", "text/plain")
        elif path in ("/readiness", "/health_generate"):
            self._readiness()
        elif path == "/workers":
            self.send(200, json.dumps(self._workers()).encode())
        elif path in _PASSED_ON:
            self._pass_on(path)
        else:
            self.send(404, error("not_found", path))

    def do_POST(self) -> None:
        """Requests for the model."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        if path not in _FORWARDED:
            self.send(404, error("not_found", path))
            return
        status, kind, body = self.router.forward(path, raw, {"Content-Type": "application/json", **self._key()})
        self.send(status, body, kind)

    def _readiness(self) -> None:
        is_up = self.router.is_complete()
        told = {"status": "ready" if is_up else "not ready", "simulated": NOTICE}
        if not is_up:
            told["reason"] = "insufficient healthy workers"
        self.send(200 if is_up else 503, json.dumps(told).encode())

    def _workers(self) -> dict[str, Any]:
        listed = [
            {"url": one.url, "worker_type": one.role, "is_healthy": True, "bootstrap_port": one.bootstrap}
            for one in self.router.active
        ]
        return {"workers": listed, "total": len(listed), "simulated": NOTICE}

    def _key(self) -> dict[str, str]:
        given = self.headers.get("Authorization")
        return {"Authorization": given} if given else {}

    def _pass_on(self, path: str) -> None:
        worker = self.router.pick("regular") or self.router.pick("decode") or self.router.pick("prefill")
        if worker is None:
            self.send(503, error("server_selection_failed", "No workers available"))
            return
        connection = http.client.HTTPConnection(*worker.place, timeout=30)
        try:
            connection.request("GET", path, headers=self._key())
            answer = connection.getresponse()
            self.send(answer.status, answer.read(), answer.getheader("Content-Type") or "application/json")
        except OSError as gone:
            self.send(502, error("worker_error", str(gone)))
        finally:
            connection.close()
