"""Why ``npu-smi`` gave no table: its failure texts, with cause and cure. Pure.

The text decides, not the exit status: the tool prints failures on stdout and exits with its code modulo 256.
"""

import re
from typing import NamedTuple

from wizard.model.hardware import Fault


class _Cause(NamedTuple):
    kind: str
    message: str
    hint: str


_BY_CODE = {
    -8001: _Cause("bad_parameter", "the driver refused a parameter", "compare tool and driver version: `npu-smi -v`"),
    -8002: _Cause(
        "permission", "the driver refuses this user", "run as root, or join group HwHiAiUser: `id` shows your groups"
    ),
    -8005: _Cause(
        "driver_not_loaded",
        "npu-smi cannot talk to the driver",
        "as root? `lsmod | grep drv_` shows whether the driver is loaded; after a firmware upgrade reboot; in a"
        " container hand in /dev/davinci_manager and /dev/hisi_hdc",
    ),
    -8006: _Cause("driver_timeout", "the driver did not answer npu-smi in time", "`dmesg | tail` often names the card"),
    -8007: _Cause("invalid_card_id", "the driver does not know that device id", "`npu-smi info -l` lists the ids"),
    -8008: _Cause("device_not_found", "the driver says the device is not there", "`lspci -d 19e5:` lists the bus"),
    -8009: _Cause("driver_error", "a call into the driver failed", "`dmesg | tail` says what the driver met"),
    -8012: _Cause("not_ready", "the devices are not ready yet", "wait a minute after boot or reset, then try again"),
    -8013: _Cause("not_in_container", "the driver refuses this query in a container", "ask on the host itself"),
    -8017: _Cause("upgrading", "a firmware upgrade is running", "let it end, reboot if it says so, then try again"),
    -8020: _Cause(
        "device_in_use",
        "another container holds the devices",
        "`docker ps` on the host shows which; in a container that binds the driver mount /usr/local/dcmi too",
    ),
    -8255: _Cause("unsupported_query", "this device does not support the query", "nothing to do: an older tool"),
    -9005: _Cause(
        "restricted_container",
        "this container may not ask for the type of the board",
        "the devices may still work here: ask npu-smi on the host, or start the container with `--privileged`",
    ),
}
_EMPTY = _Cause("empty_output", "npu-smi printed nothing", "run `npu-smi info` by hand; `dmesg | tail` for the driver")
_TIMEOUT = _Cause(
    "timeout",
    "npu-smi gave no answer within its time limit",
    "a sick card makes it hang: `dmesg | tail`, and if nothing helps a reset of the card or a reboot",
)
_NOT_EXECUTABLE = _Cause(
    "not_executable",
    "npu-smi is there but may not be run",
    "run as root, or `chmod a+x` it",
)
_NOT_INSTALLED = _Cause(
    "not_installed",
    "npu-smi is not installed here",
    "on an Ascend host it comes with the driver; in a container mount /usr/local/bin/npu-smi or /usr/local/sbin",
)
_LIBRARY = _Cause(
    "missing_library",
    "npu-smi misses a library of the driver",
    "`export LD_LIBRARY_PATH=/usr/local/Ascend/driver/lib64:/usr/local/Ascend/driver/lib64/common:"
    "/usr/local/Ascend/driver/lib64/driver:$LD_LIBRARY_PATH`; in a container mount /usr/local/Ascend/driver",
)
_OLD_SYSTEM = _Cause(
    "missing_library",
    "npu-smi needs a newer C library than this system has",
    "in a container take an image as new as the host (`ldd --version` on both); else the driver is for another system",
)
_CRASHED = _Cause(
    "crashed",
    "npu-smi crashed",
    "tool and driver of different versions? `cat /usr/local/Ascend/driver/version.info`; in a container mount both",
)
_OTHER_MACHINE = _Cause(
    "wrong_architecture",
    "npu-smi was built for another processor",
    "`uname -m` shows this one; install the driver package for it, or mount the tool of this very host",
)
_MISMATCH = _Cause(
    "version_mismatch",
    "tool, driver and firmware do not fit one another",
    "`cat /usr/local/Ascend/driver/version.info /usr/local/Ascend/firmware/version.info`; install one release, reboot",
)
_NO_NPU = _Cause(
    "no_npu", "npu-smi sees no card", "compare the bus: `lspci -d 19e5:`; a card there and not here is a driver matter"
)
_PERMISSION = _Cause("permission", "npu-smi was refused", "run as root, or join group HwHiAiUser: `id` shows yours")
_BY_TEXT = (
    (re.compile(r"version `GLIBC\S*' not found", re.IGNORECASE), _OLD_SYSTEM),
    (re.compile(r"exec format error|cannot execute binary file", re.IGNORECASE), _OTHER_MACHINE),
    (re.compile(r"segmentation fault|core dumped", re.IGNORECASE), _CRASHED),
    (re.compile(r"(driver|firmware|version).{0,40}(mismatch|not match|incompatible)", re.IGNORECASE), _MISMATCH),
    (re.compile(r"error while loading shared libraries", re.IGNORECASE), _LIBRARY),
    (re.compile(r"command not found|npu-smi: not found|npu-smi: No such file", re.IGNORECASE), _NOT_INSTALLED),
    (re.compile(r"there is no npu card|failed to get card number|no npu card", re.IGNORECASE), _NO_NPU),
    (re.compile(r"invalid card id", re.IGNORECASE), _BY_CODE[-8007]),
    (re.compile(r"does not support quer|error parameter of -t", re.IGNORECASE), _BY_CODE[-8255]),
    (re.compile(r"because the device is used", re.IGNORECASE), _BY_CODE[-8020]),
    (re.compile(r"dcmi modu?l?e?l? initiali[sz]ed? failed", re.IGNORECASE), _BY_CODE[-8005]),
    (re.compile(r"permission denied|operation not permitted|password is required", re.IGNORECASE), _PERMISSION),
    (re.compile(r"DrvMngGetConsoleLogLevel failed|drvRet(?:Code)?=87\b", re.IGNORECASE), _BY_CODE[-8005]),
)
_OTHER_MACHINE_WORDS = _BY_TEXT[1][0]
_SIGNALS = frozenset({132, 134, 135, 136, 139})
"""Exit statuses of a tool that a signal of its own making ended."""
_CODE = re.compile(r"\bret(?:urn)?(?: code)?(?: is)?[ :=]+(-[0-9]{4,5})\b", re.IGNORECASE)
_FOLDER = re.compile(r"^npu-smi: (/[^\s`]{1,300}): Is a directory", re.MULTILINE)
_DENIED = re.compile(r"^npu-smi: (/[^\s`]{1,300}): Permission denied", re.MULTILINE)
_LIBRARY_NAME = re.compile(r"shared libraries: ([^\s:]{1,80}):")


