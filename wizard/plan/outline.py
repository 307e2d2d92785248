"""Who would be started where, and on which ports: a launch flow without its words, for checks at every key press."""

from collections.abc import Iterator
from typing import NamedTuple

from wizard.knowledge.releases import Release
from wizard.knowledge.releases import release as release_of
from wizard.model.flow import Port
from wizard.model.selection import RoleName, Selection
from wizard.plan.ports import ServerPorts
from wizard.plan.router import router_ports
from wizard.plan.server import Site, devices_of, server_ports
from wizard.plan.topology import Topology, topology


class Spot(NamedTuple):
    """One process as far as other processes and its host are concerned."""

    name: str
    role: str
    rank: int
    address: str
    """Of its host; ``<NAME>`` where it is to be filled in, empty where it is whatever host the script is started on."""
    ports: tuple[Port, ...]
    devices: int = 0


def sites(selection: Selection, release: Release, where: Topology) -> Iterator[tuple[Site, ServerPorts]]:
    """Every server process in start order: what decides it, and its ports, out of the way of those before it."""
    ports: dict[str, ServerPorts] = {}
    devices: dict[str, int] = {}
    for place in where.places:
        taken = frozenset(port.number for name in place.shared_with for port in ports[name].listening())
        used = sum(devices[name] for name in place.shared_with)
        site = Site(selection, release, where, place, taken, used, ports.get(where.head_of(place).name))
        ports[place.name] = server_ports(site)
        devices[place.name] = devices_of(site.role.options, place.ranks)
        yield site, ports[place.name]


def outline(selection: Selection) -> tuple[Spot, ...]:
    """The processes of a selection, in the order of its launch flow.

    Raises:
        PlanError: the hosts given are not the ones the roles need.
    """
    where = topology(selection)
    spots = []
    for site, ports in sites(selection, release_of(selection.release), where):
        place = site.place
        address = (place.given_address or f"<{place.address_variable}>") if where.addressed else ""
        devices = devices_of(site.role.options, place.ranks)
        spots.append(Spot(place.name, place.role, place.rank, address, ports.listening(), devices))
    router = where.router
    if router is not None:
        given = router.given_address or next((place.given_address for place in where.heads(RoleName.PREFILL)), "")
        address = given or f"<{router.address_variable}>"
        spots.append(Spot(router.name, router.role, 0, address, router_ports(selection)))
    return tuple(spots)
