"""Asking a machine: what stand-ins play arrives, limits hold, nothing is left behind."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.detect.layouts import Row, a2, a3, table
from tests.detect.standins import QUICK, SCRIPTS, install, printing
from wizard.detect import probe, read
from wizard.detect.probe import Limits
from wizard.detect.sections import Captured, split
from wizard.model.hardware import Host
from wizard.reach import LocalShell


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "tools").mkdir()
    return tmp_path / "tools"


def devices_of(limits: Limits = QUICK) -> Host:
    """This machine, asked for its devices only."""
    scripts = (probe.script("npu", "@@m", limits, None), probe.script("cross", "@@m", limits, None) + "links\n")
    text = "".join(LocalShell().run(script, limit_s=limits.whole_s).text for script in scripts)
    return read.host(Captured("localhost", split(text, "@@m")))


def test_ways_to_fail_are_told_apart(on_path: Path) -> None:
    """Absent, not executable, driver error, hanging, noise and more: each has its own kind and a hint."""
    faults = {"absent": devices_of().fault}
    for name, script in SCRIPTS.items():
        install(on_path, script)
        faults[name] = devices_of().fault
    (on_path / "npu-smi").chmod(0o644)
    faults["forbidden"] = devices_of().fault
    kinds = {name: fault.kind if fault else None for name, fault in faults.items()}
    assert kinds == {
        "absent": "not_installed",
        "driver": "driver_not_loaded",
        "hangs": "timeout",
        "stubborn": "timeout",
        "noise": "unreadable_output",
        "empty": "empty_output",
        "library": "missing_library",
        "forbidden": "not_executable",
    }
    assert all(fault and fault.hint for fault in faults.values())


@pytest.mark.parametrize(
    ("text", "count", "series"), [(table(a2(61000), [Row(1, 0, 7, "x", 9)]), 8, "A2"), (table(a3()), 16, "A3")]
)
def test_what_the_tool_prints_arrives(on_path: Path, text: str, count: int, series: str) -> None:
    """Also where a carriage return ends the lines and the other words are not supported."""
    printing(on_path, text.replace("\n", "\r\n"))
    host = devices_of()
    assert host.fault is None
    assert (len(host.devices), host.series, host.is_usable) == (count, series, True)


def test_stdout_stderr_and_status_are_kept_apart() -> None:
    """Even when the last line of stdout has no end."""
    script = probe.script("weights", "@@m", QUICK, "/nowhere") + "\n".join([
        "section both 2 sh -c 'printf out; echo wrong >&2; exit 3'",
        "section late 1 sleep 9",
        "section quiet 2 true",
    ])  # fmt: skip
    found = split(LocalShell().run(script, limit_s=QUICK.whole_s).text, "@@m")
    assert found["both"] == ("out", "wrong\n", 3)
    assert found["late"].timed_out
    assert found["quiet"] == ("", "", 0)
    assert found["weights-state"].output == "absent\n"


def test_limits_hold_without_coreutils(tmp_path: Path) -> None:
    """A host without `timeout` has limits too."""
    for name in ("sh", "sleep", "sed", "cat", "kill"):
        found = next((path for path in (Path("/bin", name), Path("/usr/bin", name)) if path.exists()), None)
        if found:
            (tmp_path / name).symlink_to(found)
    script = probe.script("weights", "@@m", QUICK, "/nowhere")
    script = script.replace(':/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"', '"')
    script = f"PATH={tmp_path}\n{script}\nhave timeout && exit 9\nsection late 1 sleep 9\n"
    found_sections = split(LocalShell().run(script, limit_s=9).text, "@@m")
    assert found_sections["late"].status == 137


def test_a_whole_probe_of_this_machine_knows_the_host() -> None:
    """The facts that any Linux has."""
    host = read.host(probe.captured(LocalShell(), Limits()))
    assert host.system.hostname == os.uname().nodename
    assert host.system.architecture == os.uname().machine
    assert host.system.is_root == (os.getuid() == 0)
    assert host.system.memory_total_bytes
    assert host.system.clock_offset_s == 0
    assert host.interfaces


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_nothing_outside_is_connected_to(tmp_path: Path) -> None:
    """Asking this machine opens sockets of this machine only: no name is looked up, no address is called."""
    log = tmp_path / "calls"
    words = [sys.executable, "-m", "wizard.cli", "--detect", "--json"]
    traced = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(log), *words]
    done = subprocess.run(traced, capture_output=True, timeout=120, check=False, cwd=Path(__file__).parents[2])
    assert b'"hosts"' in done.stdout
    families = set(re.findall(r"sa_family=(AF_\w+)", log.read_text(encoding="utf-8")))
    assert families <= {"AF_UNIX", "AF_LOCAL", "AF_NETLINK"}


def test_a_tool_that_hangs_after_half_a_table_is_not_believed(on_path: Path) -> None:
    """What it printed may be a part only."""
    printing(on_path, table(a3()[:4], None))
    said = (on_path / "npu-smi").read_text(encoding="utf-8")
    (on_path / "npu-smi").write_text(said.replace("exec cat", "cat").replace("\necho", " && sleep 30\necho"))
    host = devices_of()
    assert host.fault
    assert host.fault.kind == "timeout"
    assert not host.devices


def test_the_other_words_add_what_the_table_does_not_say(on_path: Path) -> None:
    """Logic ids, firmware, fault codes, slow links, cards that are counted and not shown."""
    (on_path / "table").write_text(table([*a2(count=1), a2(count=2)[1]._replace(health="Alarm")]), encoding="utf-8")
    answers = """
