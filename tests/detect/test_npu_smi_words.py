"""The other words of npu-smi and hccn_tool, on tables of our own and on the reference captures."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.detect import hccn, npu_smi_words
from wizard.detect.sections import Section

CAPTURES = Path(__file__).parents[2].parent / "shared" / "reference" / "npu-smi"
needs_captures = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the reference captures are not here")


def capture(name: str) -> tuple[str, dict[str, Any]]:
    """A capture's text and what it should say."""
    expected = json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))["expect"]
    return (CAPTURES / f"{name}.txt").read_text(encoding="utf-8"), expected


@needs_captures
@pytest.mark.parametrize("name", ["sub-t-health-alarm-910a", "sub-t-health-ok-910a", "sub-t-health-950-doc"])
def test_health(name: str) -> None:
    """State, codes, and information over several lines."""
    text, want = capture(name)
    found = npu_smi_words.health(text)
    assert found == (want["health"], tuple(want["error_codes"]), tuple(want["error_information"]))


@needs_captures
@pytest.mark.parametrize(
    "name", ["sub-t-topo-a2-8card", "sub-t-topo-910b1-8card-header-stripped", "sub-t-topo-950-ub-doc"]
)
def test_topology(name: str) -> None:
    """Every link of the matrix, with and without the blanks before its header."""
    text, want = capture(name)
    found = npu_smi_words.topology(text)
    assert found
    assert found.prefix == want["prefix"]
    assert found.links == {(int(a), int(b)): link for a, row in want["matrix"].items() for b, link in row.items()}
    assert found.cpu_affinity == {int(number): cores for number, cores in want["cpu_affinity"].items()}


@needs_captures
def test_board_list_and_mapping() -> None:
    """Values with colons in them, blanks in names, columns by their header."""
    board, _ = capture("sub-t-board-910a-v23.0.5")
    assert npu_smi_words.first(board, "PCIe Bus Info") == "0000:61:00.0"
    assert npu_smi_words.first(board, "PCI Device ID") == "0xD801"
    assert npu_smi_words.first(board, "Class ID") is None
    rows = npu_smi_words.mapped(capture("sub-m-910a-8card")[0])
    assert [(row.npu_id, row.logic_id, row.name) for row in rows] == [(n, n, "Ascend 910A") for n in range(8)]
    assert npu_smi_words.mapped(capture("sub-m-950-doc")[0])[0].phy_id == 0


def test_chip_counts_come_from_the_list() -> None:
    """Two chips a card; a table, or a board that does not say, yields none."""
    assert npu_smi_words.chip_counts("NPU ID : 0\nChip Count : 2\n\nNPU ID : 1\nChip Count : 2\n") == (2, 2)
    assert npu_smi_words.chip_counts("NPU ID : 0\nProduct Name : card\n| NPU | Chip Count : 3 |\n") == ()


@needs_captures
@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("hccn-link-up", "link", "UP"),
        ("hccn-link-down-950-doc", "link", "DOWN"),
        ("hccn-ip-set", "address", "192.161.200.10"),
        ("hccn-ip-class-b", "netmask", "255.255.0.0"),
        ("hccn-ip-empty", "address", None),
        ("hccn-net-health-init", "health", "Init"),
        ("hccn-net-health-socket-failed", "health", "Socket failed"),
        ("hccn-tls-switch-off", "tls", 0),
    ],
)
def test_port_queries(name: str, field: str, value: object) -> None:
    """What hccn_tool prints for one die."""
    text = (CAPTURES / f"{name}.txt").read_text(encoding="utf-8")
    ports = hccn.ports({"hccn-12": Section(text)})
    assert ports
    assert ports[0].device == 12
    assert getattr(ports[0], field) == value


@needs_captures
def test_hccn_conf() -> None:
    """Settings by die."""
    text, want = capture("env-hccn-conf")
    assert hccn.configured(text) == {int(number): values for number, values in want["devices"].items()}


def test_a_virtual_link_is_not_the_port() -> None:
    """`vnic link status: UP` says nothing about the port."""
    ports = hccn.ports({"hccn-0": Section("vnic link status: UP\nlink status: DOWN\n")})
    assert ports
    assert ports[0].link == "DOWN"


@given(st.text())
def test_any_text_is_read_or_ignored(text: str) -> None:
    """Nothing raises."""
    npu_smi_words.health(text)
    npu_smi_words.mapped("NPU ID  Chip ID\n" + text)
    npu_smi_words.topology("NPU0 NPU1\n" + text)
    hccn.ports({"hccn-0": Section(text)})
