"""Which ports a server opens, the derived ones included, and how two servers on one host stay apart.

Source: SGLang 0.5.13.post1 and 0.5.23, ``srt/server_args.py`` and ``srt/utils/network.py`` (PortArgs); router 0.3.2.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wizard.model.flow import Port
from wizard.model.selection import OptionValue

DEFAULT_PORT = 30000
DEFAULT_BOOTSTRAP_PORT = 8998
DEFAULT_DIST_PORT = 5000
DEFAULT_STORE_PORT = 24707
ROUTER_METRICS_PORT = 29000
_HIGHEST_PORT = 65535
_SINGLE_HOST_OFFSET = 233
_STEP = 100


@dataclass(frozen=True, slots=True)
class ServerPorts:
    """The port numbers of one instance on one host."""

    api: int
    dist_init: int | None
    """Port of ``--dist-init-addr`` where this rank opens it."""
    bootstrap: int | None
    """Port of the prefill bootstrap server where this rank opens it."""
    store: int | None
    """Port of the MemFabric store where this rank opens it."""
    attention_dp: bool
    spread: bool
    """Whether the instance has a ``--dist-init-addr``."""

    def listening(self) -> tuple[Port, ...]:
        """Every port that will be opened, API first."""
        ports = [Port(self.api, "API")]
        if self.dist_init is not None:
            ports.append(Port(self.dist_init, "rendezvous of the ranks"))
        if self.attention_dp and self.dist_init is not None:
            ports += [Port(number, "attention data parallelism", derived=True) for number in _after(self.dist_init)]
        if self.attention_dp and not self.spread:
            ports += [Port(number, "attention data parallelism", derived=True) for number in _single_host(self.api)]
        if self.bootstrap is not None:
            ports.append(Port(self.bootstrap, "prefill bootstrap"))
        if self.store is not None:
            ports.append(Port(self.store, "MemFabric store"))
        return tuple(ports)


def _after(dist_init: int) -> tuple[int, ...]:
    """The six ports behind the rendezvous (below it, if they would not fit) and the hand-shake port."""
    first = dist_init + 1 if dist_init + 6 <= _HIGHEST_PORT else dist_init - 6
    handshake = (dist_init + 13,) if dist_init + 13 <= _HIGHEST_PORT else ()
    return (*range(first, first + 6), *handshake)


def _single_host(api: int) -> tuple[int, ...]:
    first = api + _SINGLE_HOST_OFFSET
    if first > _HIGHEST_PORT:
        first = api - _SINGLE_HOST_OFFSET
    return tuple(range(first, first + 7))


def number(options: Mapping[str, OptionValue], name: str, default: int) -> int:
    """A port option as a number; the default where it is absent or not a number (which a check reports)."""
    value = options.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else default


def free_of(ports: ServerPorts, taken: Collection[int]) -> ServerPorts:
    """The same ports, moved up together in steps of 100 until none is taken. Unchanged if nothing collides."""
    if not taken:
        return ports
    moved = ports
    for _ in range(50):
        if not {port.number for port in moved.listening()} & set(taken):
            return moved
        moved = ServerPorts(
            api=moved.api + _STEP,
            dist_init=_moved(moved.dist_init),
            bootstrap=_moved(moved.bootstrap),
            store=moved.store,
            attention_dp=moved.attention_dp,
            spread=moved.spread,
        )
    return ports


def _moved(port: int | None) -> int | None:
    return None if port is None else port + _STEP
