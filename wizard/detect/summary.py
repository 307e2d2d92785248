"""What a host has and what a launch needs of it, row by row: state, what, found, needed, and the command that cures it.

Pure, and the one place for this: ``--detect``, the screen and the checks show the same rows. ``rows`` speaks about one
host, ``between`` about hosts that are to serve together. What was not found out is ``unknown``, never ``ok``.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from wizard.detect import summary_around as around
from wizard.detect import words
from wizard.detect.summary_row import Row, State, fail, ok, unknown, warn
from wizard.model.hardware import Device, Host, Series

__all__ = ["Row", "State", "between", "rows"]


def rows(host: Host) -> tuple[Row, ...]:
    """Everything a launch depends on, on this host."""
    if not host.was_reached:
        fault = host.fault
        return (fail("reached", fault.message, "", advice=fault.hint),) if fault else (unknown("reached", "no", ""),)
    if words.is_bare(host) and host.fault:
        # whoever has no NPU here at all is not asked to tune this machine
        return tuple(_devices(host))
    return (*_devices(host), *_software(host), *around.rows(host))


def everything(hosts: Sequence[Host]) -> tuple[Row, ...]:
    """All rows about these hosts."""
    return (*(row for host in hosts for row in rows(host)), *between(hosts))


def open_points(found: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that are not in order."""
    return tuple(row for row in found if row.state is not State.OK)


def _devices(host: Host) -> Iterator[Row]:
    if host.fault:
        yield fail("devices", host.fault.message, "", advice=host.fault.hint)
        return
    yield _series(host)
    sick = [device for device in host.devices if device.is_healthy is False]
    unclear = [device for device in host.devices if device.is_healthy is None]
    well = f"{len(host.devices) - len(sick) - len(unclear)} of {len(host.devices)} are OK"
    cure = f"npu-smi info -t health -i {(sick or unclear)[0].npu_id}" if sick or unclear else ""
    if len(sick) == len(host.devices):
        yield fail("health", f"{well}: {_named(sick)}", "devices that are OK", cure)
    elif sick:
        yield warn("health", f"{well}; not {_named(sick)}", "all that are used OK", cure)
    elif unclear:
        yield unknown("health", f"{well}; not said of {_named(unclear)}", "all that are used OK", cure)
    else:
        yield ok("health", well)
    yield from _use(host)


def _series(host: Host) -> Row:
    because = f" ({host.series_evidence[0]})" if host.series_evidence else ""
    if host.series is None:
        return unknown("series", f"cannot be told{because}", "A2 or A3", advice="`--series A2` says what to assume")
    if host.series in {Series.A2, Series.A3}:
        return ok("series", f"{host.series}{because}")
    return fail("series", f"{host.series}{because}", "A2 or A3: another series does not serve this model")


def _named(devices: Sequence[Device]) -> str:
    """Some of them by name, the rest by number."""
    shown = ", ".join(f"{device.label} {device.health or 'no state'}" for device in devices[:2])
    return shown + (f" and {len(devices) - 2} more" if len(devices) > 2 else "")


def _use(host: Host) -> Iterator[Row]:
    busy = [device for device in host.devices if device.is_busy]
    unclear = [device for device in host.devices if device.is_busy is None]
    gib = host.free_hbm_mb // 1024
    free = f"{len(host.free_devices)} of {len(host.devices)} free, {gib} GiB of HBM"
    if unclear and not busy:
        yield unknown("free HBM", f"{free}; not said of {len(unclear)}", "devices that nobody holds")
    elif busy:
        owners = _owners(host)
        found = f"{free}; {busy[0].label}{' and more' if len(busy) > 1 else ''} held by {owners or 'nobody seen here'}"
        pids = " ".join(str(row.pid) for row in (host.processes or ())[:4])
        cure = f"ps -o pid,etime,args -p {pids.replace(' ', ',')}" if owners else "docker ps  # on the host itself"
        yield warn("free HBM", found, "devices that nobody holds", cure)
    else:
        yield ok("free HBM", free)
    if host.system.server_pids:
        pids = ", ".join(map(str, host.system.server_pids[:3]))
        yield warn("servers", f"SGLang runs here already: pid {pids}", "none from before", "glm-wizard --runs")


