"""Commands → who runs where: roles, instances, ranks, and the address of each as the scripts write it.

Owns the reading of a command as one rank of one instance of one role. What becomes of the values is ``merging``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from wizard.importing.arguments import Arguments
from wizard.importing.launches import ROUTER
from wizard.importing.placeholders import is_specific, is_unfilled_address, split_port
from wizard.importing.script import Command
from wizard.model.selection import OptionValue, RoleName

_OWN_FUNCTION = re.compile(r"start_(server|prefill|decode)(?:_(\d+))?(?:_rank(\d+))?\Z", re.ASCII)
_STORE = re.compile(r"\w+://(.*)\Z", re.DOTALL)
_MOST_HOSTS = 512

Say = Callable[[Command, str, str], None]
"""Notes something: the command, the words it is about, the message."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One command with its options."""

    command: Command
    arguments: Arguments

    @property
    def options(self) -> Mapping[str, OptionValue]:
        """Its options by canonical name."""
        return self.arguments.options

    def is_unknown(self, name: str) -> bool:
        """Whether an option's value is only known when the script runs."""
        span = self.arguments.spans.get(name, range(0))
        return any(index in self.command.unknown for index in span)

    def text(self, name: str) -> str:
        """An option's value as text; empty where it is not given."""
        value = self.options.get(name)
        return "" if value is None or isinstance(value, bool | tuple) else str(value)

    def line(self, name: str) -> int:
        """The line of an option."""
        span = self.arguments.spans.get(name, range(0))
        return self.command.lines[span[0]] if span and span[0] < len(self.command.lines) else self.command.line

    @property
    def role(self) -> RoleName:
        """What the command is for."""
        if self.command.program == ROUTER:
            return RoleName.ROUTER
        mode = self.options.get("disaggregation-mode")
        return RoleName(mode) if mode in ("prefill", "decode") else RoleName.SERVER

    @property
    def port(self) -> int | None:
        """The port of its API, where it says one."""
        value = self.options.get("port")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Place:
    """One rank of one instance. ``address`` is what the script writes, placeholder or not; empty: it says nothing."""

    launch: Launch
    instance: int
    rank: int
    address: str = ""
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """All places of one role that the scripts show, and how many there are."""

    role: RoleName
    places: tuple[Place, ...]
    instances: int
    hosts_per_instance: int

    @property
    def first(self) -> Place:
        """Rank 0 of instance 0, or what comes nearest to it."""
        return min(self.places, key=lambda place: (place.instance, place.rank))

    def head(self, instance: int) -> Place | None:
        """Rank 0 of an instance, where the scripts show it."""
        return next((place for place in self.places if (place.instance, place.rank) == (instance, 0)), None)

    def head_address(self, instance: int) -> str:
        """The address of rank 0 of an instance, as written."""
        head = self.head(instance)
        if head is not None and head.address:
            return head.address
        same = [place for place in self.places if place.instance == instance]
        return next((found for place in same if (found := _rendezvous(place.launch))), "")


def group(role: RoleName, launches: Sequence[Launch], say: Say, devices_per_host: int) -> Group:
    """The places of a role's launches."""
    own = [_OWN_FUNCTION.match(launch.command.function) for launch in launches]
    if own and all(own):
        return _own(role, launches, [match for match in own if match is not None])
    sizes = [_size(launch, say, devices_per_host) for launch in launches]
    instances: list[list[tuple[Launch, int, int]]] = []
    by_rendezvous: dict[str, int] = {}
    for launch, size in zip(launches, sizes, strict=True):
        rank = _rank(launch, size, say)
        number = by_rendezvous.get(_rendezvous_text(launch)) if size > 1 else None
        if number is None or rank in [taken for _, taken, _ in instances[number]]:
            by_rendezvous[_rendezvous_text(launch)] = number = len(instances)
            instances.append([])
        free = rank if rank is not None else _next_free([taken for _, taken, _ in instances[number]])
        instances[number].append((launch, free, size))
    most = max(sizes)
    if len({*sizes}) > 1:
        say(launches[0].command, "--nnodes", f"the {role} servers differ in `--nnodes`; {most} hosts each were taken")
    places = tuple(
        Place(launch, number, rank, _address(launch, rank), interface(launch))
        for number, members in enumerate(instances)
        for launch, rank, _ in members
    )
    return Group(role, places, len(instances), most)


