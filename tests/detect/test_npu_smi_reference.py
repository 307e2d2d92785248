"""Every recorded `npu-smi info` of the reference folder is read exactly as its expected reading says."""

import json
from pathlib import Path

import pytest

from wizard.detect.npu_smi import NpuTable, read_info
from wizard.detect.series import series
from wizard.model.hardware import Fault

CAPTURES = Path(__file__).parents[2].parent / "shared" / "reference" / "npu-smi"
EXPECTED = [
    path
    for path in (sorted(CAPTURES.glob("*.json")) if CAPTURES.is_dir() else [])
    if json.loads(path.read_text(encoding="utf-8"))["kind"] in {"info", "failure"}
]
_DEVICE = (
    "npu_id", "chip_id", "phy_id", "logic_id", "name", "health", "bus_id", "power_w", "temp_c", "aicore_pct",
    "hbm_used_mb",
    "hbm_total_mb", "memory_used_mb", "memory_total_mb", "hugepages_used", "hugepages_total",
)  # fmt: skip
_PROCESS = ("npu_id", "chip_id", "pid", "name", "memory_mb", "container_pid")


@pytest.mark.skipif(not EXPECTED, reason="the reference captures are not here")
@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_capture_is_read_field_by_field(path: Path, newline: str) -> None:
    """Devices, processes, versions, series: each field is the expected one, whatever the line ends."""
    want = json.loads(path.read_text(encoding="utf-8"))
    text = path.with_suffix(".txt").read_text(encoding="utf-8").replace("\n", newline)
    got = read_info(text)
    if want["error"]:
        assert isinstance(got, Fault)
        assert {"kind": got.kind, "code": got.code} == want["error"]
        return
    assert isinstance(got, NpuTable), got
    assert [{key: getattr(device, key) for key in _DEVICE} for device in got.devices] == want["chips"]
    assert [{key: getattr(row, key) for key in _PROCESS} for row in got.processes or ()] == want["processes"]
    assert (got.npu_smi_version, got.driver_version) == (want["npu_smi_version"], want["driver_version"])
    assert (got.processes is not None) == want["process_table"]
    assert list(got.idle_npus) == want["npus_reported_idle"]
    assert series(got)[0] == want["series"]
