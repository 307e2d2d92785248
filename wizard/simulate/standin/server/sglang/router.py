"""SIMULATED stand-in for the router: registers workers as they come up, sends requests to a prefill and a decode.

The request is the same for both sides, with the host of the prefill URL, its bootstrap port and a room of its own.
"""

from __future__ import annotations

import argparse
import http.client
import io
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
import urllib.parse
from typing import Any, NamedTuple

from . import faults, options
from .doors import opened
from .fault_lines import STORIES
from .group import bound
from .log import Log, stamp
from .machine import end_with
from .router_web import error, handler
from .settings import NOTICE, Settings, settings

_LIST = "router-0.3.2.json"
_AGAIN_S = 0.2


class Worker(NamedTuple):
    """A server behind the router."""

    url: str
    role: str
    bootstrap: int | None = None

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        found = urllib.parse.urlsplit(self.url)
        return found.hostname or "", found.port or 80


class Router:
    """Which workers there are, which of them are registered."""

    def __init__(self, given: dict[str, Any], asked: Settings, log: Log) -> None:
        self.options, self.settings, self.log = given, asked, log
        self.workers = workers(given)
        self.active: list[Worker] = []
        self.ended = threading.Event()
        self.code = 0
        self._turns = {role: itertools.count() for role in ("prefill", "decode", "regular")}

    def say(self, message: str, level: str = "INFO", module: str = "server") -> None:
        """A line as the router writes it."""
        self.log.bare(f"{stamp()} {level:>5} smg::{module}: src/{module.replace('::', '/')}.rs:1: {message}")

    def run(self) -> None:
        """Opens the ports and registers every worker that answers.

        Raises:
            OSError: a port is taken.
        """
        host, port = str(self.options["host"]), int(self.options["port"])
        split = bool(self.options.get("pd_disaggregation"))
        self.say(f"Starting router on {host}:{port} | mode: {'PrefillDecode' if split else 'Regular'} {{ SIMULATED }}")
        self.say(NOTICE)
        at = host if bound(host).startswith("127.") else str(self.options["prometheus_host"])
        try:
            opened(at, int(self.options["prometheus_port"]), handler(self, is_figures=True))
        except OSError:
            for line in STORIES["router_port_in_use"].lines:
                self.log.bare(line)
            raise
        self.say("Router ready | workers: []")
        opened(host, port, handler(self))
        self.say(f"Starting server on {host}:{port}")
        for worker in self.workers:
            threading.Thread(target=self._register, args=(worker,), daemon=True).start()

    def is_complete(self) -> bool:
        """Whether a request can be sent somewhere."""
        roles = {worker.role for worker in self.active}
        return {"prefill", "decode"} <= roles or "regular" in roles

    def pick(self, role: str) -> Worker | None:
        """The next worker of a role."""
        fitting = [worker for worker in self.active if worker.role == role]
        return fitting[next(self._turns[role]) % len(fitting)] if fitting else None

    def forward(self, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """What the decode server, or the only one, answers: status, type, body."""
        single = self.pick("regular")
        if single:
            return _asked(single, path, raw, headers)
        prefill, decode = self.pick("prefill"), self.pick("decode")
        if prefill is None or decode is None:
            missing = "prefill" if prefill is None else "decode"
            return 503, "application/json", error("server_selection_failed", f"No {missing} workers available")
        body = json.loads(raw or b"{}")
        body.update(
            bootstrap_host=prefill.place[0],
            bootstrap_port=prefill.bootstrap,
            bootstrap_room=random.getrandbits(62),
        )
        if "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        text = json.dumps(body).encode()
        other = threading.Thread(target=_asked, args=(prefill, path, text, headers), daemon=True)
        other.start()
        try:
            return _asked(decode, path, text, headers)
        finally:
            other.join(0.05)

    def _register(self, worker: Worker) -> None:
        name = f"instance_id={random.getrandbits(64):016x}"
        self.say(f"Workflow started {name} definition_id=local_worker_registration", module="workflow::event")
        deadline = time.monotonic() + float(self.options["worker_startup_timeout_secs"])
        last = ""
        while not self.ended.is_set():
            status = _health(worker)
            if status == 200:
                self.active.append(worker)
                self.say(f"Activated 1 worker(s) {worker.url}", module="core::worker_registry")
                self.say(f"Workflow completed {name} duration_ms=12", module="workflow::event")
                return
            why = "503 Service Unavailable" if status else "error sending request"
            over = time.monotonic() > deadline
            if why != last or over:
                text = f'{name} step_id=detect_connection_mode error="Both HTTP and gRPC health checks failed: {why}"'
                self.say(f"Step failed {text} will_retry={str(not over).lower()}", "WARN", "workflow::event")
                last = why
            if over:
                self.say(f"Workflow failed {name} failed_step=detect_connection_mode", "ERROR", "workflow::event")
                self.say(f"Failed job: type=AddWorker worker={worker.url}", "ERROR", "core::job_queue")
                return
            self.ended.wait(_AGAIN_S)


def workers(given: dict[str, Any]) -> list[Worker]:
    """The servers that a command line names."""
    found = [Worker(url, "regular") for url in given.get("worker_urls") or ()]
    for words in given.get("prefill") or ():
        port = words[1] if len(words) > 1 and words[1].lower() != "none" else None
        found.append(Worker(words[0], "prefill", int(port) if port else None))
    found += [Worker(words[0], "decode") for words in given.get("decode") or ()]
    return found


def main(words: list[str] | None = None) -> int:
    """Plays a router until it is told to stop."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    asked = settings()
    own: argparse.ArgumentParser = options.parser(asked.knowledge / _LIST, "launch_router.py")
    given = options.given(own, sys.argv[1:] if words is None else words)
    given["role"] = "router"
    end_with(asked.owner)
    router = Router(given, asked, Log())
    mine = faults.here(faults.asked(asked.fault), given, os.environ)
    if any(fault.name == "ignore_term" for fault in mine):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: router.ended.set())
    code = _failed(router, mine)
    if code is not None:
        return code
    try:
        router.run()
    except OSError as error:
        router.say(f"Failed to bind: {os.strerror(error.errno or 0)}", "ERROR")
        return 1
    router.ended.wait()
    router.say("Received terminate signal, SIMULATED router stopped")
    return 0


def _failed(router: Router, mine: list[faults.Fault]) -> int | None:
    """Writes the failures that were asked for; the exit code where one of them ends the router."""
    place = {"router": f"{stamp()} ", "stamp": "", "plain": "", "pid": os.getpid(), "model": ""}
    for fault in mine:
        story = STORIES.get(fault.name)
        for line in story.lines if story else ():
            router.log.bare(line.format(**place, host=router.options["host"], port=router.options["port"]))
        if story and story.ends:
            return story.code
        if fault.name == "exit":
            return 3
    return None


def _health(worker: Worker) -> int:
    """The status of a worker's ``/health``; 0 where nothing answers."""
    connection = http.client.HTTPConnection(*worker.place, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _asked(worker: Worker, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(*worker.place, timeout=600)
    try:
        connection.request("POST", path, raw, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "application/json", answer.read()
    except (OSError, http.client.HTTPException) as gone:
        return 502, "application/json", error(f"{worker.role}_server_error", str(gone))
    finally:
        connection.close()