def _own(role: RoleName, launches: Sequence[Launch], names: Sequence[re.Match[str]]) -> Group:
    """The places of a script that the wizard wrote: the names of its functions say them."""
    places = tuple(
        Place(launch, int(name[2] or 0), int(name[3] or 0), _address(launch, int(name[3] or 0)), interface(launch))
        for launch, name in zip(launches, names, strict=True)
    )
    instances = max(place.instance for place in places) + 1
    return Group(role, places, instances, max(place.rank for place in places) + 1)


def _size(launch: Launch, say: Say, devices_per_host: int) -> int:
    value = launch.options.get("nnodes")
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_HOSTS:
        return value
    if value is None:
        rank = launch.options.get("node-rank")
        return rank + 1 if isinstance(rank, int) and 0 < rank < _MOST_HOSTS and launch.text("dist-init-addr") else 1
    count = devices(launch.options) // devices_per_host or 1
    say(launch.command, "--nnodes", f"the number of hosts is not in the script; {count} follow from the parallel sizes")
    return min(count, _MOST_HOSTS)


def devices(options: Mapping[str, OptionValue]) -> int:
    """Devices of one instance: tensor x pipeline parallel size; 0 when the sizes are no numbers."""
    sizes = [options.get(name, 1) for name in ("tp-size", "pp-size")]
    product = 1
    for size in sizes:
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            return 0
        product *= size
    return product


def _rank(launch: Launch, size: int, say: Say) -> int | None:
    value = launch.options.get("node-rank")
    if not isinstance(value, int) or isinstance(value, bool):
        return None if size > 1 else 0
    if 0 <= value < size:
        return value
    message = f"`--node-rank` goes beyond `--nnodes {size}`; every such server was taken as rank 0 of its own"
    say(launch.command, "--node-rank", message)
    return None if size > 1 else 0


def _next_free(taken: Sequence[int]) -> int:
    return next(rank for rank in range(len(taken) + 1) if rank not in taken)


def _rendezvous_text(launch: Launch) -> str:
    return launch.text("dist-init-addr")


def _rendezvous(launch: Launch) -> str:
    return split_port(_rendezvous_text(launch))[0]


def _address(launch: Launch, rank: int) -> str:
    """Where a command runs, by what it is compared with, called on, listens on, or meets on."""
    host = launch.text("host")
    given = [launch.command.address, host if is_specific(host) else "", _rendezvous(launch) if rank == 0 else ""]
    specific = next((address for address in given if is_specific(address)), "")
    written = [*given, host if host and is_unfilled_address(host) else ""]
    return specific or next((address for address in written if address and is_unfilled_address(address)), "")


def interface(launch: Launch) -> str:
    """The network interface that the command's variables agree on, placeholder or not; empty where they do not."""
    environment = launch.command.environment
    found = {environment[name] for name in INTERFACE_VARIABLES if name in environment}
    return found.pop() if len(found) == 1 else ""


INTERFACE_VARIABLES = ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME")
STORE_VARIABLE = "ASCEND_MF_STORE_URL"


def store(command: Command) -> tuple[str, int | None]:
    """Address and port of the MemFabric store that a command's environment names."""
    found = _STORE.match(command.environment.get(STORE_VARIABLE, ""))
    return split_port(found.group(1)) if found else ("", None)


@dataclass(frozen=True, slots=True)
class Upstream:
    """One server that a router's command names."""

    address: str
    port: int | None
    bootstrap: str = ""


def upstreams(router: Launch, role: RoleName) -> tuple[Upstream, ...]:
    """The prefill or decode servers of a router, in order."""
    found: list[Upstream] = []
    for words in router.arguments.occurrences.get(role.value, ()):
        url = words[0] if words else ""
        address, port = split_port(url.removeprefix("http://").rstrip("/"))
        found.append(Upstream(address, port, words[1] if len(words) > 1 else ""))
    return tuple(found)


def completed(pair: Group, router: Launch | None, stores: Sequence[str]) -> Group:
    """The group with the addresses that only the router or the store tells, and all instances the router knows."""
    known = upstreams(router, pair.role) if router is not None else ()
    places = list(pair.places)
    instances = pair.instances
    alone = pair.instances == 1 and not any(is_specific(place.address) for place in places)
    if alone and len(known) > 1:
        instances = len(known)
    for index, place in enumerate(places):
        if place.rank or is_specific(place.address):
            continue
        told = known[place.instance].address if len(known) == instances and place.instance < len(known) else ""
        if not is_specific(told) and pair.role is RoleName.PREFILL and place.instance == 0:
            told = next((address for address in stores if is_specific(address)), told)
        if is_specific(told) or (told and not place.address):
            places[index] = replace(place, address=told)
    return replace(pair, places=tuple(places), instances=instances)
