"""Looking at the hosts of the selection from any stage: in the background, side by side, to be broken off.

Owns who is being asked and when each was seen. What was found is the session's.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.message import Message

from screens.asking import Asking, to_ask, with_ways
from wizard.model.hardware import Host
from wizard.preflight import Look
from wizard.reach import pretended

FRESH_S = 120
"""What was seen longer ago is looked at anew before a launch."""


def only_recorded(hosts: Sequence[Host]) -> bool:
    """Whether nothing can be started on them: recordings, and not the pretended hosts of a rehearsal."""
    return any(host.is_recorded and pretended.environment(host.address) is None for host in hosts)


@dataclass
class Seen(Message):
    """One host has answered, or could not be asked."""

    asking: Asking
    host: Host
    took_s: float


@dataclass
class WaysSeen(Message):
    """All have answered, and it was tried how they reach one another."""

    hosts: tuple[Host, ...]


class Looking:
    """Asks hosts; at most one round at a time.

    Args:
        app: where messages go, and whose workers ask.
        ask: target and folder of weights → something that can be asked.
        ways: tries the ways between hosts.
    """

    def __init__(
        self,
        app: App[Any],
        ask: Callable[[str, str | None], Asking] | None = None,
        ways: Callable[[Sequence[Host]], tuple[Host, ...]] | None = None,
    ) -> None:
        self._app, self._ask = app, ask or to_ask
        self._ways = ways or (with_ways if ask is None else tuple)
        self._open: dict[str, Asking] = {}
        self.looks: dict[str, Look] = {}
        """Address → when it was seen last, and what it was."""

    @property
    def asked(self) -> tuple[str, ...]:
        """Who has not answered yet."""
        return tuple(self._open)

    def start(self, targets: Sequence[str], model_path: str) -> None:
        """Asks hosts, each by itself."""
        for target in targets:
            asking = self._ask(target, model_path or None)
            if asking.address not in self._open:
                self._open[asking.address] = asking
                self._app.run_worker(self._wait_for(asking), thread=True, group="look")

    def _wait_for(self, asking: Asking) -> Callable[[], None]:
        def body() -> None:
            began = time.monotonic()
            host = asking.answer()
            self._app.post_message(Seen(asking, host, time.monotonic() - began))

        return body

    def cancel(self) -> None:
        """Waits for nobody any longer."""
        for asking in self._open.values():
            asking.cancel()
        self._open.clear()

    def take(self, message: Seen) -> bool:
        """Notes an answer; whether somebody still wanted it."""
        if self._open.get(message.asking.address) is not message.asking:
            return False
        del self._open[message.asking.address]
        self.looks[message.host.address] = Look(message.host, time.time(), message.took_s)
        return True

    def try_ways(self, hosts: Sequence[Host]) -> None:
        """Whether the hosts reach one another; they must be there for that."""
        found = tuple(hosts)
        self._app.run_worker(lambda: self._app.post_message(WaysSeen(self._ways(found))), thread=True, group="look")

    def note(self, hosts: Sequence[Host]) -> None:
        """Hosts that were found in another way, just now."""
        for host in hosts:
            before = self.looks.get(host.address)
            if before is None or before.host is not host:
                took_s = before.took_s if before is not None and time.time() - before.at < 1 else None
                self.looks[host.address] = Look(host, time.time(), took_s)

    def stale(self, hosts: Mapping[str, Host] | Sequence[Host]) -> frozenset[str]:
        """The addresses of hosts that were seen too long ago to launch on."""
        names = [host.address for host in (hosts.values() if isinstance(hosts, Mapping) else hosts)]
        now = time.time()
        return frozenset(n for n in names if n not in self.looks or now - self.looks[n].at > FRESH_S)
