"""The router's lines: which servers it has taken in, and which it gave up.

Owns registration of workers. A failed attempt that is repeated is no failure yet.
"""

import re
from typing import NamedTuple

WORDS = (
    "Workflow ", "Activated ", "Router ready", "Step failed", "sgl_model_gateway", "smg::", "MiniLB", "launch_router",
    "sglang_router",
)  # fmt: skip
"""Lines with one of these are worth showing to the tracker."""

_EVIDENCE = re.compile(
    r"\b(?:sgl_model_gateway|smg|sglang_router|sglang_router_rs)::|\[MiniLB\]|Starting router on "
    r"|\bsglang_router/|launch_router\.py: error"
)
_NAMES = ("gateway::", "smg::", "router", "MiniLB")
_INSTANCE = re.compile(r"instance_id=([\w-]+)")
_ACTIVATED = re.compile(r"Activated (\d+) worker")
_STARTING = re.compile(r"Starting router on .*\bmode: (\w+)")
_READY = re.compile(r"Router ready \| workers: \[(.*)\]")


class Attempt(NamedTuple):
    """A worker that could not be registered."""

    line: int
    text: str
    given_up: bool


class RouterTracker:
    """Follows a router's log."""

    def __init__(self) -> None:
        self.seen = False
        self.ready_line: int | None = None
        self.activated = 0
        self._roles = 1
        self._retrying: dict[str, tuple[int, str]] = {}
        self._given_up: list[Attempt] = []

    def line(self, number: int, text: str) -> bool:
        """Takes a line; whether it is about registering workers, and so no failure by itself."""
        if not self.seen and any(word in text for word in _NAMES) and _EVIDENCE.search(text):
            self.seen = True
        if not self.seen:
            return False
        self._start(number, text)
        instance = _INSTANCE.search(text)
        if instance is None:
            return self._activated(number, text)
        return self._registration(number, text, instance[1])

    def attempts(self) -> tuple[Attempt, ...]:
        """Workers that are not registered: those given up, else those that are still tried."""
        if self._given_up:
            return tuple(sorted(self._given_up))
        if self.activated:
            return ()
        return tuple(sorted(Attempt(line, text, False) for line, text in self._retrying.values()))

    def _start(self, number: int, text: str) -> None:
        starting = _STARTING.search(text)
        if starting:
            self._roles = 2 if starting[1] == "PrefillDecode" else 1
        ready = _READY.search(text)
        if ready and ready[1] and self.ready_line is None:
            self.ready_line = number

    def _activated(self, number: int, text: str) -> bool:
        found = _ACTIVATED.search(text)
        if found:
            self.activated += int(found[1])
            if self.activated >= self._roles and self.ready_line is None:
                self.ready_line = number
        return bool(found)

    def _registration(self, number: int, text: str, instance: str) -> bool:
        if "Workflow completed" in text:
            self._retrying.pop(instance, None)
        elif "Workflow failed" in text:
            line, first = self._retrying.pop(instance, (number, text))
            self._given_up.append(Attempt(line, first, True))
        elif "Step failed" in text and "health checks failed" in text:
            # 503 means that the server is there and still starting.
            if "503 Service Unavailable" not in text or "will_retry=false" in text:
                self._retrying.setdefault(instance, (number, text))
        else:
            return False
        return True
