"""What this terminal can show, and how everything is brought down to it: no colour, ASCII only.

Textual maps colours to greys when ``NO_COLOR`` is set and writes UTF-8 whatever the locale says. Here both hold to the
letter, for every widget, because the last step before the terminal is filtered.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_BRIGHT = 0.5
"""From this brightness on, a background is drawn as reversed text where there are no colours."""
_DIM = 0.45
"""Below this brightness, text is drawn dim where there are no colours."""


@dataclass(frozen=True)
class Terminal:
    """What the terminal can do."""

    has_color: bool = True
    has_unicode: bool = True

    @classmethod
    def here(cls, environment: Mapping[str, str] | None = None, *, color: bool = True) -> "Terminal":
        """The terminal this process runs in. An empty ``NO_COLOR`` counts as not set, as its inventors say."""
        variables = os.environ if environment is None else environment
        return cls(has_color=color and not variables.get("NO_COLOR"), has_unicode=is_utf8(variables))


def is_utf8(variables: Mapping[str, str]) -> bool:
    """Whether the terminal reads UTF-8, as far as the locale says; one that is not set says nothing against it."""
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    if "utf" not in encoding.lower():
        return False
    locale = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    return not locale or "utf-8" in locale.lower() or "utf8" in locale.lower()


class NoColors(LineFilter):
    """Removes every colour; bright backgrounds become reversed text, faint text becomes dim."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments with attributes only."""
        return [Segment(text, _without_color(style), control) for text, style, control in segments]


@lru_cache(4096)
def _without_color(style: Style | None) -> Style | None:
    if style is None:
        return None
    plain = style.without_color
    back, front = _brightness(style.bgcolor), _brightness(style.color)
    if style.reverse:
        back, front = front, back
    is_reversed = back is not None and back >= _BRIGHT
    is_dim = bool(style.dim) or (not is_reversed and front is not None and front < _DIM)
    return plain + Style(reverse=is_reversed, dim=is_dim)


def _brightness(color: object) -> float | None:
    triplet = getattr(color, "triplet", None)
    return None if triplet is None else Color(*triplet).brightness


class Ascii(LineFilter):
    """Writes ASCII only, each character in as many cells as before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments in ASCII."""
        return [
            Segment(text if text.isascii() else ascii_text(text), style, control) for text, style, control in segments
        ]


_TABLE = str.maketrans(
    dict.fromkeys("─━═╌╍┄┅┈┉╴╶╸╺▔▁⎯", "-")
    | dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻▏▕▎▍▌▐", "|")
    | dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬╭╮╰╯", "+")
    | dict.fromkeys("█▉▊▋▇▆▅■◼▪▮", "#")
    | dict.fromkeys("▄▃▂▀░▒▓▖▗▘▝▚▞▙▛▜▟", "=")
    | dict.fromkeys("●◉•◆★✦⬤", "*")
    | dict.fromkeys("○◌◯◇☆", "o")
    | dict.fromkeys("✓✔", "v")
    | dict.fromkeys("✗✘×✕", "x")
    | dict.fromkeys("▶▸►→⏵❯›⟩", ">")
    | dict.fromkeys("◀◂◄←⏴❮‹⟨", "<")
    | dict.fromkeys("▼▾↓⏷", "v")
    | dict.fromkeys("▲▴↑⏶", "^")
    | dict.fromkeys("·∙", ".")
    | dict.fromkeys("–—−‐‑", "-")
    | dict.fromkeys("“”„", '"')
    | dict.fromkeys("‘’", "'")
    | dict.fromkeys("≤", "<")
    | dict.fromkeys("≥", ">")
    | {"…": "~", "\u00a0": " ", "µ": "u", "⏎": "E", "⇥": "T", "␣": "_", "±": "~", "≈": "~", "²": "2"}
)


@lru_cache(4096)
def ascii_text(text: str) -> str:
    """The text in ASCII, as wide as before; what has no likeness becomes question marks."""
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text.translate(_TABLE))
