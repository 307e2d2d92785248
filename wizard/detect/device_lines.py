"""The two lines of a device in ``npu-smi info``, by the cells of the header. Pure; None where a line does not fit."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wizard.detect import cells as table
from wizard.model.hardware import Device

STATES = frozenset({"ok", "warning", "alarm", "critical", "unknown"})
"""What the tool says of a device's health, in small letters; another single word is taken as well."""
_WORD = re.compile(r"[A-Za-z]{2,16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_.()/-]{0,31}( [A-Za-z0-9+_.()/-]{1,32}){0,2}")
_BUS = re.compile(r"[0-9A-Fa-fxX]{1,10}(:[0-9A-Fa-fxX]{1,4}){1,2}(\.[0-9A-Fa-fxX]{1,2})?|[A-Za-z]{1,16}")
_WHOLE = ("temp", "aicore", "memory", "hbm", "hugepages")


class FirstLine(NamedTuple):
    """Which card it is, and how it is."""

    npu_id: int
    name: str | None
    health: str | None
    figures: Mapping[str, table.Measure]


NOBODY = FirstLine(-1, None, None, {})
"""For a second line whose first one was left out."""


def first(row: Sequence[str], header: Sequence[str]) -> FirstLine | None:
    """``0  910B3 | OK | 88.4  46  0 / 0``: id and name share a cell, or have one each."""
    if len(row) != len(header):
        return None
    named = dict(zip((cell.lower() for cell in header), row, strict=True))
    words = row[0].split()
    npu_id = table.integer(words[0]) if words else None
    if ("name" in named and len(words) != 1) or npu_id is None or npu_id < 0:
        return None
    name = _name(named["name"] if "name" in named else " ".join(words[1:]))
    health = table.known(named["health"])
    figures = _figures(row, header, "health")
    if name is None or figures is None or not named["health"]:
        return None
    if health is not None and not _WORD.fullmatch(health):
        return None
    return FirstLine(npu_id, table.known(name), health, figures)


def _name(text: str) -> str | None:
    """A chip's name, or a mark for "not known"; None for what cannot be one, such as a word of the next column."""
    if not text or text.lower() in STATES - {"unknown"}:
        return None
    return text if table.known(text) is None or _NAME.fullmatch(text) else None


def _figures(row: Sequence[str], header: Sequence[str], after: str) -> dict[str, table.Measure] | None:
    """The figures of all cells behind the one of that name."""
    start = [cell.lower() for cell in header].index(after) + 1
    found: dict[str, table.Measure] = {}
    for title, cell in zip(header[start:], row[start:], strict=True):
        figures = table.measures(table.headings(title), cell)
        if figures is None or not all(_is_plausible(name, figures[name]) for name in _WHOLE if name in figures):
            return None
        found |= figures
    return found


def _is_plausible(name: str, figure: table.Measure) -> bool:
    """Counted in whole numbers, and no more in use than there is."""
    numbers = [table.integer(part) for part in figure if part is not None]
    if any(
        number is None and table.decimal(part) is not None
        for number, part in zip(numbers, filter(None, figure), strict=False)
    ):
        return False
    used, total = (*numbers, None)[:2]
    return name not in {"memory", "hbm"} or not (used and total) or used <= total


def second(row: Sequence[str], header: Sequence[str], before: FirstLine) -> Device | None:
    """``0  3 | 0000:C1:00.0 | 0  0 / 0  3317 / 65536``."""
    if len(row) != len(header):
        return None
    found_ids = table.ids(header[0], row[0])
    figures = _figures(row, header, "bus-id")
    bus = row[[cell.lower() for cell in header].index("bus-id")]
    if found_ids is None or figures is None or not bus or bus.lower() in STATES:
        return None
    if table.known(bus) is not None and not _BUS.fullmatch(bus):
        return None
    every = {**before.figures, **figures}

    def used(name: str) -> int | None:
        return table.integer(every[name].value) if name in every else None

    def total(name: str) -> int | None:
        return table.integer(every[name].total) if name in every else None

    return Device(
        npu_id=before.npu_id,
        chip_id=found_ids.get("chip_id"),
        phy_id=found_ids.get("phy_id"),
        logic_id=found_ids.get("logic_id"),
        name=before.name,
        health=before.health,
        bus_id=table.known(bus),
        power_w=table.decimal(every["power"].value) if "power" in every else None,
        temp_c=used("temp"),
        aicore_pct=used("aicore"),
        hbm_used_mb=used("hbm"),
        hbm_total_mb=total("hbm"),
        memory_used_mb=used("memory"),
        memory_total_mb=total("memory"),
        hugepages_used=used("hugepages"),
        hugepages_total=total("hugepages"),
    )
