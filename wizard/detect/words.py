"""What the report says about a host, in short lines. Pure: tables prints them."""

from collections.abc import Iterator, Sequence

from wizard.model.hardware import Device, Host, Series, System

FREE_DISK_BYTES = 30_000_000_000
"""The image alone takes this much."""
_GIB = 1024**3
_TUNING = {"vm.swappiness": {"0", "10"}, "kernel.numa_balancing": {"0"}, "kernel.sched_migration_cost_ns": {"50000"}}


def number(value: float | None, unit: str = "") -> str:
    """A figure, or a dash where it is not known."""
    return "-" if value is None else f"{value:g}{unit}"


def gib(value: int | None) -> str:
    """Bytes as people say them."""
    return "unknown" if value is None else f"{value / _GIB:.0f} GiB"


def headline(host: Host) -> str:
    """Who it is and what it is."""
    name = host.system.hostname
    who = host.address + (f" ({name})" if name and name != host.address else "")
    if not host.was_reached:
        return f"{who}: not reached"
    if not host.devices:
        return f"{who}: no NPU could be read" + (f", series {host.series}" if host.series else "")
    cards = len({device.npu_id for device in host.devices})
    kind = {None: "series unknown", Series.OTHER: "not a series for this model"}.get(
        host.series, f"Atlas {host.series}"
    )
    count = f"{len(host.devices)} devices" + (f" on {cards} cards" if cards != len(host.devices) else "")
    return f"{who}: {kind}, {count}, {len(host.free_devices)} free"


def about(host: Host) -> Iterator[str]:
    """What a launch depends on, a line each; only what is known or matters."""
    if not host.was_reached:
        return
    system, software = host.system, host.software
    if host.series_evidence:
        yield "because: " + "; ".join(host.series_evidence[:3])
    place = {"none": "not in a container", None: "container unknown"}.get(
        system.container, f"in a container ({system.container})"
    )
    user = {True: "root", False: "not root", None: "user unknown"}[system.is_root]
    yield ", ".join(part for part in (system.os_name, system.architecture, place, user) if part)
    versions = {
        "driver": software.driver_version,
        "npu-smi": software.npu_smi_version if software.npu_smi_version != software.driver_version else None,
        "firmware": software.firmware_version,
        "CANN": software.cann_version,
        "SGLang": software.sglang_version,
        "router": software.router_version,
    }
    if any(versions.values()):
        yield ", ".join(f"{name} {value}" for name, value in versions.items() if value)
    yield from _places(host)


def _places(host: Host) -> Iterator[str]:
    usable = [
        item for item in host.interfaces or () if item.addresses and item.is_up and not item.name.startswith("lo")
    ]
    if usable:
        owner = f"; its own is {host.own_interface}" if host.own_interface and len(usable) > 1 else ""
        yield "network: " + ", ".join(f"{item.name} {item.addresses[0]}" for item in usable[:3]) + owner
    engine = host.containers
    if engine.engine:
        answers = "answers" if engine.daemon_answers else "its daemon does not answer"
        disk = f", {gib(engine.free_disk_bytes)} free" if engine.free_disk_bytes is not None else ""
        yield f"{engine.engine} {engine.engine_version or ''} {answers}{disk}".replace("  ", " ")
    weights = host.weights
    if weights:
        size = (
            f"{weights.total_bytes / 1e9:.1f} GB in {weights.shard_count} shards" if weights.total_bytes else "no size"
        )
        yield f"weights: {weights.path}: {size}, {weights.quantization or 'quantisation unknown'}"


def use(device: Device, host: Host) -> tuple[str, str]:
    """Who uses a device, and the style it is shown in."""
    owners = [
        row for row in host.processes or () if row.npu_id == device.npu_id and row.chip_id in {device.chip_id, None}
    ]
    named = ", ".join(dict.fromkeys(f"{row.name or 'hidden'} ({row.pid})" for row in owners[:2]))
    if device.is_busy is None:
        return (named or "unknown"), ""
    if not device.is_busy:
        return ("free" + (f", {named}" if named else "")), "" if named else "green"
    return f"busy: {named or 'owner not visible'}", "yellow"


def searched(host: Host) -> Iterator[str]:
    """Where devices were looked for, and what was there."""
    hardware = host.hardware
    nodes = hardware.device_nodes
    found = "not asked" if nodes is None else f"{len(nodes)} found" if nodes else "none"
    torch = ", ".join(hardware.torch_names) if hardware.torch_names else "not there, or sees none"
    yield "looked for: npu-smi on PATH, /usr/local/bin and /usr/local/sbin"
    yield f"  /dev/davinci*: {found}; accelerators on the PCI bus: {len(hardware.pci_ids) or 'none'}"
    yield f"  driver modules: {'loaded' if hardware.driver_modules else 'none'}; torch_npu: {torch}"
    if hardware.device_nodes or hardware.pci_ids:
        yield "the devices are there, but nothing can be said about their state"


