"""Launch: a summary first, one line a process, the cause where it fails, and what is to become of what was started."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from screens.app import WizardApp
from screens.dialogs import Confirm, Pick
from screens.launch.progress import Progress, begun, clock
from screens.launch.screen import LaunchScreen
from screens.launch.work import Tell, Work
from tests.screens.walking import SIZES, an_app, settle, until
from wizard.errors import BusyError, LaunchError, WizardError
from wizard.launch import earlier, events, runs
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run, RunEvent, RunProcess, State
from wizard.session import Session


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


EVENTS = (
    RunEvent(100.0, "preflight", "asking 10.0.0.1, 10.0.0.2"),
    RunEvent(101.0, "copy", "script in /root/x", host="10.0.0.1"),
    RunEvent(102.0, "start", "started as pid 4711", "prefill-0", "10.0.0.1", State.STARTING),
    RunEvent(103.0, "ready", "loading weights 43 %, 5:10 left", "prefill-0", "10.0.0.1"),
    RunEvent(110.0, "ready", "answers", "prefill-0", "10.0.0.1", State.READY),
)


def a_run(state: State) -> Run:
    processes = tuple(RunProcess(name=name, role="x", state=state) for name in ("prefill-0", "decode-0", "router"))
    return Run(name="a3-pd-1126-0312", created="2026-11-26T03:12:00+00:00", plan="0", state=state, processes=processes,
               endpoint="http://10.0.0.1:6688", served_name="glm-5")  # fmt: skip


class Stage:
    """A launch that does what a test says: tells events, waits until it is left, ends as told."""

    def __init__(self, events: Sequence[RunEvent], end: Run | WizardError, *, waits: bool = False) -> None:
        self.events, self.end, self.waits = events, end, waits
        self.forced: list[bool] = []
        self.stopped: list[Run] = []

    def start(self, session: Session, force: bool, tell: Tell, cancelled: threading.Event) -> Run:
        self.forced.append(force)
        for event in self.events:
            tell(event)
        if self.waits:
            assert cancelled.wait(20)
        if isinstance(self.end, WizardError):
            raise self.end
        return self.end

    def stop(self, run: Run, tell: Tell, cancelled: threading.Event, force: bool) -> Run:
        self.stopped.append(run)
        tell(RunEvent(200.0, "stop", "ended", "router", "10.0.0.1", State.STOPPED))
        return run.evolve(state=State.STOPPED)


def launching(stage: Stage) -> WizardApp:
    app = an_app("launch", filled=True)
    fixes = [fix for finding in app.session.findings for fix in finding.fixes]
    assert fixes
    app.work = Work(app, stage.start, stage.stop)
    return app


def text_of(app: WizardApp) -> str:
    screen = app.screen
    assert isinstance(screen, LaunchScreen)
    return "\n".join(str(screen.query_one(name, Static).content) for name in ("#verdict", "#processes", "#told"))


async def start(pilot: Pilot[int], app: WizardApp) -> None:
    await settle(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, Confirm) or bool(app.progress.lines))
    if isinstance(app.screen, Confirm):
        await pilot.press("y")
    await until(pilot, lambda: bool(app.progress.lines))


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_before_a_launch_everything_it_touches_is_named(size: tuple[int, int]) -> None:
    """Hosts, devices, ports, what is changed as root."""
    app = an_app("launch", filled=True)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        told = text_of(app)
        for word in ("10.0.0.1", "10.0.0.2", "16 devices", "6688", "vm.swappiness", "could not be checked"):
            assert word in told


@pytest.mark.asyncio
async def test_a_launch_is_not_begun_while_something_is_not_filled_in() -> None:
    """Enter says what is missing and starts nothing."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert "MODEL_PATH" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert not app.progress.lines


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_a_launch_that_succeeds_shows_each_process_and_where_it_answers(size: tuple[int, int]) -> None:
    """One line a process, then the address."""
    app = launching(Stage(EVENTS, a_run(State.READY)))
    async with app.run_test(size=size) as pilot:
        await start(pilot, app)
        await until(pilot, lambda: not app.progress.is_active)
        await settle(pilot)
        told = text_of(app)
        assert "Ready: http://10.0.0.1:6688 answers as `glm-5`" in told
        assert "READY" in told
        assert "loading weights 43 %, 5:10 left" in told
        await pilot.press("m")
        await settle(pilot)
        assert app.stage == "monitor"


