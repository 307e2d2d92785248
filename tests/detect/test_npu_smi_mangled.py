"""What terminals, collectors and editors do to `npu-smi info`: the table is read exactly, or refused, never misread."""

import re
from collections.abc import Callable

import pytest

from tests.detect.layouts import Die, Row, a2, a3, table
from wizard.detect.npu_smi import NpuTable, read_info
from wizard.detect.series import series
from wizard.model.hardware import Fault, Series

BUSY = table(a2(61000, count=3), [Row(1, 0, 4711, "sglang::sched", 57000), Row(1, 0, 4712, "", 118)])
PAIRS = table(a3(cards=2), [Row(1, 1, 990, "python3", 5000)])
FOUR_CELLS = """
+--------+-------------+--------+-------------------------------------------------+
| NPU ID | Name        | Health | Power(W)     Temp(C)      Hugepages-Usage(page)  |
|        |             | Bus-Id | NPU Util(%)  Memory-Usage(MB)  HBM-Usage(MB)     |
+========+=============+========+=================================================+
| 3      | Ascend950PR | OK     | 100.5        40           0 / 0                  |
|        |             | NA     | 20           0 / 0             4400/ 86016       |
+========+=============+========+=================================================+
"""


def wrapped(text: str, width: int) -> str:
    """Every line broken where a narrow terminal ends."""
    pieces = (line[start : start + width] for line in text.splitlines() for start in range(0, max(1, len(line)), width))
    return "\n".join(pieces) + "\n"


def chopped(text: str, width: int) -> str:
    """Every line without what a narrow terminal does not show."""
    return "\n".join(line[:width] for line in text.splitlines()) + "\n"


HARMLESS: dict[str, Callable[[str], str]] = {
    "title of the terminal": lambda text: "\x1b]0;root@node: ~\x07" + text,
    "colours in cells": lambda text: text.replace(" OK ", " \x1b[1;32mOK\x1b[0m "),
    "wide characters": lambda text: text.encode("utf-16").decode("utf-8", "replace"),
    "blanks squeezed": lambda text: re.sub(" +", " ", text),
    "no blanks at bars": lambda text: re.sub(r" *\| *", "|", text),
    "tabs": lambda text: text.replace("    ", "\t"),
    "carriage returns": lambda text: text.replace("\n", "\r\r\n"),
    "rules left out": lambda text: "".join(line for line in text.splitlines(True) if line.startswith("|")),
    "a patch": lambda text: "".join("+" + line for line in text.splitlines(True)),
    "talk between devices": lambda text: text.replace("| 1 ", "DrvMng: retry a | b\n| 1 ", 1),
}


@pytest.mark.parametrize("change", HARMLESS)
@pytest.mark.parametrize("text", [BUSY, PAIRS], ids=["busy", "pairs"])
def test_what_keeps_the_cells_changes_nothing(text: str, change: str) -> None:
    """Devices, processes and versions are the same."""
    want, got = read_info(text), read_info(HARMLESS[change](text))
    assert isinstance(want, NpuTable)
    assert isinstance(got, NpuTable), got
    assert got[:5] == want[:5]


BROKEN: dict[str, Callable[[str], str]] = {
    "wrapped at 80": lambda text: wrapped(text, 80),
    "wrapped at 60": lambda text: wrapped(text, 60),
    "cropped at 80": lambda text: chopped(text, 80),
    "cropped at 90": lambda text: chopped(text, 90),
    "printed twice": lambda text: text + text,
    "text in a name": lambda text: text.replace("910", "91[W] log 0", 1),
    "text in a state": lambda text: text.replace(" OK ", " O[W] K ", 1),
    "text in a column's title": lambda text: text.replace("Temp(C)  ", "Temp(C) [W] ", 1),
    "text before a line": lambda text: text.replace("\n| 1 ", "\n[W] lost: | 1 ", 1),
    "text before both lines": lambda text: re.sub(r"\n(\| 1 .*)\n(\| 0 )", r"\n[W] \1\n[W] \2", text, count=1),
    "text behind a line": lambda text: text.replace("\n| 0     ", " [W]\n| 0     ", 1).replace("|\n+", "| [W]\n+", 3),
    "a rule that swallowed a line": lambda text: re.sub(r"=\+\n\| 1 .*\n", "= 1 | OK |\n", text, count=1),
    "a state lost": lambda text: text.replace(" OK ", "    ", 1),
    "a bus id lost": lambda text: re.sub(r"\| 0000:\S+", lambda found: "|" + " " * (len(found[0]) - 1), text, count=1),
    "a state for a bus id": lambda text: re.sub(r"0000:\S+ ", "OK ", text, count=1),
    "a name lost": lambda text: re.sub(r"(\| 1 +)(910B3|Ascend910)", r"\1", text),
    "half a total": lambda text: re.sub(r"/ 65536", "/ 6   ", text, count=1),
    "figures in each other's columns": lambda text: text.replace("Power(W)    Temp(C)", "Temp(C)    Power(W)"),
    "devices behind the processes": lambda text: text.replace(
        "\n| 1 ", "\n| No running processes found in NPU 0 |\n| 1 ", 1
    ),
    "a header without figures": lambda text: re.sub(r"(\| Bus-Id .*?\|).*\|", r"\1", text, count=1),
}  # fmt: skip


