"""One server process: a role's settings at one place become words and variables, each with its origin.

Owns how ``auto`` is filled in and what the plan adds by itself; every addition is marked ``rule`` and says why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard.errors import PlanError
from wizard.knowledge import spelling
from wizard.knowledge.releases import Release
from wizard.model import secrets
from wizard.model.flow import Process, Ready, Ref, Setting, Word, literal
from wizard.model.selection import AUTO, OptionValue, Origin, Role, RoleName, Selection, Series
from wizard.names import looks_like_option
from wizard.plan.ports import (
    DEFAULT_BOOTSTRAP_PORT,
    DEFAULT_DIST_PORT,
    DEFAULT_PORT,
    DEFAULT_STORE_PORT,
    ServerPorts,
    free_of,
    number,
)
from wizard.plan.topology import Place, Topology

PROGRAM = ("python3", "-m", "sglang.launch_server")
READY_LINE = "The server is fired up and ready to roll!"
WORKER_READY_LINE = "max_total_num_tokens="
_INTERFACE_VARIABLES = ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME")
_STORE = "ASCEND_MF_STORE_URL"


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that decides one process: the selection, its release, the topology and what its host already uses."""

    selection: Selection
    release: Release
    topology: Topology
    place: Place
    taken_ports: frozenset[int]
    taken_devices: int
    head_ports: ServerPorts | None = None
    """The ports of rank 0 of the same instance; None for rank 0 itself."""

    @property
    def role(self) -> Role:
        """The settings of its role."""
        return self.selection.role(self.place.role)


def devices_of(options: Mapping[str, OptionValue], ranks: int) -> int:
    """How many dies one rank uses: tensor x pipeline parallel size over the ranks; 0 when the sizes are no numbers."""
    sizes = [options.get(name, 1) for name in ("tp-size", "pp-size")]
    whole = [size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and size > 0]
    return whole[0] * whole[1] // ranks if len(whole) == len(sizes) else 0


def uses_attention_dp(options: Mapping[str, OptionValue]) -> bool:
    """Whether attention data parallelism is really on: SGLang drops it at size 1."""
    size = options.get("attn-dp-size", options.get("dp-size", 1))
    asked = "attn-dp-size" in options or options.get("enable-dp-attention") is True
    return asked and isinstance(size, int) and size > 1


def server_ports(site: Site) -> ServerPorts:
    """The ports of this process, out of the way of others on its host."""
    options, place = site.role.options, site.place
    head, spread = place.rank == 0, place.ranks > 1 or "dist-init-addr" in options
    prefill = place.role == RoleName.PREFILL
    bootstrap = number(options, "disaggregation-bootstrap-port", DEFAULT_BOOTSTRAP_PORT)
    if "disaggregation-bootstrap-port" in options:
        bootstrap += place.instance
    store = store_port(site.role) if prefill and head and place.instance == 0 else None
    ports = ServerPorts(
        api=number(options, "port", DEFAULT_PORT),
        dist_init=_dist_port(options) if spread and head else None,
        bootstrap=bootstrap if prefill and head else None,
        store=store,
        attention_dp=uses_attention_dp(options),
        spread=spread,
    )
    return free_of(ports, site.taken_ports)


def store_port(role: Role) -> int | None:
    """The port of the MemFabric store that a role's settings name; None where they leave it to someone else."""
    value = role.environment.get(_STORE, f"tcp://{AUTO}:{DEFAULT_STORE_PORT}")
    port = value.rpartition(":")[2]
    return int(port) if value.startswith(f"tcp://{AUTO}:") and port.isdigit() else None


def _dist_port(options: Mapping[str, OptionValue]) -> int:
    port = str(options.get("dist-init-addr", "")).rpartition(":")[2]
    return int(port) if port.isascii() and port.isdigit() else DEFAULT_DIST_PORT


def server_process(site: Site, ports: ServerPorts) -> Process:
    """The process at a place."""
    place, role = site.place, site.role
    options, notes = _topology_options(site, ports)
    model = Setting("model-path", (literal("--model-path"), (Ref("MODEL_PATH"),)), role.origin("model-path"))
    settings = [model, *_spelled(site, ports, options, notes)]
    head = place.rank == 0
    url: Word = ("http://", *_health_host(site), f":{ports.api}/health") if head else ()
    return Process(
        name=place.name,
        role=place.role,
        instance=place.instance,
        rank=place.rank,
        ranks=place.ranks,
        address=place.address() if site.topology.addressed else (),
        ssh=place.host.ssh or place.host.address if place.host else "",
        program=PROGRAM,
        options=tuple(settings),
        environment=_environment(site),
        ports=ports.listening(),
        ready=Ready(url, READY_LINE if head else WORKER_READY_LINE),
        devices=devices_of(role.options, place.ranks),
        secrets=_secrets(role),
        interface=place.interface_variable if site.topology.addressed and _needs_interface(role) else "",
    )


def _spelled(
    site: Site, ports: ServerPorts, options: Mapping[str, OptionValue], notes: Mapping[str, str]
) -> Iterator[Setting]:
    """The options in the release's spelling; one that the release dropped stays as a setting without words."""
    role, written = site.role, spelling.respell(options, site.release)
    changes = {change.old: change for change in written.changes}
    renamed = {new: change for change in written.changes for new in change.new}
    for name, value in written.options.items():
        asked = renamed[name].old if name in renamed else name
        note = renamed[name].reason if name in renamed else notes.get(name, "")
        origin = role.origin(asked) if asked in role.options else Origin.RULE
        yield Setting(name, option_words(site, ports, name, value), origin, note)
    for change in changes.values():
        if not change.new:
            yield Setting(change.old, (), role.origin(change.old), change.reason)


