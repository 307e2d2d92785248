"""Before weights load: each port that one host needs of another is opened there for a moment, and tried from the other.

Owns which ways a launch needs, and what their outcomes mean. A way that is refused although the port was open, and one
without any answer, are told apart: the first is a firewall that rejects, the second one that drops.
"""

import select
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from wizard.detect import crossing, probe
from wizard.detect.probe import Limits
from wizard.launch import scripts
from wizard.launch.places import HERE, Place, Places, place_of
from wizard.model.finding import Finding, Severity
from wizard.model.flow import LaunchFlow
from wizard.model.hardware import Crossing, Reach
from wizard.model.run import RunProcess
from wizard.reach import Stream

ANY = 0
_ANY_PURPOSE = "a port that the system chooses, as ranks do among themselves"
_LIMITS = Limits(short_s=5)
OPEN_S = 30
"""Ports stay open no longer, whatever becomes of the wizard."""
_OPENING_S = 10.0
_PD = frozenset({"prefill", "decode"})
_MEANING = {
    Reach.REFUSED: "is refused by",
    Reach.FILTERED: "gets no answer from",
    Reach.UNREACHABLE: "has no route to",
    Reach.UNRESOLVED: "does not know the name",
}
_HINTS = {
    Reach.REFUSED: "the port was open there: a firewall rejects, or that address leads to another machine",
    Reach.FILTERED: "a firewall drops the packets, or the address is wrong: let these ports pass between the hosts",
    Reach.UNREACHABLE: "`ip route get ADDRESS` there shows the way; check network and address",
    Reach.UNRESOLVED: "give `--hosts` addresses, or add the name to /etc/hosts there",
}


class Way(NamedTuple):
    """A port of one host that a process of another host connects to."""

    caller: Place
    callee: Place
    port: int
    """``ANY``: one that the system chooses."""
    purpose: str


class Opened(NamedTuple):
    """What a host said about the ports it was to open."""

    numbers: Mapping[int, int]
    """Port → the number that was opened."""
    failed: Mapping[int, str]
    has_tool: bool = True


def needed(flow: LaunchFlow, processes: Iterable[RunProcess]) -> tuple[Way, ...]:
    """The ways between hosts that a launch needs, each once."""
    every = tuple(processes)
    found: dict[tuple[Place, Place, int], Way] = {}
    for process in every:
        callee = place_of(process)
        for port, purpose, callers in _callers(flow, process, every):
            for caller in callers:
                way = Way(place_of(caller), callee, port, purpose)
                if way.caller != callee and HERE not in (callee.address, way.caller.address):
                    found.setdefault(way[:3], way)
    return tuple(found.values())


def _callers(
    flow: LaunchFlow, process: RunProcess, every: tuple[RunProcess, ...]
) -> Iterator[tuple[int, str, list[RunProcess]]]:
    """Port, purpose, and who connects to it."""
    if process.role == "router":
        return
    ranks = [one for one in every if (one.role, one.instance) == (process.role, process.instance)]
    routers = [one for one in every if one.role == "router"]
    both = [one for one in every if one.role in _PD]
    for number, purpose, _ in flow.process(process.name).ports:
        if purpose == "API":
            yield number, purpose, routers if process.rank == 0 else []
        else:
            yield number, purpose, both if "bootstrap" in purpose or "store" in purpose else ranks
    yield ANY, _ANY_PURPOSE, [*ranks, *(one for one in both if one.role != process.role)]


def tried(places: Places, ways: tuple[Way, ...]) -> tuple[Finding, ...]:
    """Opens the ports and tries the ways, all hosts side by side; what is wrong with them."""
    by_callee: dict[Place, list[Way]] = defaultdict(list)
    by_caller: dict[Place, list[Way]] = defaultdict(list)
    for way in ways:
        by_callee[way.callee].append(way)
        by_caller[way.caller].append(way)
    streams: list[Stream] = []
    try:
        opened = places.together({to: partial(_open, places, to, its, streams) for to, its in by_callee.items()})
        came = places.together({of: partial(_try, places, of, its, opened) for of, its in by_caller.items()})
    finally:
        for stream in streams:
            stream.close()
    return tuple(_findings(by_caller, opened, came))


