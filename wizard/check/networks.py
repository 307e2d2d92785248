"""Networks as found: addresses and interfaces of the hosts, ports that are taken, ways between hosts, RoCE ports."""

from collections import defaultdict
from collections.abc import Iterator

from wizard.check.facts import Facts, Machine, several
from wizard.check.host_rule import HostRule
from wizard.check.report import variable_fix
from wizard.check.together import another_port
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.flow import Port
from wizard.model.hardware import RocePort
from wizard.model.listening import collide, only_address
from wizard.model.selection import AUTO
from wizard.plan.outline import Spot

INTERFACES = ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME")
_HCCN = "hccn_tool on the host; CANN, HCCL"


def _is_address(text: str) -> bool:
    """Whether a text is an address and no name."""
    return ":" in text or text.replace(".", "").isdigit()


def _not_owned(machine: Machine) -> str:
    there = machine.found.interfaces
    if not there or not _is_address(machine.address) or _owner(machine):
        return ""
    return "no interface of the host has this address: the ranks would announce one that leads elsewhere"


def _owner(machine: Machine) -> str:
    """The interface that has the host's address."""
    for interface in machine.found.interfaces or ():
        if machine.address in interface.addresses:
            return interface.name
    return ""


def _wrong_interface(machine: Machine) -> str:
    chosen, there = machine.interface, machine.found.interfaces
    if not chosen or not there:
        return ""
    names = [interface.name for interface in there]
    if chosen not in names:
        return f"has no interface {chosen} (there are {', '.join(name for name in names if name != 'lo')})"
    owner = _owner(machine)
    return f"the address belongs to {owner}, not to {chosen}" if owner and owner != chosen else ""


def _own_interface(machine: Machine) -> tuple[Fix, ...]:
    owner = _owner(machine)
    return (Fix(f"use {owner}", (Edit(EditKind.INTERFACE, f"{machine.address}={owner}"),)),) if owner else ()


def _interface_down(machine: Machine) -> str:
    used = machine.interface or _owner(machine)
    down = any(interface.name == used and interface.is_up is False for interface in machine.found.interfaces or ())
    return f"the interface {used} is down" if down else ""


def _unknown_names(machine: Machine) -> dict[str, tuple[str, str]]:
    """Variable → role and value, where it names interfaces of which the host has none."""
    there = [interface.name for interface in machine.found.interfaces or ()]
    found: dict[str, tuple[str, str]] = {}
    for process in machine.servers if there else ():
        environment = machine.selection.role(process.role).environment
        for variable in INTERFACES:
            value = environment.get(variable, AUTO)
            names = [name for name in value.lstrip("=").split(",") if name]
            excluded = value.startswith("^") or value in (AUTO, "lo") or not names
            if not excluded and not any(name.startswith(tuple(names)) for name in there):
                found[variable] = (process.role, value)
    return found


def _unknown_variable(machine: Machine) -> str:
    return "; ".join(
        f"{name} = {value} is no interface of the host" for name, (_, value) in _unknown_names(machine).items()
    )


def _to_the_plan(machine: Machine) -> tuple[Fix, ...]:
    launches = {launch.name: launch for launch in machine.facts.launches}
    edits = [
        edit
        for name, (role, _) in _unknown_names(machine).items()
        for edit in variable_fix(launches[role], name, AUTO).edits
    ]
    return (Fix("let the script find the interface", tuple(edits)),) if edits else ()


def _is_taken(machine: Machine, process: Spot, port: Port) -> bool:
    """Whether somebody listens where a process will. Of its ports, the first alone is sure to be ``--host``'s."""
    system = machine.found.system
    if port.number not in (system.listening_ports or ()):
        return False
    bind = _own_address(machine, process) if port == process.ports[0] else ""
    taken = system.listening_on.get(port.number, ())
    return not taken or any(collide(address, bind) for address in taken)


def _own_address(machine: Machine, process: Spot) -> str:
    """The one address that ``--host`` makes a process listen on; empty: all of its host's."""
    asked = next((launch.text("host") for launch in machine.facts.launches if launch.name == process.role), None)
    if asked == AUTO:
        asked = machine.address if process.address else "127.0.0.1"
    return only_address(asked or "")


def taken_ports(facts: Facts) -> Iterator[Finding]:
    """``network.port-taken``: somebody listens already on a port that a process will open."""
    for machine in facts.machines:
        busy = frozenset(machine.found.system.listening_ports or ())
        for process in machine.processes:
            for port in process.ports:
                if not _is_taken(machine, process, port):
                    continue
                owner = machine.found.system.port_owners.get(port.number)
                by = f" by {owner}" if owner else ""
                fixes = tuple(another_port(facts, port.number, process, busy))
                yield Finding(
                    code="network.port-taken",
                    severity=Severity.ERROR,
                    message=f"{machine.address}: port {port.number} ({port.purpose} of {process.name}) is taken{by}",
                    hint=fixes[0].label if fixes else f"end what listens there: `ss -ltnp sport = :{port.number}`",
                    options=("port",),
                    hosts=(machine.address,),
                    source="what was read on the host",
                    fixes=fixes,
                )