def looked_for(host: Host) -> Iterator[str]:
    """Where devices were looked for, and how to go on without any."""
    yield from searched(host)
    if not (host.hardware.device_nodes or host.hardware.pci_ids):
        yield "rehearse with a recorded machine: `glm-wizard --detect --machine a3-idle`"
        yield "ask another host: `glm-wizard --detect --hosts ADDRESS`"


def remarks(host: Host) -> Iterator[str]:
    """What stands in the way of a launch, with what to do."""
    system, engine = host.system, host.containers
    if host.weights and host.weights.fault:
        yield f"weights: {host.weights.fault.message}; {host.weights.fault.hint}"
    if not host.devices:
        return
    if engine.free_disk_bytes is not None and engine.free_disk_bytes < FREE_DISK_BYTES:
        yield f"disk: {gib(engine.free_disk_bytes)} free in {engine.image_folder}; an image needs about 30 GB"
    if engine.engine and not engine.daemon_answers:
        yield f"{engine.engine}: its daemon does not answer; `systemctl status {engine.engine}`"
    if engine.engine and engine.ascend_runtime is False:
        yield "Ascend Docker Runtime is not installed: devices are handed in one by one with --device"
    if system.container not in {None, "none"}:
        yield "inside a container: processes of other containers cannot be seen"
    yield from _tuning(system)
    yield from _roce(host)


def _tuning(system: System) -> Iterator[str]:
    if system.governors and set(system.governors) != {"performance"}:
        yield f"CPU governor is {', '.join(system.governors)}; the launch script sets performance where it may"
    off = [
        f"{name}={system.sysctls[name]}"
        for name, good in _TUNING.items()
        if system.sysctls.get(name, "") not in {"", *good}
    ]
    if off:
        yield f"sysctl {', '.join(off)}: the launch script sets them where it may"
    if system.clock_offset_s is not None and abs(system.clock_offset_s) > 1:
        yield f"its clock is {abs(system.clock_offset_s):g} s {'ahead' if system.clock_offset_s > 0 else 'behind'}"
    if system.has_bash is False:
        yield "bash is not installed; the launch script needs it"


def _roce(host: Host) -> Iterator[str]:
    for port in host.roce or ():
        if port.link and port.link != "UP":
            yield f"RoCE port of die {port.device}: link {port.link}"
        if port.health and port.health not in {"Success", "Init"}:
            yield f"RoCE port of die {port.device}: net health {port.health}"
    switches = {port.tls for port in host.roce or () if port.tls is not None}
    if len(switches) > 1:
        yield "RoCE: TLS is on for some dies and off for others; all must agree"


def _shared(host: Host) -> dict[str, str | None]:
    """What hosts that serve together must have in common."""
    tls = next((port.tls for port in host.roce or () if port.tls is not None), None)
    return {
        "series": host.series,
        "device count": str(len(host.devices)) if host.devices else None,
        "driver": host.software.driver_version,
        "SGLang": host.software.sglang_version,
        "weights": host.weights.fingerprint if host.weights else None,
        "RoCE TLS": None if tls is None else ("on" if tls else "off"),
    }


def differences(hosts: Sequence[Host]) -> Iterator[str]:
    """What hosts that serve together should have in common, and have not."""
    shared = [(host.address, _shared(host)) for host in hosts if host.was_reached]
    for name in shared[0][1] if shared else ():
        told = [(address, facts[name]) for address, facts in shared if facts[name] is not None]
        if len({value for _, value in told}) > 1:
            yield f"{name}: " + ", ".join(f"{address} {value}" for address, value in told)


def _useless(host: Host) -> str:
    if host.series is None:
        return "its series is unknown (`--series` says what to assume)"
    if host.series not in {Series.A2, Series.A3}:
        return f"series {host.series} is neither A2 nor A3"
    return "no device is well"


def verdict(hosts: Sequence[Host]) -> tuple[str, str]:
    """One line that says it all."""
    bad = [host.address for host in hosts if host.fault]
    useless = [f"{host.address}, {_useless(host)}" for host in hosts if not host.fault and not host.is_usable]
    if bad:
        return (
            f"{len(bad)} of {len(hosts)} host{'s' * (len(hosts) > 1)} could not be read: {', '.join(bad)}",
            "bold red",
        )
    if useless:
        return f"cannot serve: {'; '.join(useless)}", "bold red"
    busy = sum(1 for host in hosts for device in host.devices if device.is_busy or device.is_healthy is False)
    free = sum(len(host.free_devices) for host in hosts)
    memory = sum(host.free_hbm_mb for host in hosts) // 1024
    if busy:
        return f"{free} devices free with {memory} GiB of HBM; {busy} are busy or not well", "bold yellow"
    return f"ready: {free} devices free with {memory} GiB of HBM", "bold green"
