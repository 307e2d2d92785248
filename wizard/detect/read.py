"""From what a host said to what it is. Pure: the same sections always make the same host.

Order of trust for the devices: ``npu-smi info``, its other words, torch_npu, device nodes, the PCI bus, version files.
Each fact keeps its origin; what no source tells is unknown, with the reason.
"""

import re
import shlex
from dataclasses import replace
from types import MappingProxyType

from wizard.detect import crossing, hccn, npu_smi_words, weights
from wizard.detect import host as around
from wizard.detect import series as generation
from wizard.detect.cells import integer
from wizard.detect.npu_smi import NpuTable, read_info
from wizard.detect.sections import Captured, Section, Sections
from wizard.model.hardware import Device, Fault, Hardware, Host, NpuProcess, Series, Software, System, Weights

_NODE = re.compile(r"^/dev/davinci([0-9]{1,4}) (yes|no)$", re.MULTILINE)
_PCI = re.compile(r"^(\S+) 0x[0-9a-f]{4} 0x(d[0-9a-f]{3})$", re.MULTILINE)


def host(captured: Captured, model_path: str | None = None) -> Host:
    """The host that said this."""
    sections = captured.sections
    found = _table(captured)
    table = found if isinstance(found, NpuTable) else None
    hardware = _hardware(sections)
    kind, evidence = _series(table, hardware, sections)
    software, origins = _software(table, sections)
    notes = _notes(table, sections)
    listed = around.interfaces(sections)
    interface, address = around.own(listed, captured.address, sections)
    system = around.system(sections, captured.clock_offset_s)
    fault = captured.fault or (_in_place(found, hardware, system) if isinstance(found, Fault) else None)
    return Host(
        address=captured.address,
        fault=fault,
        was_reached=bool(sections),
        series=kind,
        series_evidence=evidence,
        devices=_numbered(table.devices, sections) if table else (),
        processes=table.processes if table else None,
        idle_npus=table.idle_npus if table else (),
        software=software,
        hardware=hardware,
        system=system,
        containers=around.containers(sections),
        interfaces=listed,
        own_interface=interface,
        own_address=address,
        roce=hccn.ports(sections),
        super_pod=npu_smi_words.super_pod(around.output(sections, "npu-smi-spod") or ""),
        crossings=crossing.ways(sections),
        roce_pings=crossing.pings(sections),
        weights=_weights(captured, model_path),
        origins=MappingProxyType(origins),
        unknown=MappingProxyType(_unknown(sections, software)),
        notes=notes,
        is_recorded=captured.is_recorded,
        ssh=captured.ssh,
    )


def _in_place(fault: Fault, hardware: Hardware, system: System) -> Fault:
    """The fault with a hint that fits this host: whoever has no NPU needs no driver, who may not ask needs rights."""
    if fault.kind == "driver_not_loaded":
        return _refused(fault, hardware, system)
    if fault.kind != "not_installed" or system.container is None:
        return fault
    has_any = hardware.device_nodes or hardware.pci_ids
    if system.container != "none" and has_any:
        hint = "mount /usr/local/bin/npu-smi (or /usr/local/sbin) and /usr/local/Ascend/driver into this container"
    elif has_any:
        hint = "the driver package brings it; if it is installed, `ls /usr/local/bin/npu-smi /usr/local/sbin/npu-smi`"
    elif system.container != "none":
        hint = "is this container meant to have NPUs? then hand in /dev/davinci* and mount npu-smi and the driver"
    else:
        hint = "no trace of an NPU was found: name hosts that have some with `--hosts`, or rehearse with `--machine`"
    return replace(fault, hint=hint)


def _refused(fault: Fault, hardware: Hardware, system: System) -> Fault:
    """A driver that does not answer has many causes: the one that this host shows."""
    if system.is_root is False and "HwHiAiUser" not in system.groups:
        hint = "you are not root: `sudo usermod -aG HwHiAiUser $USER`, then log in anew; or ask as root"
    elif system.is_inside and hardware.has_manager is False:
        hint = "hand /dev/davinci_manager and /dev/hisi_hdc into this container, or start it with `--privileged`"
    elif system.is_inside:
        hint = "another container may hold the devices: `docker ps` on the host; start this one with `--privileged`"
    elif hardware.driver_modules is False:
        hint = "its modules are not loaded: install the driver, or reboot after an upgrade; `dmesg | tail` says more"
    else:
        return fault
    return replace(fault, hint=hint)


