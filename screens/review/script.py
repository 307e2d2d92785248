"""The script as it will be exported, with the colours of the shell, painted line by line."""

import re
from collections.abc import Iterator
from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from screens.text import printable

_WORD = re.compile(
    r"(?P<comment>(?:(?<=\s)|^)#.*$)|(?P<text>'[^']*'|\"(?:[^\"\\]|\\.)*\")|(?P<variable>\$\{[^}]*\}|\$\w+)"
    r"|(?P<word>\b(?:if|then|else|elif|fi|for|in|do|done|case|esac|while|function|return|local|export|exec|set|unset)\b)"
    r"|(?P<flag>(?<=\s)--?[a-zA-Z][\w-]*)"
)
_STYLES = {
    "comment": "$text-muted italic",
    "text": "$text-success",
    "variable": "$text-accent",
    "word": "bold $text-primary",
    "flag": "$text-primary",
}


class ScriptView(ScrollView, can_focus=True):
    """Text that scrolls both ways; long lines are never wrapped, so that what is seen is what is written."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    ScriptView { height: 1fr; scrollbar-size: 1 1; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="page-script")
        self.text = ""
        self._lines: list[str] = []

    def show(self, text: str) -> None:
        """Shows a text; stays where one was reading."""
        if text == self.text:
            return
        self.text = text
        self._lines = [printable(line) for line in text.split("\n")]
        self.virtual_size = Size(max(map(len, self._lines)) + 1, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        left, top = self.scroll_offset
        width = self.scrollable_content_region.width
        number = y + top
        if number >= len(self._lines):
            return Strip.blank(width, self.visual_style.rich_style)
        line = Content.assemble(*_colored(self._lines[number]))
        whole = max(line.cell_length, left + width, 1)
        strips = Visual.to_strips(self, line, whole, 1, self.visual_style, apply_selection=False)
        return strips[0].crop_extend(left, left + width, self.visual_style.rich_style)


def _colored(line: str) -> Iterator[Content]:
    """A line of shell with its parts coloured; a string that goes over several lines stays plain."""
    end = 0
    for found in _WORD.finditer(line):
        yield Content(line[end : found.start()])
        yield Content.styled(found[0], _STYLES[str(found.lastgroup)])
        end = found.end()
    yield Content(line[end:])
