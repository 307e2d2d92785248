"""The Choose stage: pages that turn with ``<`` and ``>``, made when they are first looked at."""

from collections.abc import Sequence
from importlib import import_module
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input

from screens.base import after_paint
from screens.choose.page import ListPage, Search
from screens.choose.scenario import ScenarioPage
from screens.stage import StageScreen
from screens.widgets.page_bar import PageBar
from screens.widgets.rows import RowList
from wizard import places
from wizard.model.finding import Severity
from wizard.offers import scenarios
from wizard.session import Session

TITLES = {"scenario": "Scenario", "model": "Model", "hosts": "Hosts", "options": "All options"}
_PAGES = {
    "scenario": ("screens.choose.scenario", "ScenarioPage"),
    "model": ("screens.choose.model", "ModelPage"),
    "hosts": ("screens.choose.hosts", "HostsPage"),
    "options": ("screens.choose.options", "OptionsPage"),
    "role": ("screens.choose.switches", "SwitchesPage"),
}
"""Page → module and class; loaded when the page is looked at for the first time."""


class ChooseScreen(StageScreen):
    """What is to be served, where, and how."""

    STAGE = "choose"
    HELP_TITLE = "Choose"
    HELP_TEXT = (
        "What to serve, on which hosts, with which settings. The scenario comes first; everything else starts from its "
        "published recipe and can be changed. What a change does to the commands, and what the checks say about it, "
        "shows at once beside it. A page marked ! holds something that is wrong, one marked … something to fill in."
    )
    AUTO_FOCUS = ""
    IS_FILLED_LATER = True
    CSS_PATH: ClassVar[list[str]] = ["../stage.tcss", "choose.tcss"]  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.page = "scenario"
        self._pages: dict[str, ListPage] = {}
        self._aim: tuple[str, Sequence[str], Sequence[str]] | None = None
        """Where to put the cursor once the page is there."""

    def compose_body(self) -> ComposeResult:
        """The pages' names, and room for the page in view."""
        yield PageBar()
        yield Container(id="page")

    @property
    def titles(self) -> dict[str, str]:
        """The pages there are now."""
        roles = {f"role-{name}": name.capitalize() for name in self.session.selection.roles}
        return {
            "scenario": TITLES["scenario"],
            "model": TITLES["model"],
            "hosts": TITLES["hosts"],
            **roles,
            "options": TITLES["options"],
        }

    def show(self, session: Session) -> None:
        """The page in view, and the marks of all."""
        titles = self.titles
        if self.page not in titles:
            self.page = "scenario"
        bar = self.query_one(PageBar)
        bar.show(titles, {name: mark for name, mark in bar.marks.items() if name in titles})
        bar.current = self.page
        if self._is_painted:
            self.call_after_refresh(self._mark)
        for name, page in self._pages.items():
            page.display = name == self.page
        current = self._pages.get(self.page)
        if current is None:
            self._pages[self.page] = current = self._made(self.page)
            self.query_one("#page", Container).mount(current)
        elif current.is_ready:
            current.show(session)

    async def painted(self) -> None:
        """The list is in view: now what the checks say of the pages."""
        await super().painted()
        self._mark()

    def _mark(self) -> None:
        """The marks come from the checks, so they come after what one waits for."""
        self.query_one(PageBar).show(self.titles, self._marks(self.session))

    def _made(self, name: str) -> ListPage:
        kind, _, role = name.partition("-")
        module, made = _PAGES["options" if role == "router" else kind]
        page: ListPage = getattr(import_module(module), made)(*((name, role) if role else (name,)))
        return page

    @on(ListPage.Ready)
    def _first_shown(self) -> None:
        page, key = self._pages[self.page], None
        if not page.is_ready:
            return
        if isinstance(page, ScenarioPage):
            chosen = self.session.selection.preset
            suggested = scenarios.suggested(self.session.hosts)
            key = chosen if scenarios.fit(self.session.selection, self.session.hosts).fits else suggested or chosen
        page.show(self.session, key=key)
        if self.is_current:
            page.focus_list()
        after_paint(self, self.painted)
        if self._aim is not None and self._aim[0] == self.page:
            aim, self._aim = self._aim, None
            self._point(*aim)

    def _marks(self, session: Session) -> dict[str, str]:
        """``!`` where something is wrong, ``…`` where something is to be filled in."""
        marks = {}
        if not session.selection.model.path:
            marks["model"] = "…"
        blank = [place for place in places.places(session.selection) if not place.address]
        if blank and (len(places.places(session.selection)) > 1 or session.selection.hosts):
            marks["hosts"] = "…"
        errors = [finding for finding in session.findings if finding.severity is Severity.ERROR]
        if errors:
            from wizard.offers.switches import options_of

            for finding in errors:
                marks[self._page_of(session, options_of(finding), finding.hosts)] = "!"
        return marks

    @staticmethod
    def _page_of(session: Session, names: Sequence[str], hosts: Sequence[str]) -> str:
        """The page on which a finding's choices stand."""
        from wizard import features

        if any(name.rpartition(".")[2] == "model-path" for name in names):
            return "model"
        for role_name in session.selection.server_roles:
            role = session.selection.role(role_name)
            held = {*role.options, *role.environment}
            if any(features.features_of(name) and name in held for name in _of_role(names, role_name)):
                return f"role-{role_name}"
        if names and all(name.startswith("router.") for name in names):
            return "role-router"
        return "hosts" if hosts else "options"

    @on(PageBar.Turned)
    def _turned(self, message: PageBar.Turned) -> None:
        self.turn_to(message.page)

    @on(ScenarioPage.Decided)
    def _decided(self) -> None:
        """On to the weights, which every scenario needs."""
        self.turn_to("model")

    def action_turn(self, by: int) -> None:
        """The next page, or the one before; round at the ends."""
        names = list(self.titles)
        self.turn_to(names[(names.index(self.page) + by) % len(names)])

    def turn_to(self, name: str) -> None:
        """Shows a page and goes to its list."""
        self.close_panel()
        self.page = name
        self.show(self.session)
        page = self._pages[name]
        if page.is_ready:
            page.focus_list()
        self.refresh_bindings()

    def focus_body(self) -> None:
        """The list of the page in view."""
        page = self._pages.get(self.page)
        if page is not None and page.is_ready:
            page.focus_list()

    def on_screen_resume(self) -> None:
        """Catches up; the first thing to decide has the focus."""
        if self.focused is None:
            self.call_after_refresh(self.focus_body)

    def action_back(self) -> None:
        """From a field to the list; from what was found to everything; else closes what is open; else a stage back."""
        page = self._pages.get(self.page)
        if page is not None and isinstance(self.focused, Input) and not isinstance(self.focused, Search):
            page.focus_list()
        elif self.close_panel():
            return
        elif page is not None and page.searched:
            page.query_one(Search).action_leave()
        else:
            super().action_back()

    def reveal(self, names: Sequence[str], hosts: Sequence[str]) -> None:
        """Turns to the page of an option or host and puts the cursor there."""
        name = self._page_of(self.session, names, hosts)
        self.turn_to(name)
        self.call_after_refresh(self._point, name, tuple(names), tuple(hosts))

    def _point(self, page_name: str, names: Sequence[str], hosts: Sequence[str]) -> None:
        page = self._pages[page_name]
        if not page.is_ready or not page.query_one(RowList).rows:  # it is filled a moment after it stands there
            self._aim = (page_name, names, hosts)
            return
        from screens.choose.options import OptionsPage

        if isinstance(page, OptionsPage):
            page.turn_to_role(next((name.partition(".")[0] for name in names if "." in name), ""))
        key = page.key_of([name.rpartition(".")[2] for name in names], hosts)
        if key:
            page.query_one(RowList).point_at(key)


def _of_role(names: Sequence[str], role: str) -> list[str]:
    """The options that are meant for a role, without its name: ``decode.tp-size`` is for no other one."""
    return [name.rpartition(".")[2] for name in names if name.partition(".")[0] == role or "." not in name]
