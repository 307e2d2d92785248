"""Processes that must find each other: roles, addresses, ports and interfaces of one launch, each with both values.

These rules look at what would be started, command by command, so that a value the operator wrote by hand is held
against the ones the plan fills in.
"""

from collections.abc import Collection, Iterator

from wizard.check.facts import Facts
from wizard.check.launch import Launch
from wizard.check.ports import HIGHEST
from wizard.check.report import fix, variable_fix, with_way
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import AUTO, RoleName, Scenario
from wizard.plan.outline import Spot
from wizard.plan.ports import DEFAULT_STORE_PORT
from wizard.wording import counted

_SOURCE = "SGLang 0.5.13.post1 and 0.5.23, srt/disaggregation; sglang-router 0.3.2"
_HCCL = "CANN, HCCL_SOCKET_IFNAME; PyTorch, GLOO_SOCKET_IFNAME"
_INTERFACES = ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME")
_LOOPBACK = ("127.", "localhost", "::1")
STORE = "ASCEND_MF_STORE_URL"
_PLANNED_STORE = f"tcp://{AUTO}:{DEFAULT_STORE_PORT}"
"""What the plan sets where the settings say nothing."""


def _launches(facts: Facts) -> dict[str, Launch]:
    return {launch.name: launch for launch in facts.launches}


def _several_hosts(facts: Facts) -> bool:
    """Whether servers on more than one host talk with each other; unknown hosts count as different ones."""
    if facts.selection.host_count < 2:
        return False
    addresses = {host.address for host in facts.selection.hosts if host.role != RoleName.ROUTER and host.address}
    return len(addresses) != 1


def modes(facts: Facts) -> Iterator[Finding]:
    """``topology.role-mode``: a role whose servers are started as another one."""
    if facts.selection.scenario is not Scenario.PD or facts.only:
        return
    for name, launch in _launches(facts).items():
        mode = launch.text("disaggregation-mode")
        if name not in (RoleName.ROUTER, mode):
            way = fix(launch, {"disaggregation-mode": name})
            message = f"the {name} role is started with --disaggregation-mode {mode or 'null'}"
            yield with_way("topology.role-mode", Severity.ERROR, message, ("disaggregation-mode",), _SOURCE, way)
        if name == RoleName.ROUTER and not launch.on("pd-disaggregation"):
            way = fix(launch, {"pd-disaggregation": True})
            message = (
                "the router is not told that prefill and decode are apart, so it takes every server for a whole one"
            )
            yield with_way("topology.role-mode", Severity.ERROR, message, ("pd-disaggregation",), _SOURCE, way)


def ranks(facts: Facts) -> Iterator[Finding]:
    """``topology.ranks``: a number of hosts or a rank written by hand that the hosts do not have."""
    for launch in facts.launches:
        if launch.name == RoleName.ROUTER:
            continue
        hosts = launch.role.hosts_per_instance
        for name, wanted in (("nnodes", hosts), ("node-rank", 0)):
            asked = launch.role.options.get(name, AUTO)
            wrong = asked != AUTO and (str(asked) != str(wanted) if hosts == 1 or name == "nnodes" else True)
            if wrong:
                way = fix(launch, {name: AUTO if hosts > 1 else None}, f"leave --{name} to the plan")
                message = f"--{name} {asked}, but each instance runs on {counted(hosts, 'host')}{launch.where}"
                yield with_way("topology.ranks", Severity.ERROR, message, (name,), "arithmetic", way)


def stores(facts: Facts) -> Iterator[Finding]:
    """``topology.store``: prefill and decode that do not meet in one memfabric store."""
    launches = _launches(facts)
    prefill, decode = launches.get(RoleName.PREFILL), launches.get(RoleName.DECODE)
    if prefill is None or decode is None or prefill.text("disaggregation-transfer-backend") != "ascend":
        return
    ours, theirs = (launch.variable(STORE) or _PLANNED_STORE for launch in (prefill, decode))
    if ours != theirs:
        way = variable_fix(decode, STORE, ours)
        message = f"{STORE} is {ours} for prefill and {theirs} for decode: they never meet"
        yield with_way("topology.store", Severity.ERROR, message, (STORE,), _SOURCE, way)
    elif _several_hosts(facts) and any(f"//{start}" in ours for start in _LOOPBACK):
        auto = f"tcp://{AUTO}:{ours.rpartition(':')[2]}"
        way = Fix("use the address of the first prefill host", (*variable_fix(prefill, STORE, auto).edits,
                                                               *variable_fix(decode, STORE, auto).edits))  # fmt: skip
        message = f"{STORE} {ours} means each host itself, but the servers are on several"
        yield with_way("topology.store", Severity.ERROR, message, (STORE,), _SOURCE, way)


