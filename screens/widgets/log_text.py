"""One line of a log as it is shown: what it says, how loud it is, whether it is one of many alike.

Owns turning bytes of any kind into text that a terminal cannot take for anything else. Nothing is left out but colours:
other escape codes and control characters are shown as ``^[``, ``^@`` and the like.
"""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

LONGEST_BYTES = 16_384
"""How much of a line is looked at and shown."""
_SNIFFED_BYTES = 600
"""How much of a line is searched for words that say how loud it is."""
TAB_CELLS = 8

_COLOR = re.compile(rb"\x1b\[[0-9;:]*m")
_CARRIED = re.compile(
    rb"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d) (?:std(?:out|err) [FP] )?(?=\[?20\d\d-))"
)
_STAMP = re.compile(r"\[?20\d\d-\d\d-\d\d[ T-](?P<hour>\d\d:\d\d:\d\d)(?:[.,]\d+)?(?P<ranks>(?: [A-Z_]+\d+)*)\]? ?")
_STAMP_BYTES = re.compile(rb"\[?(20\d\d-\d\d-\d\d)[ T-](\d\d:\d\d:\d\d)")
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
"""Characters that move the cursor, turn the writing round, or are as wide as the terminal pleases."""

_NOISE = re.compile(rb"\bserver_args=|process\.cmdline\(\)=|crashed with exit code -15\b")
_ERROR = re.compile(
    rb"\b(?:ERROR|CRITICAL|FATAL)\b|Traceback \(most recent call last\)"
    rb"|^(?:\[rank\d+\]: ?)?[A-Za-z_][\w.]*(?:Error|Exception)(?:: |$)"
    rb"|^[EF]\d{4} \d\d:|\]:\[[EF]\d{3}|\bE[A-Z]\d{4}: |panicked at|SIGQUIT|hit an exception|[Oo]ut of memory|^Killed\b"
    rb"|\" 5\d\d(?: |$)"
)
_WARNING = re.compile(rb"\bWARN(?:ING)?\b|Warning: |^W\d{4} \d\d:|\]:\[W\d{3}|Retract requests|\" 4\d\d(?: |$)")
_LOUD = re.compile(
    rb"E(?:RROR|rror|xception|[A-Z]?\d{4})|W(?:ARN|arning: |\d{4})|F(?:ATAL|\d{4})|\]:\[[EFW]|\" [45]\d\d|CRITICAL"
    rb"|Traceback|SIGQUIT|Killed|Retract requests|panicked at|hit an exception|ut of memory"
)
"""Something of this stands in every line that is an error or a warning. It is ten times as quick as the whole truth."""
_ACCESS = re.compile(rb'INFO: +[^ ]+ - "[A-Z]+ (/health\w*)?[^"]*" (\d{3})')
_BAR = re.compile(rb"\d+%(?: Completed)? ?\|(?:[^|]*\|)? *\d+/\d+ \[")
_RANK = re.compile(rb"[A-Z_]+\d+")


class Level(IntEnum):
    """How loud a line is."""

    PLAIN = 0
    WARNING = 1
    ERROR = 2


SIGNS = {Level.PLAIN: " ", Level.WARNING: "W", Level.ERROR: "E"}
"""What stands before the line, so that nobody needs to see colours."""


class Stamps(IntEnum):
    """How much of the time stamp is shown."""

    SHORT = 0
    """The hour alone."""
    FULL = 1
    """As it stands in the log."""
    NONE = 2


STAMP_WORDS = {Stamps.SHORT: "hour only", Stamps.FULL: "as in the log", Stamps.NONE: "hidden"}


class Said(NamedTuple):
    """A line ready to be shown."""

    stamp: str
    """The time stamp with the ranks as it stands in the log, with what parts it from the message; may be empty."""
    hour: str
    ranks: str
    message: str
    level: Level

    def text(self, stamps: Stamps) -> str:
        """The line with as much of its stamp as is wanted."""
        if stamps is Stamps.FULL or not self.hour:
            return self.stamp + self.message
        ranks = f"{self.ranks} " if self.ranks else ""
        return f"{self.hour} {ranks}{self.message}" if stamps is Stamps.SHORT else ranks + self.message


