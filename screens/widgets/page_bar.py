"""The pages of a stage in one line; the current one stands in brackets. ``<`` and ``>`` turn, so does a click."""

from collections.abc import Mapping
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
        short = sum(len(title) + len(self.marks.get(name, "")) + 3 for name, title in self.pages.items())
        cut = short > self.content_size.width
        titles = {name: title[:5] if cut and name != self.current else title for name, title in self.pages.items()}
        texts = {name: title + self.marks.get(name, "") for name, title in titles.items()}
        return {name: f"[{text}]" if name == self.current else f" {text} " for name, text in texts.items()}

    def render(self) -> Content:
        """The pages."""
        parts = []
        for name, text in self._texts().items():
            wrong = self.marks.get(name, "")
            style = "bold reverse" if name == self.current else "bold $text-error" if "!" in wrong else "$text-muted"
            parts += [Content.styled(text, style), Content(" ")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """A click on a page turns to it."""
        start = 1
        for name, text in self._texts().items():
            if start <= event.x < start + cell_len(text):
                self.post_message(self.Turned(name))
                return
            start += cell_len(text) + 1
