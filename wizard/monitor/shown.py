"""A line as it is shown: harmless text, how loud it is, whose it is.

Owns judging the level of lines that do not name one, which is most of what SGLang writes. Pure.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from wizard.monitor.lines import prefix
from wizard.monitor.text import clean, plain, printable

CELLS = 4000
"""Characters of a line that are shown; the whole line is in the file."""


class Level(StrEnum):
    """How loud a line is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_NAMED = {
    "debug": Level.DEBUG,
    "info": Level.INFO,
    "warning": Level.WARNING,
    "error": Level.ERROR,
    "fatal": Level.ERROR,
}
_ERROR = re.compile(
    r"Traceback \(most recent call last\)|hit an exception|^\w*(?:Error|Exception)\b(?:: |$)|^[\w.]+Error: "
    r"|crashed with exit code (?!-15)|out of memory|^E[A-Z]\d{4}: |Killed$|core dumped|Fatal Python error"
)
_WARNING = re.compile(r"Warning\b|\[W\d{3,4} |KV cache pool is full|deprecated", re.IGNORECASE)
_QUIET = re.compile(r"\bserver_args=|Ignore import error")
_BAR = re.compile(r"\d+%(?: Completed)? ?\|[^|]*\|? ?\d+/\d+ \[")


class Shown(NamedTuple):
    """A line to look at."""

    text: str
    level: Level
    ranks: tuple[tuple[str, int], ...]
    time: str | None


def shown(raw: bytes) -> Shown:
    """The line without escape codes and control characters, cut to ``CELLS``, with what its prefix says."""
    text = printable(plain(clean(raw)).expandtabs(4))
    head = prefix(text)
    return Shown(text[:CELLS] + " ..." * (len(text) > CELLS), _level(text, head.level, head.end), head.ranks, head.time)


def is_progress(text: str) -> bool:
    """Whether the line is one state of a progress bar."""
    return _BAR.search(text) is not None


def _level(text: str, named: str | None, start: int) -> Level:
    message = text[start:]
    if _QUIET.search(text):
        return Level.INFO
    if named in ("error", "fatal") or _ERROR.search(message):
        return Level.ERROR
    if named is None or named == "info":
        return Level.WARNING if _WARNING.search(message) else Level.INFO
    return _NAMED.get(named, Level.INFO)