@lru_cache(8192)
def said(raw: bytes) -> Said:
    """A raw line, ready to be shown."""
    text = legible(raw)
    found = _STAMP.match(text)
    if found is None:
        return Said("", "", "", text, level(raw))
    return Said(found[0], found["hour"], found["ranks"].strip(), text[found.end() :], level(raw))


def legible(raw: bytes) -> str:
    """A line as text that means nothing to a terminal. Of a progress line, its last state, as on a screen."""
    left_out = len(raw) - LONGEST_BYTES
    if left_out > 0:
        raw = raw[:LONGEST_BYTES]
    if b"\x1b" in raw:
        raw = _COLOR.sub(b"", raw)
    if b"\r" in raw:
        raw = next((piece for piece in reversed(raw.split(b"\r")) if piece.strip()), b"")
    carried = _CARRIED.match(raw)
    text = raw[carried.end() if carried else 0 :].decode("utf-8", "replace")
    if "\t" in text:
        text = text.expandtabs(TAB_CELLS)
    if not text.isprintable():
        text = _HOSTILE.sub(_shown, text)
    return f"{text} … and {left_out:,} bytes more" if left_out > 0 else text


def plain(text: str) -> str:
    """Any text from outside as one that means nothing to a terminal."""
    return text if text.isprintable() else legible(text.encode("utf-8", "replace"))


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 32:
        return f"^{chr(code + 64)}"
    if code == 127:
        return "^?"
    return f"<{code:x}>"


def level(raw: bytes) -> Level:
    """How loud a line is, by its own words; most lines of a server say nothing about it."""
    if b"\x1b" in raw:
        raw = _COLOR.sub(b"", raw[: 2 * _SNIFFED_BYTES])
    if not _LOUD.search(raw, 0, _SNIFFED_BYTES):
        return Level.PLAIN
    if _ERROR.search(raw, 0, _SNIFFED_BYTES):
        return Level.PLAIN if _NOISE.search(raw, 0, _SNIFFED_BYTES) else Level.ERROR
    if _WARNING.search(raw, 0, _SNIFFED_BYTES):
        return Level.PLAIN if _NOISE.search(raw, 0, _SNIFFED_BYTES) else Level.WARNING
    return Level.PLAIN


def may_be_loud(raw: bytes) -> bool:
    """Whether there may be an error or a warning in one line or several; colours may stand inside words."""
    return b"\x1b" in raw or _LOUD.search(raw) is not None


def is_answer(raw: bytes) -> bool:
    """Whether the line says only that a request was answered well, or that somebody asked after the server's health."""
    if b'" ' not in raw or b"INFO: " not in raw:
        return False
    found = _ACCESS.search(raw, 0, _SNIFFED_BYTES)
    return found is not None and (found[2][:1] in b"23" or found[1] is not None)


def bar_of(raw: bytes) -> bytes:
    """What a line of progress is about; empty where it is none. Equal for the states of one bar."""
    if b"%" not in raw:
        return b""
    found = _BAR.search(raw)
    if found is None:
        return b""
    start = raw.rfind(b"\r", 0, found.start()) + 1
    return raw[start : found.start()].translate(None, b"0123456789. ").split(b"(")[0]


def ranks_of(raw: bytes) -> list[bytes]:
    """The ranks a line names in its stamp: ``DP0``, ``TP3``."""
    if raw[:1] != b"[":
        return []
    end = raw.find(b"]", 20, 80)
    return _RANK.findall(raw, 20, end) if end > 0 else []


def is_continued(raw: bytes) -> bool:
    """Whether the line belongs to the one before it, as the frames of a traceback do."""
    return raw[:1] in b" \t" or not raw


def time_of(raw: bytes) -> bytes:
    """The time a line was written, to the second, so that it can be compared; empty where it does not say."""
    if raw[:3] == b"[20":
        return raw[1:20]
    if b"\x1b" in raw:
        raw = _COLOR.sub(b"", raw[:_SNIFFED_BYTES])
    found = _STAMP_BYTES.search(raw, 0, 80)
    return found[1] + b" " + found[2] if found else b""
