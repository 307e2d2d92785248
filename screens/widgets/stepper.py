"""The top line: the stages, where one is, and what is being worked on."""

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from screens.messages import GoTo
from screens.text import printable

STAGES = {"detect": "Detect", "choose": "Choose", "review": "Review", "launch": "Launch", "monitor": "Monitor"}


class Stepper(Widget):
    """``1 Detect  2 Choose …``; the current stage is reversed and stands in brackets, so that it needs no colour."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    Stepper { height: 1; width: 100%; background: $panel; padding: 0 1; }
    """
    title = reactive("")
    """What is being worked on, with ``*`` where it is not saved."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self.stage = stage

    def render(self) -> Content:
        """The stages, and the title where there is room for it."""
        parts: list[Content] = []
        for number, (name, words) in enumerate(STAGES.items(), start=1):
            if name == self.stage:
                parts.append(Content.styled(f"[{number} {words}]", "bold reverse"))
            else:
                parts.append(Content.styled(f" {number} {words} ", "$text-muted"))
        left = Content.assemble(*parts)
        room = self.content_size.width - left.cell_length - 1
        title = printable(self.title)
        if room < 4 or not title:
            return left
        shown = title if cell_len(title) <= room else "…" + _end(title, room - 1)
        gap = " " * (room - cell_len(shown) + 1)
        return Content.assemble(left, gap, Content.styled(shown, "bold"))

    def on_click(self, event: events.Click) -> None:
        """A click on a stage goes there."""
        place, start = event.x - 1, 0
        for number, (name, words) in enumerate(STAGES.items(), start=1):
            width = len(f" {number} {words} ")
            if start <= place < start + width:
                self.post_message(GoTo(name))
                return
            start += width


def _end(text: str, width: int) -> str:
    """The last characters of a text, in ``width`` cells."""
    return set_cell_size(text[::-1], width)[::-1]
