"""Devices: those that a launch needs against those that are there, of the right series, well, free and readable."""

import re
from collections.abc import Iterable

from wizard.check.facts import Machine
from wizard.check.host_rule import HostRule
from wizard.check.report import fix
from wizard.knowledge import facts as knowledge
from wizard.model.finding import Edit, EditKind, Fix, Severity
from wizard.model.hardware import Device, Series
from wizard.model.selection import Scenario
from wizard.model.selection import Series as Chosen

_SERVES = {Series.A2: Chosen.A2, Series.A3: Chosen.A3}
_SHOWN = 4
"""Devices named one by one; of more the rest is counted."""


def _named(devices: Iterable[Device]) -> str:
    labels = [device.label for device in devices]
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return ", ".join(labels[:_SHOWN]) + more


def _unreachable(machine: Machine) -> str:
    fault = machine.found.fault
    return "" if machine.found.was_reached or fault is None else f"cannot be asked: {fault.message}"


def _tells_nothing(machine: Machine) -> bool:
    """Whether device files stand there and the driver is loaded, only the tool to ask them is missing."""
    hardware = machine.found.hardware
    return bool(hardware.device_nodes) and hardware.driver_modules is not False


def _unreadable(machine: Machine) -> str:
    fault, asked = machine.found.fault, machine.found.was_reached and machine.servers
    return f"no device can be used: {fault.message}" if fault and asked and not _tells_nothing(machine) else ""


def _untold(machine: Machine) -> str:
    fault, asked = machine.found.fault, machine.found.was_reached and machine.servers
    if not (fault and asked and _tells_nothing(machine)):
        return ""
    count = len(machine.found.hardware.device_nodes or ())
    return f"{count} device files are there, their state is not known: {fault.message}"


def _fault_hint(machine: Machine) -> str:
    return machine.found.fault.hint if machine.found.fault else ""


def _other_series(machine: Machine) -> str:
    found = machine.found.series
    if found is None or not machine.servers or _SERVES.get(found) is machine.selection.series:
        return ""
    if found not in _SERVES:
        return f"its devices ({found}) do not serve this model"
    return f"is an {found} host, the launch is for {machine.selection.series}"


def _right_series(machine: Machine) -> tuple[Fix, ...]:
    """The series that is there, where it has devices enough; else a launch that is made for one such host."""
    found = _SERVES.get(machine.found.series) if machine.found.series else None
    if found is None or found is machine.selection.series:
        return ()
    if machine.needed <= knowledge.hardware(found).devices:
        return (Fix(f"launch for {found}", (Edit(EditKind.SERIES, found.value),)),)
    name = f"{found.value.lower()}-single"
    alone = machine.selection.scenario is Scenario.SINGLE and machine.selection.preset != name
    return (Fix(f"use the preset {name}", (Edit(EditKind.PRESET, name),)),) if alone else ()


def _too_few(machine: Machine) -> str:
    there = len(machine.dies)
    if not machine.servers or machine.found.fault or not there or machine.needed <= there:
        return ""
    return f"{machine.needed} devices are needed, {there} are there"


def _sick(machine: Machine) -> str:
    sick = [device for device in machine.used if device.is_healthy is False]
    states = ", ".join(sorted({device.health or "" for device in sick}))
    return f"{_named(sick)} {'is' if len(sick) == 1 else 'are'} not well ({states})" if sick else ""


def _busy(machine: Machine) -> str:
    busy = [device for device in machine.used if device.is_busy]
    if not busy:
        return ""
    cards = {device.npu_id for device in busy}
    owners = {
        f"{row.name or 'another container'} (pid {row.pid})"
        for row in machine.found.processes or ()
        if row.npu_id in cards
    }
    by = f" by {min(owners)}" + (f" and {len(owners) - 1} more" if len(owners) > 1 else "") if owners else ""
    return f"the memory of {_named(busy)} is taken{by}"


def _elsewhere(machine: Machine) -> tuple[Fix, ...]:
    """Other devices of the same host that are well and free, side by side."""
    count = machine.needed - machine.first
    if len(machine.servers) != 1 or len(machine.facts.machines) != 1:
        return ()
    free = [device.is_healthy is True and device.is_busy is False for device in machine.dies]
    start = next((n for n in range(len(free) - count + 1) if all(free[n : n + count])), None)
    launch = next(server.launch for server in machine.facts.servers if server.launch.name == machine.servers[0].role)
    return (fix(launch, {"base-gpu-id": start}),) if start is not None else ()


def _no_access(machine: Machine) -> str:
    closed = machine.found.hardware.nodes_accessible is False and machine.servers
    return "its device files may not be opened by this user" if closed else ""


def _firmware(machine: Machine) -> str:
    software = machine.found.software
    span = re.fullmatch(r"\s*([\d.]+)\s+to\s+([\d.]+)\s*", software.firmware_wanted or "")
    if span is None or not software.firmware_version:
        return ""
    low, high, found = (_key(text) for text in (*span.groups(), software.firmware_version))
    if low <= found[: len(low)] and found[: len(high)] <= high:
        return ""
    return f"firmware {software.firmware_version} is outside what the driver works with ({software.firmware_wanted})"


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


RULES = (
    HostRule("hardware.unreachable", Severity.ERROR, _unreachable, _fault_hint),
    HostRule("hardware.unreadable", Severity.ERROR, _unreadable, _fault_hint),
    HostRule("hardware.untold", Severity.UNKNOWN, _untold, _fault_hint),
    HostRule(
        "hardware.series", Severity.ERROR, _other_series, "choose a preset for the series that is there", _right_series
    ),
    HostRule(
        "hardware.too-few",
        Severity.ERROR,
        _too_few,
        "use a preset for fewer devices, or more hosts",
        _right_series,
        options=("tp-size", "pp-size", "base-gpu-id"),
    ),
    HostRule(
        "hardware.sick", Severity.ERROR, _sick, "`npu-smi info` shows why; reset or leave out the card", _elsewhere
    ),
    HostRule("hardware.busy", Severity.ERROR, _busy, "end what holds the devices, or use others", _elsewhere),
    HostRule("hardware.access", Severity.ERROR, _no_access, "run as root, or as a member of the group HwHiAiUser"),
    HostRule("hardware.firmware", Severity.WARNING, _firmware, "install the firmware that belongs to the driver"),
)
