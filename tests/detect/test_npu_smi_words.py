"""The other words of npu-smi and hccn_tool, on tables of our own and on the reference captures."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.detect import hccn, npu_smi_words
from wizard.detect.sections import Section
from wizard.model.hardware import RocePort

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


@pytest.mark.parametrize("gap", ["                ", "\t", "  ", " "])
def test_mapping_is_read_by_its_titles_however_wide_it_is(gap: str) -> None:
    """Names contain blanks, a controller has no logic id, a row in pieces is none."""
    rows = (("NPU ID", "Chip ID", "Chip Logic ID", "Chip Phy-ID", "Chip Name"), ("6", "0", "0", "12", "Ascend 910 B"),
            ("6", "1", "1", "13", "Ascend910"), ("6", "2", "-", "-", "Mcu"), ("x", "1", "2", "3", "y"), ("7", "0"),
            ("7", "0", "two", "3", "z"))  # fmt: skip
    text = "".join(gap + gap.join(row) + gap + "\n" for row in rows)
    assert npu_smi_words.mapped(text) == ((6, 0, 0, 12, "Ascend 910 B"), (6, 1, 1, 13, "Ascend910"))
    assert npu_smi_words.mapped("NPU ID  Chip ID\n0  0\n") == ()


def test_usages_of_one_chip_are_not_those_of_the_next() -> None:
    """Each block ends with the chip's id; the two chips of a card stand one behind the other, a controller last."""
    text = (
        "\tNPU ID                         : 3\n\tChip Count                     : 2\n\n"
        "\tAicore Usage Rate(%)           : 71\n\tChip ID                        : 0\n\n"
        "\tHBM Capacity(MB)               : 65536\n\tHBM Usage Rate(%)              : 5\n\tChip ID : 1\n\n"
        "\tTemperature(C) : 33\n\tMCU : x\n"
    )
    assert npu_smi_words.usages(text) == {1: (65536, 5, None)}


def test_dies_of_an_a3_are_linked_by_their_physical_numbers() -> None:
    """Numbers with gaps, a header indented by a tab or blanks, an explanation below."""
    rows = "Phy-ID2    X          SIO        HCCS_SW\nPhy-ID3    SIO        X          SYS\n"
    for indent in ("\t   ", "           ", ""):
        found = npu_smi_words.topology(
            f"{indent}Phy-ID2    Phy-ID3    Phy-ID12\n{rows}\nLegend:\n  SYS = over the CPU\n"
        )
        assert found
        assert (found.prefix, found.links[2, 3], found.links[3, 12], found.cpu_affinity) == ("Phy-ID", "SIO", "SYS", {})


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


@pytest.mark.parametrize(
    "text",
    [
        "Get ipconf failed, because no ip was preset there!\n",
        "Get gateway failed, because no gateway was preset there!\n",
        "hccn_tool is busy, please try again.\n",
        "permission denied: pls check this cmd run permission.\n",
        "Cmd executed failed\nlink status : \nipaddr:\nnet health status:\ntls switch[]\n",
    ],
)
def test_a_port_that_says_nothing_has_no_state(text: str) -> None:
    """Not set, busy, forbidden: null, never down."""
    assert hccn.ports({"hccn-3": Section(text)}) == (RocePort(3),)


def test_everything_a_port_says_at_once() -> None:
    """The queries follow one another in one section; certificates and notes lie between them."""
    text = (
        "link status: UP\nipaddr:10.20.0.7\nnetmask:255.255.0.0\nnet health status: Receive timeout\n"
        "dev_id:12, tls switch[1](0:disable, 1:enable), tls preconfigured[0](0:non-preset, 1:preset)\n"
        "dev_id:12, [pub cert] info:\n         issuer[/C=XX/O=x]\nnetdetect address: 10.20.0.1\n"
        "default gateway:10.20.0.1, Iface:eth4\nvnic link status: DOWN\nvnic ipaddr: 192.168.2.187\n"
    )
    (port,) = hccn.ports({"hccn-12": Section(text)}) or ()
    assert port == RocePort(
        12, "UP", "10.20.0.7", "255.255.0.0", "Receive timeout", 1, "10.20.0.1", "10.20.0.1", "192.168.2.187"
    )


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
