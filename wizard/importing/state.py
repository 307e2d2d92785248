"""What is known at one point of a script: variables and their values, what is exported, which host it is about.

A value is a row of pieces, so that what is only known when the script runs stays visible beside what it says.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from wizard.importing.syntax import Spot

MAX_TEXT = 100_000
"""Characters of one value; a longer one (a script that doubles a text in a loop) counts as unknown."""

_REFERENCE = re.compile(r"\$\{?([A-Za-z_]\w*|\d+|[@*#?!$-])\}?\Z", re.ASCII)
_SHOWN = 60


class Status(IntEnum):
    """How sure a piece of text is."""

    KNOWN = 0
    DEFAULT = 1
    """What the script takes when its caller says nothing else (``${X:-d}``)."""
    UNKNOWN = 2
    """Only known when the script runs; the text is the shell's own expression."""


class Piece(NamedTuple):
    """A part of a value."""

    text: str
    status: Status = Status.KNOWN


Text = tuple[Piece, ...]
"""A value: pieces in order. Empty: the empty text."""


@dataclass(frozen=True, slots=True)
class Array:
    """An indexed or associative array: key → value, in order."""

    items: tuple[tuple[str, Text], ...]

    def get(self, key: str) -> Text | None:
        """The element, or None."""
        return next((value for name, value in self.items if name == key), None)

    def put(self, key: str, value: Text) -> "Array":
        """The array with one element replaced or added."""
        if self.get(key) is None:
            return Array((*self.items, (key, value)))
        return Array(tuple((name, value if name == key else old) for name, old in self.items))

    def extended(self, values: list[Text]) -> "Array":
        """The array with elements behind its last one."""
        numbers = [int(name) for name, _ in self.items if name.isdecimal()]
        first = max(numbers, default=-1) + 1
        return Array((*self.items, *((str(first + offset), value) for offset, value in enumerate(values))))

    @property
    def values(self) -> list[Text]:
        """The elements in order."""
        return [value for _, value in self.items]


Value = Text | Array


def known(text: str) -> Text:
    """A value that is exactly ``text``."""
    return (Piece(text),) if text else ()


def unknown(source: str) -> Text:
    """A value that only the running script knows."""
    return (Piece(source, Status.UNKNOWN),)


def status(text: Text) -> Status:
    """How sure a value is: as sure as its least sure piece."""
    return max((piece.status for piece in text), default=Status.KNOWN)


def plain(text: Text) -> str:
    """A value for people: what is unknown reads ``<NAME>``."""
    return "".join(_visible(piece.text) if piece.status is Status.UNKNOWN else piece.text for piece in text)


def as_source(text: Text) -> str:
    """A value for another shell: what is unknown stays the shell's expression."""
    return "".join(piece.text for piece in text)


def as_status(text: Text, least: Status) -> Text:
    """The same value, at most as sure as ``least``."""
    return tuple(Piece(piece.text, max(piece.status, least)) for piece in text)


def limited(text: Text) -> Text:
    """The value, or an unknown one where it is too long to be a setting."""
    if sum(len(piece.text) for piece in text) <= MAX_TEXT:
        return text
    return unknown("$(a very long text)")


def _visible(source: str) -> str:
    reference = _REFERENCE.match(source)
    if reference:
        return f"<{reference.group(1)}>"
    short = " ".join(source.split())
    return f"<{short if len(short) <= _SHOWN else short[: _SHOWN - 1] + '…'}>"


@dataclass(slots=True)
class World:
    """One way through a script, as far as it has come."""

    variables: dict[str, Value] = field(default_factory=dict)
    exported: dict[str, None] = field(default_factory=dict)
    unset: dict[str, None] = field(default_factory=dict)
    positional: tuple[Text, ...] | None = None
    """The arguments of the function; None at the top, where the script's own are unknown."""
    address: str = ""
    """The host this way is about."""
    other_addresses: frozenset[str] = frozenset()
    """Hosts it is not about."""
    cost: int = 0
    jump: str = ""
    """``break``, ``continue``, ``return`` or ``exit`` while it leaves something."""
    succeeded: bool | None = None
    """Outcome of the last function, where it says one."""
    seen: dict[Spot, int] = field(default_factory=dict)
    """How often each launch was met."""
    function: str = ""
    hidden: dict[str, Value | None] = field(default_factory=dict)
    """What the function's ``local`` variables were called with outside."""

    def copy(self) -> "World":
        """Another way that starts where this one is."""
        return World(
            dict(self.variables),
            dict(self.exported),
            dict(self.unset),
            self.positional,
            self.address,
            self.other_addresses,
            self.cost,
            self.jump,
            self.succeeded,
            dict(self.seen),
            self.function,
            dict(self.hidden),
        )

    def key(self) -> tuple[object, ...]:
        """Equal for two ways that can no longer be told apart."""
        return (
            frozenset(self.variables.items()),
            tuple(self.exported),
            tuple(self.unset),
            self.positional,
            self.address,
            self.other_addresses if not self.address else None,
            self.jump,
            self.succeeded,
            tuple(self.seen.items()),
        )

    def scalar(self, name: str) -> Text | None:
        """The value of a variable as one text; None where the script does not set it."""
        value = self.variables.get(name)
        if isinstance(value, Array):
            return value.get("0") or (value.values[0] if value.items else ())
        return value

    def assign(self, name: str, value: Value) -> None:
        """Sets a variable."""
        self.variables[name] = value if isinstance(value, Array) else limited(value)

    def environment(self) -> dict[str, Text]:
        """What a program started now gets from the script."""
        found: dict[str, Text] = {}
        for name in self.exported:
            value = self.scalar(name)
            found[name] = unknown(f"${{{name}}}") if value is None else value
        return found
