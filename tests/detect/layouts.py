"""Writes `npu-smi info` as the tool lays it out: wide or narrow, one die or two, with or without processes."""

from collections.abc import Sequence
from typing import NamedTuple


class Die(NamedTuple):
    """What one pair of lines says."""

    npu_id: int
    chip_id: int = 0
    phy_id: int | None = None
    name: str = "910B3"
    health: str = "OK"
    bus_id: str = "0000:C1:00.0"
    power: str = "94.2"
    temp: str = "41"
    used: int = 3391
    total: int = 65536


class Row(NamedTuple):
    """A row of the process table."""

    npu_id: int
    chip_id: int
    pid: int
    name: str
    memory: int


def _rule(widths: Sequence[int], sign: str) -> str:
    return "+" + "+".join(sign * width for width in widths) + "+"


def _line(widths: Sequence[int], cells: Sequence[str]) -> str:
    return "|" + "|".join((" " + cell).ljust(width) for width, cell in zip(widths, cells, strict=True)) + "|"


def table(
    dies: Sequence[Die],
    rows: Sequence[Row] | None = (),
    *,
    version: str = "25.2.0",
    driver: str | None = None,
    extra: int = 0,
) -> str:
    """The whole output. ``rows=None`` leaves the process section out; ``extra`` widens every column."""
    widths = (27 + extra, 15 + extra, 52 + extra)
    is_paired = any(die.phy_id is not None for die in dies)
    whole = sum(widths) + 2
    second = "Chip  Phy-ID" if is_paired else "Chip"
    lines = [
        "+" + "-" * whole + "+",
        "|" + f" npu-smi {version}".ljust(34) + f"Version: {driver or version}".ljust(whole - 34) + "|",
        _rule(widths, "-"),
        _line(widths, ["NPU   Name", "Health", "Power(W)    Temp(C)           Hugepages-Usage(page)"]),
        _line(widths, [second, "Bus-Id", "AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)"]),
        _rule(widths, "="),
    ]
    for place, die in enumerate(dies):
        ids = f"{die.chip_id:<6}{die.phy_id}" if is_paired else f"{die.chip_id}"
        lines.append(
            _line(widths, [f"{die.npu_id:<6}{die.name}", die.health, f"{die.power:<12}{die.temp:<18}0    / 0"])
        )
        lines.append(_line(widths, [ids, die.bus_id, f"0           0    / 0          {die.used:<5}/ {die.total}"]))
        is_last_of_card = place + 1 == len(dies) or dies[place + 1].npu_id != die.npu_id
        lines.append(_rule(widths, "=") if is_last_of_card else "+" + "-" * whole + "+")
    return "\n".join(lines + ([] if rows is None else _processes(dies, rows, widths))) + "\n"


def _processes(dies: Sequence[Die], rows: Sequence[Row], widths: Sequence[int]) -> list[str]:
    first, second, last = widths
    columns = (first, second, 26, last - 27)
    lines = [
        _rule(widths, "-"),
        _line(columns, ["NPU     Chip", "Process id", "Process name", "Process memory(MB)"]),
        _rule(widths, "="),
    ]
    for npu_id in dict.fromkeys(die.npu_id for die in dies):
        own = [row for row in rows if row.npu_id == npu_id]
        lines += [_line(columns, [f"{npu_id:<8}{row.chip_id}", str(row.pid), row.name, str(row.memory)]) for row in own]
        if not own:
            lines.append("|" + f" No running processes found in NPU {npu_id}".ljust(sum(widths) + 2) + "|")
        lines.append(_rule(widths, "="))
    return lines


def a2(used: int = 3391, count: int = 8, **changes: object) -> list[Die]:
    """The dies of an Atlas 800I A2."""
    slots = ("C1", "C2", "81", "82", "01", "02", "41", "42")
    return [
        Die(number, 0, None, bus_id=f"0000:{slots[number % 8]}:00.0", power=f"{88 + number}.4",
            temp=str(39 + number % 5), used=used + number * 3)._replace(**changes)  # type: ignore[arg-type]
        for number in range(count)
    ]  # fmt: skip


def a3(used: int = 3120, cards: int = 8) -> list[Die]:
    """The dies of an Atlas 800I A3: two a card; the card's power stands on the first."""
    return [
        Die(card, chip, 2 * card + chip, "Ascend910", "OK", f"0000:{0x80 + 4 * card + 2 * chip:02X}:00.0",
            "-" if chip else f"{160 + card}.5", str(35 + chip), used - 250 * chip + card, 65536)
        for card in range(cards)
        for chip in (0, 1)
    ]  # fmt: skip
