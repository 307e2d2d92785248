"""The Launch stage with real processes: the stand-in servers of a rehearsal, started and stopped by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.dialogs import Confirm, Pick
from screens.launch.screen import LaunchScreen
from screens.settings import Settings
from screens.terminal import Terminal
from tests.screens.walking import settle, until
from wizard import presets
from wizard.model.run import State
from wizard.session import Session
from wizard.simulate.hosts import PretendedHosts
from wizard.words.demo import on_hosts


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendedHosts]:
    """One pretended A3 host; whatever is left on it is ended."""
    selection = presets.preset("a3-single").selection
    played = PretendedHosts(tmp_path, selection.series, 1, start_s=0.5, release=selection.release)
    monkeypatch.setenv("GLM_WIZARD_PRETENDED", str(played.file))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "operator"))
    try:
        yield played
    finally:
        played.end()


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["", "npu_oom@load_weights"])
async def test_a_launch_by_keys_gets_ready_or_says_why_and_stops(hosts: PretendedHosts, fault: str) -> None:
    """Look, launch, ready or the cause; then stop, and nothing is left. SIMULATED stands there all the time."""
    preset = presets.preset("a3-single")
    start = on_hosts(Session(preset.selection, preset), hosts)
    hosts.fault = fault
    app = WizardApp(start, "launch", terminal=Terminal(), settings=Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.work_title.startswith("SIMULATED")
        await pilot.press("p")
        await until(pilot, lambda: not app.looking.asked)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: bool(app.progress.lines) and not app.progress.is_active)
        run = app.progress.run
        assert run is not None
        assert run.is_simulated
        if fault:
            await until(pilot, lambda: isinstance(app.screen, Pick))
            assert run.state is State.FAILED
            assert app.progress.causes
            await pilot.press("escape")
            await settle(pilot)
        else:
            assert run.state is State.READY
            assert isinstance(app.screen, LaunchScreen)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: app.progress.run is not None and app.progress.run.state is State.STOPPED)
    assert hosts.left() == ()