@pytest.mark.asyncio
async def test_a_launch_that_cannot_begin_tells_why_and_can_be_tried_again() -> None:
    """The cause, the hint, and Enter again."""
    stage = Stage(EVENTS[:1], LaunchError("port 8000 on 10.0.0.1 is already served", "stop it, or use another port"))
    app = launching(stage)
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        await until(pilot, lambda: not app.progress.is_active)
        await settle(pilot)
        assert "Nothing was started: port 8000" in text_of(app)
        assert "hint: stop it, or use another port" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm) or len(stage.forced) == 2)
        if isinstance(app.screen, Confirm):
            await pilot.press("y")
        await until(pilot, lambda: len(stage.forced) == 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("choice", ["leave", "stop", "go on"])
async def test_what_was_started_is_left_or_stopped_as_one_says(choice: str) -> None:
    """`s` asks; leaving stops nothing, stopping stops the run."""
    stage = Stage(EVENTS[:3], a_run(State.STARTING), waits=True)
    app = launching(stage)
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        await until(pilot, lambda: len(app.progress.told) == 3)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press(*["down"] * ["go on", "leave", "stop"].index(choice), "enter")
        if choice == "go on":
            await settle(pilot)
            assert app.progress.is_active
            app.work.leave()
        await until(pilot, lambda: not app.progress.is_active)
        if choice == "stop":
            await until(pilot, lambda: app.progress.run is not None and app.progress.run.state is State.STOPPED)
        assert len(stage.stopped) == (choice == "stop")


@pytest.mark.asyncio
async def test_leaving_the_wizard_while_it_starts_something_asks_first() -> None:
    """`q`, then stay: nothing changes; then leave: the launch makes no further step, nothing is stopped."""
    stage = Stage(EVENTS[:3], a_run(State.STARTING), waits=True)
    app = launching(stage)
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("enter")
        await settle(pilot)
        assert app.progress.is_active
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("down", "enter")
        await settle(pilot)
    assert not stage.stopped
    assert app.return_code == 0


@pytest.mark.asyncio
async def test_ctrl_c_asks_and_can_stop_what_was_started() -> None:
    """Never silently: Ctrl-C asks; stop ends the run, and the wizard stays to show it."""
    stage = Stage(EVENTS[:3], a_run(State.STARTING), waits=True)
    app = launching(stage)
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: app.progress.run is not None and app.progress.run.state is State.STOPPED)
        assert len(stage.stopped) == 1
        assert app.is_running


FAILURE = (
    *EVENTS[:4],
    RunEvent(111.0, "log", "RuntimeError: [/x] NPU out of memory\x1b[31m", "decode-0", "10.0.0.2"),
    RunEvent(111.0, "diagnosis", "memory is short. To change: lower it", "decode-0", "10.0.0.2", None, True),
    RunEvent(112.0, "ready", "failed: it ended", "decode-0", "10.0.0.2", State.FAILED, True),
)


def a_failed_run() -> Run:
    states = {"prefill-0": State.STARTING, "decode-0": State.FAILED}
    run = a_run(State.FAILED)
    return run.evolve(processes=tuple(p.evolve(state=states.get(p.name, State.PLANNED)) for p in run.processes))


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", ["stop", "monitor"])
async def test_a_failure_names_its_cause_shows_the_last_lines_and_asks(size: tuple[int, int], way: str) -> None:
    """Which process, why, the end of its log, and the choice: stop the rest, or look at the logs."""
    stage = Stage(FAILURE, a_failed_run())
    app = launching(stage)
    async with app.run_test(size=size) as pilot:
        await start(pilot, app)
        await until(pilot, lambda: isinstance(app.screen, Pick))
        assert isinstance(app.screen, Pick)
        assert app.screen.question == "decode-0 failed. What now?"
        assert "decode-0: memory is short. To change: lower it" in app.screen.detail
        assert "NPU out of memory" in app.screen.detail
        assert "\x1b" not in app.export_screenshot()
        await pilot.press(*["down"] * ["stop", "monitor"].index(way), "enter")
        if way == "stop":
            await until(pilot, lambda: len(stage.stopped) == 1)
        else:
            await until(pilot, lambda: app.stage == "monitor")
            assert not stage.stopped


@pytest.mark.asyncio
async def test_what_another_wizard_launches_is_watched_only() -> None:
    """The same plan elsewhere: its run is followed, nothing here can stop it, and its end is shown."""
    app = launching(Stage((), BusyError("another wizard (pid 1) is launching the same plan at the moment", "watch it")))
    plan = app.session.export_request().flow.plan_hash()
    other = runs.create(a_run(State.STARTING).evolve(plan=plan), {})
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        await until(pilot, lambda: app.progress.is_watching)
        events.append(other.name, EVENTS[2])
        await until(pilot, lambda: "pid 4711" in text_of(app))
        assert "Another wizard launches this" in text_of(app)
        screen = app.screen
        assert isinstance(screen, LaunchScreen)
        assert not screen.check_action("start", ())
        assert not screen.check_action("cancel", ())
        runs.save(other.evolve(state=State.READY))
        await until(pilot, lambda: "Ready: " in text_of(app))
        assert not app.progress.is_active


