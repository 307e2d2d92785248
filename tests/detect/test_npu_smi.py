"""`npu-smi info` is read by cells and headers, or refused: never misread, never a traceback."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.layouts import Die, Row, a2, a3, table
from wizard.detect.npu_smi import NpuTable, read_info
from wizard.detect.series import series
from wizard.model.hardware import Device, Fault, Series

TABLES = {
    "a2": table(a2()),
    "a2 busy": table(a2(61000), [Row(2, 0, 4711, "python3", 57000), Row(2, 0, 99, "", 118)]),
    "a2 wide": table(a2(), extra=9),
    "a2 without processes": table(a2(), None),
    "a2 box of 16": table([die._replace(npu_id=place) for place, die in enumerate(a2(count=16))]),
    "a3": table(a3()),
    "a3 in part": table(a3()[4:8]),
    "a3 half": table(a3()[4:12]),
    "a3 one die a card": table([die for die in a3() if die.chip_id == 0]),
}


def read(text: str) -> NpuTable:
    """A table that must be readable."""
    found = read_info(text)
    assert isinstance(found, NpuTable), found
    return found


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("a2", 8, Series.A2),
        ("a2 busy", 8, Series.A2),
        ("a2 wide", 8, Series.A2),
        ("a2 without processes", 8, Series.A2),
        ("a2 box of 16", 16, Series.A2),
        ("a3", 16, Series.A3),
        ("a3 in part", 4, Series.A3),
        ("a3 half", 8, Series.A3),
        ("a3 one die a card", 8, Series.A3),
    ],
)
def test_series_comes_from_the_layout_and_the_names_not_from_the_count(name: str, count: int, expected: Series) -> None:
    """Sixteen devices may be an A2, four an A3."""
    found = read(TABLES[name])
    assert len(found.devices) == count
    assert series(found)[0] is expected


def test_every_cell_lands_in_its_field() -> None:
    """One die, all fields."""
    text = table([Die(12, 1, 25, "Ascend910", "Warning", "0000:9D:00.0", "-", "51", 20701, 65536)], version="26.0.rc1")
    found = read(text)
    assert found.devices == (
        Device(
            npu_id=12, chip_id=1, phy_id=25, name="Ascend910", health="Warning", bus_id="0000:9D:00.0", power_w=None,
            temp_c=51, aicore_pct=0, hbm_used_mb=20701, hbm_total_mb=65536, memory_used_mb=0, memory_total_mb=0,
            hugepages_used=0, hugepages_total=0,
        ),
    )  # fmt: skip
    assert (found.npu_smi_version, found.idle_npus) == ("26.0.rc1", (12,))


@pytest.mark.parametrize("mark", ["-", "NA", "N/A", "--"])
def test_marks_for_not_known_are_none(mark: str) -> None:
    """Not known is not 0."""
    device = read(table([Die(0, power=mark, temp=mark, bus_id=mark)])).devices[0]
    assert (device.power_w, device.temp_c, device.bus_id) == (None, None, None)


@pytest.mark.parametrize("name", ["910B4-1", "Ascend 910B3", "910_zeta", "Alan 5", "x"])
def test_any_chip_name_is_read(name: str) -> None:
    """Hyphens, blanks, unknown names."""
    assert read(table([Die(0, name=name)])).devices[0].name == name


@pytest.mark.parametrize("change", ["\r\n", "\n\n", " \n", "\x1b[0m\n"])
@pytest.mark.parametrize("name", TABLES)
def test_line_ends_blanks_and_colours_change_nothing(name: str, change: str) -> None:
    """What pages, terminals and editors do to the text."""
    assert read_info(TABLES[name].replace("\n", change)) == read_info(TABLES[name])


def test_lines_around_the_table_are_talk_and_warnings_are_kept() -> None:
    """A preloaded library logs in front, the tool warns behind."""
    found = read("[INFO] limiter | ready\n" + TABLES["a3"] + "[WARNING]The driver package may be incomplete\n")
    assert len(found.devices) == 16
    assert found.warnings == ("The driver package may be incomplete",)


def test_processes_are_told_from_devices_even_without_their_header() -> None:
    """A row of ids and a pid is no device."""
    lines = TABLES["a2 busy"].splitlines(keepends=True)
    found = read("".join(line for line in lines if "Process id" not in line))
    assert len(found.devices) == 8
    assert [(row.npu_id, row.pid, row.name, row.memory_mb) for row in found.processes or ()] == [
        (2, 4711, "python3", 57000),
        (2, 99, "", 118),
    ]


def test_container_pids_have_a_column_of_their_own() -> None:
    """The fifth column of newer tools."""
    text = table(a2(count=1), None) + (
        "| NPU     Chip | Process id | Process name | Process memory(MB) | Process id in container |\n"
        "+======+\n| 0       0    | 4711       | a | b        | 5000               | 17                      |\n"
    )
    rows = read(text).processes or ()
    assert [(row.pid, row.name, row.memory_mb, row.container_pid) for row in rows] == [(4711, "a | b", 5000, 17)]


def test_a_name_that_goes_on_and_a_chip_that_is_not_repeated() -> None:
    """Rows whose first cells are blank belong to the row above."""
    text = table(a2(count=2), None) + (
        "| NPU     Chip | Process id | Process name | Process memory(MB) |\n"
        "+======+\n| 1       0    | 4711       | sglang::sche | 5000 |\n"
        "|              |            | duler_TP3    |      |\n"
        "|              | 4712       | python3      | 118  |\n+======+\n"
    )
    assert [(row.npu_id, row.chip_id, row.pid, row.name, row.memory_mb) for row in read(text).processes or ()] == [
        (1, 0, 4711, "sglang::scheduler_TP3", 5000),
        (1, 0, 4712, "python3", 118),
    ]


@pytest.mark.parametrize("prefix", ["node-7: ", "[2026-08-01 10:00:00] ", "> > "])
def test_what_a_collector_puts_before_every_line_is_taken_off(prefix: str) -> None:
    """As long as it is the same before each."""
    text = "".join(prefix + line for line in TABLES["a3"].splitlines(keepends=True))
    assert read(text).devices == read(TABLES["a3"]).devices


def test_talk_in_front_may_have_bars() -> None:
    """It is no table; rows of a table that lost its header are."""
    assert read("| limiter | ready |\n" + TABLES["a2"]) == read(TABLES["a2"])
    rows = "".join(line for line in TABLES["a2"].splitlines(keepends=True) if line.startswith("| 3"))
    assert isinstance(read_info(rows + TABLES["a2"]), Fault)


DUO = """
+---------------------------------+-----------------+------------------------------------------------------+
| NPU     Name                    | Health          | Power(W)     Temp(C)           Hugepages-Usage(page) |
| Chip    Device                  | Bus-Id          | AICore(%)    Memory-Usage(MB)                        |
+=================================+=================+======================================================+
| 2144    310P3                   | OK              | NA           59                7     / 9             |
| 0       6                       | 0000:81:00.0    | 3            1492 / 44280                            |
+---------------------------------+-----------------+------------------------------------------------------+
| 2144    310P3                   | Warning         | NA           58                0     / 0             |
| 1       7                       | 0000:81:00.0    | 0            1400 / 44280                            |
+=================================+=================+======================================================+
"""
WIDE_950 = """
| npu-smi 27.0.rc1         Version: 27.0.rc1 |
| NPU ID | Name        | Health | Power(W) Temp(C) Hugepages-Usage(page)      |
|        |             | Bus-Id | NPU Util(%) Memory-Usage(MB) HBM-Usage(MB)  |
| 3      | Ascend950PR | OK     | 100.5 40 0 / 0                              |
|        |             | NA     | 20 0 / 0 4400/ 86016                        |
| NPU ID | Process id | Process name | Process memory(MB) | Process id in container |
| 3      | 1001       | python       | 256                | 17                      |
"""


def test_two_chips_of_a_310_card_are_no_a3() -> None:
    """Its memory has its own column, its numbers are logic ids, both chips share a bus id."""
    found = read(DUO)
    assert [(d.npu_id, d.chip_id, d.logic_id, d.health, d.memory_used_mb) for d in found.devices] == [
        (2144, 0, 6, "OK", 1492),
        (2144, 1, 7, "Warning", 1400),
    ]
    assert {(d.phy_id, d.hbm_total_mb, d.power_w, d.bus_id) for d in found.devices} == {
        (None, None, None, "0000:81:00.0")
    }
    assert (found.processes, found.npu_smi_version, found.devices[0].hugepages_total) == (None, None, 9)
    assert series(found)[0] is Series.ATLAS_310


def test_a_table_with_a_cell_more_is_read_by_its_names() -> None:
    """The id and the name in cells of their own, a second line without ids."""
    found = read(WIDE_950)
    assert found.devices == (
        Device(
            npu_id=3, name="Ascend950PR", health="OK", power_w=100.5, temp_c=40, aicore_pct=20, hbm_used_mb=4400,
            hbm_total_mb=86016, memory_used_mb=0, memory_total_mb=0, hugepages_used=0, hugepages_total=0,
        ),
    )  # fmt: skip
    assert [(row.npu_id, row.chip_id, row.pid, row.container_pid) for row in found.processes or ()] == [
        (3, None, 1001, 17)
    ]
    assert series(found)[0] is Series.OTHER


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("910B3", Series.A2), ("910B2C", Series.A2), ("910B4-1", Series.A2), ("Ascend 910B3", Series.A2),
        ("A2G1", Series.A2), ("Ascend910_9391", Series.A3), ("9382", Series.A3), ("310P3", Series.ATLAS_310),
        ("910A", Series.OTHER), ("910B", Series.OTHER), ("910ProB", Series.OTHER), ("Ascend950DT", Series.OTHER),
        ("Ascend910", None), ("xxx", None),
    ],
)  # fmt: skip
def test_names_tell_the_series_or_leave_it_open(name: str, expected: Series | None) -> None:
    """`910` alone in a name proves nothing."""
    assert series(read(table([Die(0, name=name)])))[0] is expected


def test_mixed_series_are_unknown() -> None:
    """Sources that disagree make it unknown, and say what they saw."""
    kind, evidence = series(read(table([Die(0), Die(1, name="310P3")])))
    assert kind is None
    assert evidence == ("name 910B3", "name 310P3")


@pytest.mark.parametrize("lost", ["NPU   Name", "Chip  Phy-ID", "| Chip   "])
def test_a_table_without_its_header_is_refused(lost: str) -> None:
    """Without names the figures mean nothing."""
    for name in ("a2", "a3"):
        lines = TABLES[name].splitlines(keepends=True)
        kept = [line for line in lines if lost not in line]
        if len(kept) < len(lines):
            assert isinstance(read_info("".join(kept)), Fault)


@given(name=st.sampled_from(sorted(TABLES)), data=st.data())
def test_a_lost_line_is_noticed_or_changes_no_device(name: str, data: st.DataObject) -> None:
    """Half a device is never joined with half of another."""
    whole = read(TABLES[name])
    lines = TABLES[name].splitlines(keepends=True)
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    found = read_info("".join(lines))
    assert isinstance(found, Fault) or set(found.devices) <= set(whole.devices)


@given(name=st.sampled_from(sorted(TABLES)), data=st.data())
def test_two_lines_swapped_are_noticed_or_change_no_device(name: str, data: st.DataObject) -> None:
    """Lines in the wrong order make no devices that are not there."""
    whole = read(TABLES[name])
    lines = TABLES[name].splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 2))
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    found = read_info("".join(lines))
    assert isinstance(found, Fault) or set(found.devices) <= set(whole.devices)


@given(name=st.sampled_from(sorted(TABLES)), data=st.data())
def test_cut_output_yields_whole_devices_only(name: str, data: st.DataObject) -> None:
    """Wherever the output ends, each device that is reported is exactly right."""
    whole = read(TABLES[name])
    found = read_info(TABLES[name][: data.draw(st.integers(0, len(TABLES[name])))])
    if isinstance(found, NpuTable):
        assert found.devices == whole.devices[: len(found.devices)]
        assert set(found.processes or ()) <= set(whole.processes or ())


@pytest.mark.parametrize("name", TABLES)
def test_output_that_ends_inside_a_device_is_refused(name: str) -> None:
    """At any character of its two lines; behind them, and inside the process table, the devices are whole."""
    lines = TABLES[name].splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if ":00.0" in line)
    start, end = len("".join(lines[: last - 1])), len("".join(lines[: last + 1]))
    for cut in range(start + 1, end - 1):
        found = read_info(TABLES[name][:cut])
        assert isinstance(found, Fault)
        assert found.kind == "untrusted_table"
    for cut in range(end, len(TABLES[name]), 7):
        assert read(TABLES[name][:cut]).devices == read(TABLES[name]).devices


@given(name=st.sampled_from(sorted(TABLES)), data=st.data())
def test_a_lost_bar_is_noticed_or_changes_no_device(name: str, data: st.DataObject) -> None:
    """Cells that run together fit no header."""
    whole = read(TABLES[name])
    bars = [place for place, sign in enumerate(TABLES[name]) if sign == "|"]
    place = data.draw(st.sampled_from(bars))
    found = read_info(TABLES[name][:place] + TABLES[name][place + 1 :])
    if isinstance(found, NpuTable):
        named = {replace(device, name=None) for device in whole.devices}
        assert {replace(device, name=None) for device in found.devices} <= named


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing raises."""
    assert isinstance(read_info(text), NpuTable | Fault)


@given(name=st.sampled_from(sorted(TABLES)), data=st.data())
def test_mangled_tables_are_read_or_refused(name: str, data: st.DataObject) -> None:
    """Nothing raises, wherever anything is put in or taken out."""
    text = TABLES[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    put = data.draw(st.text(alphabet="|+-=/ \n0139OKNAxé\u00b2\u0663.:", max_size=40))
    assert isinstance(read_info(text[:start] + put + text[end:]), NpuTable | Fault)
