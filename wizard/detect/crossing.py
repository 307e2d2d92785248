"""From every host to every other one of a launch: can it be reached, by which interface; the same for dies.

Pure. A refused connection is an open way: nobody listens there yet. No answer at all is a firewall, or a wrong address.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from wizard.detect.cells import integer
from wizard.detect.sections import Section, Sections
from wizard.model.hardware import Crossing, Host, Reach, RocePing

RENDEZVOUS_PORT = 5000
"""Where the ranks of the tutorial's launches meet rank 0."""

_TO = re.compile(r"^to (\S{1,255}) ([0-9]{1,5})$", re.MULTILINE)
_ROUTE = re.compile(r" dev (\S+)")
_DIE = re.compile(r"^die ([0-9]{1,4}) to (\S{1,64})$", re.MULTILINE)
_PACKETS = re.compile(r"([0-9]{1,4}) packets transmitted, ([0-9]{1,4}) received")
_OUTCOMES = (
    (re.compile(r"^open$", re.MULTILINE), Reach.OPEN),
    (re.compile(r"connection refused", re.IGNORECASE), Reach.REFUSED),
    (re.compile(r"no route to host|unreachable|prohibited|permission denied", re.IGNORECASE), Reach.UNREACHABLE),
    (re.compile(r"^unresolved$|name or service|temporary failure in name", re.IGNORECASE | re.MULTILINE),
     Reach.UNRESOLVED),
    (re.compile(r"timed out", re.IGNORECASE), Reach.FILTERED),
)  # fmt: skip


THIS = "localhost"
"""Everybody's own name: by what the others know this machine is seen only once it was asked."""


def calls(addresses: Sequence[str], place: int, port: int) -> str:
    """What one of these hosts is to try at once: the calls behind ``cross.sh``, or an empty text."""
    ways = [
        f"cross {number} {shlex.quote(address)} {port}"
        for number, address in enumerate(addresses)
        if address not in {THIS, addresses[place]}
    ]
    return "\n".join(ways)


def later_calls(hosts: Sequence[Host], place: int, port: int) -> str:
    """What is left to try when it is known what the hosts are: the way to this machine, and pings between dies."""
    lines = [
        f"cross {number} {shlex.quote(host.own_address)} {port}"
        for number, host in enumerate(hosts)
        if host.address == THIS and number != place and host.own_address
    ]
    lines += [f"ping_port {number} {die} {shlex.quote(to)}" for number, (die, to) in enumerate(_pings(hosts, place))]
    return "\n".join(lines)


def _pings(hosts: Sequence[Host], place: int) -> Iterator[tuple[int, str]]:
    """Every die to its like on the next host, in a ring."""
    beside = hosts[(place + 1) % len(hosts)]
    if beside is hosts[place]:
        return
    others = {port.device: port.address for port in beside.roce or ()}
    for port in hosts[place].roce or ():
        address = others.get(port.device)
        if port.address and address:
            yield port.device, address


def ways(sections: Sections) -> tuple[Crossing, ...]:
    """What came of the connections, in the order they were tried."""
    found = (_way(sections[name]) for name in _numbered(sections, "cross-"))
    return tuple(way for way in found if way)


def _numbered(sections: Sections, prefix: str) -> list[str]:
    names = [name for name in sections if name.startswith(prefix) and name.removeprefix(prefix).isdecimal()]
    return sorted(names, key=lambda name: int(name.removeprefix(prefix)))


def _way(section: Section) -> Crossing | None:
    to = _TO.search(section.output)
    if to is None:
        return None
    text = section.output + section.errors
    outcome = next((outcome for pattern, outcome in _OUTCOMES if pattern.search(text)), None)
    if outcome is None and section.timed_out:
        outcome = Reach.FILTERED
    route = _ROUTE.search(section.output)
    return Crossing(to[1], int(to[2]), outcome, route[1] if route else None)


def pings(sections: Sections) -> tuple[RocePing, ...]:
    """What came of the pings between dies."""
    return tuple(ping for name in _numbered(sections, "roce-ping-") if (ping := _ping(sections[name])))


def _ping(section: Section) -> RocePing | None:
    between, packets = _DIE.search(section.output), _PACKETS.search(section.output)
    if between is None:
        return None
    sent, received = (integer(packets[1]), integer(packets[2])) if packets else (None, None)
    return RocePing(int(between[1]), between[2], sent, received)
