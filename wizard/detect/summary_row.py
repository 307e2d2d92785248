"""A row of the summary. Pure."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Whether what was found will do. The words are shown as they are."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    UNKNOWN = "unknown"


class Row(NamedTuple):
    """One thing a launch needs of a host."""

    state: State
    what: str
    found: str
    needed: str = ""
    """Empty where what was found will do."""
    cure: str = ""
    """A command for that host, a line that can be pasted as it is; empty where there is none."""
    advice: str = ""
    """What to do where one command does not say it."""


def ok(what: str, found: str, needed: str = "", cure: str = "") -> Row:
    """It will do."""
    return Row(State.OK, what, found, needed, cure)


def warn(what: str, found: str, needed: str, cure: str = "") -> Row:
    """It may fail, or be slow."""
    return Row(State.WARN, what, found, needed, cure)


def fail(what: str, found: str, needed: str, cure: str = "", advice: str = "") -> Row:
    """It cannot work."""
    return Row(State.FAIL, what, found, needed, cure, advice)


def unknown(what: str, found: str, needed: str, cure: str = "", advice: str = "") -> Row:
    """It could not be found out."""
    return Row(State.UNKNOWN, what, found, needed, cure, advice)
