"""What the report says about a host, in short lines. Pure: tables prints them."""

from collections.abc import Iterator, Sequence

from wizard.detect.summary_row import Row, State
from wizard.model.hardware import Device, Host, Series
from wizard.wording import counted


def number(value: float | None, unit: str = "") -> str:
    """A figure, or a dash where it is not known."""
    return "-" if value is None else f"{value:g}{unit}"


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
    if system.is_inside:
        yield "processes of other containers cannot be seen from here"
    if any(versions.values()):
        yield ", ".join(f"{name} {value}" for name, value in versions.items() if value)
    around = ", ".join(_around(host))
    if around:
        yield around


def _around(host: Host) -> Iterator[str]:
    """Container engine, disk and network, as far as they are known."""
    engine = host.containers
    if engine.engine:
        yield f"{engine.engine} {engine.engine_version or ''}".rstrip()
    if engine.free_disk_bytes is not None and not host.system.is_inside:
        yield f"{engine.free_disk_bytes // 2**30} GiB free for images"
    own = next((item for item in host.interfaces or () if item.name == host.own_interface), None)
    if own is not None:
        yield f"network {own.name}" + (f" {own.speed_mbps / 1000:g} Gbit/s" if own.speed_mbps else "")


def use(device: Device, host: Host) -> str:
    """Who uses a device."""
    owners = [
        row for row in host.processes or () if row.npu_id == device.npu_id and row.chip_id in {device.chip_id, None}
    ]
    named = ", ".join(dict.fromkeys(f"{row.name or 'hidden'} ({row.pid})" for row in owners[:2]))
    if device.is_busy is None:
        return named or "unknown"
    if not device.is_busy:
        return "free" + (f", {named}" if named else "")
    return f"busy: {named or 'owner not visible'}"


def searched(host: Host) -> Iterator[str]:
    """Where devices were looked for, and what was there."""
    hardware = host.hardware
    nodes = hardware.device_nodes
    found = "not asked" if nodes is None else f"{len(nodes)} found" if nodes else "none"
    torch = counted(len(hardware.torch_names), "device") if hardware.torch_names else "not installed, or sees none"
    modules = "loaded" if hardware.driver_modules else "none"
    yield f"also looked for: /dev/davinci* {found}; accelerators on the PCI bus {len(hardware.pci_ids) or 'none'};"
    yield f"  driver modules {modules}; torch_npu {torch}"
    if hardware.device_nodes or hardware.pci_ids:
        yield "the devices are there, but nothing can be said about their state"


def looked_for(host: Host) -> Iterator[str]:
    """Where devices were looked for, and how to go on without any. Lines with a `$` are commands."""
    yield from searched(host)
    if is_bare(host):
        yield "rehearse everything with a recorded machine:"
        yield "  $ glm-wizard --detect --machine a3-idle"
        yield "or ask the hosts that have NPUs, over ssh:"
        yield "  $ glm-wizard --detect --hosts ADDRESS,ADDRESS"


def is_bare(host: Host) -> bool:
    """Whether no trace of an NPU was found."""
    hardware = host.hardware
    return not (host.devices or hardware.device_nodes or hardware.pci_ids or hardware.driver_modules)


def verdict(hosts: Sequence[Host], found: Sequence[Row]) -> tuple[str, State]:
    """One line that says it all, and how well it is.

    Args:
        hosts: all that were asked.
        found: every row of the summary that is about them.
    """
    lost = [host.address for host in hosts if host.fault]
    useless = [f"{host.address}, {_useless(host)}" for host in hosts if not host.fault and not host.is_usable]
    free = sum(len(host.free_devices) for host in hosts)
    whole = sum(len(host.devices) for host in hosts)
    memory = sum(host.free_hbm_mb for host in hosts) // 1024
    if lost:
        which = f"{len(lost)} of {len(hosts)} hosts could not be read ({', '.join(lost)})"
        head = f"not ready: {which if len(hosts) > 1 else f'{lost[0]} could not be read'}"
    elif useless:
        head = f"cannot serve: {'; '.join(useless)}"
    elif free < whole:
        head = f"{free} of {counted(whole, 'device')} free with {memory} GiB of HBM"
    else:
        head = f"ready: {counted(free, 'device')} free with {memory} GiB of HBM"
    counts = {
        state: sum(1 for row in found if row.state is state and row.what not in {"devices", "reached"})
        for state in State
    }
    said = [
        *([counted(counts[State.FAIL], "error")] if counts[State.FAIL] else []),
        *([counted(counts[State.WARN], "warning")] if counts[State.WARN] else []),
        *([f"{counts[State.UNKNOWN]} could not be checked"] if counts[State.UNKNOWN] else []),
    ]
    if counts[State.FAIL] and head.startswith("ready"):
        head = head.replace("ready", "not ready", 1)
    is_bad = bool(lost or useless or counts[State.FAIL])
    state = State.FAIL if is_bad else State.WARN if said or free < whole else State.OK
    return head + (f"; {', '.join(said)}" if said else ""), state


def _useless(host: Host) -> str:
    if host.series is None:
        return "its series is unknown (`--series` says what to assume)"
    if host.series not in {Series.A2, Series.A3}:
        return f"series {host.series} is neither A2 nor A3"
    return "no device is well"