def _weights(captured: Captured, model_path: str | None) -> Weights | None:
    if not model_path or not captured.sections:
        return None
    if captured.is_recorded and "weights-state" not in captured.sections:
        hint = f"`--detect --model-path {shlex.quote(model_path)} --record FOLDER` on the real host"
        return Weights(model_path, Fault("not_recorded", f"`{model_path}` was not looked at when recording", hint))
    return weights.read(model_path, captured.sections)


def _table(captured: Captured) -> NpuTable | Fault:
    section = captured.sections.get("npu-smi-info")
    if section is None:
        return captured.fault or read_info("", status=124)
    # Without a status the limit of the whole probe, or the end of the connection, cut the command off.
    status = 124 if section.status is None else section.status
    found = read_info(section.output, status=status, errors=section.errors)
    # What a hanging tool printed before its end may be a part of the table only.
    return read_info("", status=124) if section.timed_out and isinstance(found, NpuTable) else found


def _completed(device: Device, sections: Sections) -> Device:
    """The device with what ``-t usages`` says where the table says nothing: total, and use in whole per cent."""
    section = sections.get(f"npu-smi-usages-{device.npu_id}")
    if section is None or device.hbm_total_mb is not None:
        return device
    used = npu_smi_words.usages(section.output).get(device.chip_id)
    if used is None or used.hbm_total_mb is None:
        return device
    hbm = None if used.hbm_pct is None else round(used.hbm_total_mb * used.hbm_pct / 100)
    aicore = used.aicore_pct if device.aicore_pct is None else device.aicore_pct
    return replace(device, hbm_total_mb=used.hbm_total_mb, hbm_used_mb=hbm, aicore_pct=aicore)


def _numbered(devices: tuple[Device, ...], sections: Sections) -> tuple[Device, ...]:
    """The devices with their logic ids from `-m`, where the table has none."""
    devices = tuple(_completed(device, sections) for device in devices)
    rows = npu_smi_words.mapped(around.output(sections, "npu-smi-map") or "")
    known = {(row.npu_id, row.chip_id): row.logic_id for row in rows}
    return tuple(
        device if device.logic_id is not None else replace(device, logic_id=known.get((device.npu_id, device.chip_id)))
        for device in devices
    )


def _hardware(sections: Sections) -> Hardware:
    nodes = around.output(sections, "device-nodes")
    numbers = _NODE.findall(nodes or "")
    lines = (around.output(sections, "torch-npu") or "").splitlines()
    torch = [line.partition("|")[::2] for line in lines if line.strip()]
    modules = around.output(sections, "modules")
    return Hardware(
        device_nodes=tuple(sorted(int(number) for number, _ in numbers)) if nodes is not None else None,
        has_manager="/dev/davinci_manager " in nodes if nodes is not None else None,
        nodes_accessible=all(access == "yes" for _, access in numbers) if numbers else None,
        pci_ids=MappingProxyType(dict(_PCI.findall(around.output(sections, "pci") or ""))),
        driver_modules=bool(modules.strip()) if modules is not None else None,
        torch_names=tuple(name.strip() for name, _ in torch) or None,
        torch_memory_bytes=tuple(integer(total.strip()) for _, total in torch) or None,
    )


def _series(table: NpuTable | None, hardware: Hardware, sections: Sections) -> tuple[Series | None, tuple[str, ...]]:
    board = around.output(sections, "npu-smi-board") or ""
    counts = npu_smi_words.chip_counts(around.output(sections, "npu-smi-list") or "")
    pci_id = npu_smi_words.first(board, "PCI Device ID")
    more = [
        *generation.of_chip_counts(counts, table.devices if table else ()),
        *generation.of_pci([pci_id.removeprefix("0x").lower()] if pci_id else []),
        *generation.of_names([npu_smi_words.first(board, "NPU Name")], "board"),
        *generation.of_names(hardware.torch_names or (), "torch_npu"),
    ]
    return generation.series(table, more or generation.of_pci(hardware.pci_ids.values()))


