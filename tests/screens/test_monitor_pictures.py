"""Pictures of the monitor at both sizes: one pane, four, zoom, diagnosis, filter, NPU table."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.monitor.app import MonitorApp
from screens.monitor.npus import NpuWatch
from screens.screenshots import stable
from tests.screens.standins import MemoryLog
from tests.screens.test_monitor import app_of, four
from tests.screens.walking import until
from wizard.model.hardware import Device
from wizard.model.run import Run, RunProcess

pytestmark = pytest.mark.slow
SIZES = [(80, 24), (160, 48)]
DEVICES = tuple(
    Device(n, 0, n, health="OK" if n != 5 else "Alarm", power_w=300 + n, temp_c=45 + n, aicore_pct=90 - n,
           hbm_used_mb=58_000 + n, hbm_total_mb=65_536)
    for n in range(8)
)  # fmt: skip
RUN = Run(
    name="a3-pd-0107-0700", created="2026-01-07T07:00:00+00:00", plan="x",
    processes=tuple(RunProcess(name=name, role="decode") for name in ("prefill0", "decode0", "decode1", "router")),
)  # fmt: skip


def watched(*logs: MemoryLog) -> MonitorApp:
    """A run, with NPUs whose readings do not age."""
    return app_of(*logs, run=RUN, npus=NpuWatch([("10.0.0.1", "")], ask=lambda *_: (DEVICES, "")))


CASES: dict[str, tuple[int, tuple[str, ...]]] = {
    "one": (1, ()),
    "four": (4, ()),
    "zoom": (4, ("2", "z")),
    "diagnosis": (4, ("d",)),
    "filter": (4, ("2", "e")),
    "npus": (4, ("u",)),
    "merged": (4, ("a", "up")),
}


def ready(app: MonitorApp) -> bool:
    """Everything was read, and what is asked of hosts came."""
    failed = len(app.body.views) == 1 or app.body.views[1].reading.diagnosis is not None
    watch = app.body.tables.npus
    return failed and watch is not None and bool(watch.readings[0].devices)


def at_rest(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """What is done before the picture is taken."""

    async def run(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, MonitorApp)
        await until(pilot, lambda: ready(app))
        await pilot.press(*keys)
        app.body.renew()
        await pilot.pause()
        app.body.renew()
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x48"])
@pytest.mark.parametrize("name", CASES)
def test_it_looks_as_it_did(snap_compare: Any, name: str, size: tuple[int, int]) -> None:
    """After a deliberate change: `pytest -m slow --snapshot-update` on this file, and look at each picture."""
    count, keys = CASES[name]
    app = watched(*four()[:count])
    assert snap_compare(app, terminal_size=size, run_before=at_rest(*keys))


@pytest.mark.asyncio
async def test_a_picture_is_the_same_at_every_run() -> None:
    """So that a difference means a change."""
    made = []
    for _ in range(2):
        app = watched(*four())
        async with app.run_test(size=(80, 24)) as pilot:
            await at_rest("d")(pilot)
            made.append(stable(app.export_screenshot(title="x", simplify=True)))
    assert made[0] == made[1]
