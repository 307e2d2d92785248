"""The frame around every stage: stages on top, findings and command beside the form or one key away, keys below."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import AwaitMount, Widget
from textual.widgets import Static

from screens.base import BaseScreen, Leavable, after_paint
from screens.text import outside
from screens.widgets.key_bar import KeyBar
from screens.widgets.stepper import STAGES, Stepper
from wizard.errors import WizardError
from wizard.model.finding import Severity
from wizard.session import Session

if TYPE_CHECKING:
    from screens.app import WizardApp
    from screens.widgets.command_preview import CommandPreview
    from screens.widgets.findings import FindingsPane


class SidePanel(Vertical):
    """Findings above, command below; on a narrow terminal one of the two, in place of the form.

    Both are made once the form is painted, which is what one waits for; from then on they stay.
    """

    def __init__(self) -> None:
        super().__init__(id="side")
        self._filling: AwaitMount | None = None
        self.is_filled = False

    async def fill(self) -> None:
        """Makes both, where they are not there yet."""
        if self._filling is None:
            from screens.widgets.command_preview import CommandPreview
            from screens.widgets.findings import FindingsPane

            findings, command = FindingsPane(id="findings"), CommandPreview()
            findings.border_title, command.border_title = "Findings", "Command"
            self._filling = self.mount_all([findings, command])
        await self._filling
        self.is_filled = True


class StatusLine(Static):
    """The verdict, what the last change was, and what is simulated or recorded."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, session: Session, last: str) -> None:
        """Shows where the session stands."""
        parts = [Content.styled(session.verdict, _verdict_style(session))]
        if last:
            parts += [Content.styled(" · ", "$text-muted"), outside(last)]
        if any(host.is_recorded for host in session.hosts):
            parts.insert(0, Content.styled("RECORDED ", "bold $text-accent"))
        self.update(Content.assemble(*parts))

    async def on_click(self) -> None:
        """The verdict leads to the findings."""
        if isinstance(self.screen, StageScreen):
            await self.screen.action_findings()


def _verdict_style(session: Session) -> str:
    if session.blocking:
        return "bold $text-error"
    worst = session.findings[0].severity if session.findings else Severity.INFO
    return "bold $text-success" if worst is Severity.INFO else "bold $text-warning"