def _fault(cause: _Cause, code: int | None = None, message: str | None = None) -> Fault:
    return Fault(cause.kind, message or cause.message, cause.hint, code)


def classify(text: str, *, status: int | None = None, errors: str = "") -> Fault:
    """What a failing command means: by its words, then by the driver's code, then by its exit status."""
    both = f"{text}\n{errors}"
    if status in {124, 137} and not _CODE.search(text):
        return _fault(_TIMEOUT)
    library = _LIBRARY_NAME.search(both)
    if library:
        return _fault(_LIBRARY, message=f"npu-smi misses the library `{library[1]}`")
    if status == 126 and not _OTHER_MACHINE_WORDS.search(both):
        return _not_executable(both)
    code = _CODE.search(both)
    if code:
        number = int(code[1])
        unknown = _Cause("driver_error", f"the driver refused with {number}", "`dmesg | tail` says what the driver met")
        return _fault(_BY_CODE.get(number, unknown), number)
    for pattern, cause in _BY_TEXT:
        if pattern.search(both):
            return _fault(cause)
    if status in _SIGNALS:
        return _fault(_CRASHED)
    if status == 127:
        return _fault(_NOT_INSTALLED)
    return _fault(_EMPTY) if not text.strip() else unreadable("its output is no table of devices")


def _not_executable(text: str) -> Fault:
    folder = _FOLDER.search(text)
    if folder:
        message = f"`{folder[1]}` is a folder here: what was to be mounted is not on the host"
        return Fault(
            "empty_mount", message, f"on the host: `ls -ld {folder[1]}`; mount the tool from where it is there"
        )
    path = _DENIED.search(text)
    if path is None:
        return _fault(_NOT_EXECUTABLE)
    message = f"`{path[1]}` is there but may not be run"
    return Fault("not_executable", message, f"`ls -l {path[1]}` shows its rights; run as root, or `chmod a+x` it")


_BY_HAND = "run `npu-smi info` by hand; `glm-wizard --detect --record FOLDER` keeps what it printed for a bug report"


def unreadable(reason: str) -> Fault:
    """Output that is there, and is neither a table nor a failure that is known."""
    return Fault("unreadable_output", f"npu-smi was not understood: {reason}", _BY_HAND)


def untrusted(reason: str) -> Fault:
    """A table that does not hold together: a device could be missing, or its figures another's."""
    return Fault("untrusted_table", f"the table of npu-smi cannot be trusted: {reason}", _BY_HAND)
