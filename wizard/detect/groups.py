"""Devices as lines of a table: one a device, or like ones together where there are many. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from wizard.detect import words
from wizard.model.hardware import Device, Host


class Line(NamedTuple):
    """One line: its cells, and what its colour may say as well."""

    cells: tuple[str, ...]
    is_healthy: bool | None
    is_busy: bool | None


def titles(host: Host) -> tuple[tuple[str, bool], ...]:
    """The columns, and whether each is text (or figures, which stand on the right)."""
    paired = (("chip", False), ("die", False)) if _is_paired(host) else ()
    memory = "HBM MiB" if any(device.hbm_total_mb is not None for device in host.devices) else "memory MiB"
    return (("NPU", False), *paired, ("name", True), ("health", True), (memory, False), ("W", False), ("°C", False),
            ("use", True))  # fmt: skip


def _is_paired(host: Host) -> bool:
    return any(device.phy_id is not None for device in host.devices)


def lines(host: Host, *, is_whole: bool) -> Iterator[Line]:
    """The devices of a host.

    Args:
        host: the host.
        is_whole: every device on a line of its own; else devices that differ only in figures share one.
    """
    number = iter(range(len(host.devices)))
    for _, run in groupby(host.devices, lambda device: next(number) if is_whole else _likeness(device, host)):
        yield _line(tuple(run), host)


def _likeness(device: Device, host: Host) -> tuple[object, ...]:
    return device.name, device.health, device.hbm_total_mb, device.is_busy, words.use(device, host)


def _line(devices: Sequence[Device], host: Host) -> Line:
    first = devices[0]
    ids = [_span([device.npu_id for device in devices])]
    if _is_paired(host):
        ids += [_span([device.chip_id for device in devices]), _span([device.phy_id for device in devices])]
    has_hbm = first.hbm_total_mb is not None
    used = [device.hbm_used_mb if has_hbm else device.memory_used_mb for device in devices]
    total = first.hbm_total_mb if has_hbm else first.memory_total_mb
    cells = (
        *ids, first.name or "unknown", first.health or "unknown", f"{_span(used)}/{words.number(total)}",
        _span([None if device.power_w is None else round(device.power_w) for device in devices]),
        _span([device.temp_c for device in devices]), words.use(first, host),
    )  # fmt: skip
    return Line(cells, first.is_healthy, first.is_busy)


def _span(values: Sequence[int | None]) -> str:
    """``7``, ``0-7``, or a dash where nothing is known."""
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    return f"{min(known)}" if min(known) == max(known) else f"{min(known)}-{max(known)}"
