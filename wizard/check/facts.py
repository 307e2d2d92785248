"""What every rule is given: what is known, and what it comes to: roles as they are read, budgets, hosts.

Owns the matching of hosts: by address as the selection writes it, by any address of the host's interfaces, and where no
addresses are chosen, in the order of the processes.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wizard.check.budget import Budget, budgets
from wizard.check.known import Known
from wizard.check.launch import Launch
from wizard.check.resolved import Server
from wizard.errors import WizardError
from wizard.model.selection import RoleName, Runtime, Selection
from wizard.plan.outline import Spot, outline

if TYPE_CHECKING:
    from wizard.model.hardware import Device, Host


@dataclass(frozen=True)
class Facts(Known):
    """What is known about a selection, and what it comes to."""

    @cached_property
    def launches(self) -> tuple[Launch, ...]:
        """Every role in front of the parser that reads it, the router included."""
        return tuple(Launch(self, name) for name in self.selection.roles if not self.only or name in self.only)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Every server role as the release resolves it."""
        return tuple(Server(launch) for launch in self.launches if launch.name in self.selection.server_roles)

    @cached_property
    def processes(self) -> tuple[Spot, ...]:
        """What would be started; none where it cannot be planned, which another stage says, or was not asked."""
        if self.only:
            return ()
        try:
            return outline(self.selection)
        except WizardError:
            return ()

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        """What the memory of a device goes to, for every server role."""
        return budgets(self, self.servers)

    @cached_property
    def machines(self) -> tuple["Machine", ...]:
        """The hosts that were found and belong to the launch, each with its processes."""
        return machines(self)


@dataclass(frozen=True)
class Machine:
    """A host as it was found, and what would run there."""

    facts: Facts
    found: "Host"
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
    def dies(self) -> "tuple[Device, ...]":
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
    def used(self) -> "tuple[Device, ...]":
        """The devices that would be used, as far as they are there."""
        return self.dies[self.first : self.needed]


def machines(facts: Facts) -> tuple[Machine, ...]:
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


def not_asked(facts: Facts) -> tuple[str, ...]:
    """Addresses of the selection that nobody has looked at, though others were."""
    known = _by_address(facts.hosts)
    addresses = (host.address for host in facts.selection.hosts if host.address)
    return tuple(dict.fromkeys(address for address in addresses if address not in known))


def _by_address(hosts: "tuple[Host, ...]") -> "dict[str, Host]":
    found = {
        address: host
        for host in hosts
        for interface in host.interfaces or ()
        for address in interface.addresses
        if not address.startswith(("127.", "::1", "fe80:", "172.17."))
    }
    return found | {host.address: host for host in hosts}


def several(machine: Machine) -> bool:
    """Whether servers on other hosts must be reached from it."""
    return len({found.address for found in machine.facts.machines if found.servers}) > 1 or (
        machine.selection.host_count > 1 and len(machine.servers) < machine.selection.host_count
    )
