"""A pane that shows the end of a log as it grows, or stands still on a part of it.

Owns painting and keys. What it costs depends on the rows on screen: lines that nobody sees are never decoded. It
repaints when it is told to, and only rows that changed.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.widgets.log_filter import Filter, Line
from screens.widgets.log_text import SIGNS, Level, Said, Stamps, said
from screens.widgets.log_trail import Job, Trail
from screens.widgets.log_view import LogView, Row, cut

GUTTER_CELLS = 2
_NAME_CELLS = 18
"""Of a source's name, where there are several."""
_WHEEL_ROWS = 3
_LEVEL_CLASSES = {Level.PLAIN: "log-pane--plain", Level.WARNING: "log-pane--warning", Level.ERROR: "log-pane--error"}
MARK, CAUSE, MOMENT = "*", ">", "'"
"""What stands before a marked line, before one that tells why something failed, and before what a log wrote when a line
of another one was marked."""


class LogPane(Widget, can_focus=True):
    """Lines of a trail.

    Args:
        trail: where the lines come from.
        names: names of the sources, for a trail of several; empty where there is one.
        id: of the widget.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log-pane--plain", "log-pane--warning", "log-pane--error", "log-pane--cursor", "log-pane--hit",
        "log-pane--cause",
    }  # fmt: skip
    DEFAULT_CSS = """
    LogPane {
        width: 1fr; height: 1fr; background: $background;
        & > .log-pane--plain { color: $foreground; }
        & > .log-pane--warning { color: $text-warning; }
        & > .log-pane--error { color: $text-error; }
        & > .log-pane--cause { color: $text-error; text-style: bold; }
        & > .log-pane--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .log-pane--hit { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "line(-1)", "up", show=False, tooltip="One line up; the pane stands still"),
        Binding("down,j", "line(1)", "down", show=False, tooltip="One line down; at the end it follows again"),
        Binding("shift+up,K", "choose(-1)", "choose up", show=False, tooltip="Choose the line above too, to copy it"),
        Binding(
            "shift+down,J", "choose(1)", "choose down", show=False, tooltip="Choose the line below too, to copy it"
        ),
        Binding("pageup,b", "page(-1)", "page up", show=False, tooltip="One page up; the pane stands still"),
        Binding("pagedown,space", "page(1)", "page down", show=False, tooltip="One page down"),
        Binding(
            "home,g", "home", "oldest", show=False, tooltip="The oldest line in memory; again: further back in the file"
        ),
        Binding("end,f,G", "follow", "follow", key_display="f", tooltip="Go to the newest line and stay there"),
    ]

    @dataclass
    class Moved(Message):
        """The pane follows, stands still, or shows other lines."""

        pane: "LogPane"

        @property
        def control(self) -> "LogPane":
            """The pane."""
            return self.pane

    def __init__(self, trail: Trail, names: tuple[str, ...] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.view = LogView(trail, self._fetch)
        self.causes: Collection[tuple[int, int]] = frozenset()
        """Source and number of the lines that tell why something failed."""
        self.marks: Collection[tuple[int, int]] = frozenset()
        self.moments: Collection[tuple[int, int]] = frozenset()
        """Lines that were written when a line of another log was marked."""
        self.told: Callable[[], object] = lambda: None
        """Called before what moved is painted, so that what is said of it stands there at once, too."""
        self._names = tuple(cut(name, _NAME_CELLS) for name in names)
        self._name_cells = max(map(cell_len, self._names), default=0) + 1 if names else 0
        self._sought: re.Pattern[str] | None = None
        self._painted: list[tuple[Any, ...]] = []
        self._rows: list[Row] = []
        self._strips: dict[int, Strip] = {}
        """Rows as they were made."""
        self._styles: dict[tuple[str, bool], Style] = {}
        self._state: object = None
        self._fetching: Job | None = None
        """What is being read back."""

    def help_name(self) -> str:
        """Nothing in the knowledge explains a log."""
        return ""

    def help_text(self) -> tuple[str, str]:
        """What a pane shows, and what stands before its lines."""
        return "Log", (
            "The newest lines of a log; moving up stands still, End or f follows again. Before a line stands E "
            "(error), W (warning), > (it tells why something failed), * (marked) or ' (written when a line of another "
            "log was marked). Answered requests are folded away and counted above; states of a progress bar are one "
            "line. Lines that tell why something failed are never hidden. The head says how the process stands and its"
            " latest figures; `by /metrics` means that the server itself gave them. Leaving stops nothing."
        )

    @property
    def wanted(self) -> Filter:
        """What is shown."""
        return self.view.trail.wanted

    def choose_filter(self, wanted: Filter) -> None:
        """Shows other lines from now on."""
        self._fetching = None
        self.view.trail.choose(wanted)
        self.view.refiltered()
        self._moved()

    def seek(self, pattern: re.Pattern[bytes] | None) -> None:
        """Shows where a pattern is found; None: nowhere."""
        flags = pattern.flags & re.IGNORECASE if pattern else 0
        self._sought = re.compile(pattern.pattern.decode("utf-8", "replace"), flags) if pattern else None
        self.repaint(anew=True)

    def show_stamps(self, stamps: Stamps) -> None:
        """Shows as much of the time stamps."""
        self.view.stamps = stamps
        self._moved()

    def wrap(self, wraps: bool) -> None:
        """Wraps long lines, or cuts them with a mark."""
        self.view.wraps = wraps
        self._moved()

    def go(self, number: int, source: int = 0) -> None:
        """Stands still on a line, as soon as it is there."""
        self._fetching = None
        self.view.go(number, source)
        self._moved()

    def _fetch(self, job: Job, take: Callable[[list[Line]], None]) -> None:
        """Lines from a file come from a thread: a disk or a host may take its time. One job at a time."""
        if job.is_quick:
            take(job.read())
            return
        if self._fetching is not None:
            return
        self._fetching = job
        self.run_worker(lambda: self._read(job, take), thread=True, group="read back", name="read back")

    def _read(self, job: Job, take: Callable[[list[Line]], None]) -> None:
        """In the thread."""
        lines = job.read()
        if self.is_attached:
            self.app.call_from_thread(self._took, job, take, lines)

    def _took(self, job: Job, take: Callable[[list[Line]], None], lines: list[Line]) -> None:
        if self._fetching is job:
            self._fetching = None
            take(lines)
            self._moved()

    def repaint(self, *, anew: bool = False) -> int:
        """Repaints the rows that changed; how many cells that are.

        Args:
            anew: rows that show the same lines may look different.
        """
        if not self.size:
            return 0
        state = self.view.trail.state
        if not anew and state == self._state:
            return 0
        self._state = state
        if anew:
            self._painted = []
            self._strips.clear()
        if not self.view.is_following and self._painted:
            return 0
        self._rows = self.view.rows()
        marks = [self._identity(row) for row in self._rows]
        marks += [()] * (self.size.height - len(marks))
        old = self._painted
        changed = [y for y, mark in enumerate(marks) if y >= len(old) or old[y] != mark]
        self._painted = marks
        for y in changed:
            self._strips.pop(y, None)
        if len(changed) > len(marks) // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))
        return len(changed) * self.size.width

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows. There is no border to draw, and Textual's own keeping of rows costs more than making them."""
        self._strips |= {y: self.render_line(y) for y in crop.line_range if y not in self._strips}
        strips = [self._strips[y] for y in crop.line_range]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        start, end = crop.column_span
        return strips if (start, end) == (0, self.size.width) else [strip.crop(start, end) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.size.width
        if y >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[y]
        spoken = said(row.line.raw)
        style = self._style(row, spoken)
        gutter = self._gutter(row, spoken)
        text = gutter + row.text
        if self._sought is None and text.isascii():
            return Strip([Segment(text.ljust(width), style)], width)
        return Strip([Segment(gutter, style), *self._text(row, style)]).adjust_cell_length(width, style).simplify()

    def notify_style_update(self) -> None:
        """Colours have changed."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def _identity(self, row: Row) -> tuple[Any, ...]:
        line = row.line
        place = (line.source, line.number)
        return (*place, line.raw, line.states, row.piece, row.is_cursor, self._sign(place))

    def _sign(self, place: tuple[int, int]) -> str:
        """What stands before a line whatever it says; empty where nothing does."""
        if place in self.causes:
            return CAUSE
        return MARK if place in self.marks else MOMENT if place in self.moments else ""

    def _gutter(self, row: Row, spoken: Said) -> str:
        place = (row.line.source, row.line.number)
        sign = "  " if row.piece else f"{self._sign(place) or SIGNS[spoken.level]} "
        if not self._names:
            return sign
        name = self._names[row.line.source] if not row.piece else ""
        return set_cell_size(sign + name, GUTTER_CELLS + self._name_cells)

    def _text(self, row: Row, style: Style) -> list[Segment]:
        if self._sought is None:
            return [Segment(row.text, style)]
        segments, start = [], 0
        hit = style + self.get_component_rich_style("log-pane--hit", partial=True)
        for found in self._sought.finditer(row.text):
            if found.end() > found.start():
                segments += [Segment(row.text[start : found.start()], style), Segment(found[0], hit)]
                start = found.end()
        return [*segments, Segment(row.text[start:], style)]

    def _style(self, row: Row, spoken: Said) -> Style:
        is_cause = (row.line.source, row.line.number) in self.causes
        name = "log-pane--cause" if is_cause else _LEVEL_CLASSES[spoken.level]
        key = (name, row.is_cursor)
        if key not in self._styles:
            style = self.get_component_rich_style(name)
            if row.is_cursor:
                style += self.get_component_rich_style("log-pane--cursor")
            self._styles[key] = style
        return self._styles[key]

    def _moved(self) -> None:
        self.told()
        self.repaint(anew=True)
        self.post_message(self.Moved(self))

    def on_resize(self, event: events.Resize) -> None:
        """Another size: other rows."""
        self.view.width = max(event.size.width - GUTTER_CELLS - self._name_cells, 2)
        self.view.height = max(event.size.height, 1)
        self.repaint(anew=True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.view.scroll(-_WHEEL_ROWS)
        self._moved()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.view.scroll(_WHEEL_ROWS)
        self._moved()

    def on_click(self, event: events.Click) -> None:
        """Chooses the line under the mouse."""
        if event.y < len(self._rows) and self.view.pause():
            row = self._rows[event.y]
            lines = self.view.lines
            self.view.cursor = next((n for n, one in enumerate(lines) if one[:2] == row.line[:2]), self.view.cursor)
            self.view.anchor = None
            self._moved()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Following is offered where the pane stands still."""
        return action != "follow" or not self.view.is_following

    def action_line(self, lines: int) -> None:
        """Moves the cursor."""
        self.view.anchor = None
        self.view.move(lines)
        self._moved()

    def action_choose(self, lines: int) -> None:
        """Moves the cursor and keeps what was chosen."""
        if self.view.is_following:
            self.view.pause()
        else:
            if self.view.anchor is None:
                self.view.anchor = self.view.cursor
            self.view.move(lines)
        self._moved()

    def action_page(self, pages: int) -> None:
        """Moves by a page, less one row to find oneself again."""
        self.view.anchor = None
        self.view.move(pages * max(self.view.height - 1, 1))
        self._moved()

    def action_home(self) -> None:
        """Goes to the oldest line."""
        self.view.anchor = None
        self.view.home()
        self._moved()

    def action_follow(self) -> None:
        """Follows again."""
        self._fetching = None
        self.view.follow()
        self._moved()