def _owners(host: Host) -> str:
    names = dict.fromkeys(
        f"{row.name or 'hidden'} ({row.pid})" for row in host.processes or () if (row.memory_mb or 0) > 200
    )
    shown = list(names)
    return ", ".join(shown[:2]) + (f" and {len(shown) - 2} more" if len(shown) > 2 else "")


def _software(host: Host) -> Iterator[Row]:
    software = host.software
    if software.driver_version:
        yield ok("driver", software.driver_version)
    else:
        yield unknown("driver", "its version is not said", "the driver the image's CANN asks for",
                      "cat /usr/local/Ascend/driver/version.info")  # fmt: skip
    if software.firmware_version and software.firmware_wanted:
        low, _, high = software.firmware_wanted.partition(" to ")
        fits = _number(low) <= _number(software.firmware_version) <= [*_number(high), 10**9]
        make = ok if fits else warn
        yield make("firmware", software.firmware_version, f"{software.firmware_wanted}, says the driver",
                   "" if fits else "npu-smi info -t board -i 0  # then update the firmware")  # fmt: skip
    elif software.firmware_version:
        yield ok("firmware", software.firmware_version)
    if host.system.is_inside and not software.sglang_version:
        yield warn("SGLang", "not installed in this container", "an image with SGLang for Ascend", "pip show sglang")
    elif software.sglang_version:
        yield ok("SGLang", software.sglang_version)


def _number(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]


class _Shared(StrEnum):
    """What hosts that serve together must have in common."""

    SERIES = "series"
    DEVICES = "device count"
    DRIVER = "driver"
    SGLANG = "SGLang"
    WEIGHTS = "weights"
    TLS = "RoCE TLS"
    POD = "super pod"


def _shared(host: Host) -> dict[_Shared, str | None]:
    tls = next((port.tls for port in host.roce or () if port.tls is not None), None)
    pod = host.super_pod.number if host.super_pod else None
    return {
        _Shared.SERIES: host.series,
        _Shared.DEVICES: str(len(host.devices)) if host.devices else None,
        _Shared.DRIVER: host.software.driver_version,
        _Shared.SGLANG: host.software.sglang_version,
        _Shared.WEIGHTS: host.weights.fingerprint if host.weights else None,
        _Shared.TLS: None if tls is None else ("on" if tls else "off"),
        _Shared.POD: None if pod is None else str(pod),
    }


_CURES = {
    _Shared.DRIVER: "npu-smi -v  # on each host; install the same driver",
    _Shared.SGLANG: "pip show sglang  # on each host",
    _Shared.WEIGHTS: "sha256sum config.json *.index.json  # on each host; copy the weights anew",
    _Shared.TLS: "hccn_tool -i 0 -tls -s enable 0  # for every die",
}


def between(hosts: Sequence[Host]) -> tuple[Row, ...]:
    """What hosts that serve together need of one another: to be alike, and to be reachable."""
    reached = [host for host in hosts if host.was_reached]
    if len(reached) < 2:
        return ()
    return (*_alike(reached), *_images(reached), *around.ways(reached))


def _alike(hosts: Sequence[Host]) -> Iterator[Row]:
    facts = [(host.address, _shared(host)) for host in hosts]
    for what in _Shared:
        told = [(address, values[what]) for address, values in facts]
        known = [(address, value) for address, value in told if value is not None]
        if len({value for _, value in known}) > 1:
            found = ", ".join(f"{address} {value}" for address, value in known)
            yield warn(f"same {what}", found, "the same on all hosts", _CURES.get(what, ""))
        elif known and len(known) == len(told):
            yield ok(f"same {what}", str(known[0][1]))


def _images(hosts: Sequence[Host]) -> Iterator[Row]:
    """Images of one name must be one image: a tag may have been pulled at different times."""
    ids: dict[str, dict[str, list[str]]] = {}
    for host in hosts:
        for image, number in host.containers.image_ids.items():
            ids.setdefault(image, {}).setdefault(number, []).append(host.address)
    for image, by_id in ids.items():
        if len(by_id) > 1:
            shown = ", ".join(f"{addresses[0]} {number[7:19]}" for number, addresses in by_id.items())
            yield warn("same image", f"{image}: {shown}", "one id on all hosts", f"docker pull {image}  # on each host")
