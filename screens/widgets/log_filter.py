"""Which lines of a log are shown: by level, rank, text; answered requests folded, states of a progress bar as one.

Owns the choice and its words. It never hides a line that carries a diagnosis.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from screens.widgets.log_text import Level, bar_of, is_answer, is_continued, level, may_be_loud, ranks_of

_LEVEL_WORDS = {Level.PLAIN: "", Level.WARNING: "warnings and errors", Level.ERROR: "errors"}

_BLOCK = 200
"""Lines that are looked at as one."""


class Line(NamedTuple):
    """A line, or what several alike were folded into."""

    source: int
    """Which of the watched processes wrote it."""
    number: int
    """Place in its log; grows by one a line."""
    raw: bytes
    states: int = 1
    """States of a progress bar that this one, the last, stands for."""


@dataclass(frozen=True)
class Filter:
    """What is shown of a log. The default shows everything but answered requests."""

    level: Level = Level.PLAIN
    rank: str = ""
    """``TP3``, or a bare number, which any kind of rank may have; empty: all."""
    only: re.Pattern[bytes] | None = None
    without: re.Pattern[bytes] | None = None
    folds: bool = True

    @property
    def is_narrow(self) -> bool:
        """Whether few of many lines may be left, so that looking for them has to go on in the background."""
        return bool(self.level or self.rank or self.only or self.without)

    @property
    def words(self) -> str:
        """What is shown, for a title; empty where it is everything."""
        parts = [
            _LEVEL_WORDS[self.level],
            f"rank {self.rank}" if self.rank else "",
            f"with {_words(self.only)}" if self.only else "",
            f"without {_words(self.without)}" if self.without else "",
        ]
        return ", ".join(part for part in parts if part)

    def of_rank(self, ranks: list[bytes]) -> bool:
        """Whether a line with these ranks in its stamp is shown."""
        wanted = self.rank.upper().encode()
        if wanted.isdigit():
            return any(rank.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == wanted for rank in ranks)
        return wanted in ranks


class Sieve:
    """Lets the lines of one log through that a filter shows; lines come in order.

    Args:
        wanted: what to show.
        kept: numbers of lines that carry a diagnosis; they are always shown.
    """

    def __init__(self, wanted: Filter, kept: Collection[int] = ()) -> None:
        self._filter = wanted
        self._kept = kept
        self._was_shown = False

    def through(self, lines: Sequence[Line]) -> list[Line]:
        """The lines to show."""
        if self._filter == Filter():
            return [
                line for line in lines if not (b'" ' in line.raw and is_answer(line.raw)) or line.number in self._kept
            ]
        blocks = (lines[start : start + _BLOCK] for start in range(0, len(lines), _BLOCK))
        return [
            line
            for block in blocks
            if not self._hides(block)
            for line in block
            if self._shows(line.raw) or line.number in self._kept
        ]

    def _hides(self, block: Sequence[Line]) -> bool:
        """Whether one look at many lines tells that none of them is loud enough, as is mostly so."""
        if not self._filter.level or self._was_shown:
            return False
        if any(block[0].number <= number <= block[-1].number for number in self._kept):
            return False
        return not may_be_loud(b"\n".join([line.raw for line in block]))

    def _shows(self, raw: bytes) -> bool:
        wanted = self._filter
        if wanted.folds and is_answer(raw):
            return False
        if not wanted.is_narrow:
            return True
        if (wanted.only and not wanted.only.search(raw)) or (wanted.without and wanted.without.search(raw)):
            return False
        if (wanted.level or wanted.rank) and not is_continued(raw):
            self._was_shown = (not wanted.level or level(raw) >= wanted.level) and self._of_rank(raw)
        return self._was_shown or not (wanted.level or wanted.rank)

    def _of_rank(self, raw: bytes) -> bool:
        if not self._filter.rank:
            return True
        if raw[:1] != b"[":
            return self._was_shown
        return self._filter.of_rank(ranks_of(raw))


def folded(lines: Sequence[Line]) -> list[Line]:
    """The lines with the states of one progress bar, where they follow each other, as the last of them."""
    if not any(b"%" in line.raw for line in lines):
        return list(lines)
    shown: list[Line] = []
    last = b""
    for line in lines:
        bar = bar_of(line.raw)
        if bar and bar == last and shown[-1].source == line.source:
            shown.append(line._replace(states=line.states + shown.pop().states))
        else:
            shown.append(line)
        last = bar
    return shown


def pattern(text: str) -> re.Pattern[bytes]:
    """What was typed as a regular expression; it tells large from small letters only where a large one was typed.

    Raises:
        ValueError: it is none; the message says why.
    """
    flags = 0 if any(char.isupper() for char in text) else re.IGNORECASE
    try:
        return re.compile(text.encode("utf-8", "surrogateescape"), flags)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _words(found: re.Pattern[bytes]) -> str:
    return f"`{found.pattern.decode('utf-8', 'replace')}`"