case "$*" in
  info) cat "$(dirname "$0")/table" ;;
  *-m) printf '\\tNPU ID  Chip ID  Chip Logic ID  Chip Name\\n\\t0  0  4  Ascend 910B3\\n\\t1  0  5  Ascend 910B3\\n' ;;
  *-l) printf 'Total Count : 8\\n\\nNPU ID : 0\\nChip Count : 1\\n' ;;
  *board*) printf '\\tFirmware Version    : 7.8.0\\n\\tSerial Number    : 12345\\n' ;;
  *health*1) printf '\\tHealth    : Alarm\\n\\tError Code    : 80E01801\\n\\tError Information    : bad\\n' ;;
  *topo*) printf '\\tNPU0  NPU1  CPU Affinity\\nNPU0  X  SYS  0-23\\nNPU1  SYS  X  24-47\\n' ;;
esac"""
    install(on_path, answers)
    host = devices_of()
    assert [device.logic_id for device in host.devices] == [4, 5]
    assert host.software.firmware_version == "7.8.0"
    assert host.notes == (
        "NPU 1 is Alarm: 80E01801 (bad)",
        "npu-smi counts 8 cards, its table shows 2",
        "NPU0 and NPU1 are linked by SYS only (2 such pairs)",
    )


def test_what_the_table_masks_the_usages_tell(on_path: Path) -> None:
    """The size of the memory and its use in whole per cent; what neither says stays unknown."""
    (on_path / "table").write_text(
        table(a2(count=2)).replace("3391 / 65536", "NA   / NA").replace("3394 / 65536", "NA   / NA")
    )
    answers = """
case "$*" in
  info) cat "$(dirname "$0")/table" ;;
  *usages*0) printf '\\tNPU ID : 0\\n\\tHBM Capacity(MB) : 65536\\n\\tHBM Usage Rate(%%) : 4\\n\\tChip ID : 0\\n' ;;
  *usages*1) echo 'This device does not support querying usages.' ;;
esac"""
    install(on_path, answers)
    known, unknown = devices_of().devices
    assert (known.hbm_used_mb, known.hbm_total_mb, known.is_busy) == (2621, 65536, False)
    assert (unknown.hbm_used_mb, unknown.hbm_total_mb, unknown.is_busy) == (None, None, None)


def test_torch_is_asked_when_the_tool_cannot_say_and_has_a_limit_of_its_own(on_path: Path) -> None:
    """Only then, in a process of its own; one that hangs costs its limit and no more."""
    python = on_path / "python3"
    python.write_text("#!/bin/sh\necho 'Ascend910_9391|65000000000'; echo 'Ascend910_9391|'\n", encoding="utf-8")
    python.chmod(0o755)
    install(on_path, SCRIPTS["driver"])
    host = devices_of()
    assert host.hardware.torch_names == ("Ascend910_9391", "Ascend910_9391")
    assert host.hardware.torch_memory_bytes == (65000000000, None)
    assert host.series == "A3"
    assert host.fault
    printing(on_path, table(a2()))
    assert devices_of().hardware.torch_names is None
    python.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    install(on_path, SCRIPTS["driver"])
    assert devices_of().unknown["torch-npu"] == "no answer in time"
