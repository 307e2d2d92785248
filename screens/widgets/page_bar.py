"""The pages of a stage in one line; the current one stands in brackets. ``<`` and ``>`` turn, so does a click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class PageBar(Widget):
    """``[Scenario] Model  Hosts ! …``; a mark behind a page says that something there is wrong or missing."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    PageBar { height: 1; width: 100%; background: $surface; padding: 0 1; }
    """
    current: reactive[str] = reactive("")

    @dataclass
    class Turned(Message):
        """Another page is wanted."""

        page: str

    def __init__(self) -> None:
        super().__init__()
        self.pages: Mapping[str, str] = {}
        self.marks: Mapping[str, str] = {}

    def show(self, pages: Mapping[str, str], marks: Mapping[str, str]) -> None:
        """Shows these pages (name → title) with marks (name → ``!`` or the like)."""
        if (pages, marks) != (self.pages, self.marks):
            self.pages, self.marks = dict(pages), dict(marks)
            self.refresh()

    def _texts(self) -> dict[str, str]:
        """The pages in view, in whole words: where there is no room for all, those around the current one."""
        texts = {name: title + self.marks.get(name, "") for name, title in self.pages.items()}
        texts = {name: f"[{text}]" if name == self.current else f" {text} " for name, text in texts.items()}
        names, room = list(texts), self.content_size.width
        first, last = 0, len(names)
        here = names.index(self.current) if self.current in names else 0
        while last - first > 1 and self._width(texts, names[first:last]) > room:
            # the side that is farther from the current page gives way
            if here - first > last - 1 - here:
                first += 1
            else:
                last -= 1
        return {name: texts[name] for name in names[first:last]}

    def _width(self, texts: Mapping[str, str], names: Sequence[str]) -> int:
        edges = sum(2 for edge, name in ((0, names[0]), (-1, names[-1])) if list(texts)[edge] != name)
        return sum(cell_len(texts[name]) + 1 for name in names) - 1 + edges

    def _edges(self, shown: Sequence[str]) -> tuple[str, str]:
        """What stands before and behind the pages in view: the key that leads to those out of view."""
        names = list(self.pages)
        before = "< " if shown and shown[0] != names[0] else ""
        return before, " >" if shown and shown[-1] != names[-1] else ""

    def render(self) -> Content:
        """The pages."""
        texts = self._texts()
        before, behind = self._edges(list(texts))
        parts = [Content.styled(before, "bold $footer-key-foreground")]
        for name, text in texts.items():
            wrong = self.marks.get(name, "")
            style = "bold reverse" if name == self.current else "bold $text-error" if "!" in wrong else "$text-muted"
            parts += [Content(" ")] if len(parts) > 1 else []
            parts.append(Content.styled(text, style))
        return Content.assemble(*parts, Content.styled(behind, "bold $footer-key-foreground"))

    def on_click(self, event: events.Click) -> None:
        """A click on a page turns to it; on an edge, to the page that is out of view there."""
        texts = self._texts()
        names, shown = list(self.pages), list(texts)
        before, behind = self._edges(shown)
        start = 1 + len(before)
        if before and event.x < start:
            self.post_message(self.Turned(names[names.index(shown[0]) - 1]))
            return
        for name, text in texts.items():
            if start <= event.x < start + cell_len(text):
                self.post_message(self.Turned(name))
                return
            start += cell_len(text) + 1
        if behind and event.x >= start - 1:
            self.post_message(self.Turned(names[names.index(shown[-1]) + 1]))
