"""``--hosts`` and ``--interface``: addresses as people write them become the hosts of a selection.

``A,B`` gives hosts in the order of the preset (ranks in order; prefill hosts, then decode hosts). ``role=A`` puts a
host into a role, and so says how many instances there are: ``prefill=A,prefill=B,decode=C,router=D``. An address may
say how ssh gets there: ``USER@A``, ``A:PORT``.
"""

from collections.abc import Iterator

from wizard.errors import UsageError
from wizard.model.selection import AUTO, Host, Role, RoleName, Scenario, Selection
from wizard.names import INTERFACE, HostName, host_name

_INTERFACE_VARIABLES = ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME")


def named(text: str) -> Iterator[tuple[str, HostName]]:
    """The role (or an empty text) and the host of each item of ``--hosts``.

    Raises:
        UsageError: an address that cannot be one.
    """
    for item in (part.strip() for part in text.split(",")):
        role, equals, address = item.rpartition("=")
        host = None if equals and not role else host_name(address)
        if host is None:
            raise UsageError(
                f"`{address}` is no address or host name",
                "`--hosts 10.0.0.1,10.0.0.2`: addresses or names, with `USER@` before or `:PORT` behind for ssh",
            )
        yield role, host


def with_hosts(selection: Selection, text: str) -> Selection:
    """The selection with hosts.

    Raises:
        UsageError: an address that cannot be one, or more or fewer hosts than the roles take.
    """
    plain: list[HostName] = []
    by_role: dict[str, list[HostName]] = {}
    for role, host in named(text):
        if not role:
            plain.append(host)
        elif role in selection.roles:
            by_role.setdefault(role, []).append(host)
        else:
            known = ", ".join(f"`{name}`" for name in selection.roles)
            raise UsageError(f"`{role}` is no role of this selection", f"its roles: {known}")
    router = by_role.pop("router", [])
    if len(router) > 1:
        raise UsageError(f"{len(router)} hosts are given for one router", "give `router=ADDRESS` once")
    if plain and by_role:
        raise UsageError(
            "hosts with and without a role are mixed", "give every host a role (`prefill=A,decode=B`), or none"
        )
    if not plain and not by_role and not selection.hosts:
        raise UsageError("only the router has a host", "name the servers' hosts too: `--hosts A,B,router=C`")
    sized = _resized(selection, by_role) if by_role else _fitted(selection, plain)
    hosts = _assigned(sized, by_role) if by_role else _in_order(sized, plain) if plain else selection.hosts
    servers = tuple(host for host in hosts if host.role != RoleName.ROUTER)
    return sized.evolve(
        hosts=(*servers, *(Host(address=name.address, ssh=name.ssh, role=RoleName.ROUTER) for name in router))
    )


def _fitted(selection: Selection, addresses: list[HostName]) -> Selection:
    """A server over several hosts takes as many as are given; every other scenario takes what it needs."""
    if not addresses or len(addresses) == selection.host_count:
        return selection
    if selection.scenario is Scenario.MULTI and len(addresses) > 1:
        server = selection.role(RoleName.SERVER).evolve(hosts_per_instance=len(addresses))
        return selection.evolve(roles={**selection.roles, "server": server}, hosts=())
    needed = ", ".join(_need(name, selection.role(name)) for name in selection.server_roles)
    name = f"`{selection.preset}`" if selection.preset else "this selection"
    hint = "`--hosts` in order of rank"
    if selection.scenario is Scenario.PD:
        hint = "prefill hosts first, then decode hosts; or say which: `--hosts prefill=A,prefill=B,decode=C`"
    elif selection.scenario is Scenario.SINGLE:
        hint = "for one server over several hosts start from `a3-multi`"
    raise UsageError(f"{name} takes {selection.host_count} hosts ({needed}), {len(addresses)} given", hint)


def _need(name: str, role: Role) -> str:
    return f"{name}: {role.instances * role.hosts_per_instance}"


def _resized(selection: Selection, by_role: dict[str, list[HostName]]) -> Selection:
    roles = dict(selection.roles)
    for name in selection.server_roles:
        addresses = by_role.get(name, [])
        role = roles[name]
        if not addresses or len(addresses) % role.hosts_per_instance:
            raise UsageError(
                f"role `{name}` takes {role.hosts_per_instance} hosts an instance, {len(addresses)} given",
                f"for example `{name}=A"
                + f",{name}=B`" * (role.hosts_per_instance > 1)
                + "`" * (role.hosts_per_instance == 1),
            )
        roles[name] = role.evolve(instances=len(addresses) // role.hosts_per_instance)
    return selection.evolve(roles=roles, hosts=())


def _assigned(selection: Selection, by_role: dict[str, list[HostName]]) -> tuple[Host, ...]:
    ordered = [address for name in selection.server_roles for address in by_role[name]]
    return _in_order(selection, ordered)


def _in_order(selection: Selection, addresses: list[HostName]) -> tuple[Host, ...]:
    places = [
        (name, instance, rank)
        for name in selection.server_roles
        for instance in range(selection.role(name).instances)
        for rank in range(selection.role(name).hosts_per_instance)
    ]
    return tuple(
        Host(address=host.address, ssh=host.ssh, role=RoleName(name), instance=instance, rank=rank)
        for host, (name, instance, rank) in zip(addresses, places, strict=True)
    )


def with_interface(selection: Selection, text: str) -> Selection:
    """``NIC`` for every host, or ``HOST=NIC,HOST=NIC``. Settings that name ``lo`` then follow the host's interface.

    Raises:
        UsageError: an interface name that cannot be one, or a host that is not in the selection.
    """
    addresses = {host.address for host in selection.hosts}
    pairs = [part.strip().rpartition("=") for part in text.split(",")]
    per_host = {host: name for host, equals, name in pairs if equals and host in addresses}
    if per_host and len(per_host) < len(pairs):
        raise UsageError(f"`{text}` names interfaces for some hosts only", "`--interface eth0`, or `HOST=NIC` for each")
    names = per_host.values() if per_host else [text]
    for name in names:
        if not INTERFACE.match(name):
            raise UsageError(f"`{name}` is no network interface", "`ip -br addr` lists the interfaces of a host")
    hosts = tuple(
        host.evolve(interface=per_host.get(host.address, host.interface) if per_host else text)
        for host in selection.hosts
    )
    if not hosts:
        return _literal_interface(selection, text)
    return following(selection.evolve(hosts=hosts))


def following(selection: Selection) -> Selection:
    """Where a preset for one host says ``lo``, the operator's interface is meant now."""
    return _mapped(selection, {"lo": AUTO})


def _literal_interface(selection: Selection, name: str) -> Selection:
    """Hosts are not known yet: the name itself goes into the variables."""
    return _mapped(selection, {"lo": name, AUTO: name})


def _mapped(selection: Selection, replaced: dict[str, str]) -> Selection:
    roles = {}
    for key, role in selection.roles.items():
        environment = {
            name: replaced.get(value, value) if name in _INTERFACE_VARIABLES else value
            for name, value in role.environment.items()
        }
        roles[key] = role.evolve(environment=environment)
    return selection.evolve(roles=roles)
