"""Every way npu-smi fails has its own kind, with cause and cure."""

import pytest

from wizard.detect.npu_smi import read_info
from wizard.model.hardware import Fault

CASES = [
    ("", "npu-smi: command not found", 127, "not_installed", None),
    ("", "sh: 1: npu-smi: not found", 127, "not_installed", None),
    ("", "npu-smi: /opt/npu-smi: Permission denied", 126, "not_executable", None),
    ("", "npu-smi: error while loading shared libraries: libc_sec.so: cannot open", 127, "missing_library", None),
    ("dcmi module initialize failed. ret is -8005\n", "", 187, "driver_not_loaded", -8005),
    ("dcmi module initialize failed. ret is -8002", "", None, "permission", -8002),
    ("DrvMngGetConsoleLogLevel failed. (ret=4)\ndcmi module initialize failed. ret is -8005", "", 187,
      "driver_not_loaded", -8005),
    ("dcmi model initialized failed, because the device is used. ret is -8020", "", 172, "device_in_use", -8020),
    ("npu get board type failed. ret is -9005", "", None, "restricted_container", -9005),
    ("dcmi module initialize failed. ret is -8012", "", None, "not_ready", -8012),
    ("dcmi module initialize failed. ret is -8017", "", None, "upgrading", -8017),
    ("something failed. ret is -8999", "", None, "driver_error", -8999),
    ("There is no NPU card on this server.\n", "", None, "no_npu", None),
    ("Failed to get card number.", "", None, "no_npu", None),
    ("Invalid card id.\nUsage: npu-smi info", "", None, "invalid_card_id", None),
    ("This device does not support querying topo.", "", None, "unsupported_query", None),
    ("Permission denied", "", 1, "permission", None),
    ("", "sudo: a password is required", 1, "permission", None),
    ("DrvMngGetConsoleLogLevel failed. (g_conLogLevel=3)\n", "", 1, "driver_not_loaded", None),
    ("GetDeviceCount: Call drvGetDevNum, drvRetCode=87", "", 1, "driver_not_loaded", None),
    ("dcmi model initialized failed, because the device is used. ret is -8020\nnpu get board type failed. ret is -9005",
     "", 172, "device_in_use", -8020),
    ("dcmi model initialized failed, because the device is used.", "", 172, "device_in_use", None),
    ("Failed to execute npu-smi info. ret is -8255.", "", 193, "unsupported_query", -8255),
    ("", "npu-smi: error while loading shared libraries: libdrvdsmi_host.so: cannot open shared object file", 127,
     "missing_library", None),
    ("", "npu-smi: /lib64/libc.so.6: version `GLIBC_2.34' not found (required by npu-smi)", 1, "missing_library", None),
    ("", "sh: 1: /usr/local/bin/npu-smi: Exec format error", 126, "wrong_architecture", None),
    ("", "bash: npu-smi: cannot execute binary file", 126, "wrong_architecture", None),
    ("", "npu-smi: /usr/local/bin/npu-smi: Is a directory", 126, "empty_mount", None),
    ("", "Segmentation fault (core dumped)", 139, "crashed", None),
    ("", "", 134, "crashed", None),
    ("The driver version and the firmware do not match.", "", 1, "version_mismatch", None),
    ("", "", 0, "empty_output", None),
    (" \r\n", "", 0, "empty_output", None),
    ("", "", 124, "timeout", None),
    ("| NPU", "", 137, "unreadable_output", None),
    ("hello", "", 0, "unreadable_output", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "errors", "status", "kind", "code"), CASES)
def test_failures_are_told_apart(text: str, errors: str, status: int | None, kind: str, code: int | None) -> None:
    """By the words, then by the driver's code, then by the exit status."""
    found = read_info(text, status=status, errors=errors)
    assert isinstance(found, Fault)
    assert (found.kind, found.code) == (kind, code)
    assert found.hint
    assert not found.message.endswith(".")
