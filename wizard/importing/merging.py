"""One role's places → its settings: what is the same everywhere, and what follows from the hosts (``auto``).

A value becomes ``auto`` only where it equals what the topology gives at every place, or was never filled in. Whatever
else differs between places is noted, and the first place's value is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.importing.placeholders import NOT_SPECIFIC, is_placeholder, is_unfilled_address, split_port
from wizard.importing.places import (
    INTERFACE_VARIABLES,
    STORE_VARIABLE,
    Group,
    Launch,
    Place,
    Say,
    Upstream,
    store,
    upstreams,
)
from wizard.importing.script import Command
from wizard.model import secrets
from wizard.model.selection import AUTO, OptionValue, Origin, Role, RoleName

_MODEL = "model-path"
_SHARED_HOST_STEP = 100
_DEFAULT_PORT = 30000
_DEFAULT_BOOTSTRAP = 8998
_LOOP_INTERFACE = "lo"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one role's settings are compared with."""

    groups: Mapping[RoleName, Group]
    carries_hosts: bool
    """Whether the selection will name hosts; an interface can then stand with its host."""
    say: Say

    @property
    def store_address(self) -> str:
        """Where the MemFabric store runs: the first prefill host, as written."""
        prefill = self.groups.get(RoleName.PREFILL)
        return prefill.head_address(0) if prefill is not None else ""


def server_role(group: Group, around: Surroundings) -> Role:
    """The settings of a server role."""
    first = group.first
    options: dict[str, OptionValue] = {}
    for name, value in first.launch.options.items():
        if name == _MODEL:
            continue
        merged = _merged(name, value, group, around)
        options[name] = _kept_secret(first.launch, name, merged, around.say)
    for place in group.places:
        for name in place.launch.options.keys() - first.launch.options.keys():
            if not (name == "base-gpu-id" and _shares_host(place, group)):
                message = f"`--{name}` is not given to all {_servers(group.role)}; left out"
                around.say(place.launch.command, f"--{name}", message)
    environment = _environment(group, around)
    return Role(
        instances=group.instances,
        hosts_per_instance=group.hosts_per_instance,
        options=options,
        environment=environment,
        origins=dict.fromkeys(("model-path", *options, *environment), Origin.IMPORT),
    )


def router_role(launch: Launch, around: Surroundings) -> Role:
    """The settings of the router."""
    options: dict[str, OptionValue] = {}
    for name, value in launch.options.items():
        merged = value
        if name in (RoleName.PREFILL, RoleName.DECODE) and RoleName(name) in around.groups:
            merged = _upstream_value(launch, RoleName(name), value, around)
        elif name == "host" and _is_router_address(launch, str(value), around):
            merged = AUTO
        options[name] = _kept_secret(launch, name, merged, around.say)
    environment = {
        name: _plain_variable(launch.command, name, value, around.say)
        for name, value in launch.command.environment.items()
        if not _is_self_reference(launch.command, name, value, around.say)
    }
    return Role(
        options=options,
        environment=environment,
        origins=dict.fromkeys((*options, *environment), Origin.IMPORT),
    )


def _is_router_address(launch: Launch, host: str, around: Surroundings) -> bool:
    if launch.is_unknown("host") or is_unfilled_address(host):
        return True
    return host == around.groups[RoleName.PREFILL].head_address(0) or (
        around.carries_hosts and host not in NOT_SPECIFIC
    )


def _upstream_value(launch: Launch, role: RoleName, value: OptionValue, around: Surroundings) -> OptionValue:
    """``auto`` where the router names exactly the servers that the scripts start."""
    group, found = around.groups[role], upstreams(launch, role)
    expected = [_upstream(group, instance) for instance in range(group.instances)]
    if len(found) == len(expected) and all(_same(a, b) for a, b in zip(found, expected, strict=True)):
        return AUTO
    if len(found) > 1:
        message = f"the router's `--{role}` are not the servers of these scripts; it gets the ones of the scripts"
        around.say(launch.command, f"--{role}", message)
        return AUTO
    message = f"the router's `--{role}` is not the server of these scripts; kept as it is"
    around.say(launch.command, f"--{role}", message)
    return value


