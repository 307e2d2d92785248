"""Rows of the summary about what is around the devices: rights, engine, disk, network, tuning, weights. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from wizard.detect.summary_row import Row, fail, ok, unknown, warn
from wizard.knowledge.facts import image_for
from wizard.model import hardware
from wizard.model.hardware import Crossing, Host, Reach
from wizard.model.selection import Series

IMAGE_BYTES = 30_000_000_000
"""The image alone takes this much."""
LOG_BYTES = 1_000_000_000
SHM_BYTES = 16 * 1024**3
"""What the tutorial gives a container."""
CLOCK_S = 1.0
"""Hosts that serve together should not differ by more."""
TUNING: Mapping[str, tuple[str, ...]] = {
    "vm.swappiness": ("0", "10"),
    "kernel.numa_balancing": ("0",),
    "kernel.sched_migration_cost_ns": ("50000",),
}
"""The tutorial's sysctls and what they should be; the launch script sets them where it may."""
_GIB = 1024**3


def rows(host: Host) -> Iterator[Row]:
    """Everything but the devices and their software."""
    for topic in (_rights, _container, _engine, _disk, _network, _roce, _tuning, _limits, _clock, _weights):
        yield from topic(host)


def _gib(value: int) -> str:
    return f"{value / _GIB:.0f} GiB"


def _rights(host: Host) -> Iterator[Row]:
    hardware, system = host.hardware, host.system
    if hardware.device_nodes and hardware.nodes_accessible is False:
        yield fail("rights", "this user may not open /dev/davinci*", "root, or group HwHiAiUser",
                   "usermod -aG HwHiAiUser $USER  # then log in again")  # fmt: skip
    elif hardware.device_nodes and hardware.has_manager is False:
        yield fail("rights", "/dev/davinci_manager is not there", "the device manager",
                   "ls -l /dev/davinci_manager  # in a container: hand it in with --device")  # fmt: skip
    elif hardware.device_nodes:
        yield ok("rights", f"{len(hardware.device_nodes)} device nodes can be opened")
    if system.is_root is False:
        yield warn("root", "not root", "root, for tuning and hccn_tool", "sudo -i")
    if system.has_bash is False:
        yield fail("bash", "not installed", "bash, for the launch script", "dnf install bash")


def _container(host: Host) -> Iterator[Row]:
    if host.system.is_inside:
        yield ok("container", f"inside one ({host.system.container})")
    elif host.system.container is None:
        yield unknown("container", "not said", "whether this is inside one")


def _engine(host: Host) -> Iterator[Row]:
    engine, paths = host.containers, host.system.paths
    if engine.engine is None:
        if not host.system.is_inside:
            yield warn("engine", "neither docker nor podman", "one of them, or `--runtime host`", "dnf install docker")
        return
    name = f"{engine.engine} {engine.engine_version or ''}".strip()
    if not engine.daemon_answers:
        if not host.system.is_inside:
            yield warn("engine", f"{name}: its daemon does not answer", "an engine that answers",
                       f"systemctl start {engine.engine}")  # fmt: skip
        return
    images = [image for image in engine.images or () if "sglang" in image]
    runtime = "with" if engine.ascend_runtime else "without"
    yield ok(
        "engine", f"{name} answers, {runtime} Ascend Docker Runtime" if engine.ascend_runtime is not None else name
    )
    if images:
        yield ok("image", images[0] + (f" and {len(images) - 1} more" if len(images) > 1 else ""))
    elif engine.images is not None:
        known = image_for(Series(host.series), "") if host.series in {"A2", "A3"} else None
        cure = f"{engine.engine} pull {known.image}" if known else ""
        yield warn("image", "no SGLang image is here", "one, about 30 GB; the launch script pulls it", cure)
    lost = [path for path in ("/usr/local/Ascend/driver",) if paths.get(path) == "absent"]
    if lost and host.devices:
        yield warn("mounts", f"{lost[0]} is not there", "the driver's folder, to be mounted", f"ls -ld {lost[0]}")


def _disk(host: Host) -> Iterator[Row]:
    engine = host.containers
    place = engine.image_folder or "the images' folder"
    if engine.free_disk_bytes is not None and not host.system.is_inside:
        make = ok if engine.free_disk_bytes >= IMAGE_BYTES else warn
        needed = "" if make is ok else "30 GB for an image"
        cure = "" if make is ok else f"df -h {place}; {engine.engine or 'docker'} system df"
        yield make("disk", f"{_gib(engine.free_disk_bytes)} free in {place}", needed, cure)
    elif engine.engine and engine.daemon_answers and not host.system.is_inside:
        yield unknown("disk", "free space for images is not said", "30 GB for an image", "docker info")
    home = host.system.home_free_bytes
    if home is not None and home < LOG_BYTES:
        yield warn("log disk", f"{home / 1e6:.0f} MB free in the home folder", "1 GB for logs", "df -h ~")


def _network(host: Host) -> Iterator[Row]:
    if host.interfaces is None:
        yield unknown(
            "network", "the interfaces could not be listed", "the one that owns the host's address", "ip -br addr"
        )
        return
    own = next((item for item in host.interfaces if item.name == host.own_interface), None)
    if own is None:
        real = [item for item in host.interfaces if item.addresses and item.is_up and item.name != "lo"]
        names = ", ".join(f"{item.name} {item.addresses[0]}" for item in real[:3]) or "none with an address"
        yield unknown("network", f"whose address is {host.address}? {names}", "the interface the other hosts reach",
                      "ip -br addr  # then --interface NAME")  # fmt: skip
    elif own.is_up is False:
        yield warn("network", f"{own.name} is down", "a link that is up", f"ip link set {own.name} up")
    else:
        speed = f", {own.speed_mbps / 1000:g} Gbit/s" if own.speed_mbps else ""
        yield ok("network", f"{own.name} {host.own_address}{speed}")
    if host.system.proxies:
        yield ok("proxies", f"{', '.join(host.system.proxies)} set; the launch script unsets them")