def _open(places: Places, callee: Place, ways: list[Way], streams: list[Stream]) -> Opened:
    ports = list(dict.fromkeys(way.port for way in ways))
    stream = places.shell(callee).open(scripts.listen(callee.address, ports, OPEN_S))
    streams.append(stream)
    said, deadline = b"", time.monotonic() + _OPENING_S
    while b"listening\n" not in said and b"refused tool" not in said:
        if not select.select([stream.fileno()], [], [], max(0.0, deadline - time.monotonic()))[0]:
            break
        data = stream.read()
        if not data:
            break
        said += data
    return _opened(said.decode("utf-8", "replace"))


def _opened(text: str) -> Opened:
    """What it said; a line that cannot be understood is left out."""
    numbers: dict[int, int] = {}
    failed: dict[int, str] = {}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        port, _, value = rest.partition(" ")
        with suppress(ValueError):
            if word == "open":
                numbers[int(port)] = int(value)
            elif word == "failed":
                failed[int(port)] = value
    return Opened(numbers, failed, has_tool=bool(numbers or failed))


def _try(places: Places, caller: Place, ways: list[Way], opened: Mapping[Place, Opened]) -> dict[Way, Crossing]:
    """What came of each way that could be tried."""
    numbered = {way: opened[way.callee].numbers.get(way.port, way.port) for way in ways}
    asked = [way for way, number in numbered.items() if number]
    calls = "\n".join(scripts.cross(at, way.callee.address, numbered[way]) for at, way in enumerate(asked))
    came = {(way.address, way.port): way for way in crossing.ways(probe.ways(places.shell(caller), calls, _LIMITS))}
    return {way: came[key] for way in asked if (key := (way.callee.address, numbered[way])) in came}


def _findings(
    by_caller: Mapping[Place, list[Way]], opened: Mapping[Place, Opened], came: Mapping[Place, Mapping[Way, Crossing]]
) -> Iterator[Finding]:
    for callee, result in opened.items():
        if not result.has_tool:
            yield _unknown(
                f"no port could be opened on {callee.address} to be tried by the others",
                "python3 or perl there would do; a firewall that rejects cannot be told from a port nobody opened",
                (callee.address,),
            )
        for port, why in result.failed.items():
            message = f"port {port} could not be opened on {callee.address} to be tried: {why}"
            yield _unknown(message, "`--detect` shows who listens there", (callee.address,))
    for caller, ways in by_caller.items():
        wrong: dict[tuple[Place, Reach], list[Way]] = defaultdict(list)
        untried: list[Way] = []
        for way in ways:
            reach = came[caller][way].reach if way in came[caller] else None
            is_open = way.port in opened[way.callee].numbers
            if reach is None and (is_open or way.port != ANY):
                untried.append(way)
            elif reach is not None and reach is not Reach.OPEN and (is_open or reach is not Reach.REFUSED):
                wrong[way.callee, reach].append(way)
        for (callee, reach), its in wrong.items():
            yield Finding(
                code="network.unreachable",
                severity=Severity.ERROR,
                message=f"{caller.address} {_MEANING[reach]} {callee.address}: {_listed(its)}",
                hint=_HINTS[reach],
                hosts=(caller.address, callee.address),
                source="ports were opened on the one host and tried from the other",
            )
        if untried:
            yield _unknown(
                f"{caller.address} could not try the ways to the others ({len(untried)} of {len(ways)})",
                "bash or python3 there would do",
                (caller.address,),
            )


def _unknown(message: str, hint: str, hosts: tuple[str, ...]) -> Finding:
    return Finding("network.unreachable", Severity.UNKNOWN, message, hint, (), hosts, "what was tried on the hosts")


def _listed(ways: Iterable[Way]) -> str:
    """Ports with what they are for."""
    by_purpose: dict[str, list[str]] = defaultdict(list)
    for way in ways:
        by_purpose[way.purpose].append("" if way.port == ANY else f" {way.port}")
    return "; ".join(
        purpose if not numbers[0] else f"port{'s' * (len(numbers) > 1)}{','.join(numbers)} ({purpose})"
        for purpose, numbers in by_purpose.items()
    )
