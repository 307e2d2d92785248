"""The driver of a host against the CANN that runs on it: one finding names both versions, and unknown stays unknown."""

from wizard.check.facts import Machine
from wizard.check.host_rule import HostRule
from wizard.knowledge import drivers
from wizard.model.finding import Severity
from wizard.model.selection import RuntimeKind

SOURCE = "CANN 8.5.0 and 9.1.0 release notes, CANN and Ascend HDK version compatibility"


def _cann(machine: Machine) -> tuple[str, str]:
    """The version of CANN that would run, and where it comes from."""
    if machine.runtime.kind is RuntimeKind.CONTAINER:
        return drivers.cann_of_image(machine.runtime.image), "the image"
    return machine.found.software.cann_version or "", "the host"


def _old(machine: Machine) -> str:
    (cann, where), driver = _cann(machine), machine.found.software.driver_version or ""
    fit = drivers.fit_of(cann)
    if fit is None or not machine.servers or not drivers.key(driver) or drivers.key(driver) >= drivers.key(fit.lowest):
        return ""
    return f"driver {driver} is too old for CANN {cann} of {where}, which works with {fit.lowest} or newer"


def _untold(machine: Machine) -> str:
    """Why the two could not be compared."""
    if not machine.servers or not machine.found.was_reached or machine.found.fault:
        return ""
    (cann, where), driver = _cann(machine), machine.found.software.driver_version or ""
    if not drivers.key(driver):
        return f"its driver's version could not be read: whether it fits CANN {cann or '(unknown)'} of {where} is open"
    if drivers.fit_of(cann) is None:
        return f"whether driver {driver} fits CANN {cann or '(unknown)'} of {where} is not known"
    return ""


RULES = (
    HostRule(
        "hardware.driver",
        Severity.WARNING,
        _old,
        "install a newer driver and its firmware, or use an image with an older CANN",
        options=("image",),
        source=SOURCE,
    ),
    HostRule(
        "hardware.driver-untold",
        Severity.UNKNOWN,
        _untold,
        "`npu-smi info` prints the driver's version, the image's tag names its CANN",
        options=("image",),
        source=SOURCE,
    ),
)
