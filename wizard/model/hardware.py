"""What a host is: its devices, who uses them, and what else a launch depends on.

Owns the values that probing yields and later stages read. How text becomes these values is ``wizard.detect``'s.
A reading that could not be taken is None; where it matters, ``Host.unknown`` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

IDLE_HBM_MB = 5120
"""An idle device uses 2.8 to 4.2 GB for its driver and system; everything above this is in use by someone."""


class Series(StrEnum):
    """The families of machines that matter here. A series that cannot be told is None."""

    A2 = "A2"
    A3 = "A3"
    ATLAS_310 = "310"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Device:
    """One NPU die. Its three numbers are never mixed: card (``npu_id``), die (``phy_id``), and logic id."""

    npu_id: int
    chip_id: int | None = None
    phy_id: int | None = None
    """Number of the die on the host: names ``/dev/davinciN`` and the port that ``hccn_tool -i`` means."""
    logic_id: int | None = None
    name: str | None = None
    health: str | None = None
    """As printed: OK, Warning, Alarm, Critical, UNKNOWN."""
    bus_id: str | None = None
    power_w: float | None = None
    temp_c: int | None = None
    aicore_pct: int | None = None
    hbm_used_mb: int | None = None
    hbm_total_mb: int | None = None
    memory_used_mb: int | None = None
    memory_total_mb: int | None = None
    hugepages_used: int | None = None
    hugepages_total: int | None = None

    @property
    def is_healthy(self) -> bool | None:
        """None when the tool does not say."""
        if self.health is None or self.health.upper() == "UNKNOWN":
            return None
        return self.health == "OK"

    @property
    def is_busy(self) -> bool | None:
        """Whether somebody holds its HBM. The process table cannot say: owners in other containers leave no row."""
        return None if self.hbm_used_mb is None else self.hbm_used_mb >= IDLE_HBM_MB

    @property
    def label(self) -> str:
        """How people find it: ``NPU 3`` or ``NPU 3 chip 1``."""
        return f"NPU {self.npu_id}" + (f" chip {self.chip_id}" if self.phy_id is not None else "")


@dataclass(frozen=True, slots=True)
class NpuProcess:
    """A row of the process table: who holds memory of a device."""

    npu_id: int
    chip_id: int | None
    pid: int
    name: str
    """Empty when the process lives in another container; else cut by the tool to about 14 characters."""
    memory_mb: int | None
    container_pid: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something could not be read, and what to do about it."""

    kind: str
    message: str
    hint: str
    code: int | None = None
    """The driver's own number, where it gave one."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of a host."""

    name: str
    addresses: tuple[str, ...] = ()
    is_up: bool | None = None
    speed_mbps: int | None = None


@dataclass(frozen=True, slots=True)
class RocePort:
    """The network port of one die, as ``hccn_tool`` describes it."""

    device: int
    link: str | None = None
    address: str | None = None
    netmask: str | None = None
    health: str | None = None
    tls: int | None = None
    """1 on, 0 off. All dies of all hosts must agree."""
    gateway: str | None = None
    netdetect: str | None = None
    """The address its health is measured against."""
    vnic_address: str | None = None
    """Address inside the super pod (A3)."""
    neighbour: str | None = None
    """Port of the switch it is plugged into, by LLDP."""


@dataclass(frozen=True, slots=True)
class SuperPod:
    """Where an A3 host stands in its super pod: dies of one super pod reach each other without RoCE."""

    number: int | None = None
    size: int | None = None
    server_index: int | None = None


class Reach(StrEnum):
    """What came of a connection from one host to another. Refused is reachable: nobody listens there yet."""

    OPEN = "open"
    REFUSED = "refused"
    FILTERED = "filtered"
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Crossing:
    """The way from this host to another one of the same launch."""

    address: str
    port: int
    reach: Reach | None = None
    """None when it could not be tried."""
    interface: str | None = None
    """Where the route to the address leaves this host."""

    @property
    def is_reachable(self) -> bool | None:
        """Whether packets come back; None when it was not tried."""
        return None if self.reach is None else self.reach in {Reach.OPEN, Reach.REFUSED}


@dataclass(frozen=True, slots=True)
class RocePing:
    """Packets from a die of this host to its like on the next one."""

    device: int
    address: str
    sent: int | None = None
    received: int | None = None
    """None when the tool said nothing that could be read."""


@dataclass(frozen=True, slots=True)
class Software:
    """What is installed: each a version as its source prints it."""

    npu_smi_version: str | None = None
    driver_version: str | None = None
    firmware_version: str | None = None
    firmware_wanted: str | None = None
    """Range of firmware the driver says it works with: ``7.0.0 to 7.1.99``."""
    cann_version: str | None = None
    sglang_version: str | None = None
    router_version: str | None = None
    torch_npu_version: str | None = None
    python_version: str | None = None


