"""A list of rows that are values: painted line by line, changed in place, however many there are.

A row has a text and something at the right edge. Headings cannot be chosen. The cursor stays on the same key when the
rows change. Only what is visible is rendered, so a list of hundreds costs no more than one of ten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from screens.widgets.cursor import readable

EMPTY = Content("")


class Row(NamedTuple):
    """One line of a list."""

    key: str
    """What it stands for; the cursor is kept by it."""
    text: Content
    right: Content = EMPTY
    """Stands at the right edge; where both have no room the text keeps two thirds of the line."""
    is_heading: bool = False


def is_same(one: Row, other: Row) -> bool:
    """Whether two rows look the same; contents that are equal may still differ in style."""
    if one is other:
        return True
    return (
        one.key == other.key
        and one.is_heading == other.is_heading
        and one.text.is_same(other.text)
        and one.right.is_same(other.right)
    )


class RowList(ScrollView, can_focus=True):
    """Rows with a cursor. Enter chooses, Space switches; the mouse does both.

    Args:
        id: as Textual has it.
        mark_width: cells at the left that a click switches.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--heading"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "edge(-1)", "first", show=False),
        Binding("end", "edge(1)", "last", show=False),
        Binding("enter", "choose", "choose"),
    ]
    DEFAULT_CSS = """
    RowList {
        height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden;
        & > .rows--heading { text-style: bold; color: $text-accent; }
        & > .rows--cursor {
            background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .rows--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """
    cursor: reactive[int] = reactive(-1, init=False, repaint=False)
    """Number of the row the cursor is on; -1 where there is none to be on."""

    @dataclass
    class Moved(Message):
        """The cursor is on another row now."""

        rows: "RowList"
        key: str

    @dataclass
    class Picked(Message):
        """Enter, or a second click, on a row."""

        rows: "RowList"
        key: str

    @dataclass
    class Switched(Message):
        """Space, or a click on the mark, on a row."""

        rows: "RowList"
        key: str

    def __init__(self, *, id: str | None = None, mark_width: int = 0) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self.rows: tuple[Row, ...] = ()
        self.mark_width = mark_width

    @property
    def key(self) -> str:
        """Key of the row the cursor is on; empty where it is on none."""
        return self.rows[self.cursor].key if 0 <= self.cursor < len(self.rows) else ""

    def show(self, rows: Sequence[Row], *, key: str | None = None) -> None:
        """Shows other rows; the cursor stays on its key, or near where it was.

        Args:
            rows: the rows.
            key: where to put the cursor instead.
        """
        was, place = self.key, self.cursor
        wanted = was if key is None else key
        before, self.rows = self.rows, tuple(rows)
        is_as_long = len(before) == len(self.rows)
        if not is_as_long:
            self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        self.set_reactive(RowList.cursor, self._nearest(wanted, place))
        if is_as_long and self.cursor == place:
            self._refresh_changed(before)
        else:
            self.refresh()
        if self.key != was:
            self._bring_into_view()
            self.post_message(self.Moved(self, self.key))

    def _refresh_changed(self, before: Sequence[Row]) -> None:
        """Repaints the lines in view that differ; usually one."""
        top = self.scroll_offset.y
        for number in range(top, min(top + self.size.height, len(self.rows))):
            if not is_same(before[number], self.rows[number]):
                self.refresh(Region(0, number - top, self.size.width, 1))

    def _nearest(self, key: str, near: int) -> int:
        choosable = [number for number, row in enumerate(self.rows) if not row.is_heading]
        same = [number for number in choosable if key and self.rows[number].key == key]
        return same[0] if same else min(choosable, key=lambda number: abs(number - near), default=-1)

    def point_at(self, key: str) -> bool:
        """Puts the cursor on a row; whether there is one."""
        place = next((n for n, row in enumerate(self.rows) if row.key == key and not row.is_heading), None)
        if place is not None:
            self.cursor = place
        return place is not None

    def watch_cursor(self, before: int, after: int) -> None:
        """Repaints both rows and tells."""
        for number in (before, after):
            self.refresh(Region(0, number - self.scroll_offset.y, self.size.width, 1))
        self._bring_into_view()
        self.post_message(self.Moved(self, self.key))

    def _bring_into_view(self) -> None:
        """The heading above the cursor belongs to it."""
        if not self.size.height:
            return  # not laid out yet; `on_resize` comes back to it
        top = self.cursor - (1 if self.cursor > 0 and self.rows[self.cursor - 1].is_heading else 0)
        height = max(self.scrollable_content_region.height, 1)
        if top < self.scroll_offset.y:
            self.scroll_to(y=max(top, 0), animate=False, force=True)
        elif self.cursor >= self.scroll_offset.y + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        width = self.scrollable_content_region.width
        number = y + self.scroll_offset.y
        if not 0 <= number < len(self.rows):
            return Strip.blank(width, self.visual_style.rich_style)
        row = self.rows[number]
        part = "rows--cursor" if number == self.cursor else "rows--heading" if row.is_heading else ""
        style = self.get_visual_style(part) if part else self.visual_style
        spare = max(width - row.text.cell_length - 1, width // 3)
        right = row.right.truncate(spare, ellipsis=True) if row.right else EMPTY
        room = max(width - right.cell_length - (1 if right else 0), 0)
        text = row.text.truncate(room, ellipsis=True, pad=True)
        line = Content.assemble(text, " ", right) if right else text
        strips = Visual.to_strips(self, line, width, 1, style, apply_selection=False)
        strip = strips[0].adjust_cell_length(width, style.rich_style)
        return readable(strip, style.rich_style) if number == self.cursor and self.has_focus else strip

    def on_resize(self) -> None:
        """Keeps the cursor in view."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        if self.cursor >= 0:
            self._bring_into_view()

    def on_focus(self) -> None:
        """Goes to the first row that can be chosen, where the cursor is on none."""
        if self.cursor < 0 and self.rows:
            self.cursor = self._nearest("", 0)

    def action_move(self, by: int) -> None:
        """To the next row that can be chosen; at the edge it stays, and shows what stands above."""
        place = self.cursor + by
        while 0 <= place < len(self.rows) and self.rows[place].is_heading:
            place += by
        if 0 <= place < len(self.rows):
            self.cursor = place
        elif by < 0:
            self.scroll_to(y=0, animate=False)

    def action_page(self, by: int) -> None:
        """A page on."""
        if self.rows:
            height = max(self.scrollable_content_region.height - 1, 1)
            self.cursor = self._nearest("", min(max(self.cursor + by * height, 0), len(self.rows) - 1))

    def action_edge(self, by: int) -> None:
        """To the first or last row."""
        if self.rows:
            self.cursor = self._nearest("", 0 if by < 0 else len(self.rows) - 1)

    def action_choose(self) -> None:
        """Enter."""
        if self.key:
            self.post_message(self.Picked(self, self.key))

    def action_switch(self) -> None:
        """Space."""
        if self.key:
            self.post_message(self.Switched(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """The first click puts the cursor there, a second one chooses; on the mark it switches."""
        number = event.y + self.scroll_offset.y
        if not 0 <= number < len(self.rows) or self.rows[number].is_heading:
            return
        was_there = self.cursor == number
        self.cursor = number
        if event.x < self.mark_width:
            self.action_switch()
        elif was_there:
            self.action_choose()


class ChoiceList(RowList):
    """Rows of which some have fields: the bottom line says whether Enter goes into them or chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "edit", tooltip="Into its fields"),
        Binding("enter", "choose", "choose", tooltip="Choose it"),
        Binding("right", "read(1)", "read on", tooltip="Scroll the text beside or below the list"),
        Binding("left", "read(-1)", "read back", show=False),
    ]

    @dataclass
    class Read(Message):
        """The text about the row under the cursor is to be scrolled."""

        by: int

    has_more = False
    """Whether that text is longer than what is in view."""
    has_fields = False
    """Whether there is something to type for the row under the cursor."""
    can_choose = True
    """Whether Enter does something with the row under the cursor where it has no fields."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """What Enter does now."""
        if action == "edit":
            return self.has_fields
        if action == "read":
            return self.has_more
        return self.can_choose and not self.has_fields if action == "choose" else True

    def action_read(self, by: int) -> None:
        """A part of the text on, or back."""
        self.post_message(self.Read(by))

    def action_edit(self) -> None:
        """Enter, where there are fields."""
        self.action_choose()
