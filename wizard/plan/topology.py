"""Who runs where: a selection's roles, instances and ranks, each with its name, host and address.

Owns names (``server``, ``server-rank1``, ``prefill-0``, ``decode-0-rank1``, ``router``) and the variables that hold
addresses and interfaces. Knows nothing about options.
"""

from dataclasses import dataclass

from wizard.errors import PlanError
from wizard.model.flow import Ref, Variable, Word
from wizard.model.selection import Host, RoleName, Scenario, Selection


@dataclass(frozen=True, slots=True)
class Place:
    """One process's place: which rank of which instance of which role, on which host."""

    name: str
    role: str
    instance: int
    rank: int
    ranks: int
    host: Host | None
    """None: no host was given."""
    shared_with: tuple[str, ...] = ()
    """Names of the places before this one on the same address."""

    @property
    def address_variable(self) -> str:
        """The script variable that holds its address."""
        return self.name.upper().replace("-", "_") + "_ADDRESS"

    @property
    def interface_variable(self) -> str:
        """The script variable that holds its network interface."""
        return self.name.upper().replace("-", "_") + "_INTERFACE"

    @property
    def given_address(self) -> str:
        """The address, empty when it is not known yet."""
        return self.host.address if self.host else ""

    def address(self) -> Word:
        """Its address as the other hosts write it."""
        return (Ref(self.address_variable),)

    def in_url(self) -> Word:
        """Its address in front of a port: an IPv6 address gets its brackets."""
        return ("[", Ref(self.address_variable), "]") if ":" in self.given_address else self.address()


@dataclass(frozen=True, slots=True)
class Topology:
    """All places of a selection, in start order, and where the router runs."""

    places: tuple[Place, ...]
    router: Place | None
    addressed: bool
    """Whether processes are told apart by address; False for one server wherever the script is started."""

    def heads(self, role: str) -> tuple[Place, ...]:
        """Rank 0 of each instance of a role."""
        return tuple(place for place in self.places if place.role == role and place.rank == 0)

    def head_of(self, place: Place) -> Place:
        """Rank 0 of the instance that ``place`` belongs to."""
        return next(p for p in self.places if (p.role, p.instance, p.rank) == (place.role, place.instance, 0))


def topology(selection: Selection) -> Topology:
    """The places of a selection.

    Raises:
        PlanError: the hosts given are not the ones the roles need.
    """
    _hosts_fit(selection)
    places: list[Place] = []
    for role_name in selection.server_roles:
        role = selection.role(role_name)
        hosts = {(host.instance, host.rank): host for host in selection.hosts_of(role_name)}
        for instance in range(role.instances):
            for rank in range(role.hosts_per_instance):
                name = _name(selection.scenario, role_name, instance, rank, role.hosts_per_instance)
                host = hosts.get((instance, rank))
                before = tuple(p.name for p in places if host and host.address and p.given_address == host.address)
                places.append(Place(name, role_name, instance, rank, role.hosts_per_instance, host, before))
    addressed = len(places) > 1 or any(place.given_address for place in places)
    return Topology(tuple(places), _router(selection), addressed)


def _name(scenario: Scenario, role: str, instance: int, rank: int, ranks: int) -> str:
    base = role if scenario is not Scenario.PD else f"{role}-{instance}"
    return base if ranks == 1 else f"{base}-rank{rank}"


def _router(selection: Selection) -> Place | None:
    if RoleName.ROUTER not in selection.roles:
        return None
    hosts = selection.hosts_of(RoleName.ROUTER)
    return Place("router", RoleName.ROUTER, 0, 0, 1, hosts[0] if hosts else None)


def _hosts_fit(selection: Selection) -> None:
    """Hosts are given for every rank or for none."""
    if not selection.server_roles:
        raise PlanError("the selection has no server role", "start from a preset: `--presets` lists them")
    given = [host for host in selection.hosts if host.role != RoleName.ROUTER]
    if not given:
        return
    places = {(host.role.value, host.instance, host.rank) for host in given}
    if len(places) < len(given):
        raise PlanError("two hosts are given for the same rank", "give each rank one host: `--hosts` in order of rank")
    needed = {
        (name, instance, rank)
        for name in selection.server_roles
        for instance in range(selection.role(name).instances)
        for rank in range(selection.role(name).hosts_per_instance)
    }
    if places != needed:
        counts = ", ".join(
            f"{name}: {selection.role(name).instances * selection.role(name).hosts_per_instance}"
            for name in selection.server_roles
        )
        message = f"{len(given)} hosts are given, {len(needed)} are needed ({counts})"
        raise PlanError(
            message, "`--hosts A,B,…` in order of rank; for prefill-decode: prefill hosts, then decode hosts"
        )


def variables(topology: Topology) -> tuple[Variable, ...]:
    """The variables for addresses and interfaces; empty addresses are to be filled in, empty interfaces found."""
    if not topology.addressed:
        return ()
    found: list[Variable] = []
    for place in topology.places:
        interface = place.host.interface if place.host else ""
        found.append(Variable(place.address_variable, place.given_address, f"address of the host of {place.name}"))
        meaning = f"network interface of {place.name}; empty: the one that owns its address"
        found.append(Variable(place.interface_variable, interface, meaning, required=False))
    if topology.router is not None:
        address = topology.router.given_address or topology.heads("prefill")[0].given_address
        found.append(Variable(topology.router.address_variable, address, "address on which the router answers"))
    return tuple(found)