def _health_host(site: Site) -> Word:
    """Where the API answers: the literal ``--host``, or the host's own address when it listens on all or on that."""
    host = str(site.role.options.get("host", "127.0.0.1"))
    if host not in (AUTO, "0.0.0.0", "::"):  # noqa: S104 - recognised, not bound
        return (f"[{host}]",) if ":" in host else (host,)
    return site.place.in_url() if site.topology.addressed else ("127.0.0.1",)


def _topology_options(site: Site, ports: ServerPorts) -> tuple[dict[str, OptionValue], dict[str, str]]:
    """The role's options with what the topology adds, and why it was added."""
    role, place = site.role, site.place
    options = dict(role.options)
    notes: dict[str, str] = {}
    if place.ranks > 1:
        for name, value in (("nnodes", AUTO), ("node-rank", AUTO), ("dist-init-addr", f"{AUTO}:{DEFAULT_DIST_PORT}")):
            if name not in options:
                options[name] = value
                notes[name] = f"one server over {place.ranks} hosts needs it"
    if ports.api != number(role.options, "port", DEFAULT_PORT):
        options["port"] = ports.api
        notes["port"] = f"moved: {place.shared_with[0]} has the port on the same host"
    bootstrap = (site.head_ports or ports).bootstrap
    if bootstrap is not None and "disaggregation-bootstrap-port" in options:
        options["disaggregation-bootstrap-port"] = bootstrap
    if site.taken_devices and "base-gpu-id" not in options:
        options["base-gpu-id"] = site.taken_devices
        notes["base-gpu-id"] = f"{', '.join(place.shared_with)} uses the first {site.taken_devices} devices of the host"
    return options, notes


def option_words(site: Site, ports: ServerPorts, name: str, value: OptionValue) -> tuple[Word, ...]:
    """The words of one option: flag, then values."""
    filled = _filled(site, ports, name, value)
    return plain_words(name, value) if filled is None else (literal(f"--{name}"), filled)


def plain_words(name: str, value: OptionValue) -> tuple[Word, ...]:
    """The words of an option that the plan leaves as it is; a secret stays a reference."""
    if value is False:
        return ()
    flag = literal(f"--{name}")
    if value is True:
        return (flag,)
    variable = secrets.variable(name, value)
    if variable is not None:
        return (flag, (Ref(variable),))
    return (flag, *(literal(text(item)) for item in (value if isinstance(value, tuple) else (value,))))


def text(value: int | float | str) -> str:
    """A scalar as a word of the command line.

    Raises:
        PlanError: SGLang's parser would take it for an option.
    """
    word = value if isinstance(value, str) else repr(value)
    if looks_like_option(word):
        hint = "a value may not begin with `-`, unless it is a negative number; for a path write `./-…`"
        raise PlanError(f"SGLang's parser would take the value `{word}` for an option", hint)
    return word


def _filled(site: Site, ports: ServerPorts, name: str, value: OptionValue) -> Word | None:
    """The word for a topology setting that holds ``auto``; None for everything else."""
    place = site.place
    if name == "dist-init-addr" and str(value).startswith(f"{AUTO}:"):
        head = site.topology.head_of(place)
        port = (site.head_ports or ports).dist_init
        return (*head.in_url(), f":{port}") if site.topology.addressed else ("127.0.0.1", f":{port}")
    if value != AUTO:
        return None
    if name == "nnodes":
        return literal(str(place.ranks))
    if name == "node-rank":
        return literal(str(place.rank))
    if name == "host":
        return place.address() if site.topology.addressed else literal("127.0.0.1")
    return None


def _environment(site: Site) -> tuple[Setting, ...]:
    role = site.role
    values = dict(role.environment)
    added: dict[str, str] = {}
    if site.place.role in (RoleName.PREFILL, RoleName.DECODE):
        for name, value, why in transfer_variables(site.selection, role):
            if name not in values:
                values[name] = value
                added[name] = why
    return tuple(
        Setting(
            name,
            (_variable_word(site, name, value),),
            Origin.RULE if name in added else role.origin(name),
            added.get(name, ""),
        )
        for name, value in values.items()
    )


def transfer_variables(selection: Selection, role: Role) -> list[tuple[str, str, str]]:
    """What the ascend transfer needs and the settings may lack."""
    if role.options.get("disaggregation-transfer-backend") != "ascend":
        return []
    needed = [
        (_STORE, f"tcp://{AUTO}:{DEFAULT_STORE_PORT}", "the ascend transfer meets at a store on the first prefill host")
    ]
    if selection.series is Series.A2:
        needed.append(("ASCEND_MF_TRANSFER_PROTOCOL", "device_rdma", "A2 hosts transfer over RDMA"))
    return needed


def _variable_word(site: Site, name: str, value: str) -> Word:
    secret = secrets.variable(name, value)
    if secret is not None:
        return (Ref(secret),)
    if name in _INTERFACE_VARIABLES and value == AUTO:
        return (Ref(site.place.interface_variable),) if site.topology.addressed else ("lo",)
    if name == _STORE and value.startswith(f"tcp://{AUTO}:"):
        return ("tcp://", *site.topology.heads(RoleName.PREFILL)[0].in_url(), value.removeprefix(f"tcp://{AUTO}"))
    return literal(value)


def _needs_interface(role: Role) -> bool:
    return any(role.environment.get(name) == AUTO for name in _INTERFACE_VARIABLES)


def _secrets(role: Role) -> tuple[str, ...]:
    settings: list[tuple[str, object]] = [*role.options.items(), *role.environment.items()]
    return tuple(dict.fromkeys(name for key, value in settings if (name := secrets.variable(key, value)) is not None))
