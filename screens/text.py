"""Text from outside, made fit for a screen: never markup, never an escape code, never too long to handle.

Whatever comes from hosts, files, paths and operators goes through ``printable`` before a widget shows it.
"""

from functools import lru_cache
from typing import Any

from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static

LONGEST = 2000
"""Characters of one text that are shown; the rest is counted."""
_SIGNS = ("! ", "- ", "x ")
"""What stands before a line's text and keeps a column of its own."""
_NAMES = {"\n": "\\n", "\r": "\\r", "\t": " "}


def printable(text: str, longest: int = LONGEST, *, lines: bool = False) -> str:
    """The text with every control character shown as what it is.

    Args:
        text: anything.
        longest: characters after which it is cut, with their count.
        lines: line breaks stay line breaks.
    """
    more = len(text) - longest
    if more > 0:
        text = f"{text[:longest]}… ({more:,} more characters)"
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or (lines and sign == "\n") else _named(sign) for sign in text)


def outside(text: str, style: str = "", *, lines: bool = False) -> Content:
    """Text from outside as content."""
    clean = printable(text, lines=lines)
    return Content.styled(clean, style) if style else Content(clean)


class Hanging(Content):
    """Content whose indented lines stay indented where they are wrapped, a little further in.

    Text in it cannot be selected with Textual's own selection, which counts the lines before they are wrapped: widgets
    that show it say ``ALLOW_SELECT = False``.

    Args:
        content: the lines.
        column: where a line that is not indented goes on.
    """

    def __init__(self, content: Content, column: int = 0) -> None:
        super().__init__(content.plain, list(content.spans))
        self._column = column
        self._hung = lru_cache(2)(self._wrapped)

    def get_height(self, rules: Any, width: int) -> int:
        """Lines, once wrapped."""
        return self._hung(width).get_height(rules, width)

    def render_strips(self, width: int, height: int | None, style: Any, options: Any) -> list[Strip]:
        """The lines, wrapped and indented."""
        return self._hung(width).render_strips(width, height, style, options)

    def _wrapped(self, width: int) -> Content:
        lines = self.split("\n", allow_blank=True)
        return Content("\n").join(part for line in lines for part in _hung(line, width, self._column))


def _hung(line: Content, width: int, column: int) -> list[Content]:
    begin = _spaces(line)
    indent = begin + 2 if begin else 2 if line.plain.startswith(_SIGNS) else column
    if not indent or indent > width // 2 or line.cell_length <= width:
        return [line]
    first = line.wrap(width)[0]
    rest = line[len(first.plain) :]
    return [first, *(part.pad_left(indent) for part in rest[_spaces(rest) :].wrap(width - indent))]


def _spaces(line: Content) -> int:
    return len(line.plain) - len(line.plain.lstrip(" "))


class Prose(Static):
    """Lines of text from anywhere; what is indented stays so where it is wrapped."""

    ALLOW_SELECT = False

    def __init__(self, content: Content | None = None, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(Hanging(content or Content("")), markup=False, id=id, classes=classes)

    def tell(self, content: Content, column: int = 0) -> None:
        """Shows a text where it differs from the one there; a line that is not indented goes on at the column."""
        put(self, Hanging(content, column))


def put(static: Static, content: Content) -> None:
    """Shows a text where it differs from the one there: what stays the same needs no layout."""
    shown = static.content
    if not (isinstance(shown, Content) and shown.is_same(content)):
        static.update(content)


def _named(sign: str) -> str:
    return _NAMES.get(sign) or (f"\\x{ord(sign):02x}" if ord(sign) < 0x100 else f"\\u{ord(sign):04x}")