def loopback(facts: Facts) -> Iterator[Finding]:
    """``network.loopback``: an address or interface that leads to no other host."""
    if not _several_hosts(facts):
        return
    for launch in facts.launches:
        if launch.name == RoleName.ROUTER:
            continue
        for name in (name for name in _INTERFACES if launch.variable(name) == "lo"):
            way = variable_fix(launch, name, AUTO)
            who = "the ranks are on several" if launch.role.hosts_per_instance > 1 else "the servers are on several"
            message = f"{name} = lo leads to no other host, but {who}{launch.where}"
            yield with_way("network.loopback", Severity.ERROR, message, (name,), _HCCL, way)
        address = launch.text("host") if launch.given("host") else ""
        if address and address.startswith(_LOOPBACK):
            way = fix(launch, {"host": AUTO}, "listen on the host's own address")
            message = f"--host {address} can be asked from its own host only{launch.where}"
            yield with_way("network.loopback", Severity.ERROR, message, ("host",), _SOURCE, way)


def router_urls(facts: Facts) -> Iterator[Finding]:
    """``topology.router-url``: the router asks a server that the launch does not start, or another bootstrap port."""
    router = _launches(facts).get(RoleName.ROUTER)
    if router is None or not facts.processes:
        return
    for role in (RoleName.PREFILL, RoleName.DECODE):
        words = router.words(role) or (AUTO,)
        if words[0] == AUTO:
            continue
        heads = [process for process in facts.processes if process.role == role and process.rank == 0]
        there = {f"{head.address}:{head.ports[0].number}" for head in heads}
        opened = {port.number for head in heads for port in head.ports if "bootstrap" in port.purpose}
        url = words[0].partition("://")[2].rstrip("/") or words[0]
        known = all(not address.startswith("<") for address in there)
        ports = {address.rpartition(":")[2] for address in there}
        wrong = url not in there if known else url.rpartition(":")[2] not in ports
        told = words[1] if len(words) > 1 else ""
        message = ""
        if wrong:
            message = f"the router asks {role.value} at {words[0]}, but it serves at {', '.join(sorted(there))}"
        elif told.isdecimal() and opened and int(told) not in opened:
            message = f"the router names bootstrap port {told}, but prefill opens {', '.join(map(str, sorted(opened)))}"
        if message:
            way = fix(router, {role.value: AUTO}, f"let the plan name the {role.value} servers")
            yield with_way("topology.router-url", Severity.ERROR, message, (role.value,), _SOURCE, way)


def ports_twice(facts: Facts) -> Iterator[Finding]:
    """``network.port-twice``: two sockets of one host that would listen on the same port."""
    taken: dict[tuple[str, int], tuple[Spot, str]] = {}
    told: set[tuple[str, int]] = set()
    for process in facts.processes:
        for port in process.ports:
            key = (process.address, port.number)
            other = taken.setdefault(key, (process, port.purpose))
            if other != (process, port.purpose) and key not in told:
                told.add(key)
                yield _collision(facts, key, (process, port.purpose), other)


def _collision(facts: Facts, key: tuple[str, int], one: tuple[Spot, str], other: tuple[Spot, str]) -> Finding:
    address, number = key
    first, second = (f"{purpose} of {process.name}" for process, purpose in (other, one))
    known = address and not address.startswith("<")
    host = f" on {address}" if known else ""
    message = f"port {number}{host} is wanted twice: {first}, and {second}"
    ways = tuple(another_port(facts, number, one[0])) or tuple(another_port(facts, number, other[0]))
    hosts = (address,) if known else ()
    hint = ways[0].label if ways else "give one of them another port"
    return Finding("network.port-twice", Severity.ERROR, message, hint, ("port",), hosts, "arithmetic", ways)


_PORT_OPTIONS = ("port", "disaggregation-bootstrap-port", "prometheus-port", "nccl-port")


def another_port(facts: Facts, number: int, process: Spot, busy: Collection[int] = ()) -> Iterator[Fix]:
    """Another number for the option of a process that names the port; ``busy`` are ports of others."""
    launch = _launches(facts)[process.role]
    used = {port.number for process in facts.processes for port in process.ports}
    used.update(busy)
    free = next((candidate for candidate in range(number + 1, HIGHEST) if candidate not in used), None)
    for name in _PORT_OPTIONS if free is not None else ():
        if launch.knows(name) and launch.number(name) == number:
            prefix = launch.prefix
            yield Fix(f"set --{name} {free} for {launch.name}", (Edit(EditKind.SET, f"{prefix}{name}={free}"),))


RULES = (modes, ranks, stores, loopback, router_urls, ports_twice)
