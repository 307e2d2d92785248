"""Text from outside, made fit for a screen: never markup, never an escape code, never too long to handle.

Whatever comes from hosts, files, paths and operators goes through ``printable`` before a widget shows it.
"""

from textual.content import Content
from textual.widgets import Static

LONGEST = 2000
"""Characters of one text that are shown; the rest is counted."""
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


def put(static: Static, content: Content) -> None:
    """Shows a text where it differs from the one there: what stays the same needs no layout."""
    shown = static.content
    if not (isinstance(shown, Content) and shown.is_same(content)):
        static.update(content)


def _named(sign: str) -> str:
    return _NAMES.get(sign) or (f"\\x{ord(sign):02x}" if ord(sign) < 0x100 else f"\\u{ord(sign):04x}")
