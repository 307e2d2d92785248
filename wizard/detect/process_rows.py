"""The rows of the process section of ``npu-smi info``, by the columns its header names. Pure.

A header cell may name several columns (``NPU  Chip``): then a row's cell holds a word for each.
"""

import re
from collections.abc import Sequence

from wizard.detect import cells as table
from wizard.model.hardware import NpuProcess

_COLUMN = re.compile(r"process id in container|process id|process name|(?:process|device) memory|npu|chip")
_USUAL = (("npu", "chip"), ("process id",), ("process name",), ("process memory",))
_MEMORY = {"process memory", "device memory"}


def columns(header: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The columns each cell of the header names."""
    return tuple(tuple(_COLUMN.findall(cell.lower())) for cell in header)


def is_process(row: Sequence[str]) -> bool:
    """Whether it is a row of a process section that lost its header: ids, a pid, a name, figures."""
    return (
        len(row) >= 4
        and all(table.integer(word) is not None for word in row[0].split())
        and table.integer(row[1]) is not None
        and (table.integer(row[-1]) is not None or table.integer(row[-2]) is not None)
    )


def process(row: Sequence[str], known: Sequence[Sequence[str]]) -> NpuProcess | None:
    """The process of a row; None when the row does not fit its header.

    Args:
        row: its cells.
        known: the columns of the header; without one, those of the usual tool.
    """
    known = known or _guessed(row)
    if not {"process id", "process name"} <= {name for names in known for name in names}:
        return None
    values = _values(_fitting(row, known), known)
    if values is None:
        return None
    npu_id, chip_id, pid = (table.integer(values.get(name)) for name in ("npu", "chip", "process id"))
    memory = next((values[name] for name in _MEMORY if name in values), "")
    inner = values.get("process id in container", "")
    if npu_id is None or pid is None or (chip_id is None and "chip" in values):
        return None
    if any(table.integer(text) is None and table.known(text) is not None for text in (memory, inner)):
        return None
    name = values.get("process name", "")
    return NpuProcess(npu_id, chip_id, pid, name, table.integer(memory), table.integer(inner))


def _guessed(row: Sequence[str]) -> Sequence[Sequence[str]]:
    """The columns of a row without a header, as the tool usually prints them."""
    ids = _USUAL if len(row[0].split()) == 2 else (("npu",), *_USUAL[1:])
    has_inner = len(row) > 4 and table.integer(row[-2]) is not None
    return (*ids, ("process id in container",)) if has_inner else ids


def _fitting(row: Sequence[str], known: Sequence[Sequence[str]]) -> list[str]:
    """The cells, with those of a name that contains bars put together again."""
    place = next((place for place, names in enumerate(known) if "process name" in names), -1)
    more = len(row) - len(known)
    parts = row[place : place + more + 1]
    if more <= 0 or place < 0 or not all(parts):
        return list(row)
    return [*row[:place], " | ".join(parts), *row[place + more + 1 :]]


def _values(row: Sequence[str], known: Sequence[Sequence[str]]) -> dict[str, str] | None:
    """The texts under the names of their columns."""
    if len(row) != len(known):
        return None
    found: dict[str, str] = {}
    for cell, names in zip(row, known, strict=True):
        words = [cell] if len(names) == 1 else cell.split()
        if len(names) > 1 and "process name" in names:
            place = names.index("process name")
            behind = len(words) - (len(names) - place - 1)
            words = [*words[:place], " ".join(words[place:behind]), *words[behind:]] if behind >= place else []
        if len(words) != len(names) and names:
            return None
        found |= zip(names, words, strict=False)
    return found
