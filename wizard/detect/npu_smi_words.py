"""The other words of ``npu-smi info``: ``-l``, ``-m``, ``-t board``, ``-t health``, ``-t topo``. Pure.

They answer where the table does not say enough. Anything that does not look like an answer yields nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from wizard.detect.cells import integer, known
from wizard.model.hardware import SuperPod

_PAIR = re.compile(r"^([A-Za-z][^:|+]*?)\s*:\s*(.*)$")
_MAP_COLUMN = re.compile(r"NPU ID|Slot ID|Chip Logic ID|Chip Phy-ID|Chip ID|Chip Name")
_NUMBER = re.compile(r"[0-9]{1,9}|-|N/?A")
_NODE = re.compile(r"(NPU|Phy-ID)([0-9]{1,4})")


class Health(NamedTuple):
    """What ``-t health`` says about a card."""

    health: str | None
    codes: tuple[str, ...]
    information: tuple[str, ...]


class Mapped(NamedTuple):
    """A row of ``-m``: which numbers belong together."""

    npu_id: int
    chip_id: int | None
    logic_id: int | None
    phy_id: int | None
    name: str


class Usages(NamedTuple):
    """What ``-t usages`` says about a chip."""

    hbm_total_mb: int | None
    hbm_pct: int | None
    aicore_pct: int | None


class Topology(NamedTuple):
    """How the devices reach one another."""

    prefix: str
    links: Mapping[tuple[int, int], str]
    cpu_affinity: Mapping[int, str]


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """``Key : value`` lines in order; the value may contain colons."""
    for line in text.splitlines():
        found = _PAIR.match(line.strip())
        if found:
            yield found[1], found[2].strip()


def first(text: str, *keys: str) -> str | None:
    """The first value under any of the keys; None where it is absent or not known."""
    found = next((value for key, value in pairs(text) if key in keys), None)
    return None if found is None else known(found)


def chip_counts(text: str) -> tuple[int, ...]:
    """Chips a card, from ``-l``; empty where the board does not say."""
    counts = (integer(value) for key, value in pairs(text) if key == "Chip Count")
    return tuple(count for count in counts if count is not None)


def health(text: str) -> Health:
    """The state, the fault codes and what they mean, from ``-t health``."""
    codes = first(text, "Error Code")
    information: list[str] = []
    is_information = False
    for line in text.splitlines():
        key, colon, value = (part.strip() for part in line.partition(":"))
        is_information = key == "Error Information" or (not key and is_information)
        if colon and is_information and known(value) is not None:
            information.append(value)
    state = first(text, "Health", "Health Status")
    return Health(state, tuple(codes.split()) if codes else (), tuple(information))


def usages(text: str) -> Mapping[int | None, Usages]:
    """The chips of a card by their ids, which stand at the end of their blocks; newer boards name no chip."""
    found: dict[int | None, Usages] = {}
    block: dict[str, str] = {}
    for key, value in (*pairs(text), ("Chip ID", "-")):
        if key != "Chip ID":
            block[key] = value
        else:
            if "HBM Capacity(MB)" in block:
                names = ("HBM Capacity(MB)", "HBM Usage Rate(%)", "Aicore Usage Rate(%)")
                found[integer(value)] = Usages(*(integer(block.get(name)) for name in names))
            block = {}
    return found


def super_pod(text: str) -> SuperPod | None:
    """Where the host stands in its super pod, from ``-t spod-info``; None where the board has none."""
    number, size, server = (integer(first(text, key)) for key in ("Super Pod ID", "Super Pod Size", "Server Index"))
    return SuperPod(number, size, server) if (number, size, server) != (None, None, None) else None


def mapped(text: str) -> tuple[Mapped, ...]:
    """The rows of ``-m``, columns by the names in its header; rows of a board's controller are left out."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    place = next((place for place, line in enumerate(lines) if line.startswith("NPU ID")), None)
    if place is None:
        return ()
    names = _MAP_COLUMN.findall(lines[place])
    return tuple(row for row in (_mapped_row(names, line) for line in lines[place + 1 :]) if row)


def _mapped_row(names: list[str], line: str) -> Mapped | None:
    """A number or a mark for each column; what is left belongs to the name, which may contain blanks."""
    values = line.split(maxsplit=len(names) - 1) if names else []
    if len(values) != len(names) or not names or names[-1] != "Chip Name":
        return None
    row = dict(zip(names, values, strict=True))
    npu_id, name = integer(row.get("NPU ID")), row["Chip Name"]
    if npu_id is None or name.lower() == "mcu" or any(not _NUMBER.fullmatch(value) for value in values[:-1]):
        return None
    chip, logic, phy = (integer(row.get(key)) for key in ("Chip ID", "Chip Logic ID", "Chip Phy-ID"))
    return Mapped(npu_id, chip, logic, phy, name)


def topology(text: str) -> Topology | None:
    """The matrix of ``-t topo``; None when it is none. Columns are those of the header in order."""
    rows = [line.split() for line in text.splitlines() if _NODE.match(line.strip())]
    header = next((row for row in rows if len(row) < 2 or _NODE.fullmatch(row[1])), None)
    if header is None:
        return None
    columns = [int(found[2]) for word in header if (found := _NODE.fullmatch(word))]
    return _matrix(columns, (row for row in rows if row is not header))


def _matrix(columns: list[int], rows: Iterable[list[str]]) -> Topology | None:
    links: dict[tuple[int, int], str] = {}
    affinity: dict[int, str] = {}
    prefix = "NPU"
    for row in rows:
        node = _NODE.fullmatch(row[0])
        if node is None or len(row) < len(columns) + 1:
            return None
        prefix = node[1]
        links |= {(int(node[2]), column): row[place + 1] for place, column in enumerate(columns)}
        if len(row) > len(columns) + 1:
            affinity[int(node[2])] = row[len(columns) + 1]
    return Topology(prefix, links, affinity) if links else None
