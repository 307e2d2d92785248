"""``--detect --json``: hosts as data. The shape is a contract: names and types stay. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from wizard.detect import summary
from wizard.model.hardware import Device, Fault, Host

DEVICE_FIELDS = (
    "npu_id", "chip_id", "phy_id", "name", "health", "bus_id", "power_w", "temp_c", "aicore_pct", "hbm_used_mb",
    "hbm_total_mb",
)  # fmt: skip
PROCESS_FIELDS = ("npu_id", "chip_id", "pid", "name", "memory_mb")


def plain(value: Any) -> Any:
    """Dataclasses, tuples and mappings as what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def error(fault: Fault | None) -> dict[str, Any] | None:
    """A fault as the contract has it."""
    if fault is None:
        return None
    return {"kind": fault.kind, "code": fault.code, "message": fault.message, "hint": fault.hint}


def _weights(host: Host) -> dict[str, Any] | None:
    return {**plain(host.weights), "fault": error(host.weights.fault)} if host.weights else None


def _device_more(device: Device) -> dict[str, Any]:
    more = ("npu_id", "chip_id", "logic_id", "memory_used_mb", "memory_total_mb", "hugepages_used", "hugepages_total")
    return {**{name: getattr(device, name) for name in more}, "busy": device.is_busy}


def host_data(host: Host) -> dict[str, Any]:
    """One host."""
    return {
        "address": host.address,
        "series": host.series,
        "usable": host.is_usable,
        "npu_smi_version": host.software.npu_smi_version,
        "driver_version": host.software.driver_version,
        "devices": [{name: getattr(device, name) for name in DEVICE_FIELDS} for device in host.devices],
        "processes": [{name: getattr(row, name) for name in PROCESS_FIELDS} for row in host.processes or ()],
        "error": error(host.fault),
        "reached": host.was_reached,
        "series_evidence": list(host.series_evidence),
        "process_table": host.processes is not None,
        "idle_npus": list(host.idle_npus),
        "free_devices": len(host.free_devices) if host.devices else None,
        "free_hbm_mb": host.free_hbm_mb if host.devices else None,
        "more": [_device_more(device) for device in host.devices],
        "container_pids": {str(row.pid): row.container_pid for row in host.processes or () if row.container_pid},
        "software": plain(host.software),
        "hardware": plain(host.hardware),
        "system": plain(host.system),
        "containers": plain(host.containers),
        "interfaces": plain(host.interfaces),
        "own_interface": host.own_interface,
        "own_address": host.own_address,
        "roce": plain(host.roce),
        "super_pod": plain(host.super_pod),
        "crossings": [{**plain(way), "reachable": way.is_reachable} for way in host.crossings],
        "roce_pings": plain(host.roce_pings),
        "weights": _weights(host),
        "origins": dict(host.origins),
        "unknown": dict(host.unknown),
        "notes": list(host.notes),
        "summary": [row._asdict() for row in summary.rows(host)],
    }


def as_json(hosts: Sequence[Host]) -> dict[str, Any]:
    """Every host, in the order given."""
    return {"hosts": [host_data(host) for host in hosts]}
