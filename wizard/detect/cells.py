"""The cells of an ``npu-smi info`` table: from a header cell and a value cell to named figures. Pure.

Column offsets are never used: widths differ by version, and real rows are off by a blank.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_NOT_KNOWN = {"", "-", "--", "NA", "N/A"}
_INTEGER = re.compile(r"-?[0-9]{1,12}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9_ -]*?)\s*\(([^()]*)\)")
_MEASURES = {
    "power": "power",
    "temp": "temp",
    "hugepages-usage": "hugepages",
    "aicore": "aicore",
    "npu util": "aicore",
    "memory-usage": "memory",
    "hbm-usage": "hbm",
}
_IDS = {"chip": "chip_id", "phy-id": "phy_id", "phyid": "phy_id", "phy_id": "phy_id", "device": "logic_id"}


class Measure(NamedTuple):
    """What a cell says: one value, or a used and a total. Texts as printed."""

    value: str
    total: str | None = None


def cells(line: str) -> list[str]:
    """The texts between bars. What follows the last bar is no cell, so a line cut short has fewer of them."""
    return [cell.strip() for cell in line.split("|")[1:-1]]


def integer(text: str | None) -> int | None:
    """A whole number, or None for everything else."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def decimal(text: str | None) -> float | None:
    """A number, or None for everything else."""
    return float(text) if text is not None and _DECIMAL.fullmatch(text) else None


def known(text: str) -> str | None:
    """The text, or None where the tool prints a mark for "not known"."""
    return None if text.upper() in _NOT_KNOWN else text


def headings(cell: str) -> list[str]:
    """The names of the columns inside one header cell, in order: known ones under our name.

    A cell with other text between them has none: it is no header, or something was written into it.
    """
    if _HEADING.sub("", cell).strip():
        return []
    return [_MEASURES.get(name.lower(), name.lower()) for name, _ in _HEADING.findall(cell)]


def _items(cell: str) -> list[Measure]:
    words = cell.replace("N/A", "NA").replace("/", " / ").split()
    found: list[Measure] = []
    place = 0
    while place < len(words):
        if place + 2 < len(words) and words[place + 1] == "/":
            found.append(Measure(words[place], words[place + 2]))
            place += 3
        else:
            found.append(Measure(words[place]))
            place += 1
    return found


def measures(names: Sequence[str], cell: str) -> Mapping[str, Measure] | None:
    """The figures of a cell under the names of its header; None when they do not fit together.

    A column that prints used and total can only take a pair or a mark for "not known"; so values cannot slide into
    the neighbouring column unnoticed.
    """
    found = _items(cell)
    if len(found) != len(names):
        return None
    for name, item in zip(names, found, strict=True):
        is_pair = name in {"hugepages", "memory", "hbm"}
        if name in _MEASURES.values() and is_pair != (item.total is not None) and known(item.value) is not None:
            return None
        if any(not _is_figure(part) for part in item if part is not None):
            return None
    return dict(zip(names, found, strict=True))


def _is_figure(text: str) -> bool:
    """A number or a mark; letters alone are a masked value. A slash, or digits with letters among them, are neither."""
    return known(text) is None or _DECIMAL.fullmatch(text) is not None or text.isalpha()


def ids(header: str, cell: str) -> Mapping[str, int | None] | None:
    """The ids of a second line (chip, die, logic id) by the names in its header; None when they do not fit."""
    names = [_IDS.get(name.lower(), name.lower()) for name in header.split()]
    words = cell.split()
    if len(words) != len(names):
        return None
    if any(integer(word) is None and known(word) is not None for word in words):
        return None
    return {name: integer(word) for name, word in zip(names, words, strict=True)}
