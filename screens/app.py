"""The full screen: the stages as modes that stay alive, one session, and the messages that move it."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from screens.base import BaseApp
from screens.messages import Chosen, Detected, Edited, Fixed, GoTo, Jump, Redo, Undo
from screens.settings import Settings
from screens.stage import StageScreen
from screens.terminal import Terminal
from screens.widgets.stepper import STAGES
from wizard import drafts, presets
from wizard.drafts import Draft
from wizard.errors import ExitCode, WizardError
from wizard.export.quote import join
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Selection
from wizard.session import Session
from wizard.words.screen import Begun
from wizard.words.start import say

KEEP_AFTER_S = 0.3
"""A draft is written after this much rest, so that typing does not write for every letter."""

_SCREENS = {
    "detect": ("screens.detect", "DetectScreen"),
    "choose": ("screens.choose", "ChooseScreen"),
    "review": ("screens.review", "ReviewScreen"),
    "launch": ("screens.launch", "LaunchScreen"),
    "monitor": ("screens.monitor", "MonitorStage"),
}
"""Stage → module and class; loaded when the stage is entered for the first time."""


def _nothing() -> Session:
    return Session(Selection())


class WizardApp(BaseApp):
    """The wizard on a full screen.

    Args:
        session: what to start from.
        stage: the stage to open.
        draft: an unfinished selection, to be offered.
        notes: what was said while reading what it starts from.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reproduce", "reproduce", tooltip="The one command that gives the same result, also copied"),
        Binding("q", "quit", "quit", tooltip="Leave; what was chosen is kept"),
    ]
    session: reactive[Session] = reactive(_nothing, init=False, bindings=True)

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
        super().__init__(terminal, settings)
        self.set_reactive(WizardApp.session, session)
        self.first_stage = stage
        self.before: Session | None = None
        """The session before the last change, for showing what it changed."""
        self.last_change = ""
        self.saved = session.selection
        """What is on the disk, or what one came with."""
        self.draft, self.notes = draft, tuple(notes)

    def on_mount(self) -> None:
        """Makes the stages known and opens the first."""
        for name in STAGES:
            self.add_mode(name, partial(_screen, name))
        self.switch_mode(self.first_stage)
        for note in self.notes:
            self.say(note)
        if self.draft is not None:
            self.run_worker(self._take_up(self.draft), group="file", exclusive=True)

    async def _take_up(self, draft: Draft) -> None:
        from screens import files

        await files.take_up(self, draft)

    @property
    def stage(self) -> str:
        """The stage in view."""
        return self.current_mode

    @property
    def work_title(self) -> str:
        """What is being worked on; a star where it differs from what is saved."""
        name = self.session.selection.preset or "own selection"
        return name + (" *" if self.is_dirty else "")

    @property
    def is_dirty(self) -> bool:
        """Whether something was chosen that is not saved."""
        return self.session.selection is not self.saved and self.session.selection != self.saved

    def watch_session(self, before: Session, after: Session) -> None:
        """Keeps what was chosen."""
        if before.selection is not after.selection:
            self._keep()

    @work(group="keep", exclusive=True)
    async def _keep(self) -> None:
        await asyncio.sleep(KEEP_AFTER_S)
        await asyncio.to_thread(self.keep)

    def keep(self) -> Path | None:
        """Writes the draft, or forgets it where nothing is unfinished; where it is kept."""
        if self.is_dirty:
            return drafts.keep(self.session.selection)
        return None

    def retitle(self) -> None:
        """Shows again what is worked on, after it was saved."""
        if isinstance(self.screen, StageScreen):
            self.screen.retitle()

    async def action_quit(self) -> None:
        """Leaves; what was chosen is kept, and ``run`` says where."""
        self.exit(int(ExitCode.DONE))

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

    def change(self, move: Callable[[Session], Session], label: str) -> bool:
        """Moves the session; what cannot be done is said. Whether it was done."""
        try:
            after = move(self.session)
        except WizardError as error:
            self.complain(error)
            return False
        if after.selection != self.session.selection:
            self.before = self.session
            self.last_change = label
        self.session = after
        return True

    def complain(self, error: WizardError) -> None:
        """Says what is wrong and what to do."""
        self.say(f"{error.message}\n{error.hint}" if error.hint else error.message, severity="error")

    @on(Edited)
    def _edit(self, message: Edited) -> None:
        label = message.label or join(word for edit in message.edits for word in edit.flag())
        if message.is_typing:
            self.change(lambda session: session.before_typing(label).edited(message.edits, label), label)
        else:
            self.change(lambda session: session.edited(message.edits, message.label), label)

    @on(Fixed)
    def _fix(self, message: Fixed) -> None:
        self.change(lambda session: session.fixed(message.fix), f"fix: {message.fix.label}")

    @on(Chosen)
    def _choose(self, message: Chosen) -> None:
        def move(session: Session) -> Session:
            start = session.before_typing(message.label) if message.is_typing else session
            return start.chosen(message.selection, message.label, message.preset)

        self.change(move, message.label)

    @on(Detected)
    def _detect(self, message: Detected) -> None:
        self.session = self.session.detected(message.hosts)

    @on(Undo)
    def action_undo(self) -> None:
        """Takes the last change back."""
        if self.session.past:
            label = self.session.past[-1].label
            self.change(lambda session: session.undone, f"undone: {label}")

    @on(Redo)
    def action_redo(self) -> None:
        """Makes it again."""
        if self.session.future:
            label = self.session.future[-1].label
            self.change(lambda session: session.redone, f"again: {label}")

    @on(GoTo)
    def _go_to(self, message: GoTo) -> None:
        self.action_go(message.stage)

    def action_go(self, stage: str) -> None:
        """Shows a stage."""
        if stage != self.current_mode:
            self.switch_mode(stage)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now."""
        if action == "undo":
            return bool(self.session.past)
        if action == "redo":
            return bool(self.session.future)
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
        self.action_go("choose")
        self.call_after_refresh(self._reveal, message)

    def _reveal(self, message: Jump) -> None:
        screen = self.screen
        if isinstance(screen, StageScreen):
            screen.close_panel()
            screen.reveal(message.finding.options, message.finding.hosts)

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
        for name in STAGES:
            yield SystemCommand(f"Go to {STAGES[name]}", f"Stage {name}", partial(self.action_go, name))
        for name in presets.files():
            yield SystemCommand(
                f"Preset: {name}", "Start from this preset; undo brings back what was", self._preset(name)
            )

    def _preset(self, name: str) -> Callable[[], None]:
        return lambda: self._edit(Edited((Edit(EditKind.PRESET, name),), f"preset {name}"))


def _screen(stage: str) -> Screen[Any]:
    module, name = _SCREENS[stage]
    if find_spec(module) is None or not hasattr(import_module(module), name):
        return _Later(stage)
    screen: Screen[Any] = getattr(import_module(module), name)()
    return screen


class _Later(StageScreen):
    """Stands in for a stage that is being built."""

    def __init__(self, stage: str) -> None:
        self.STAGE = stage  # type: ignore[misc]
        super().__init__()

    def compose_body(self) -> ComposeResult:
        """One sentence."""
        yield Static(f"{self.STAGE}: not here yet.", markup=False)


def run(begun: Begun, *, color: bool = True) -> ExitCode:
    """Opens the full screen and returns how it ended; says where the unfinished is kept."""
    app = WizardApp(
        begun.session, begun.stage, draft=begun.draft, notes=begun.notes, terminal=Terminal.here(color=color)
    )
    code = app.run()
    place = app.keep()
    if place is not None:
        say(f"what was chosen is kept in {place}; `glm-wizard` offers to go on with it")
    return ExitCode(app.return_code or ExitCode.DONE if code is None else code)