def _software(table: NpuTable | None, sections: Sections) -> tuple[Software, dict[str, str]]:
    driver = around.values(around.output(sections, "driver-version"))
    firmware = around.values(around.output(sections, "firmware-version"))
    cann = around.values(around.output(sections, "cann-version"))
    python = around.values(around.output(sections, "python"))
    board = around.output(sections, "npu-smi-board") or ""
    sources = {
        "npu_smi_version": [(table.npu_smi_version if table else None, "npu-smi info")],
        "driver_version": [
            (table.driver_version if table else None, "npu-smi info"),
            (driver.get("Version") or driver.get("package_version"), "driver/version.info"),
        ],
        "firmware_version": [
            (firmware.get("Version"), "firmware/version.info"),
            (npu_smi_words.first(board, "Firmware Version"), "npu-smi info -t board"),
        ],
        "firmware_wanted": [(_range(driver.get("compatible_version_fw")), "driver/version.info")],
        "cann_version": [(cann.get("version") or cann.get("runtime_running_version"), "CANN's install file")],
        "sglang_version": [(python.get("sglang"), "python packages")],
        "router_version": [(python.get("sglang-router"), "python packages")],
        "torch_npu_version": [(python.get("torch-npu"), "python packages")],
        "python_version": [(python.get("python"), "python3")],
    }
    found: dict[str, str] = {}
    origins: dict[str, str] = {}
    for name, candidates in sources.items():
        best = next(((value, origin) for value, origin in candidates if value), None)
        if best:
            found[name], origins[name] = best
    return Software(**found), origins


def _range(text: str | None) -> str | None:
    """``[7.0.0,7.1.99]`` as people say it."""
    ends = [part.strip() for part in (text or "").strip("[]").split(",")]
    return " to ".join(ends) if len(ends) == 2 and all(ends) else None


def _notes(table: NpuTable | None, sections: Sections) -> tuple[str, ...]:
    notes = list(table.warnings) if table else []
    for name, section in sorted(sections.items()):
        if name.startswith("npu-smi-health-"):
            notes += _health_note(name.rpartition("-")[2], section)
    if table:
        notes += _count_notes(table, sections)
        notes += _link_notes(sections)
        notes += _bus_notes(table, sections)
        notes += [_hidden(npu_id) for npu_id in _hidden_owners(table)]
    return tuple(dict.fromkeys(notes))


def _health_note(card: str, section: Section) -> list[str]:
    health = npu_smi_words.health(section.output)
    if not health.codes and not health.information:
        return []
    text = f"NPU {card} is {health.health or 'not well'}: {' '.join(health.codes)}"
    return [text + (f" ({health.information[0]})" if health.information else "")]


def _count_notes(table: NpuTable, sections: Sections) -> list[str]:
    """Cards that `-l` counts and the table does not show."""
    total = integer(npu_smi_words.first(around.output(sections, "npu-smi-list") or "", "Total Count"))
    shown = len({device.npu_id for device in table.devices})
    return [f"npu-smi counts {total} cards, its table shows {shown}"] if total is not None and total != shown else []


def _link_notes(sections: Sections) -> list[str]:
    """Devices of one host that reach one another over the CPU where a link of their own is expected."""
    topology = npu_smi_words.topology(around.output(sections, "npu-smi-topo") or "")
    slow = {pair: link for pair, link in (topology.links if topology else {}).items() if link in {"SYS", "PHB", "NA"}}
    if not slow or topology is None:
        return []
    (one, other), link = next(iter(slow.items()))
    return [f"{topology.prefix}{one} and {topology.prefix}{other} are linked by {link} only ({len(slow)} such pairs)"]


def _bus_notes(table: NpuTable, sections: Sections) -> list[str]:
    """Accelerators on the bus that the tool does not list. In a container the bus is that of the whole machine."""
    if (around.output(sections, "container") or "").strip():
        return []
    on_bus = {address.lower() for address, _ in _PCI.findall(around.output(sections, "pci") or "")}
    listed = {device.bus_id.lower() for device in table.devices if device.bus_id}
    return [
        f"the bus has an accelerator at {address} that npu-smi does not list" for address in sorted(on_bus - listed)
    ]


def _hidden_owners(table: NpuTable) -> list[str]:
    """Busy devices without a row of their own in a process table that was printed."""
    if table.processes is None:
        return []
    owned = {(row.npu_id, row.chip_id) for row in table.processes if _is_owner(row)}
    return [
        device.label
        for device in table.devices
        if device.is_busy and (device.npu_id, device.chip_id) not in owned and (device.npu_id, None) not in owned
    ]


def _is_owner(row: NpuProcess) -> bool:
    """A worker holds about 140 MB on the first die as well: that is no owner."""
    return row.memory_mb is None or row.memory_mb > 200


def _hidden(label: str) -> str:
    return f"{label} is held by a process that cannot be seen from here (another container)"


def _unknown(sections: Sections, software: Software) -> dict[str, str]:
    late = {name: "no answer in time" for name, section in sorted(sections.items()) if section.timed_out}
    if software.driver_version is None:
        late["driver_version"] = "npu-smi did not say, and there is no driver/version.info"
    if "addresses" not in sections and sections:
        late["addresses"] = "`ip` is not installed"
    return late
