"""The wizard's last stage: what was launched is watched, and what failed leads back to the option."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.choose.screen import ChooseScreen
from screens.monitor.body import MonitorBody
from screens.monitor.stage import MonitorStage
from screens.settings import Settings
from screens.terminal import Terminal
from tests.screens.walking import SIZES, an_app, settle, until
from wizard import presets
from wizard.launch import runs
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run, RunProcess, State
from wizard.reach.pretended import VARIABLE
from wizard.selection_file import dumps
from wizard.session import Session, started
from wizard.simulate.hosts import PretendedHosts, check_system
from wizard.words.demo import on_hosts

CAPTURED = (
    "[2026-01-07 06:59:59] server_args=ServerArgs(model_path='/m', mem_fraction_static=0.8)\n"
    "[2026-01-07 07:00:00 TP0] Capture npu graph begin. avail mem=1.80 GB\n"
    "RuntimeError: NPU out of memory. Tried to allocate 2.00 GiB (NPU 0; 60.96 GiB total capacity)\n"
)


def body_of(pilot: Pilot[int]) -> MonitorBody:
    """The monitor in view."""
    return pilot.app.screen.query_one(MonitorBody)


@pytest.fixture
def failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose decode server ran out of memory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    log = tmp_path / "decode-0.log"
    log.write_text(CAPTURED)
    selection = started(presets.preset("a3-pd").selection).edited((Edit(EditKind.MODEL_PATH, "/of/the/run"),)).selection
    return runs.create(
        Run(
            name="a3-pd-0107", created="2026-01-07T07:00:00+00:00", plan="x", selection=dumps(selection),
            processes=(RunProcess(name="decode-0", role="decode", log=str(log)),),
        ),
        {},
    )  # fmt: skip


async def apply_the_remedy(pilot: Pilot[int]) -> None:
    """As soon as the cause is known."""
    await until(pilot, lambda: bool(pilot.app.screen.query(MonitorBody)))
    body = body_of(pilot)
    await until(pilot, lambda: body.views[0].reading.diagnosis is not None)
    await pilot.press("d")
    await pilot.pause()
    drawer = body.tables.drawer
    drawer._list.highlighted = next(n for n, one in enumerate(drawer._entries) if one.text.startswith("Apply"))
    await pilot.press("enter")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_the_remedy_leads_to_the_option_with_the_runs_selection(failed: Run, size: tuple[int, int]) -> None:
    """Not that of the form; one undo takes the fix back, another brings what was there."""
    app = an_app("monitor", "a3-single")
    before = app.session.selection
    async with app.run_test(size=size, notifications=True) as pilot:
        await apply_the_remedy(pilot)
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await settle(pilot)
        assert app.session.selection.model.path == "/of/the/run"
        assert app.session.selection.roles["decode"].options["mem-fraction-static"] == 0.75
        assert app.last_change == "decode: mem-fraction-static 0.8 -> 0.75 (npu_oom)"
        assert any("0.8 -> 0.75" in one.message for one in app._notifications)
        assert isinstance(app.screen, ChooseScreen)
        await until(pilot, lambda: app.screen.page == "role-decode")  # type: ignore[attr-defined]
        app.action_undo()
        assert app.session.selection.roles["decode"].options["mem-fraction-static"] == 0.8
        app.action_undo()
        assert app.session.selection == before


@pytest.mark.asyncio
async def test_a_run_that_takes_no_fix_says_so_and_changes_nothing(failed: Run) -> None:
    """Its record holds no selection."""
    runs.save(failed.evolve(selection=""))
    app = an_app("monitor")
    before = app.session.selection
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await apply_the_remedy(pilot)
        await until(pilot, lambda: any("holds no selection" in one.message for one in app._notifications))
        assert isinstance(app.screen, MonitorStage)
        assert app.session.selection == before


@pytest.mark.asyncio
async def test_keys_mean_what_they_mean_in_the_light_monitor(failed: Run) -> None:
    """f follows, c does nothing, a number is a pane, r asks for a rank; [ goes back to the launch."""
    app = an_app("monitor")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.screen.query(MonitorBody)))
        body = body_of(pilot)
        await until(pilot, lambda: body.views[0].reading.lines == 3)
        await pilot.press("up")
        assert not body.pane.log_pane.view.is_following
        await pilot.press("f", "c", "1")
        assert body.pane.log_pane.view.is_following
        assert isinstance(app.screen, MonitorStage)
        await pilot.press("r")
        assert body._ask.is_open
        await pilot.press("escape", "left_square_bracket")
        await until(pilot, lambda: app.current_mode == "launch")
        assert len(open_files(failed.processes[0].log)) == 1, "another stage does not end the watching"
    assert not open_files(failed.processes[0].log), "leaving the wizard lets go of the logs"


def open_files(name: str) -> list[Path]:
    """The descriptors that this process has open on a file."""
    return [one for one in Path("/proc/self/fd").iterdir() if one.is_symlink() and str(one.readlink()) == name]


@pytest.mark.slow
@pytest.mark.asyncio
async def test_what_is_launched_is_watched_until_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From Enter on the launch to figures that the server itself gives, with stand-ins on pretended hosts."""
    preset = presets.preset("a3-single")
    hosts = PretendedHosts(
        tmp_path / "hosts", preset.selection.series, 1, start_s=2.0, release=preset.selection.release
    )
    check_system(hosts.addresses)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "operator"))
    monkeypatch.setenv(VARIABLE, str(hosts.file))
    session = on_hosts(Session(preset.selection, preset), hosts).edited((Edit(EditKind.SET, "enable-metrics"),))
    session = session.forgotten(hosts.addresses)  # recordings are not launched on; what they are is asked anew
    app = WizardApp(session, "launch", terminal=Terminal(), settings=Settings())
    try:
        async with app.run_test(size=(160, 48)) as pilot:
            await settle(pilot)
            await pilot.press("enter")
            await settle(pilot)
            if app.screen.is_modal:
                await pilot.press("y")
            await until(pilot, lambda: app.progress.run is not None or bool(runs.load_all()))
            await pilot.press("m")
            await until(pilot, lambda: bool(app.screen.query(MonitorBody)))
            body = body_of(pilot)
            bar = body._bar
            assert "SIMULATED" in bar.render_line(0).text
            assert "watching" in bar.render_line(0).text
            await until(pilot, lambda: body.views[0].reading.ready)
            await until(pilot, lambda: "by /metrics" in body.pane._head.render_line(1).text)
            await pilot.press("u")
            await until(pilot, lambda: "HBM" in "".join(one.text for one in body.tables.drawer._entries))
            await until(pilot, lambda: not app.progress.is_active)
            assert app.progress.run is not None
            assert app.progress.run.state is State.READY
            await pilot.press("v")
            await until(pilot, lambda: "reached" in "".join(one.text for one in body.tables.drawer._entries))
        assert hosts.left(), "leaving the wizard stops no server"
    finally:
        hosts.end()


@pytest.mark.asyncio
async def test_with_nothing_to_watch_keys_lead_back_as_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digits are stages, Esc is back; the sentence says what would be watched."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    app = an_app("monitor")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key, stage in (("2", "choose"), ("5", "monitor"), ("escape", "launch")):
            await pilot.press(key)
            await settle(pilot)
            assert app.stage == stage
