"""The Review stage: pages that turn with ``<`` and ``>``, the export and the way to the launch."""

import time
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input, Static

from screens.looking import only_recorded
from screens.messages import Chosen, Jump
from screens.review import preflight, rows
from screens.review.fill import FillPage
from screens.review.flow import overview
from screens.review.script import ScriptView
from screens.stage import StageScreen
from screens.text import Prose, outside
from screens.widgets.page_bar import PageBar
from screens.widgets.rows import RowList
from wizard.errors import WizardError
from wizard.export import EXPORTERS
from wizard.export.command import typed_lines
from wizard.launch import earlier, figures
from wizard.model.finding import Finding, Severity
from wizard.model.flow import LaunchFlow
from wizard.model.selection import Selection
from wizard.offers import scenarios
from wizard.preflight import preflight as checked
from wizard.reach import pretended
from wizard.session import Session

TITLES = {
    "flow": "Start order",
    "fill": "To fill in",
    "commands": "Commands",
    "changes": "Differences",
    "script": "Script",
    "preflight": "Preflight",
}


class SettingList(RowList):
    """Rows that stand for settings; ``?`` explains the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "change", tooltip="Go to where this is chosen"),
    ]

    def help_name(self) -> str:
        """The option or variable under the cursor."""
        return self.key.split(" ")[-1]


class ReviewScreen(StageScreen):
    """What would run, exactly, before it runs."""

    STAGE = "review"
    HELP_TITLE = "Review"
    HELP_TEXT = (
        "Exactly what would run: the processes in their order, each command with who set what, what differs from the "
        "preset, and the script as it will be written. What only you can know is filled in here, once. `e` writes the "
        "script, alone or with selection file, runbook and verification; `l` launches it from here."
    )
    AUTO_FOCUS = ""
    CSS_PATH: ClassVar[list[str]] = ["../stage.tcss", "review.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "e", "export", "export", tooltip="Write the script: alone, as JSON, or a folder with all that belongs to it"
        ),
        Binding("l", "launch", "launch", tooltip="Start it on its hosts, after one more look"),
        Binding("p", "look", "look at hosts", tooltip="Look at every host now and check against what is found"),
        Binding("enter", "fill", "fill in", tooltip="Into the first field that is empty"),
        Binding("u", "use", "use detected", tooltip="Put the detected hosts into the places"),
        Binding("y", "copy", "copy", tooltip="Copy what is in view: the process's command, or the script"),
        Binding("greater_than_sign,full_stop", "turn(1)", "next page", key_display=">", tooltip="The next page"),
        Binding("less_than_sign,comma", "turn(-1)", "page before", key_display="<", show=False),
        Binding("ctrl+pagedown", "turn(1)", "next page", show=False, tooltip="The next page, also while typing"),
        Binding("ctrl+pageup", "turn(-1)", "page before", show=False, tooltip="The page before, also while typing"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.page = ""

    def compose_body(self) -> ComposeResult:
        """The pages' names, and the pages."""
        yield PageBar()
        with ContentSwitcher(initial="page-flow"):
            with VerticalScroll(id="page-flow"):
                yield Prose(id="overview")
            with VerticalScroll(id="page-preflight"):
                yield Prose(id="preflight")
            yield FillPage()
            yield SettingList(id="page-commands")
            yield SettingList(id="page-changes")
            yield ScriptView()
        yield Static(markup=False, id="note")

    def on_mount(self) -> None:
        """Opens at what is still to fill in, where there is something."""
        planned = self.session.planned
        blank = not isinstance(planned, WizardError) and bool(planned.unfilled())
        self.page = "fill" if blank else "flow"
        self.watch(self.app, "looked", self._looked, init=False)
        if not blank:
            self.call_after_refresh(self.focus_body)

    @property
    def takes_keys(self) -> bool:
        """Fields are there a moment after their page."""
        return super().takes_keys and not (self.page == "fill" and self.query_one(FillPage).is_building)

    def show(self, session: Session) -> None:
        """The page in view."""
        planned = session.planned
        blank = 0 if isinstance(planned, WizardError) else len(planned.unfilled())
        bar = self.query_one(PageBar)
        known = checked(session, self.wizard.looking.looks)
        marks = {"fill": f" {blank}"} if blank else {}
        bar.show(TITLES, marks | {"preflight": " !!"} if known.blocking else marks)
        bar.current = self.page
        self.query_one(ContentSwitcher).current = f"page-{self.page}"
        self._show_page(session)

    def _show_page(self, session: Session) -> None:
        planned = session.planned
        if self.page == "fill":
            self.query_one(FillPage).show(session)
        elif isinstance(planned, WizardError):
            self._show_problem(planned)
        elif self.page == "preflight":
            known = checked(session, self.wizard.looking.looks)
            content = preflight.page(session, known, self.wizard.looking.asked, time.time())
            self.query_one("#preflight", Prose).tell(content)
        elif self.page == "flow":
            self.query_one("#overview", Prose).tell(_overview(session, planned))
        elif self.page == "commands":
            self.query_one("#page-commands", RowList).show(tuple(rows.command_rows(planned)))
        elif self.page == "changes":
            base = session.preset.selection if session.preset else None
            self.query_one("#page-changes", RowList).show(rows.change_rows(base, session.selection))
        else:
            self.query_one(ScriptView).show(script_of(session))
        self._show_note()

    def _show_problem(self, error: WizardError) -> None:
        self.page = "flow"
        self.query_one(PageBar).current = "flow"
        self.query_one(ContentSwitcher).current = "page-flow"
        parts = [Content.styled("There is no plan yet: ", "bold $text-error"), outside(error.message)]
        parts += [Content("\n"), outside(error.hint)] if error.hint else []
        self.query_one("#overview", Prose).tell(Content.assemble(*parts))

    @on(RowList.Moved)
    def _show_note(self) -> None:
        """Why the setting under the cursor is as it is."""
        note = self.query_one("#note", Static)
        planned = self.session.planned
        text = ""
        if self.page == "commands" and not isinstance(planned, WizardError):
            text = rows.note_of(planned, self.query_one("#page-commands", RowList).key)
        note.update(outside(text))
        note.display = bool(text)

    @on(RowList.Picked)
    def _to_the_choice(self, message: RowList.Picked) -> None:
        """Enter on a setting goes to where it is chosen."""
        message.stop()
        whose, *_, name = message.key.split(" ")
        planned = self.session.planned
        if self.page == "commands" and not isinstance(planned, WizardError):
            whose = planned.process(whose).role
        option = f"{whose}.{name}" if whose in self.session.selection.roles else name
        self.post_message(Jump(Finding("", Severity.INFO, "", options=(option,))))

    @on(PageBar.Turned)
    def _turned(self, message: PageBar.Turned) -> None:
        self.turn_to(message.page)

    def action_turn(self, by: int) -> None:
        """The next page, or the one before; round at the ends."""
        names = list(TITLES)
        self.turn_to(names[(names.index(self.page) + by) % len(names)], types=False)

    def turn_to(self, name: str, *, types: bool = True) -> None:
        """Shows a page and goes into it; into a field only where one means to type, or the next key would be text."""
        self.close_panel()
        self.page = name
        self.show(self.session)
        if types or name != "fill":
            self.call_after_refresh(self.focus_body)
        else:
            self.set_focus(None)
        self.refresh_bindings()

    def focus_body(self) -> None:
        """What the page in view is about."""
        page: Widget = self.query_one(f"#page-{self.page}")
        if isinstance(page, FillPage):
            self.call_after_refresh(page.focus_first)
        else:
            page.focus()

    @on(FillPage.Filled)
    def _filled(self) -> None:
        """Everything was gone through: what it leads to."""
        self.turn_to("flow")

    def action_back(self) -> None:
        """Out of a field, so that letters are keys again; else closes what is open; else one stage back."""
        if isinstance(self.focused, Input):
            self.set_focus(None)
        else:
            super().action_back()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be copied of a form."""
        if action == "fill":
            return self.page == "fill"
        if action == "use":
            return self.page == "fill" and self._placed() != self.session.selection
        if action == "copy":
            return self.page in ("commands", "script")
        if action == "look":
            return not only_recorded(self.session.hosts) and not isinstance(self.session.planned, WizardError)
        if action in ("export", "launch"):
            return not isinstance(self.session.planned, WizardError)
        return super().check_action(action, parameters)

    def _placed(self) -> Selection:
        return scenarios.with_detected(self.session.selection, self.session.hosts)

    def action_use(self) -> None:
        """The hosts that were found, where nobody has named any."""
        self.post_message(Chosen.with_hosts(self._placed()))

    def action_fill(self) -> None:
        """Into the fields."""
        self.query_one(FillPage).focus_first()

    def _looked(self, _: int) -> None:
        if self.is_current and self.page == "preflight":
            self._show_page(self.session)
        self.refresh_bindings()

    def action_look(self) -> None:
        """Looks at the hosts, or stops that; the page says what comes of it."""
        self.wizard.look_at_hosts()
        if self.page != "preflight":
            self.turn_to("preflight")

    def action_copy(self) -> None:
        """The command of the process under the cursor, whole; or the script."""
        planned = self.session.planned
        if self.page == "script":
            self.wizard.copy(self.query_one(ScriptView).text, "the script")
        elif not isinstance(planned, WizardError):
            name = self.query_one("#page-commands", RowList).key.partition(" ")[0]
            process = planned.process(name) if name else planned.processes[0]
            self.wizard.copy("\n".join(typed_lines(planned, process)), f"the command of {process.name}")

    @work(group="file", exclusive=True)
    async def action_export(self) -> None:
        """Asks what to write where, and writes it."""
        from screens.review.export import export

        await export(self.wizard)

    def action_launch(self) -> None:
        """To the launch, which looks once more before it starts anything."""
        self.wizard.action_go("launch")


def _overview(session: Session, planned: LaunchFlow) -> Content:
    """What would be started, what that took the last time, and how fast it was."""
    is_simulated, plan = pretended.are_there(), planned.plan_hash()
    last = earlier.last(planned.title, is_simulated=is_simulated)
    about = session.preset.about if session.preset else None
    told = figures.beside(about, figures.own(planned.title, plan, is_simulated=is_simulated), plan)
    return overview(session, planned, last, told)


def script_of(session: Session) -> str:
    """The launch script, exactly as the export writes it."""
    return EXPORTERS["bash"](session.export_request("bash"))
