"""A page of the Choose stage: a list of choices, and beside or below it all about the one under the cursor.

The pages differ in what they list; this owns how one moves, searches, types and applies a fix. Everything is updated in
place: the list keeps its cursor, the fields keep what is being typed.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from screens.choose.telling import told
from screens.messages import Fixed
from screens.text import Prose
from screens.widgets.blanks import Blank, BlankField
from screens.widgets.rows import ChoiceList, Row, RowList
from wizard.model.finding import Finding
from wizard.session import Session

FIELDS = 6
"""Fields that a choice can have at most."""


class Search(Input):
    """What to look for in the list. Down and Enter go to what was found, Escape shows everything again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "show all", tooltip="Show everything again"),
        Binding("down,enter", "found", "to the list", tooltip="To what was found"),
    ]
    DEFAULT_CSS = """
    Search, Search.-textual-compact {
        display: none; border: none; height: 1; padding: 0 1; background: $panel;
        &.-open { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(placeholder="search names, meanings, features", compact=True, select_on_focus=False)

    def action_leave(self) -> None:
        """Everything again."""
        self.value = ""
        self.remove_class("-open")
        self._page().query_one(RowList).focus()

    def action_found(self) -> None:
        """To the list."""
        self.set_class(bool(self.value), "-open")
        self._page().query_one(RowList).focus()

    def _page(self) -> "ListPage":
        return next(node for node in self.ancestors if isinstance(node, ListPage))


class ListPage(Container):
    """Choices and one of them in full. Subclasses say what is listed, what is told, and what choosing does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "switch", tooltip="Switch this on or off"),
        Binding("space", "pick", "choose", show=False, tooltip="Choose it, and stay here"),
        Binding(
            "greater_than_sign,full_stop",
            "screen.turn(1)",
            "page",
            key_display=">",
            id="next-page",
            tooltip="The next page",
        ),
        Binding(
            "less_than_sign,comma", "screen.turn(-1)", "page before", key_display="<", show=False, id="page-before"
        ),
        Binding("x", "fix", "fix", tooltip="Apply the first fix of what is wrong here"),
        Binding("slash", "search", "search", key_display="/", id="search", tooltip="Search this list"),
    ]
    MARK_WIDTH: ClassVar[int] = 4
    HAS_SWITCHES: ClassVar[bool] = False
    """Whether Space switches something on and off; elsewhere it chooses as Enter does, without going on."""
    IS_STACKED: ClassVar[bool] = False
    """Whether the choice stands below the list instead of beside it."""

    class Ready(Message):
        """All parts of a page are there; it can be shown."""

    def __init__(self, name: str) -> None:
        super().__init__(id=f"page-{name}", classes="-stacked" if self.IS_STACKED else "-beside")
        self.session: Session | None = None
        self.is_ready = False
        self._detailed: tuple[str, Session | None] = ("", None)

    def compose(self) -> ComposeResult:
        """The list; then two texts. The search and the fields between the texts are made when they are needed."""
        with Vertical(classes="choices"):
            yield ChoiceList(mark_width=self.MARK_WIDTH)
        with VerticalScroll(classes="choice", can_focus=False):
            yield Prose(classes="about")
            yield Prose(classes="more")

    def on_mount(self) -> None:
        """Says so."""
        self.is_ready = True
        self.post_message(self.Ready())

    # what a page says; for the pages to fill

    def rows(self, session: Session, text: str) -> Sequence[Row]:  # noqa: ARG002
        """The list, or what a search finds in it."""
        return ()

    def about(self, session: Session, key: str) -> Content:  # noqa: ARG002
        """All about a choice, above its fields."""
        return Content("")

    def blanks(self, session: Session, key: str) -> Sequence[Blank]:  # noqa: ARG002
        """What can be typed for a choice."""
        return ()

    def more(self, session: Session, key: str) -> Content:  # noqa: ARG002
        """What stands below the fields."""
        return Content("")

    def findings(self, session: Session, key: str) -> Sequence[Finding]:  # noqa: ARG002
        """What the checks say about a choice."""
        return ()

    def help_text(self) -> tuple[str, str]:
        """All about the row under the cursor."""
        if self.session is None or not self.list.key:
            return "", ""
        title, _, rest = self.about(self.session, self.list.key).plain.partition("\n")
        found = [content.plain for content in told(self.findings(self.session, self.list.key))]
        return title, "\n".join([part for part in (rest, *found) if part]) or title

    def choose(self, session: Session, key: str) -> None:
        """Enter; goes to the fields where there are some, else switches."""
        if not self.focus_field():
            self.switch(session, key)

    def switch(self, session: Session, key: str) -> None:
        """Space."""

    def can_choose(self, session: Session, key: str) -> bool:  # noqa: ARG002
        """Whether Enter does something with a row that has no fields."""
        return True

    def key_of(self, names: Sequence[str], hosts: Sequence[str]) -> str:  # noqa: ARG002
        """The row that options or hosts belong to; empty where there is none on this page."""
        return ""

    # how a page moves

    @property
    def list(self) -> ChoiceList:
        """The choices."""
        return self.query_one(ChoiceList)

    @property
    def searched(self) -> str:
        """What is looked for; empty where nothing is."""
        return next((search.value for search in self.query(Search)), "")

    def show(self, session: Session, *, key: str | None = None) -> None:
        """Shows how things stand now."""
        self.session = session
        self.list.show(self.rows(session, self.searched), key=key)
        self._detail()

    def _detail(self) -> None:
        session, key = self.session, self.list.key
        if session is None or (key, session) == self._detailed:
            return
        is_other = key != self._detailed[0]
        self._detailed = (key, session)
        blanks = list(self.blanks(session, key))[:FIELDS] if key else []
        self.list.has_fields = bool(blanks)
        self.list.can_choose = bool(key) and self.can_choose(session, key)
        self.query_one(".about", Prose).tell(self.about(session, key) if key else Content("nothing found"))
        fields = self._fields(len(blanks))
        for number, field in enumerate(fields):
            field.show(blanks[number] if number < len(blanks) else None)
        self.query_one(".more", Prose).tell(self._below(session, key) if key else Content(""))
        if is_other:
            self.query_one(VerticalScroll).scroll_home(animate=False)
        self.call_after_refresh(self._measure)

    def _below(self, session: Session, key: str) -> Content:
        """What the checks say, then the rest. It stands below the fields, which stay in place while one types."""
        found, rest = told(self.findings(session, key)), self.more(session, key)
        return Content("\n\n").join([part for part in (Content("\n").join(found), rest) if part])

    def _measure(self) -> None:
        """Whether there is more to read than fits, which is known once it is laid out."""
        self.list.has_more = self.query_one(VerticalScroll).max_scroll_y > 0
        self.refresh_bindings()

    def on_resize(self) -> None:
        """Another size shows more, or less."""
        self.call_after_refresh(self._measure)

    def _fields(self, count: int) -> Sequence[BlankField]:
        """The fields there are; as many as are needed."""
        fields = [*self.query(BlankField)]
        fresh = [BlankField() for _ in range(count - len(fields))]
        if fresh:
            self.query_one(VerticalScroll).mount_all(fresh, before=".more")
        return fields + fresh

    def focus_list(self) -> None:
        """Back to the choices."""
        self.list.focus()

    def focus_field(self) -> bool:
        """Goes to the first field; whether there is one."""
        first = next((field for field in self.query(BlankField) if field.blank is not None), None)
        if first is not None:
            first.take_focus()
        return first is not None

    @on(RowList.Moved)
    def _moved(self, message: RowList.Moved) -> None:
        message.stop()
        self._detail()

    @on(ChoiceList.Read)
    def _read(self, message: ChoiceList.Read) -> None:
        message.stop()
        text = self.query_one(VerticalScroll)
        text.scroll_to(y=text.scroll_offset.y + message.by * max(text.size.height - 2, 1), animate=False)

    @on(RowList.Picked)
    def _picked(self, message: RowList.Picked) -> None:
        message.stop()
        if self.session is not None:
            self.choose(self.session, message.key)

    @on(RowList.Switched)
    def _switched(self, message: RowList.Switched) -> None:
        message.stop()
        if self.session is not None:
            self.switch(self.session, message.key)

    @on(BlankField.Done)
    def _done(self, message: BlankField.Done) -> None:
        """Enter goes to the next field, after the last one back to the list."""
        message.stop()
        fields = [field for field in self.query(BlankField) if field.blank is not None]
        rest = fields[fields.index(message.field) + 1 :] if message.field in fields else []
        if rest:
            rest[0].take_focus()
        else:
            self.list.focus()

    @on(Input.Changed, "Search")
    def _searched(self, message: Input.Changed) -> None:
        message.stop()
        if self.session is not None:
            self.list.show(self.rows(self.session, message.value))
            self._detail()

    async def action_search(self) -> None:
        """Opens the search."""
        if not self.query(Search):
            await self.query_one(".choices").mount(Search(), before=0)
        search = self.query_one(Search)
        search.add_class("-open")
        search.focus()

    def action_switch(self) -> None:
        """Space."""
        self.list.action_switch()

    def action_pick(self) -> None:
        """Space, where nothing is to be switched."""
        self.list.action_switch()

    def action_fix(self) -> None:
        """Applies the first fix of the first finding here that has one."""
        found = self._fixable()
        if found is not None:
            self.post_message(Fixed(found.fixes[0]))

    def _fixable(self) -> Finding | None:
        if self.session is None or not self.list.key:
            return None
        return next((item for item in self.findings(self.session, self.list.key) if item.fixes), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """A fix only where there is one."""
        if action in ("switch", "pick"):
            return self.HAS_SWITCHES is (action == "switch")
        return self._fixable() is not None if action == "fix" else True

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The field in use is in view."""
        if isinstance(event.widget, Input) and not isinstance(event.widget, Search):
            event.widget.scroll_visible(animate=False)
