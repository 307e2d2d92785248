"""The pane of one process: how it stands, its figures, and its log below. Also the pane of all logs in one."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget

from screens.monitor.process import ProcessView
from screens.widgets.log_merge import MergedTrail
from screens.widgets.log_pane import LogPane
from screens.widgets.log_text import plain
from screens.widgets.log_trail import LogTrail
from screens.widgets.log_view import cut


class PaneHead(Widget):
    """One or two rows of text that come from outside. Repainted only when they change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pane-head--title", "pane-head--bad", "pane-head--good", "pane-head--note",
        "pane-head--chosen",
    }  # fmt: skip
    DEFAULT_CSS = """
    PaneHead {
        height: auto; background: $surface; color: $foreground;
        & > .pane-head--title { background: $panel; color: $foreground; text-style: bold; }
        & > .pane-head--bad { background: $panel; color: $text-error; text-style: bold; }
        & > .pane-head--good { background: $panel; color: $text-success; }
        & > .pane-head--note { background: $panel; color: $text-warning; }
        & > .pane-head--chosen {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
    }
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._count = rows
        self._title: tuple[tuple[str, str], ...] = ()
        self._figures = ""
        self._is_chosen = False

    def show(self, title: Sequence[tuple[str, str]], figures: str = "", *, is_chosen: bool = False) -> int:
        """Shows parts of a title, each with its kind, and figures below; how many cells had to be painted."""
        if (tuple(title), figures, is_chosen) == (self._title, self._figures, self._is_chosen):
            return 0
        self._title, self._figures, self._is_chosen = tuple(title), figures, is_chosen
        self.refresh()
        return self.size.width * self._count

    def get_content_height(self, *_: object) -> int:
        """As many rows as there are."""
        return self._count

    def render_line(self, y: int) -> Strip:
        """The title, or the figures."""
        width = self.size.width
        if y:
            return Strip([Segment(cut(f" {plain(self._figures)}", width), self.rich_style)]).adjust_cell_length(
                width, self.rich_style
            )
        segments, room = [], width
        for text, kind in self._title:
            shown = cut(plain(text), room)
            segments.append(Segment(shown, self._style("chosen" if self._is_chosen else kind)))
            room -= cell_len(shown)
        return Strip(segments).adjust_cell_length(width, self._style("chosen" if self._is_chosen else "title"))

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"pane-head--{kind}")


class ProcessPane(Vertical):
    """A head and a log.

    Args:
        view: the process; None for the pane of all.
        trail: its lines.
        names: of the sources, where there are several.
    """

    DEFAULT_CSS = """
    ProcessPane { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: ProcessView | None, trail: LogTrail | MergedTrail, names: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.view = view
        self.trail = trail
        self.log_pane = LogPane(trail, names)
        self.search_words = ""
        """How a search goes: ``3 of 120``."""
        self._head = PaneHead(2 if view else 1)

    def compose(self) -> ComposeResult:
        """Head above, log below."""
        yield self._head
        yield self.log_pane

    def on_resize(self, _: events.Resize) -> None:
        """Another size: other words may fit."""
        self._head.refresh()

    def renew(self, now: float, *, is_chosen: bool, is_ascii: bool) -> int:
        """Says how the process stands and what is shown; how many cells had to be painted."""
        figures = self.view.figures(self.size.width - 2, is_ascii=is_ascii) if self.view else ""
        return self._head.show(self._title(now), figures, is_chosen=is_chosen)

    def _title(self, now: float) -> list[tuple[str, str]]:
        notes = [self.log_pane.wanted.words, self.search_words]
        if not self.log_pane.view.is_following:
            notes.insert(0, f"paused, {self.log_pane.view.below():,} below")
        noted = [(f"· {note} ", "note") for note in notes if note]
        if self.view is None:
            return [(" all logs by time ", "title"), *noted]
        standing = self.view.standing()
        kind = "bad" if standing.is_bad else "good" if standing.is_good else "title"
        more = self.view.details(now)
        return [
            (f" {self.view.number} {self.view.name} ", "title"),
            (f"{standing.word} ", kind),
            *noted,
            *([(f"· {more} ", kind)] if more else []),
        ]
