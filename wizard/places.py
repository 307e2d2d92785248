"""The places of a selection and who stands in them: one host for every rank of every instance, known or not yet.

Where ``wizard.hosts`` reads addresses as people type them in one line, this changes one place at a time, deals hosts
out to the places, and turns what was detected into hosts of a selection. Pure.
"""

from collections.abc import Iterator, Sequence

from wizard.hosts import following
from wizard.model import hardware
from wizard.model.selection import Host, RoleName, Selection

_LOOPBACK = ("127.", "::1", "fe80", "169.254.")


def places(selection: Selection) -> tuple[Host, ...]:
    """A host for every place of the server roles, in order of the roles and ranks; blank where none is known."""
    known = {(host.role.value, host.instance, host.rank): host for host in selection.hosts}
    return tuple(known.get((blank.role.value, blank.instance, blank.rank), blank) for blank in _blank(selection))


def router_host(selection: Selection) -> Host | None:
    """The host the router has for itself; None where it shares the one of the first prefill server."""
    return next(iter(selection.hosts_of(RoleName.ROUTER)), None)


def unasked(selection: Selection, found: Sequence[hardware.Host]) -> tuple[Host, ...]:
    """The hosts that were named but of which nothing was found out, each once."""
    known = {address for host in found for item in host.interfaces or () for address in item.addresses}
    known |= {"", *(host.address for host in found)}
    named = {host.address: host for host in selection.hosts}
    return tuple(host for address, host in named.items() if address not in known)


def title(selection: Selection, place: Host) -> str:
    """What a place is for, in words: ``prefill, instance 2, rank 0``; only what tells it from the others."""
    role = selection.role(place.role)
    parts = [str(place.role.value)]
    if role.instances > 1:
        parts.append(f"instance {place.instance}")
    if role.hosts_per_instance > 1:
        parts.append(f"rank {place.rank}")
    return ", ".join(parts)


def dealt(selection: Selection, hosts: Sequence[Host]) -> Selection:
    """The selection with hosts in its places, in order; what is left over is left out, what is missing stays blank."""
    filled = list(_blank(selection))
    for number, host in enumerate(hosts[: len(filled)]):
        filled[number] = filled[number].evolve(address=host.address, interface=host.interface, ssh=host.ssh)
    return _with(selection, filled, router_host(selection))


def changed(selection: Selection, number: int, **fields: str) -> Selection:
    """The selection with another address, interface or ssh target in one place."""
    filled = list(places(selection))
    filled[number] = filled[number].evolve(**fields)
    return _with(selection, filled, router_host(selection))


def swapped(selection: Selection, one: int, other: int) -> Selection:
    """The selection with the hosts of two places exchanged."""
    order = list(places(selection))
    order[one], order[other] = order[other], order[one]
    return dealt(selection, order)


def with_router(selection: Selection, address: str) -> Selection:
    """The selection with a host of its own for the router; none: the one of the first prefill server."""
    router = Host(address=address, role=RoleName.ROUTER) if address else None
    return _with(selection, list(places(selection)), router)


def of_detected(found: hardware.Host, *, alone: bool = False) -> Host:
    """A detected host as a host of a selection: the address others reach it by, its interface, its ssh target.

    Args:
        found: what was detected.
        alone: it serves by itself, so that nobody has to reach it and ``localhost`` may stay blank.
    """
    local = found.address == "localhost" or found.address.startswith(_LOOPBACK)
    interface = found.own_interface or ""
    if not local and _is_number(found.address):
        return Host(address=found.address, interface=interface, ssh=found.ssh)
    named = _named(found, interface)
    if named is None:
        return Host(address="" if local else found.address, ssh=found.ssh)
    if local:
        return Host() if alone else Host(address=named.addresses[0], interface=named.name)
    return Host(address=named.addresses[0], interface=named.name, ssh=found.ssh or found.address)


def usable(hosts: Sequence[hardware.Host]) -> tuple[hardware.Host, ...]:
    """The detected hosts that can serve, the emptiest first where they differ."""
    fit = (host for host in hosts if host.is_usable)
    return tuple(sorted(fit, key=lambda host: -len(host.free_devices)))


def assigned(selection: Selection, hosts: Sequence[hardware.Host]) -> Selection:
    """The selection with what was detected in its places: hosts of its series, those with free devices first."""
    fitting = [host for host in usable(hosts) if host.series and host.series.value == selection.series.value]
    alone = len(places(selection)) == 1
    return dealt(selection, [of_detected(host, alone=alone) for host in fitting])


def _blank(selection: Selection) -> Iterator[Host]:
    for name in selection.server_roles:
        role = selection.role(name)
        for instance in range(role.instances):
            for rank in range(role.hosts_per_instance):
                yield Host(role=RoleName(name), instance=instance, rank=rank)


def _with(selection: Selection, filled: Sequence[Host], router: Host | None) -> Selection:
    """Hosts are given for every place or for none, as the plan wants it."""
    known = any(host.address or host.interface or host.ssh for host in filled)
    servers = tuple(filled) if known else ()
    hosts = (*servers, router) if router is not None else servers
    after = selection.evolve(hosts=hosts)
    return following(after) if any(host.interface for host in filled) else after


def _is_number(address: str) -> bool:
    return ":" in address or address.replace(".", "").isdigit()


def _named(found: hardware.Host, interface: str) -> hardware.Interface | None:
    """The interface to be reached by: the one that owns the address, else the first that is up."""
    up = [
        item
        for item in found.interfaces or ()
        if item.addresses
        and item.is_up is not False
        and not item.name.startswith(("lo", "docker", "br-", "veth", "virbr"))
    ]
    return next((item for item in up if item.name == interface), up[0] if up else None)