@pytest.mark.asyncio
async def test_what_runs_already_is_said_before_anything_is_asked() -> None:
    """A run of the very same plan that is recorded as alive: its name and state, and `m` leads to it."""
    app = an_app("launch", filled=True)
    plan = app.session.export_request().flow.plan_hash()
    runs.create(a_run(State.READY).evolve(plan=plan), {})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "This runs already as a3-pd-1126-0312 (ready)" in text_of(app))
        screen = app.screen
        assert isinstance(screen, LaunchScreen)
        assert screen.check_action("monitor", ())
        app.change(lambda session: session.edited((Edit(EditKind.SET, "decode.page-size=64"),)), "")
        await settle(pilot)
        assert "Nothing is started yet" in text_of(app)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_hostile_events_are_shown_as_text_and_the_processes_stay_in_view(size: tuple[int, int]) -> None:
    """Markup, escapes, Chinese, ten thousand signs, two hundred events: one line a process stays on the screen."""
    hostile = "[/x] [red]\x1b]52;c;eA==\x07模型 " + "长" * 10_000
    told = [RunEvent(105.0 + n, "ready", f"{hostile} {n}", "decode-0", "10.0.0.2") for n in range(200)]
    app = launching(Stage((*EVENTS, *told), LaunchError(hostile, hostile)))
    async with app.run_test(size=size) as pilot:
        await start(pilot, app)
        await until(pilot, lambda: not app.progress.is_active)
        await settle(pilot)
        assert "\x1b" not in app.export_screenshot()
        block = app.screen.query_one("#processes", Static)
        assert block.region.y < size[1] // 2
        assert "prefill-0" in str(block.content)


def test_the_last_time_stands_beside_each_process() -> None:
    """Taken from the events of the newest run of that title that got ready; a failed one says nothing."""
    flow = an_app(filled=True).session.export_request().flow
    good = runs.create(a_run(State.READY).evolve(title="a3-pd", name="a3-pd-1"), {})
    for event in (*EVENTS, RunEvent(130.0, "ready", "serves", state=State.READY)):
        events.append(good.name, event)
    bad = runs.create(a_run(State.FAILED).evolve(title="a3-pd", name="a3-pd-2", created="2026-11-27T00:00:00Z"), {})
    for event in FAILURE:
        events.append(bad.name, event)
    last = earlier.last("a3-pd")
    assert last == earlier.Earlier("a3-pd-1", 28.0, {"prefill-0": 8.0})
    assert earlier.last("a3-pd", is_simulated=True) is None
    assert [line.last_s for line in begun(flow, last.processes).lines] == [8.0, None, None]


def test_the_time_of_a_process_stops_when_it_is_ready() -> None:
    """From its first event to the one that settles it."""
    flow = an_app(filled=True).session.export_request().flow
    progress: Progress = begun(flow)
    for event in EVENTS:
        progress = progress.after(event)
    line = progress.lines[0]
    assert clock(line.seconds(500.0)) == "0:08"
    assert clock(progress.lines[1].seconds(500.0)) == ""


def test_errors_block_until_they_are_said_yes_to() -> None:
    """What is forced is what the operator was shown."""
    from screens.launch import before

    broken = an_app(filled=True).session.edited((Edit(EditKind.SET, "tp-size=7"),))
    question = before.question(broken)
    assert "error" in question.detail


@pytest.mark.asyncio
async def test_what_a_launch_tells_after_one_has_left_is_no_traceback() -> None:
    """Left running: its last events come while the screens are being taken down."""
    app = launching(Stage(EVENTS, a_run(State.READY), waits=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("down", "enter")
    app.progress = Progress(is_active=not app.progress.is_active)
    assert app.return_value == 0


@pytest.mark.asyncio
async def test_a_launch_is_left_without_asking_where_nobody_is_there_any_more() -> None:
    """The terminal is gone: no further step is taken, and the exit code is that of Ctrl-C."""
    stage = Stage(EVENTS, a_run(State.READY), waits=True)
    app = launching(stage)
    async with app.run_test(size=(80, 24)) as pilot:
        await start(pilot, app)
        app.cut_off()
        assert app.work._cancelled.is_set()
    assert app.return_code == 4