def _upstream(group: Group, instance: int) -> Upstream:
    place = group.head(instance)
    options = place.launch.options if place is not None else group.first.launch.options
    bootstrap = ""
    if group.role is RoleName.PREFILL:
        port = options.get("disaggregation-bootstrap-port", _DEFAULT_BOOTSTRAP)
        bootstrap = str(port + instance if place is None and isinstance(port, int) else port)
    port_of = (place or group.first).launch.port
    return Upstream(group.head_address(instance), port_of or _DEFAULT_PORT, bootstrap)


def _same(found: Upstream, expected: Upstream) -> bool:
    """Whether a router's server is the expected one; what is not filled in fits."""
    unfilled = is_unfilled_address(found.address) or is_unfilled_address(expected.address)
    return (
        (unfilled or found.address == expected.address)
        and found.port == expected.port
        and (found.bootstrap == expected.bootstrap or (is_placeholder(found.bootstrap) and bool(found.bootstrap)))
    )


# ------------------------------------------------------------------------------------------------------- one option


def _merged(name: str, value: OptionValue, group: Group, around: Surroundings) -> OptionValue:
    """The value of one option for the role."""
    topological = _TOPOLOGY.get(name)
    if topological is not None:
        auto = topological(name, group)
        if auto is not None:
            return auto
    different = [place for place in group.places if place.launch.options.get(name) != value]
    if not different or _counts_up(name, value, group):
        return value
    if name in ("nnodes", "node-rank"):
        return AUTO
    for place in different:
        other = place.launch.options.get(name)
        said = "is missing" if other is None else "differs"
        detail = (
            ""
            if secrets.is_secret(name)
            else f" (`{_shown(value)}` was kept{'' if other is None else f', not `{_shown(other)}`'})"
        )
        around.say(place.launch.command, f"--{name}", f"`--{name}` {said} between {_servers(group.role)}{detail}")
    return value


def _shown(value: OptionValue) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _host(name: str, group: Group) -> OptionValue | None:
    for place in group.places:
        text = place.launch.text(name)
        unfilled = place.launch.is_unknown(name) or is_unfilled_address(text)
        if not unfilled and (text != place.address or text in NOT_SPECIFIC):
            return None
    return AUTO


def _nnodes(name: str, group: Group) -> OptionValue | None:
    return AUTO if all(_is_number(place, name, group.hosts_per_instance) for place in group.places) else None


def _node_rank(name: str, group: Group) -> OptionValue | None:
    return AUTO if all(_is_number(place, name, place.rank) for place in group.places) else None


def _is_number(place: Place, name: str, expected: int) -> bool:
    value = place.launch.options.get(name)
    return place.launch.is_unknown(name) or (value == expected and not isinstance(value, bool))


def _rendezvous(name: str, group: Group) -> OptionValue | None:
    ports: list[int] = []
    for place in group.places:
        address, port = split_port(place.launch.text(name))
        if port is None:
            return None
        expected = group.head_address(place.instance)
        if not is_unfilled_address(address) and (address != expected or address in NOT_SPECIFIC):
            return None
        ports.append(port)
    return f"{AUTO}:{ports[0]}" if all((port - ports[0]) % _SHARED_HOST_STEP == 0 for port in ports) else None


_TOPOLOGY = {"host": _host, "nnodes": _nnodes, "node-rank": _node_rank, "dist-init-addr": _rendezvous}


def _counts_up(name: str, value: OptionValue, group: Group) -> bool:
    """Ports that the plan counts up by itself: per instance, or because two servers share a host."""
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    for place in group.places:
        other = place.launch.options.get(name)
        if not isinstance(other, int) or isinstance(other, bool):
            return False
        step = other - value
        bootstraps = name == "disaggregation-bootstrap-port" and step == place.instance
        shifted = (
            name.endswith("port") and step % _SHARED_HOST_STEP in (0, place.instance) and _shares_host(place, group)
        )
        if step and not (bootstraps or shifted):
            return False
    return True


def _shares_host(place: Place, group: Group) -> bool:
    others = [other for other in group.places if other is not place]
    return not is_unfilled_address(place.address) and any(other.address == place.address for other in others)


def _kept_secret(launch: Launch, name: str, value: OptionValue, say: Say) -> OptionValue:
    if not secrets.is_secret(name):
        if launch.is_unknown(name) and value == launch.options.get(name):
            say(
                launch.command,
                f"--{name}",
                f"the value of `--{name}` is only known when the script runs: `{_shown(value)}`",
            )
        return value
    return _reference(launch.command, name, str(value), say, unknown=launch.is_unknown(name), shown=f"--{name}")


