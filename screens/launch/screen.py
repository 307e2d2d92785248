"""The Launch stage: first what will happen, then one line a process while it happens, then what came of it."""

import time
from collections.abc import Iterator
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from screens.dialogs import Confirm
from screens.launch import before
from screens.launch.asking import leave_or_stop
from screens.launch.progress import STYLES, WORDS, Line, Progress, clock
from screens.looking import only_recorded
from screens.review import preflight
from screens.stage import StageScreen
from screens.text import Prose, outside, printable
from wizard.errors import WizardError
from wizard.launch.events import stage_word
from wizard.model.run import Run, State
from wizard.preflight import preflight as checked
from wizard.session import Session

ALIVE = frozenset({State.STARTING, State.READY})
_COLUMN = len("03:04:05 preflight ")
"""Where a sentence begins behind its time and stage."""
_LONGEST = 400
"""Signs of one sentence that are shown; the run's own record holds all."""


class LaunchScreen(StageScreen):
    """Starting what was chosen."""

    STAGE = "launch"
    HELP_TITLE = "Launch"
    HELP_TEXT = (
        "Starts the processes on their hosts, over ssh as you reach them yourself: first everything is looked at once "
        "more, then the script is copied, the image pulled where it is missing, the servers started and waited for, "
        "then the router, then one real question. They go on when you leave; another terminal can watch or stop them."
    )
    AUTO_FOCUS = "#launch"
    CSS_PATH: ClassVar[list[str]] = ["../stage.tcss", "launch.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "launch", tooltip="Start it now"),
        Binding("p", "look", "look at hosts", tooltip="Look at every host now and check against what is found"),
        Binding("s", "cancel", "stop or leave", tooltip="Stop what was started, or leave it running by itself"),
        Binding("m", "monitor", "monitor", tooltip="Watch the logs"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._ticker: Timer | None = None
        self._is_behind = False
        self._same_plan: tuple[str, Run | None] = ("", None)
        """A plan, and the run of it that is recorded as alive."""

    def compose_body(self) -> ComposeResult:
        """How it stands, always in view; below it everything that was told, which scrolls."""
        yield Static(markup=False, id="verdict")
        with VerticalScroll(id="standing", can_focus=False):
            yield Static(markup=False, id="processes")
        with VerticalScroll(id="launch"):
            yield Prose(id="told")

    def on_mount(self) -> None:
        """Follows the launch as well as the session."""
        self._ticker = self.set_interval(1, self._tick, pause=True)
        self.watch(self.app, "progress", self._progressed, init=False)
        self.watch(self.app, "looked", self._progressed, init=False)

    def _progressed(self, _: object) -> None:
        """Many events at once are shown once."""
        if not self._is_behind:
            self._is_behind = True
            self.call_after_refresh(self._catch_up)

    def _catch_up(self) -> None:
        self._is_behind = False
        if self.is_current:
            self.show(self.session)

    def _tick(self) -> None:
        if self.is_current:
            self._show_processes(self.wizard.progress)

    def on_screen_resume(self) -> None:
        """Catches up with the launch, too."""
        self.show(self.session)
        self._look_for_runs()

    @work(thread=True, group="runs", exclusive=True)
    def _look_for_runs(self) -> None:
        """Whether the same plan was started already, from here or from another terminal."""
        from wizard.launch import runs

        planned = self.session.planned
        if isinstance(planned, WizardError):
            return
        alike = (run for run in runs.load_all() if run.plan == planned.plan_hash() and run.state in ALIVE)
        self.app.call_from_thread(self._found_run, planned.plan_hash(), next(alike, None))

    def _found_run(self, plan: str, run: Run | None) -> None:
        self._same_plan = (plan, run)
        if self.is_current:
            self.show(self.session)

    @property
    def _started_before(self) -> Run | None:
        """A run of what is chosen now that is recorded as alive."""
        planned, (plan, run) = self.session.planned, self._same_plan
        return run if not isinstance(planned, WizardError) and planned.plan_hash() == plan else None

    def show(self, session: Session) -> None:
        """What will happen, or what happens."""
        progress = self.wizard.progress
        if self._ticker is not None:
            self._ticker.resume() if progress.is_active else self._ticker.pause()
        began = bool(progress.lines)
        self.query_one("#verdict", Static).update(self._verdict(session, progress))
        self._show_processes(progress)
        view = self.query_one("#launch", VerticalScroll)
        follows = progress.is_active and view.scroll_y >= view.max_scroll_y - 1  # whoever scrolled up is reading
        told = Content("\n").join(_told(progress) if began else self._before(session))
        self.query_one("#told", Prose).tell(told, _COLUMN if began else 0)
        if follows:
            view.scroll_end(animate=False)
        self.refresh_bindings()

    def _before(self, session: Session) -> Iterator[Content]:
        yield from before.summary(session)
        if not isinstance(session.planned, WizardError):
            known = checked(session, self.wizard.looking.looks)
            yield Content("")
            yield from preflight.hosts_and_findings(known, self.wizard.looking.asked, time.time())

    def _verdict(self, session: Session, progress: Progress) -> Content:
        if not progress.lines:
            why = before.obstacle(session)
            if why:
                return Content.assemble(Content.styled("Cannot be launched yet: ", "bold $text-error"), outside(why))
            known = checked(session, self.wizard.looking.looks)
            closing = preflight.closing(known, self.wizard.looking.asked)
            run = self._started_before
            words = "Nothing is started yet. Enter launches this:"
            if run is not None:
                words = f"This runs already as {run.name} ({run.state}). Enter takes it up, m watches it."
            return Content.styled(words, "bold") + Content("\n") + closing
        lines = [outside(progress.verdict, _style(progress))]
        if progress.error is not None and progress.error.hint:
            lines.append(outside(f"hint: {progress.error.hint}"))
        lines += [outside(f"cause: {cause}", "bold") for cause in progress.causes[:1] if not progress.is_active]
        lines.append(outside(_ways_on(progress), "$text-muted"))
        return Content("\n").join(lines)

    def _show_processes(self, progress: Progress) -> None:
        now = time.time()
        width = max((len(line.name) for line in progress.lines), default=0)
        rows = []
        for line in progress.lines:
            state = Content.styled(f"{WORDS[line.state]:9}", STYLES.get(line.state, ""))
            head = outside(f"{line.name:{width}}  {line.host}  {clock(line.seconds(now)):>6}  ")
            rows.append(Content.assemble(state, head, outside(printable(line.phase, _LONGEST)), _last(line)))
        block = self.query_one("#processes", Static)
        block.update(Content("\n").join(rows))
        self.query_one("#standing").display = bool(rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now."""
        progress = self.wizard.progress
        if action == "start":
            return self._can_start(progress)
        if action == "look":
            return not (
                progress.lines or only_recorded(self.session.hosts) or isinstance(self.session.planned, WizardError)
            )
        if action == "cancel":
            return not progress.is_watching and (progress.is_active or progress.run is not None)
        if action == "monitor":
            return bool(progress.lines) or self._started_before is not None
        return super().check_action(action, parameters)

    def _can_start(self, progress: Progress) -> bool:
        """Whether Enter starts something: what is chosen can be launched, and is not under way or there already."""
        planned = self.session.planned
        if progress.is_active or progress.is_watching or isinstance(planned, WizardError):
            return False
        run = progress.run
        if run is not None and run.state is State.READY and run.plan == planned.plan_hash():
            return False
        return bool(progress.lines) or not before.obstacle(self.session)

    @work(group="question", exclusive=True)
    async def action_start(self) -> None:
        """Starts it, after what blocks or warns was put to the operator."""
        session = self.session
        why = before.obstacle(session)
        if why:
            self.wizard.say(why, severity="error")
            return
        question = before.question(session)
        yes = "Launch all the same" if question.is_despite else "Launch"
        if await self.app.push_screen_wait(Confirm(question.words, question.detail, yes=yes, no="Back")) is True:
            self.wizard.start_launch(session, force=bool(session.blocking))

    def action_look(self) -> None:
        """Looks at the hosts now, or stops that."""
        self.wizard.look_at_hosts()

    @work(group="question", exclusive=True)
    async def action_cancel(self) -> None:
        """Asks what is to become of what was started."""
        await leave_or_stop(self.wizard)

    def action_monitor(self) -> None:
        """To the logs."""
        self.wizard.action_go("monitor")


def _last(line: Line) -> Content:
    """How long it took the last time."""
    return outside(f"  (last time {clock(line.last_s)})", "$text-muted") if line.last_s is not None else Content("")


def _style(progress: Progress) -> str:
    if progress.error is not None:
        return "bold $text-error"
    if progress.is_active or progress.run is None:
        return "bold"
    return STYLES.get(progress.run.state, "bold")


def _ways_on(progress: Progress) -> str:
    if progress.is_watching:
        name = progress.run.name if progress.run else "RUN"
        return f"m watches the logs. `--stop {name}` stops it once the other wizard is done with it."
    if progress.is_active:
        return "m watches the logs; s stops it or leaves it running. You may go to any stage meanwhile."
    if progress.error is not None:
        return "Enter tries again; f shows the findings; 2 goes back to the choices."
    if progress.run is not None and progress.run.state is State.FAILED:
        return "m shows the logs and the cause; s stops the rest; Enter tries again; 2 goes back to the choices."
    if progress.run is not None and progress.run.state is State.READY:
        return "m watches it; s stops it. It goes on when you leave."
    return "Enter goes on with it; m watches it; s stops it."


def _told(progress: Progress) -> Iterator[Content]:
    yield Content("")
    for event in progress.told:
        stamp = time.strftime("%H:%M:%S", time.localtime(event.time))
        where = " ".join(word for word in (event.process, event.host if not event.process else "") if word)
        style = "$text-error" if event.is_problem else "$text-muted" if event.stage == "log" else ""
        text = f"{stamp} {stage_word(event):9} {where + ': ' if where else ''}{printable(event.message, _LONGEST)}"
        yield Content.styled(text, style) if style else Content(text)
