"""Whether the memory of the devices came back, as ``npu-smi`` tells it, before and after a stop."""

import threading
import time
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from wizard.detect import probe, read
from wizard.detect.probe import Limits
from wizard.launch.places import Place, Places, place_of
from wizard.model.hardware import Device, Host
from wizard.model.run import RunProcess

BACK_S = 40.0
"""How long the driver may take to give memory back after the last process ended."""
_AGAIN_S = 3.0
_NEXT = "`npu-smi info` there names who holds it; the same `--stop` looks again"


class Verdict(NamedTuple):
    """One host's memory after a stop."""

    place: Place
    message: str
    is_back: bool | None
    """None: it could not be read."""


def used(places: Places, processes: Iterable[RunProcess]) -> dict[Place, Host]:
    """The hosts of processes that use devices, as they are now."""
    wanted = dict.fromkeys(place_of(process) for process in processes if process.devices)
    work = {place: partial(probe.captured, places.shell(place), Limits()) for place in wanted}
    return {place: read.host(captured, None) for place, captured in places.together(work).items()}


def verdicts(
    places: Places,
    processes: tuple[RunProcess, ...],
    before: dict[Place, Host],
    cancelled: threading.Event,
    limit_s: float = BACK_S,
) -> tuple[Verdict, ...]:
    """Asks until the memory is back everywhere, or the limit is over."""
    deadline = time.monotonic() + limit_s
    while True:
        now = used(places, processes)
        found = tuple(_verdict(place, before.get(place), host) for place, host in now.items())
        if all(one.is_back is not False for one in found) or time.monotonic() > deadline or cancelled.wait(_AGAIN_S):
            return found


def _verdict(place: Place, before: Host | None, now: Host) -> Verdict:
    known = [device for device in now.devices if device.hbm_used_mb is not None]
    if now.fault is not None or not known:
        why = now.fault.message if now.fault else "npu-smi names no memory"
        return Verdict(place, f"HBM on {place.address} could not be checked: {why}", None)
    busy = [device for device in known if device.is_busy]
    if busy:
        held = "; ".join(f"{device.label}: {_gb(device)}" for device in busy[:4])
        more = f" and {len(busy) - 4} more" if len(busy) > 4 else ""
        return Verdict(place, f"HBM on {place.address} is not back ({held}{more}): {_NEXT}", is_back=False)
    most = max(known, key=lambda device: device.hbm_used_mb or 0)
    earlier = [device for device in before.devices if device.hbm_used_mb] if before and before.fault is None else []
    peak = max(earlier, key=lambda device: device.hbm_used_mb or 0) if earlier else None
    told = f", {_gb(peak)} before" if peak else ""
    return Verdict(
        place, f"HBM on {place.address} is back: {len(known)} devices, at most {_gb(most)}{told}", is_back=True
    )


def _gb(device: Device) -> str:
    return f"{(device.hbm_used_mb or 0) / 1024:.1f} GiB used"
