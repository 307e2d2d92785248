"""Whole-number expressions of the shell: ``$((8998 + i))``, ``((i < n))``. Bounded, and never an error."""

import operator
import re
from collections.abc import Callable
from typing import NamedTuple

from wizard.importing.state import Status

MAX_LENGTH = 300
_LIMIT = 2**63
_TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%()<>!~?:&|^,]))", re.ASCII
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)
_BINARY: dict[str, Callable[[int, int], int]] = {
    "||": lambda a, b: int(bool(a or b)),
    "&&": lambda a, b: int(bool(a and b)),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: int(a / b) if abs(a) < 2**52 else a // b,
    "%": lambda a, b: a - b * int(a / b) if abs(a) < 2**52 else a % b,
}


class Number(NamedTuple):
    """A result, and how sure it is."""

    value: int
    status: Status


Lookup = Callable[[str], Number | None]


class _UnknownNumberError(Exception):
    """The expression has no known value."""


def evaluate(expression: str, lookup: Lookup) -> Number | None:
    """The value of an expression without ``$``; None where it is not known or not understood."""
    if len(expression) > MAX_LENGTH:
        return None
    tokens: list[str] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            return None
        tokens.append(found.group().strip())
        position = found.end()
    try:
        reader = _Reader(tokens, lookup)
        value = reader.conditional()
    except (_UnknownNumberError, RecursionError, ValueError):
        return None
    return Number(value, reader.status) if reader.position == len(tokens) and abs(value) < _LIMIT else None


class _Reader:
    def __init__(self, tokens: list[str], lookup: Lookup) -> None:
        self.tokens = tokens
        self.lookup = lookup
        self.position = 0
        self.status = Status.KNOWN

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        self.position += 1
        return self.tokens[self.position - 1]

    def conditional(self) -> int:
        condition = self.level(0)
        if self.peek() != "?":
            return condition
        self.take()
        yes = self.conditional()
        if self.peek() != ":":
            raise _UnknownNumberError
        self.take()
        no = self.conditional()
        return yes if condition else no

    def level(self, number: int) -> int:
        if number == len(_LEVELS):
            return self.unary()
        value = self.level(number + 1)
        while self.peek() in _LEVELS[number]:
            sign = self.take()
            other = self.level(number + 1)
            if (sign in "/%" and other == 0) or abs(value) >= _LIMIT or abs(other) >= _LIMIT:
                raise _UnknownNumberError
            value = _BINARY[sign](value, other)
        return value

    def unary(self) -> int:
        sign = self.peek()
        if not sign:
            raise _UnknownNumberError
        self.take()
        if sign == "(":
            value = self.conditional()
            if self.peek() != ")":
                raise _UnknownNumberError
            self.take()
            return value
        signs: dict[str, Callable[[int], int]] = {"-": lambda v: -v, "+": lambda v: v, "!": lambda v: int(not v)}
        if sign in signs:
            return signs[sign](self.unary())
        return self.operand(sign)

    def operand(self, token: str) -> int:
        if token[0].isdigit():
            return int(token, 16) if token[:2].lower() == "0x" else int(token, 8 if token[0] == "0" else 10)
        found = self.lookup(token) if token[0].isalpha() or token[0] == "_" else None
        if found is None:
            raise _UnknownNumberError
        self.status = max(self.status, found.status)
        return found.value