class StageScreen(BaseScreen[None]):
    """A stage. Subclasses say ``STAGE``, ``compose_body`` and ``show``; the frame does the rest.

    ``show`` is called with every new session while the stage is in view, and when it comes into view again. It updates
    what is there, in place. Textual calls the ``on_…`` of every class, a stage's own first: none calls ``super()``.
    """

    STAGE: ClassVar[str] = ""
    IS_FILLED_LATER: ClassVar[bool] = False
    """Whether the stage calls ``painted`` itself, because its body is not complete when it is mounted."""
    CSS_PATH = "stage.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "findings", "findings", id="findings", tooltip="What the checks say, and the fixes"),
        Binding(
            "c", "command", "command", id="command", tooltip="The exact command of every process, and what changed"
        ),
        Binding("ctrl+z", "app.undo", "undo", id="undo", tooltip="Take the last change back"),
        Binding("ctrl+y", "app.redo", "redo", id="redo", tooltip="Make it again"),
        Binding("right_square_bracket", "app.next_stage", "next", key_display="]", tooltip="Go to the next stage"),
        Binding("escape", "back", "back", tooltip="Close what is open, else go one stage back; nothing is lost"),
        Binding("left_square_bracket", "app.previous_stage", "previous stage", key_display="[", show=False),
        *(
            Binding(str(number), f"app.go('{name}')", f"go to {words}", show=False, id=name, tooltip=f"Go to {words}")
            for number, (name, words) in enumerate(STAGES.items(), start=1)
        ),
    ]
    panel: reactive[str] = reactive("", init=False, bindings=True)
    """On a narrow terminal: ``findings`` or ``command`` in place of the form; empty: the form."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Session | None = None
        self._beside: Session | None = None
        self._left: Widget | None = None
        self._is_painted = False

    @property
    def wizard(self) -> "WizardApp":
        """The app, which holds the session."""
        return cast("WizardApp", self.app)

    @property
    def session(self) -> Session:
        """What was chosen and what is known, now."""
        return self.wizard.session

    @property
    def takes_keys(self) -> bool:
        """Whether everything that a key can be meant for is there."""
        return self._is_painted

    def compose_screen(self) -> ComposeResult:
        """The frame around the body."""
        yield Stepper(self.STAGE)
        with Horizontal(id="work"):
            with Container(id="body"):
                yield from self.compose_body()
            yield SidePanel()
        yield StatusLine()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """The stage itself; for the stages to fill."""
        yield from ()

    def show(self, session: Session) -> None:
        """Updates the body, in place; for the stages to fill."""

    def reveal(self, names: Sequence[str], hosts: Sequence[str]) -> None:
        """Shows and focuses the choice that options or hosts belong to; for Choose to fill."""

    def on_mount(self) -> None:
        """Follows the session."""
        self.watch(self.app, "session", self._follow, init=False)
        self._renew()
        if not self.IS_FILLED_LATER:
            after_paint(self, self.painted)

    async def painted(self) -> None:
        """The form is in view for the first time: now what the checks say, and what stands beside the form."""
        if not self._is_painted:
            self._is_painted = True
            self._renew_status()
            await self.query_one(SidePanel).fill()
            self._renew_side()

    def _follow(self, _: Session) -> None:
        if self.is_current:
            self._renew()

    def on_screen_resume(self) -> None:
        """Catches up with what happened while another stage was in view."""
        self._renew()

    def on_screen_suspend(self) -> None:
        """What is half typed holds neither behind a dialog nor in another stage."""
        if isinstance(self.focused, Leavable):
            self.focused.leave()

    def _renew(self) -> None:
        session = self.session
        self.retitle()
        if session is self._shown:
            return
        self._shown = session
        self.show(session)
        if self._is_painted:
            self.call_after_refresh(self._renew_side)
            self._renew_status()
        self.refresh_bindings()

    def _renew_status(self) -> None:
        self.query_one(StatusLine).show(self.session, self.wizard.last_change)

    def _renew_side(self, *, opens: bool = False) -> None:
        """Findings and command, where they are in view: what one waits for comes first."""
        session, side = self.session, self.query_one(SidePanel)
        if self._beside is session or not side.is_filled or not (opens or side.display):
            return
        self._beside = session
        findings, command = side.children
        cast("FindingsPane", findings).show(session)
        before = self.wizard.before
        earlier = before.planned if before is not None else None
        shown = None if isinstance(earlier, WizardError) else earlier
        cast("CommandPreview", command).show(session.planned, shown)
        self.refresh_bindings()

    def on_resize(self) -> None:
        """On a terminal that became wide they are in view now."""
        self.call_after_refresh(self._renew_side)

    def retitle(self) -> None:
        """Shows what is worked on and whether it is saved."""
        self.query_one(Stepper).title = self.wizard.work_title

    async def action_findings(self) -> None:
        """To the findings, or back from them."""
        await self._toggle("findings", "FindingsList")

    async def action_command(self) -> None:
        """To the command, or back from it."""
        await self._toggle("command", "CommandPreview")

    async def _toggle(self, name: str, selector: str) -> None:
        side = self.query_one(SidePanel)
        await side.fill()
        widget = side.query_one(selector)
        if self.panel == name or (self.has_class("-wide") and widget.has_focus):
            self.close_panel()
            return
        if self.focused is not None and not self._in_side(self.focused):
            self._left = self.focused
        if not self.has_class("-wide"):
            self.panel = name
        self.call_after_refresh(widget.focus)

    def watch_panel(self, panel: str) -> None:
        """Shows the panel in place of the form, or the form again."""
        side = self.query_one("#side")
        self.set_class(bool(panel), "-panel")
        side.set_class(panel == "findings", "-findings")
        side.set_class(panel == "command", "-command")
        if panel:
            self._renew_side(opens=True)

    def close_panel(self) -> bool:
        """Back to the form, with the focus where it was; whether a panel was open."""
        inside = self.focused is not None and self._in_side(self.focused)
        was_open = bool(self.panel) or inside
        self.panel = ""
        if was_open:
            left = self._left if self._left is not None and self._left.is_attached else None
            self.call_after_refresh(left.focus if left is not None else self.focus_body)
        return was_open

    def focus_body(self) -> None:
        """Focuses the first thing of the body."""
        first = next((widget for widget in self.focus_chain if not self._in_side(widget)), None)
        if first is not None:
            first.focus()

    def _in_side(self, widget: Widget) -> bool:
        return self.query_one("#side") in widget.ancestors_with_self

    def action_back(self) -> None:
        """Closes what is open, else goes one stage back."""
        if not self.close_panel():
            self.wizard.action_previous_stage()
