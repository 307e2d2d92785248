"""Launch: a summary first, one line a process, the cause where it fails, and what is to become of what was started."""

import threading
from collections.abc import Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from screens.app import WizardApp
from screens.dialogs import Confirm, Pick
from screens.launch.progress import Progress, begun, clock
from screens.launch.screen import LaunchScreen
from screens.launch.work import Tell, Work
from tests.screens.walking import SIZES, an_app, settle, until
from wizard.errors import LaunchError, WizardError
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run, RunEvent, RunProcess, State
from wizard.session import Session

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