def _reference(command: Command, name: str, value: str, say: Say, *, unknown: bool, shown: str) -> str:
    """``env:NAME`` instead of a secret."""
    inner = value.strip("<>")
    if unknown and inner.isidentifier():
        return secrets.PREFIX + inner
    reference = secrets.reference(name, value)
    variable = reference.removeprefix(secrets.PREFIX)
    say(
        command,
        shown,
        f"the value of `{shown}` is a secret and was not kept; it is read from `{variable}` at the start",
    )
    return reference


# ------------------------------------------------------------------------------------------------------ environment


def _environment(group: Group, around: Surroundings) -> dict[str, str]:
    first = group.first.launch.command
    kept: dict[str, str] = {}
    for name, value in first.environment.items():
        if _is_self_reference(first, name, value, around.say) or _is_model_variable(group, name, value):
            continue
        if name in INTERFACE_VARIABLES and _follows_host(group, name, around):
            kept[name] = AUTO
        elif _is_own_address(group, name):
            message = f"`{name}` is the address of each host; left out, the interface decides"
            around.say(first, name, message)
        elif name == STORE_VARIABLE and (url := _store_url(group, around)):
            kept[name] = url
        else:
            _compare_variable(group, name, value, around.say)
            kept[name] = _plain_variable(first, name, value, around.say)
    _missing_variables(group, around.say)
    return kept


def _follows_host(group: Group, name: str, around: Surroundings) -> bool:
    """Whether an interface is not filled in, or stands with its host."""
    values = [place.launch.command.environment.get(name) for place in group.places]
    if all(value is not None and is_placeholder(value) for value in values):
        return True
    return around.carries_hosts and all(
        value == place.interface and value not in (None, _LOOP_INTERFACE)
        for value, place in zip(values, group.places, strict=True)
    )


def _is_own_address(group: Group, name: str) -> bool:
    """A variable that holds each host's own address cannot be one setting for all of them."""
    values = {place.launch.command.environment.get(name) for place in group.places}
    return len(values) > 1 and all(
        place.launch.command.environment.get(name) == place.address for place in group.places
    )


def _servers(role: RoleName) -> str:
    return "servers" if role is RoleName.SERVER else f"{role} servers"


def _store_url(group: Group, around: Surroundings) -> str:
    address, port = store(group.first.launch.command)
    if port is None or not group.first.launch.command.environment[STORE_VARIABLE].startswith("tcp://"):
        return ""
    same = is_unfilled_address(address) or (address == around.store_address and address not in NOT_SPECIFIC)
    return f"tcp://{AUTO}:{port}" if same else ""


def _plain_variable(command: Command, name: str, value: str, say: Say) -> str:
    unknown = name in command.unknown_variables
    if secrets.is_secret(name):
        return _reference(command, name, value, say, unknown=unknown, shown=name)
    if unknown:
        say(command, name, f"the value of `{name}` is only known when the script runs: `{value}`")
    return value


def _is_self_reference(command: Command, name: str, value: str, say: Say) -> bool:
    """``PATH=/x:$PATH`` extends what the host has; it cannot be written down."""
    if name in command.unknown_variables and f"<{name}>" in value and not secrets.is_secret(name):
        say(command, name, f"`{name}` extends the value that the host has; left out")
        return True
    return False


def _is_model_variable(group: Group, name: str, value: str) -> bool:
    """A variable of the script that was exported along the way; the model's path has its own place."""
    return name in ("MODEL_PATH", "MODEL_DIR", "MODEL") and value == group.first.launch.text(_MODEL)


def _compare_variable(group: Group, name: str, value: str, say: Say) -> None:
    for place in group.places:
        other = place.launch.command.environment.get(name)
        if other is not None and other != value:
            message = f"`{name}` differs between {_servers(group.role)}; the first value was kept"
            say(place.launch.command, name, message)


def _missing_variables(group: Group, say: Say) -> None:
    names = group.first.launch.command.environment.keys()
    for place in group.places:
        found = place.launch.command.environment.keys()
        for name in sorted(found ^ names):
            kept = "kept for all" if name in names else "left out"
            say(place.launch.command, name, f"`{name}` is not set for all {_servers(group.role)}; {kept}")