@dataclass(frozen=True, slots=True)
class Containers:
    """What can run a container image, and which images are there."""

    engine: str | None = None
    """``docker`` or ``podman``; None when neither is installed."""
    engine_version: str | None = None
    daemon_answers: bool | None = None
    ascend_runtime: bool | None = None
    images: tuple[str, ...] | None = None
    image_ids: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Image → id (``sha256:…``), where the engine gave it. Equal ids on two hosts are the same image."""
    image_digests: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Image → digest in its registry; images that were loaded from a file have none."""
    image_folder: str | None = None
    free_disk_bytes: int | None = None
    """Free where images live."""


@dataclass(frozen=True, slots=True)
class System:
    """The operating system and how it is tuned."""

    hostname: str | None = None
    architecture: str | None = None
    os_name: str | None = None
    kernel: str | None = None
    is_root: bool | None = None
    groups: tuple[str, ...] = ()
    container: str | None = None
    """What kind of container this is in, ``none`` outside of one."""
    has_bash: bool | None = None
    cpu_count: int | None = None
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    shm_bytes: int | None = None
    governors: tuple[str, ...] | None = None
    sysctls: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    limits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hugepages_total: int | None = None
    proxies: tuple[str, ...] = ()
    """Names of the proxy variables that are set; their values may carry passwords."""
    listening_ports: tuple[int, ...] | None = None
    listening_on: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Listening port → the addresses that are listened on there, ``0.0.0.0`` or ``::`` for all of them."""
    port_owners: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Listening port → program and pid (``python3 4711``), where this user may see them."""
    server_pids: tuple[int, ...] = ()
    """SGLang servers and routers that run here already."""
    home_free_bytes: int | None = None
    """Free where logs and run records go."""
    paths: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What stands at paths that a launch mounts or sources: ``file``, ``folder`` or ``absent``."""
    clock_offset_s: float | None = None
    """How far this host's clock is ahead of the wizard's."""

    @property
    def is_inside(self) -> bool:
        """Whether this is known to be the inside of a container."""
        return self.container not in {None, "none"}


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder of weights on a host, without having read them."""

    path: str
    fault: Fault | None = None
    total_bytes: int | None = None
    shard_count: int | None = None
    missing_shards: tuple[str, ...] = ()
    unfinished_files: tuple[str, ...] = ()
    architecture: str | None = None
    model_type: str | None = None
    layers: int | None = None
    mtp_layers: int | None = None
    has_mtp_weights: bool | None = None
    quantization: str | None = None
    quantization_source: str | None = None
    fingerprint: str | None = None
    """Equal on two hosts when config, index, quantisation and the sizes of all shards are."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What was found without ``npu-smi``: it says what is there when the tool cannot."""

    device_nodes: tuple[int, ...] | None = None
    """Numbers of ``/dev/davinciN``: the dies handed to this host or container."""
    has_manager: bool | None = None
    nodes_accessible: bool | None = None
    pci_ids: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Bus id to device id of every accelerator on the bus."""
    driver_modules: bool | None = None
    torch_names: tuple[str, ...] | None = None
    """Device names as torch_npu gives them, one per device. Only asked where ``npu-smi`` cannot say."""
    torch_memory_bytes: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """Everything known about one host."""

    address: str
    fault: Fault | None = None
    """Why its devices could not be read, or why it could not be reached at all."""
    was_reached: bool = True
    series: Series | None = None
    series_evidence: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    processes: tuple[NpuProcess, ...] | None = None
    """None when no process table was printed."""
    idle_npus: tuple[int, ...] = ()
    software: Software = Software()
    hardware: Hardware = Hardware()
    system: System = System()
    containers: Containers = Containers()
    interfaces: tuple[Interface, ...] | None = None
    own_interface: str | None = None
    """The interface that owns the address the host was given by."""
    own_address: str | None = None
    """Its own address: the one it was named by, else the one ssh came to, else that of its only real interface."""
    roce: tuple[RocePort, ...] | None = None
    super_pod: SuperPod | None = None
    crossings: tuple[Crossing, ...] = ()
    """The ways to the other hosts that were asked together with it."""
    roce_pings: tuple[RocePing, ...] = ()
    weights: Weights | None = None
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unknown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What could not be found out, and why."""
    notes: tuple[str, ...] = ()
    """Worth telling, no fault: a warning the tool printed, a table that was cut."""
    is_recorded: bool = False
    ssh: str = ""
    """What ssh was told to reach it, where that was not the address: ``user@host``."""

    @property
    def is_usable(self) -> bool:
        """Readable, of a series that serves this model, and at least one device is well."""
        return (
            self.fault is None
            and self.series in {Series.A2, Series.A3}
            and any(device.is_healthy for device in self.devices)
        )

    @property
    def free_devices(self) -> tuple[Device, ...]:
        """The devices known to be well and idle."""
        return tuple(device for device in self.devices if device.is_healthy and device.is_busy is False)

    @property
    def free_hbm_mb(self) -> int:
        """HBM of the devices known to be well and idle."""
        return sum(device.hbm_total_mb or 0 for device in self.free_devices)