@pytest.mark.parametrize("change", BROKEN)
@pytest.mark.parametrize("text", [BUSY, PAIRS], ids=["busy", "pairs"])
def test_what_breaks_the_table_is_refused(text: str, change: str) -> None:
    """No device is better than a wrong one."""
    broken = BROKEN[change](text)
    assert broken != text
    assert isinstance(read_info(broken), Fault), broken


@pytest.mark.parametrize(
    ("old", "new"),
    [("| Ascend950PR | OK ", "| OK | Ascend950PR "), ("| 3      |", "| 3 9 |"), ("| 3      |", "|        |")],
)
def test_a_cell_of_its_own_must_hold_what_its_title_says(old: str, new: str) -> None:
    """A state where the name stands, two ids, none."""
    assert isinstance(read_info(FOUR_CELLS), NpuTable)
    assert isinstance(read_info(FOUR_CELLS.replace(old, new)), Fault)


@pytest.mark.parametrize(
    ("title", "versions"),
    [
        ("| npu-smi 25.2.0 Version:24.1.rc1.b030 |", ("25.2.0", "24.1.rc1.b030")),
        ("|npu-smi 25.2.0 Version: 25.2.0|", ("25.2.0", "25.2.0")),
        ("| npu-smi 25.2.0    |", ("25.2.0", None)),
        ("| npu-smi    Version: 25.2.0 |", (None, "25.2.0")),
        ("| npu-smi 25.[W] 2.0    Version: 25.2.0 |", (None, None)),
        ("| npu-smi 25.2.0    Version: 25.2.0 [W] |", ("25.2.0", None)),
    ],
)
def test_a_title_says_what_can_be_read_of_it(title: str, versions: tuple[str | None, str | None]) -> None:
    """One version may be missing or mangled; the bar is part of neither."""
    found = read_info(re.sub(r"\| npu-smi .*", title, BUSY))
    assert isinstance(found, NpuTable)
    assert (found.npu_smi_version, found.driver_version) == versions


@pytest.mark.parametrize("title", ["Phy-Id", "phy-id", "PhyID"])
def test_one_die_of_an_a3_is_known_by_its_column_however_it_is_written(title: str) -> None:
    """Alone it has no second chip beside it, and its name says nothing."""
    found = read_info(table([Die(1, 0, 2, "Ascend910")]).replace("Phy-ID", title))
    assert isinstance(found, NpuTable)
    assert (found.devices[0].phy_id, series(found)[0]) == (2, Series.A3)


@pytest.mark.parametrize(
    "section",
    [
        "| NPU  Chip  Process id | Process name | Process memory(MB) |\n| 1    0     4711 | my server | 57000 |\n",
        "| NPU  Chip  Process id  Process name  Process memory(MB) |\n| 1    0     4711    my server  57000 |\n",
        "| NPU Chip | Process id | Process name | Device memory(MB) |\n| 1 0 | 4711 | my server | 57000 |\n",
    ],
)
def test_columns_of_processes_may_share_a_cell(section: str) -> None:
    """Their titles say which word is which."""
    found = read_info(table(a2(count=2), None) + section)
    assert isinstance(found, NpuTable)
    rows = [(row.npu_id, row.chip_id, row.pid, row.name, row.memory_mb) for row in found.processes or ()]
    assert rows == [(1, 0, 4711, "my server", 57000)]


@pytest.mark.parametrize(
    "row",
    [
        "| 1 | 4711 | x | 5 |", "| 1 0 | 47x1 | x | 5 |", "| 1 0 | 4711 | x | 5 [W] |", "| 1 0 | 4711 | x |  | 5 |",
        "[W] | 1 0 | 4711 | x | 5 |", "| 1 0 | 4711 | x",
    ],
)  # fmt: skip
def test_a_row_of_processes_that_does_not_fit_is_told_and_left_out(row: str) -> None:
    """The devices stay."""
    head = "| NPU Chip | Process id | Process name | Process memory(MB) |\n"
    found = read_info(f"{table(a2(count=2), None)}{head}{row}\n| 0 0 | 4700 | y | 7 |\n")
    assert isinstance(found, NpuTable)
    assert [row.pid for row in found.processes or ()] == [4700]
    assert found.warnings == ("a row of the process table could not be read",)


def test_a_table_that_just_ends_says_that_devices_may_be_missing() -> None:
    """Cut between two devices it looks whole; nothing was said about processes either."""
    lines = table(a2(count=4), None).splitlines(keepends=True)
    whole, cut = read_info("".join(lines)), read_info("".join(lines[:8]))
    assert isinstance(whole, NpuTable)
    assert isinstance(cut, NpuTable)
    assert whole.warnings == ("the output ends behind the devices",)
    assert cut.warnings == ("the output ends behind the devices, in the middle of the table: some may be missing",)
    assert (len(whole.devices), len(cut.devices)) == (4, 1)
