"""Which lines of a pane are shown: what the keys change, and what they ask."""

import re
from dataclasses import replace

from screens.monitor.asking import Question
from screens.widgets.log_filter import pattern
from screens.widgets.log_pane import LogPane
from screens.widgets.log_text import Level, ranks_of

_LEVELS = (Level.PLAIN, Level.ERROR, Level.WARNING)
"""What ``e`` goes through."""
_LOOKED_AT = 1000
"""Newest lines whose ranks are offered."""
_RANK = re.compile(rb"([A-Z_]+)(\d+)")


def next_level(pane: LogPane) -> None:
    """Errors only, warnings too, everything."""
    following = _LEVELS[(_LEVELS.index(pane.wanted.level) + 1) % len(_LEVELS)]
    pane.choose_filter(replace(pane.wanted, level=following))


def fold(pane: LogPane) -> str:
    """Folds answered requests away, or shows them; what was done, in a sentence."""
    were_folded = pane.wanted.folds
    pane.choose_filter(replace(pane.wanted, folds=not were_folded))
    return "Lines of answered requests are " + ("shown." if were_folded else "folded away; the head counts them.")


def rank(pane: LogPane) -> Question:
    """Which rank's lines to show."""

    def answer(text: str) -> None:
        name = text.strip().upper()
        if name and not (name.isascii() and name.replace("_", "").isalnum() and name[-1].isdigit()):
            raise ValueError("a rank is TP3, DP0, ... or a number")
        pane.choose_filter(replace(pane.wanted, rank=name))

    return Question("rank", f"{_offered(pane)}; empty: all", answer, pane.wanted.rank)


def _offered(pane: LogPane) -> str:
    """The ranks that wrote lately: ``DP0-1, TP0-15 or a number``; where none did, how one is written."""
    numbers: dict[bytes, set[int]] = {}
    for line in pane.view.trail.tail(_LOOKED_AT)[-_LOOKED_AT:]:
        for kind, number in _RANK.findall(b" ".join(ranks_of(line.raw))):
            numbers.setdefault(kind, set()).add(int(number))
    spans = (f"{kind.decode()}{min(found)}" + (f"-{max(found)}" * (len(found) > 1)) for kind, found in numbers.items())
    return f"{', '.join(sorted(spans)) or 'TP3, DP0'} or a number"


def only(pane: LogPane) -> Question:
    """Which lines to show."""

    def answer(text: str) -> None:
        pane.choose_filter(replace(pane.wanted, only=pattern(text) if text else None))

    return Question("only lines with", "a regular expression; empty: all", answer, _typed(pane.wanted.only))


def without(pane: LogPane) -> Question:
    """Which lines to hide."""

    def answer(text: str) -> None:
        pane.choose_filter(replace(pane.wanted, without=pattern(text) if text else None))

    return Question("no lines with", "a regular expression; empty: none", answer, _typed(pane.wanted.without))


def _typed(found: re.Pattern[bytes] | None) -> str:
    return found.pattern.decode("utf-8", "replace") if found else ""