def _roce(host: Host) -> Iterator[Row]:
    ports = host.roce or ()
    if not ports:
        return
    down = [port.device for port in ports if port.link and port.link != "UP"]
    lost = [port.device for port in ports if not port.address]
    sick = [port for port in ports if port.health and port.health not in {"Success", "Init", "Detect ip set"}]
    needed = "for several hosts: every port up, with an address"
    if down:
        yield warn("RoCE", f"link of die {_listed(down)} is down", needed, f"hccn_tool -i {down[0]} -link_stat -g")
    elif lost and host.series is not hardware.Series.A3:
        yield warn("RoCE", f"die {_listed(lost)} has no address", needed, f"hccn_tool -i {lost[0]} -ip -g")
    elif sick:
        yield warn("RoCE", f"die {sick[0].device}: net health {sick[0].health}", needed,
                   f"hccn_tool -i {sick[0].device} -net_health -g")  # fmt: skip
    elif any(port.link for port in ports):
        yield ok("RoCE", f"{len(ports)} ports up")
    switches = {port.tls for port in ports if port.tls is not None}
    if len(switches) > 1:
        yield warn("RoCE TLS", "on for some dies and off for others", "the same for all",
                   "hccn_tool -i 0 -tls -s enable 0  # for every die")  # fmt: skip


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:4])) + (f" and {len(numbers) - 4} more" if len(numbers) > 4 else "")


def _tuning(host: Host) -> Iterator[Row]:
    """One row: the launch script sets all of it where it may, so it matters to those who may not."""
    system, off, cures, known = host.system, [], [], 0
    if system.governors:
        known += 1
        if set(system.governors) != {"performance"}:
            off.append(f"governor {', '.join(system.governors)}")
            cures.append("cpupower frequency-set -g performance")
    for name, good in TUNING.items():
        value = system.sysctls.get(name)
        known += bool(value)
        if value and value not in good:
            off.append(f"{name} {value}")
            cures.append(f"sysctl -w {name}={good[0]}")
    if off:
        yield warn("tuning", ", ".join(off), "as in the tutorial (the script sets it where it may)", "; ".join(cures))
    elif known:
        yield ok("tuning", "as in the tutorial")


def _limits(host: Host) -> Iterator[Row]:
    system = host.system
    locked = system.limits.get("locked_memory")
    if locked is not None and locked != "unlimited" and host.devices:
        yield warn("ulimit -l", locked, "unlimited (a container sets its own)", "ulimit -l unlimited")
    if system.shm_bytes is not None and system.shm_bytes < SHM_BYTES and host.devices:
        yield warn("shm", _gib(system.shm_bytes), "16 GiB in /dev/shm", "mount -o remount,size=16G /dev/shm")


def _clock(host: Host) -> Iterator[Row]:
    offset = host.system.clock_offset_s
    if offset is None:
        return
    if abs(offset) > CLOCK_S:
        side = "ahead of" if offset > 0 else "behind"
        yield warn("clock", f"{abs(offset):g} s {side} this machine", "within a second", "chronyc makestep")
    elif offset == 0:
        yield ok("clock", "agrees with this machine")


def _weights(host: Host) -> Iterator[Row]:
    weights = host.weights
    if weights is None:
        return
    if weights.fault:
        yield fail("weights", weights.fault.message, "", advice=weights.fault.hint)
        return
    size = f"{weights.total_bytes / 1e9:.1f} GB" if weights.total_bytes else "no size"
    yield ok(
        "weights", f"{weights.path}: {size} in {weights.shard_count} shards, {weights.quantization or 'unquantised'}"
    )


def ways(hosts: Sequence[Host]) -> Iterator[Row]:
    """Whether the hosts reach one another, and their dies."""
    tried = [(host, way) for host in hosts for way in host.crossings]
    bad = [(host, way) for host, way in tried if way.is_reachable is False]
    for host, way in bad:
        yield _blocked(host, way)
    for host, way in tried:
        if way.reach is None:
            yield unknown("reach", f"{host.address} to {way.address}: could not be tried", "a way between the hosts")
        elif way.is_reachable and way.interface == "lo" and not way.address.startswith("127."):
            yield warn("reach", f"{host.address} to {way.address} leaves by lo", "an address of another machine",
                       f"ip route get {way.address}")  # fmt: skip
    if tried and not bad and all(way.is_reachable for _, way in tried):
        yield ok("reach", f"all {len(tried)} ways between the hosts are open")
    for host in hosts:
        for ping in host.roce_pings:
            if ping.received == 0:
                found = f"{host.address} die {ping.device} to {ping.address}: no answer"
                cure = f"hccn_tool -i {ping.device} -ping -g address {ping.address}"
                yield warn("RoCE ping", found, "every die reaches its like", cure)


def _blocked(host: Host, way: Crossing) -> Row:
    said = f"{host.address} to {way.address}:{way.port}"
    words: dict[Reach, tuple[str, str, Callable[[], str]]] = {
        Reach.FILTERED: ("no answer: a firewall drops it", "all ports open between the hosts",
                         lambda: "firewall-cmd --list-all  # on the other host"),
        Reach.UNREACHABLE: ("unreachable: no route, or a firewall rejects it", "a route, and all ports open",
                            lambda: f"ip route get {way.address}"),
        Reach.UNRESOLVED: ("its name is not known there", "an address, or a name every host knows",
                           lambda: f"getent hosts {way.address}"),
    }  # fmt: skip
    text, needed, cure = words[way.reach or Reach.FILTERED]
    return fail("reach", f"{said}: {text}", needed, cure())
