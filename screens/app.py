"""The full screen: the stages as modes that stay alive, one session, and the messages that move it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.markup import escape
from textual.reactive import reactive
from textual.screen import Screen

from screens.base_app import for_days
from screens.launch.progress import Progress, begun
from screens.launch.work import Ended, Told, Work
from screens.messages import Edited, GoTo, Jump
from screens.session_app import SessionApp
from screens.settings import Settings
from screens.stage import StageScreen
from screens.terminal import Terminal
from screens.text import printable
from screens.widgets.stepper import STAGES
from wizard import drafts, presets
from wizard.drafts import Draft
from wizard.errors import BusyError, ExitCode, WizardError
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run, State
from wizard.session import Session
from wizard.words.screen import Begun
from wizard.words.talk import say

_SCREENS = {
    "detect": ("screens.detect", "DetectScreen"),
    "choose": ("screens.choose", "ChooseScreen"),
    "review": ("screens.review.screen", "ReviewScreen"),
    "launch": ("screens.launch.screen", "LaunchScreen"),
    "monitor": ("screens.monitor.stage", "MonitorStage"),
}
"""Stage → module and class; loaded when the stage is entered for the first time."""


_NOTES_IN_A_CORNER = 2
"""More notes at the start than these would hide each other, and be gone before they are read."""


class WizardApp(SessionApp):
    """The wizard on a full screen.

    Args:
        session: what to start from.
        stage: the stage to open.
        draft: an unfinished selection, to be offered.
        notes: what was said while reading what it starts from.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r",
            "reproduce",
            "reproduce",
            id="reproduce",
            tooltip="The one command that gives the same result, also copied",
        ),
        Binding("q", "quit", "quit", id="quit", tooltip="Leave; what was chosen is kept"),
    ]
    progress: reactive[Progress] = reactive(Progress, init=False, bindings=True)
    """The launch, as far as it is known."""

    def __init__(
        self,
        session: Session,
        stage: str = "detect",
        *,
        draft: Draft | None = None,
        notes: Sequence[str] = (),
        terminal: Terminal | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(session, terminal, settings)
        self.first_stage = stage
        self.draft, self.notes = draft, tuple(notes)
        self.aim: tuple[str, ...] = ()
        """Options to go to at once."""
        self.work = Work(self)
        self._stops = False
        """Whether what is being started is to be stopped as soon as it can be."""
        self._is_open = False
        """Whether there is a stage in view."""

    def on_mount(self) -> None:
        """Makes the stages known and opens the first."""
        for name in STAGES:
            self.add_mode(name, partial(_screen, name))
        self.switch_mode(self.first_stage)
        self._is_open = True
        self._tell([*self.notes, *self._use_own_keys()])
        if self.aim:
            self.call_after_refresh(self._reveal, self.aim, ())
        if self.draft is not None:
            self.run_worker(self._take_up(self.draft), group="file", exclusive=True)

    def delay_update(self, delay: float = 0.05) -> None:
        """Hides how one stage gives way to another. The first has none to give way to, so it shows at once.

        Args:
            delay: for how many seconds nothing is painted.
        """
        if self._is_open:
            super().delay_update(delay)

    def _use_own_keys(self) -> tuple[str, ...]:
        """Takes the operator's keys instead of the wizard's; what is wrong with them, in sentences."""
        if not self.settings.keys:
            return ()
        from screens import keymap

        checked = keymap.checked(self.settings.keys)
        self.set_keymap(dict(checked.keys))
        return checked.problems

    def _tell(self, notes: Sequence[str]) -> None:
        """A note or two in a corner; more of them, as a script can have, where they stay until they are read."""
        if len(notes) > _NOTES_IN_A_CORNER:
            from screens.dialogs import ShowText

            text = "\n".join(f"- {note}" for note in notes)
            self.call_after_refresh(self.push_screen, ShowText("Notes on what was read", text, "the notes"))
            return
        for note in notes:
            self.say(note)

    async def _take_up(self, draft: Draft) -> None:
        from screens import files

        await files.take_up(self, draft)

    @property
    def takes_keys(self) -> bool:
        """A stage that opens takes keys once it is painted; dialogs at once."""
        return self._is_open and (not isinstance(self.screen, StageScreen) or self.screen.takes_keys)

    @property
    def stage(self) -> str:
        """The stage in view."""
        return self.current_mode

    def retitle(self) -> None:
        """Shows again what is worked on, after it was saved."""
        if isinstance(self.screen, StageScreen):
            self.screen.retitle()

    async def action_quit(self) -> None:
        """Leaves; what was chosen is kept, and ``run`` says where. While something is being started, asks first."""
        self._leave(ExitCode.DONE)

    def action_interrupt(self) -> None:
        """The same for Ctrl-C, which every word answers with an exit code of its own."""
        self._leave(ExitCode.INTERRUPTED)

    def cut_off(self) -> None:
        """Leaves what is being started to itself."""
        self.work.leave()
        super().cut_off()

    def _leave(self, code: ExitCode) -> None:
        if self.progress.is_active:
            self._ask_and_quit(code)
        else:
            self.exit(int(code))

    @work(group="question", exclusive=True)
    async def _ask_and_quit(self, code: ExitCode) -> None:
        from screens.launch.asking import before_quitting

        if await before_quitting(self):
            self.work.leave()
            self.exit(int(code))

    def start_launch(self, session: Session, *, force: bool) -> None:
        """Starts what was chosen; what happens is told to ``progress``."""
        planned = session.planned
        if not isinstance(planned, WizardError) and not self.progress.is_active:
            from wizard.launch import earlier
            from wizard.reach import pretended

            last = earlier.last(planned.title, is_simulated=pretended.are_there())
            self.progress = begun(planned, last.processes if last else None)
            # what was seen long ago is looked at anew by the launch itself
            self.work.launch(session.forgotten(self.looking.stale(session.hosts)), force=force)

    def stop_run(self) -> None:
        """Stops what was started: first no further step, then the run itself."""
        self.work.leave()
        self._stops = True
        if not self.progress.is_active and self.progress.run is not None:
            self._stop_now(self.progress.run)

    def _stop_now(self, run: Run) -> None:
        self._stops = False
        self.progress = replace(self.progress, is_active=True, is_stopping=True, error=None)
        self.work.stop(run, force=False)

    @on(Told)
    def _told(self, message: Told) -> None:
        self.progress = self.progress.after(message.event)

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        if self._exit:
            return  # it was left to itself; nobody is there to be asked or told
        if isinstance(message.error, BusyError) and self._watch_other():
            return
        was_watching = self.progress.is_watching
        ended = self.progress.ended(message.run, message.error)
        self.progress = replace(ended, is_stopping=False, is_watching=False)
        if self._stops and self.progress.run is not None:
            self._stop_now(self.progress.run)
            return
        self._stops = False
        if message.run is not None and not was_watching:
            self.saved = self.session.selection
            drafts.settled(self.saved, was_changed=self.was_changed)
        self.say(self.progress.verdict, severity="error" if message.error else "information")
        run = self.progress.run
        if run is not None and run.state is State.FAILED and not was_watching and self.stage == "launch":
            self._ask_after_failure()

    @work(group="question", exclusive=True)
    async def _ask_after_failure(self) -> None:
        from screens.launch.asking import after_failure

        await after_failure(self)

    def _watch_other(self) -> bool:
        """Follows what another wizard launches of the same plan; whether there is such a run."""
        from wizard.launch import runs

        planned = self.session.planned
        if isinstance(planned, WizardError):
            return False
        other = next((run for run in runs.load_all() if run.plan == planned.plan_hash()), None)
        if other is None:
            return False
        self.progress = replace(begun(planned), is_watching=True, run=other)
        self.work.watch(other)
        return True

    @work(group="file", exclusive=True)
    async def action_file(self, name: str) -> None:
        """Opens, imports or saves a file (a function of ``screens.files``)."""
        from screens import files

        await {"open": files.open_file, "import": files.import_script, "save": files.save_file}[name](self)

    def action_reproduce(self) -> None:
        """Shows and copies the one command that gives the same result."""
        from screens import files
        from screens.dialogs import ShowText

        line = files.reproduce_line(self)
        self.copy(line, "the command that gives the same")
        self.push_screen(ShowText("The same again", line, "the command"))

    @on(GoTo)
    def _go_to(self, message: GoTo) -> None:
        self.action_go(message.stage)

    def action_go(self, stage: str) -> None:
        """Shows a stage."""
        if stage != self.current_mode:
            self.switch_mode(stage)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now."""
        if action == "next_stage":
            return self.current_mode != list(STAGES)[-1]
        return super().check_action(action, parameters)

    def action_next_stage(self) -> None:
        """One stage on."""
        self._step(1)

    def action_previous_stage(self) -> None:
        """One stage back; at the first one nothing happens."""
        self._step(-1)

    def _step(self, by: int) -> None:
        names = list(STAGES)
        place = names.index(self.current_mode) + by
        if 0 <= place < len(names):
            self.switch_mode(names[place])

    @on(Jump)
    def _jump(self, message: Jump) -> None:
        from wizard.offers.switches import options_of

        self.action_go("choose")
        self.call_after_refresh(self._reveal, options_of(message.finding), message.finding.hosts)

    def _reveal(self, names: Sequence[str], hosts: Sequence[str]) -> None:
        screen = self.screen
        if isinstance(screen, StageScreen):
            screen.close_panel()
            screen.reveal(names, hosts)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action, every stage, every preset."""
        yield from super().get_system_commands(screen)
        yield SystemCommand(
            "Open a selection file", "As --config does; undo brings back what was", partial(self.action_file, "open")
        )
        yield SystemCommand(
            "Import a launch script", "As --import does; nothing of it is run", partial(self.action_file, "import")
        )
        yield SystemCommand(
            "Save the selection", "A file that --config reads, to keep in git", partial(self.action_file, "save")
        )
        for name in presets.files():
            yield SystemCommand(
                # the palette reads titles as markup
                escape(f"Preset: {printable(name)}"),
                "Start from this preset; undo brings back what was",
                self._preset(name),
            )

    def _preset(self, name: str) -> Callable[[], None]:
        return lambda: self._edit(Edited((Edit(EditKind.PRESET, name),), f"preset {name}"))


def _screen(stage: str) -> Screen[Any]:
    module, name = _SCREENS[stage]
    screen: Screen[Any] = getattr(import_module(module), name)()
    return screen


def run(begun: Begun, *, color: bool = True) -> ExitCode:
    """Opens the full screen and returns how it ended; says where the unfinished is kept."""
    app = WizardApp(
        begun.session, begun.stage, draft=begun.draft, notes=begun.notes, terminal=Terminal.here(color=color)
    )
    app.aim = begun.aim
    for_days()
    code = app.run()
    place = app.keep()
    if place is not None:
        say(f"what was chosen is kept in {place}; `glm-wizard` offers to go on with it")
    return ExitCode(app.return_code or ExitCode.DONE if code is None else code)
