"""The HTTP side: the paths of a real server, each answer marked as simulated."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .doors import opened
from .service import Made, Refused, Service, identifier
from .settings import HEADER, NOTICE

_OPEN = ("/health", "/health_generate", "/metrics")
"""Paths that need no key."""
_SIMULATED = {"simulated": NOTICE}


def serve(host: str, port: int, service: Service) -> ThreadingHTTPServer:
    """A server that answers in threads of its own.

    Raises:
        OSError: the port is taken.
    """

    class Own(Handler):
        pass

    Own.service = service
    return opened(host, port, Own)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    service: Service

    def do_GET(self) -> None:
        """Everything that is looked at."""
        self._answered(lambda _: self._get())

    def do_POST(self) -> None:
        """Everything that is asked."""
        self._answered(self._post)

    def log_message(self, *_: Any) -> None:
        """The access log is written in the server's own way."""

    def _answered(self, act: Any) -> None:
        self.path = self.path.partition("?")[0]
        try:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length) if length else b""
            self._authorised()
            act(raw)
        except Refused as refused:
            self._send(refused.status, {"error": {"message": str(refused), "code": refused.status}, **_SIMULATED})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _authorised(self) -> None:
        key = self.service.options.get("api_key")
        if key and self.path not in _OPEN and self.headers.get("Authorization") != f"Bearer {key}":
            raise Refused(401, "Unauthorized")

    def _get(self) -> None:
        service = self.service
        pages: dict[str, Any] = {
            "/model_info": service.model_info, "/get_model_info": service.model_info,
            "/server_info": service.server_info, "/get_server_info": service.server_info,
            "/v1/models": self._models, "/get_load": self._load, "/flush_cache": lambda: "Cache flushed. SIMULATED\n",
        }  # fmt: skip
        if self.path in ("/health", "/health_generate", "/ready", "/ping"):
            is_up = service.is_ready and not service.is_draining
            self._send(200 if is_up else 503, "")
        elif self.path == "/metrics" and service.options.get("enable_metrics"):
            self._send(200, metrics(service), kind="text/plain; version=0.0.4")
        elif self.path in pages:
            self._send(200, pages[self.path]())
        else:
            self._send(404, {"detail": "Not Found", **_SIMULATED})

    def _post(self, raw: bytes) -> None:
        if self.path == "/flush_cache":
            self._get()
            return
        if self.path == "/freeze_gc":
            self._send(200, "")
            return
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            raise Refused(400, "the body is not JSON") from None
        if self.path == "/generate":
            self._generate(body)
        elif self.path == "/v1/chat/completions":
            self._chat(body)
        elif self.path == "/v1/completions":
            self._completion(body)
        else:
            self._send(404, {"detail": "Not Found", **_SIMULATED})

    def _generate(self, body: dict[str, Any]) -> None:
        begun = time.monotonic()
        made = self.service.generate(body)

        def document(pieces: list[str]) -> dict[str, Any]:
            return {
                "text": "".join(pieces),
                "meta_info": {
                    "id": identifier(), "finish_reason": {"type": made.finish}, "prompt_tokens": made.prompt_tokens,
                    "completion_tokens": len(pieces), "cached_tokens": 0, "e2e_latency": time.monotonic() - begun,
                    "weight_version": "default",
                },
                **_SIMULATED,
            }  # fmt: skip

        if body.get("stream"):
            self._stream([document(made.pieces[:end]) for end in range(1, len(made.pieces) + 1)])
        else:
            self._send(200, document(made.pieces))

    def _chat(self, body: dict[str, Any]) -> None:
        made = self.service.chat(body)
        separate = bool(self.service.options.get("reasoning_parser")) and body.get("separate_reasoning", True)
        if body.get("stream"):
            parts = [
                {"reasoning_content": piece} if separate and place < made.thinking else {"content": piece}
                for place, piece in enumerate(made.pieces)
            ]
            chunks = [self._envelope("chat.completion.chunk", [{"index": 0, "delta": part}]) for part in parts]
            last = {"index": 0, "delta": {}, "finish_reason": made.finish}
            self._stream([*chunks, self._envelope("chat.completion.chunk", [last])])
            return
        thought, said = "".join(made.pieces[: made.thinking]), "".join(made.pieces[made.thinking :])
        if not separate and thought:
            said, thought = f"<think>{thought}</think>{said}", ""
        message = {
            "role": "assistant",
            "content": said or None,
            "reasoning_content": thought or None,
            "tool_calls": None,
        }
        choice = {"index": 0, "message": message, "finish_reason": made.finish}
        self._send(200, {**self._envelope("chat.completion", [choice]), "usage": _usage(made)})

    def _completion(self, body: dict[str, Any]) -> None:
        asked = {
            **body,
            "text": body.get("prompt", ""),
            "sampling_params": {"max_new_tokens": body.get("max_tokens", 16)},
        }
        made = self.service.generate(asked)
        if body.get("stream"):
            chunks = [self._envelope("text_completion", [{"index": 0, "text": piece}]) for piece in made.pieces]
            self._stream(chunks)
            return
        choice = {"index": 0, "text": made.text, "finish_reason": made.finish}
        self._send(200, {**self._envelope("text_completion", [choice]), "usage": _usage(made)})

    def _envelope(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": identifier(), "object": kind, "created": int(time.time()), "model": self.service.served_name,
            "choices": choices, **_SIMULATED,
        }  # fmt: skip

    def _models(self) -> dict[str, Any]:
        name = self.service.served_name
        card = {"id": name, "object": "model", "owned_by": "SIMULATED", "root": name, "created": int(time.time())}
        card["max_model_len"] = self.service.options.get("context_length") or 202752
        return {"object": "list", "data": [card], **_SIMULATED}

    def _load(self) -> list[dict[str, Any]]:
        ranks = range(self.service.start.form.data if self.service.start.form.attention_dp else 1)
        return [
            {"dp_rank": rank, "num_reqs": 0, "num_waiting_reqs": 0, "num_tokens": 0, **_SIMULATED} for rank in ranks
        ]

    def _stream(self, documents: list[dict[str, Any]]) -> None:
        self.send_response(200)
        self.send_header(*HEADER)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for document in documents:
            self.wfile.write(b"data: " + json.dumps(document).encode() + b"\n\n")
            self.wfile.flush()
            self.service.start.stop.wait(self.service.settings.token_s)
        self.wfile.write(b"data: [DONE]\n\n")
        self._told(200)

    def _send(self, status: int, document: Any, kind: str = "") -> None:
        body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header(*HEADER)
        self.send_header("Content-Type", kind or ("text/plain" if isinstance(document, str) else "application/json"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self._told(status)

    def _told(self, status: int) -> None:
        if self.service.options.get("log_level_http") in ("warning", "error", "critical"):
            return
        request = f"{self.command} {self.path} {self.request_version}"
        self.service.start.log.access(self.client_address[:2], request, f"{status} {HTTPStatus(status).phrase}")


def _usage(made: Made) -> dict[str, int]:
    count = len(made.pieces)
    return {
        "prompt_tokens": made.prompt_tokens, "completion_tokens": count, "total_tokens": made.prompt_tokens + count,
        "reasoning_tokens": made.thinking,
    }  # fmt: skip


def metrics(service: Service) -> str:
    """The figures as Prometheus reads them."""
    label = f'{{model_name="{service.served_name}",simulated="true"}}'
    gauges = {
        "num_running_reqs": service.running, "num_queue_reqs": 0, "token_usage": 0.0, "gen_throughput": 0.0,
        "num_used_tokens": 0, "cache_hit_rate": 0.0, "max_total_num_tokens": service.start.room.tokens,
    }  # fmt: skip
    counters = {
        "prompt_tokens_total": service.counts["prompt"],
        "generation_tokens_total": service.counts["generated"],
        "num_requests_total": service.counts["requests"],
    }
    lines = [f"# {NOTICE}"]
    for kind, figures in (("gauge", gauges), ("counter", counters)):
        for name, value in figures.items():
            lines += [f"# TYPE sglang:{name} {kind}", f"sglang:{name}{label} {value}"]
    return "\n".join(lines) + "\n"
