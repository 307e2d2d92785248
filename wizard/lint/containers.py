"""What is wrong with ``docker run`` in a script: device files that do not exist, or that are missing."""

import re
from collections.abc import Iterator

from wizard.importing.script import Container, Script
from wizard.knowledge import facts
from wizard.lint.start import finding
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Series

_DEVICE = re.compile(r"/dev/davinci(\d+)")
_DRIVER = "/usr/local/Ascend/driver"
_NEEDED = ("/dev/davinci_manager", "/dev/devmm_svm", "/dev/hisi_hdc")


def findings(script: Script, series: Series) -> Iterator[Finding]:
    """Everything about the containers that a script runs."""
    for container in script.containers:
        if container.image:
            where = f"{script.name}:{container.line}"
            yield from _devices(container, series, where)
            yield from _mounts(container, where)


def _devices(container: Container, series: Series, where: str) -> Iterator[Finding]:
    mapped = [int(found.group(1)) for device in container.devices if (found := _DEVICE.match(device))]
    there = facts.hardware(series).devices
    beyond = sorted(number for number in mapped if number >= there)
    if beyond:
        shown = f"davinci{beyond[0]}" + (f" to davinci{beyond[-1]}" if len(beyond) > 1 else "")
        message = f"--device /dev/{shown}: an {series.value} host has davinci0 to davinci{there - 1} only"
        severity = Severity.WARNING if container.privileged else Severity.ERROR
        hint = f"map only those {there}: docker refuses to start with a device that is not there"
        yield finding("script.devices", severity, message, hint, where=where, options=("--device",))
    lacking = [device for device in _NEEDED if not _is_mapped(device, container)]
    if mapped and lacking and not container.privileged and not container.runtime:
        message = f"{' and '.join(lacking)} not mapped into the container, and no --privileged: no NPU can be opened"
        hint = "add " + " ".join(f"--device {device}" for device in lacking)
        yield finding("script.device-missing", Severity.ERROR, message, hint, where=where, options=("--device",))


def _is_mapped(device: str, container: Container) -> bool:
    return any(given.partition(":")[0] == device for given in container.devices)


def _mounts(container: Container, where: str) -> Iterator[Finding]:
    devices = any(_DEVICE.match(device) for device in container.devices)
    if devices and not container.runtime and not any(_covers(mount, _DRIVER) for mount in container.mounts):
        message = f"{_DRIVER} is not mounted: the driver's libraries come from the host"
        yield finding("script.driver-mount", Severity.WARNING, message,
                      f"add -v {_DRIVER}:{_DRIVER}:ro", where=where, options=("--volume",))  # fmt: skip


def _covers(mount: str, folder: str) -> bool:
    source = mount.partition(":")[0]
    if "," in mount or "=" in mount:
        source = next(
            (part.partition("=")[2] for part in mount.split(",") if part.partition("=")[0] in ("source", "src")), ""
        )
    source = source.rstrip("/")
    return folder == source or folder.startswith(f"{source}/") or source.startswith(f"{folder}/")