def ways_between(facts: Facts) -> Iterator[Finding]:
    """``network.unreachable``: one host of the launch cannot reach another."""
    ours = {machine.address for machine in facts.machines}
    for machine in facts.machines:
        for crossing in machine.found.crossings:
            if crossing.address not in ours or crossing.is_reachable is not False:
                continue
            yield Finding(
                code="network.unreachable",
                severity=Severity.ERROR,
                message=f"{machine.address} cannot reach {crossing.address} ({crossing.reach}, port {crossing.port})",
                hint="check routes and firewalls between the hosts; all ports of the launch must pass",
                hosts=(machine.address, crossing.address),
                source="what was tried on the host",
            )


def _roce(machine: Machine) -> list[RocePort]:
    """The RoCE ports of the devices that are used, where another host must be reached over them."""
    if not several(machine) or not machine.servers or _one_super_pod(machine.facts):
        return []
    numbers = {device.phy_id if device.phy_id is not None else device.npu_id for device in machine.used}
    return [port for port in machine.found.roce or () if port.device in numbers or not numbers]


def _one_super_pod(facts: Facts) -> bool:
    """Whether all hosts stand in one super pod: its devices reach each other without RoCE."""
    pods = {machine.found.super_pod.number if machine.found.super_pod else None for machine in facts.machines}
    return len(pods) == 1 and None not in pods


def _numbers(ports: list[RocePort]) -> str:
    return ", ".join(str(port.device) for port in ports)


def _link_down(machine: Machine) -> str:
    down = [port for port in _roce(machine) if port.link is not None and port.link.upper() != "UP"]
    return f"the RoCE ports of the devices {_numbers(down)} have no link" if down else ""


def _no_address(machine: Machine) -> str:
    without = [port for port in _roce(machine) if port.link is not None and port.address is None]
    return f"the RoCE ports of the devices {_numbers(without)} have no address" if without else ""


def roce_twice(facts: Facts) -> Iterator[Finding]:
    """``network.roce-twice``: two devices have the same RoCE address."""
    seen: dict[str, str] = {}
    for machine in facts.machines:
        for port in _roce(machine):
            place = f"device {port.device} of {machine.address}"
            if port.address and port.address in seen:
                message = f"the RoCE address {port.address} is that of {seen[port.address]} and of {place}"
                yield Finding("network.roce-twice", Severity.ERROR, message, "give each device an address of its own",
                              (), (machine.address,), _HCCN)  # fmt: skip
            elif port.address:
                seen[port.address] = place


def roce_tls(facts: Facts) -> Iterator[Finding]:
    """``network.roce-tls``: devices that must talk do not agree on TLS."""
    states: dict[int, list[str]] = defaultdict(list)
    for machine in facts.machines:
        for state in {port.tls for port in _roce(machine) if port.tls is not None}:
            states[state].append(machine.address)
    if len(states) > 1:
        said = " and ".join(f"{'on' if state else 'off'} on {', '.join(states[state])}" for state in sorted(states))
        yield Finding(
            code="network.roce-tls",
            severity=Severity.ERROR,
            message=f"TLS of the RoCE ports is {said}: HCCL does not connect",
            hint="`hccn_tool -i N -tls -s enable 0` for every device of every host",
            hosts=tuple(dict.fromkeys(address for addresses in states.values() for address in addresses)),
            source=_HCCN,
        )


RULES = (
    HostRule("network.address", Severity.ERROR, _not_owned, "give `--hosts` the address that the host itself has"),
    HostRule(
        "network.interface",
        Severity.ERROR,
        _wrong_interface,
        "leave `--interface` out: the script finds it",
        _own_interface,
    ),
    HostRule("network.interface-down", Severity.ERROR, _interface_down, "bring it up, or use another address"),
    HostRule(
        "network.interface-variable",
        Severity.ERROR,
        _unknown_variable,
        "set it to `auto`",
        _to_the_plan,
        INTERFACES,
    ),
    taken_ports,
    ways_between,
    HostRule("network.roce-link", Severity.ERROR, _link_down, "check cable, module and switch", source=_HCCN),
    HostRule(
        "network.roce-address", Severity.ERROR, _no_address, "`hccn_tool -i N -ip -s address A netmask M`", source=_HCCN
    ),
    roce_twice,
    roce_tls,
)
