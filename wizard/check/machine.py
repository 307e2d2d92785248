"""Hosts as they were found, each with the processes that would run there; and what a rule about such a host is.

Owns the matching: by address as the selection writes it, by any address of the host's interfaces, and where no
addresses are chosen, in the order of the processes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wizard.model.finding import Finding, Fix, Severity
from wizard.model.hardware import Device, Host
from wizard.model.selection import RoleName, Runtime, Selection
from wizard.plan.outline import Spot

if TYPE_CHECKING:
    from wizard.check.facts import Facts


@dataclass(frozen=True)
class Machine:
    """A host as it was found, and what would run there."""

    facts: "Facts"
    found: Host
    processes: tuple[Spot, ...]
    address: str
    """As the selection writes it; else as the host was asked."""

    @property
    def selection(self) -> Selection:
        """What was chosen."""
        return self.facts.selection

    @property
    def runtime(self) -> Runtime:
        """Where the processes run."""
        return self.selection.runtime

    @property
    def servers(self) -> tuple[Spot, ...]:
        """Its processes that use devices."""
        return tuple(process for process in self.processes if process.role != RoleName.ROUTER)

    @cached_property
    def interface(self) -> str:
        """The interface that was chosen for it; empty: the script finds it."""
        return next((host.interface for host in self.selection.hosts if host.address == self.address), "")

    @cached_property
    def dies(self) -> tuple[Device, ...]:
        """Its devices in the order in which a process counts them."""
        return tuple(sorted(self.found.devices, key=lambda device: (device.phy_id or 0, device.npu_id)))

    @cached_property
    def needed(self) -> int:
        """How many of its devices, from the first, the processes reach into."""
        return sum(process.devices for process in self.servers) + self.first

    @cached_property
    def first(self) -> int:
        """The first device that is used."""
        roles = {process.role for process in self.servers}
        bases = [server.size("base-gpu-id", 0) for server in self.facts.servers if server.launch.name in roles]
        return min(bases, default=0)

    @cached_property
    def used(self) -> tuple[Device, ...]:
        """The devices that would be used, as far as they are there."""
        return self.dies[self.first : self.needed]


def machines(facts: "Facts") -> tuple[Machine, ...]:
    """The hosts that were found and belong to the launch, in its order."""
    if not facts.hosts:
        return ()
    known = _by_address(facts.hosts)
    spare = iter(facts.hosts)
    placed: dict[str, tuple[Host, str, list[Spot]]] = {}
    for process in facts.processes:
        text = process.address
        chosen = bool(text) and not text.startswith("<")
        if not chosen and process.role == RoleName.ROUTER:
            continue
        host = known.get(text) if chosen else next(spare, None)
        if host is not None:
            where = placed.setdefault(host.address, (host, text if chosen else host.address, []))
            where[2].append(process)
    return tuple(Machine(facts, host, tuple(there), address) for host, address, there in placed.values())


def not_asked(facts: "Facts") -> tuple[str, ...]:
    """Addresses of the selection that nobody has looked at, though others were."""
    known = _by_address(facts.hosts)
    addresses = (host.address for host in facts.selection.hosts if host.address)
    return tuple(dict.fromkeys(address for address in addresses if address not in known))


def _by_address(hosts: tuple[Host, ...]) -> dict[str, Host]:
    found = {
        address: host
        for host in hosts
        for interface in host.interfaces or ()
        for address in interface.addresses
        if not address.startswith(("127.", "::1", "fe80:", "172.17."))
    }
    return found | {host.address: host for host in hosts}


Say = str | Callable[[Machine], str]


def _said(text: Say, machine: Machine) -> str:
    return text if isinstance(text, str) else text(machine)


@dataclass(frozen=True, slots=True)
class HostRule:
    """What is wrong with a host for what would run there.

    Attributes:
        code: stable name; what it means stands in ``knowledge/findings.toml``.
        severity: how bad it is.
        wrong: what is wrong, without the address; empty where nothing is, or where it cannot be told.
        hint: what to do.
        ways: fixes, where a change of the selection helps.
        options: the settings it is about.
        source: what the rule rests on.
    """

    code: str
    severity: Severity
    wrong: Callable[[Machine], str]
    hint: Say
    ways: Callable[[Machine], tuple[Fix, ...]] | None = None
    options: tuple[str, ...] = ()
    source: str = "what was read on the host"

    def __call__(self, facts: "Facts") -> Iterator[Finding]:
        """The findings of this rule: one for all hosts of which the same is to be said."""
        alike: dict[tuple[str, str, tuple[Fix, ...]], list[str]] = {}
        for machine in facts.machines:
            text = self.wrong(machine)
            if text:
                fixes = self.ways(machine) if self.ways is not None else ()
                hint = "; or ".join(way.label for way in fixes) or _said(self.hint, machine)
                alike.setdefault((text, hint, fixes), []).append(machine.address)
        for (text, hint, fixes), hosts in alike.items():
            message = f"{listed(hosts)}: {text}"
            yield Finding(self.code, self.severity, message, hint, self.options, tuple(hosts), self.source, fixes)


_NAMED = 4
"""So many hosts are named in a sentence."""


def listed(hosts: Sequence[str]) -> str:
    """Hosts at the head of a sentence about one host; the field ``hosts`` of a finding names all of them."""
    if len(hosts) == 1:
        return hosts[0]
    rest = len(hosts) - _NAMED
    named = ", ".join(hosts) if rest <= 1 else f"{', '.join(hosts[:_NAMED])} and {rest} more hosts"
    return f"{named}, each"


def several(machine: Machine) -> bool:
    """Whether servers on other hosts must be reached from it."""
    return len({found.address for found in machine.facts.machines if found.servers}) > 1 or (
        machine.selection.host_count > 1 and len(machine.servers) < machine.selection.host_count
    )
