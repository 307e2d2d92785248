"""What a test of the script can turn out to be: known, likely, or either way with what each way would mean.

Owns ``[ … ]``, ``[[ … ]]``, ``test`` and the patterns of ``case``. A comparison of an address of the machine it runs on
with an address in the script says which host the way is about.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from wizard.importing import expansion, patterns
from wizard.importing.arithmetic import Number
from wizard.importing.state import Status, Text, World, as_source, known, plain, status, unknown
from wizard.importing.syntax import Literal, Word

MAX_WAYS = 16
_AROUND_ADDRESS = " *\"'^$/\\\t\n"
"""What patterns put around an address."""
_LOCAL = re.compile(
    r"hostname|ifconfig|/proc/net|\bip\b[^|]*\b(?:a|addr|address|r|route)\b"
    r"|(?:LOCAL|HOST|NODE|POD|SELF|MY|CUR\w*)_?(?:IP|ADDR|HOST|NAME)|\$\(\s*(?:get|find|my|local)\w*ip",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}\Z|[0-9a-fA-F]*:[0-9a-fA-F:]+\Z|[<{].*(?:ip|host|node|addr).*[>}]\Z", re.IGNORECASE
)
_REFERENCE = re.compile(r"\$\{?\w+\}?\Z")
_NUMERIC: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
_EQUAL = ("=", "==", "=~", "-eq")
_UNEQUAL = ("!=", "-ne")


class Way(NamedTuple):
    """One outcome, and what follows where it holds."""

    truth: bool
    cost: int = 0
    """1 where it goes against a default of the script."""
    sets: tuple[tuple[str, Text], ...] = ()
    address: str = ""
    not_addresses: frozenset[str] = frozenset()

    def negated(self) -> "Way":
        """The same way of the opposite test."""
        return self._replace(truth=not self.truth)


EITHER = (Way(truth=True), Way(truth=False))


def take(way: Way, world: World) -> World:
    """A copy of the world in which the way holds."""
    after = world.copy()
    after.cost += way.cost
    for name, value in way.sets:
        after.assign(name, value)
    after.address = way.address or after.address
    after.other_addresses |= way.not_addresses
    return after


def of_test(words: Sequence[Word], world: World) -> tuple[Way, ...]:
    """The ways of a test command, brackets included."""
    inner = list(words[1:])
    if inner and inner[-1].bare in ("]", "]]"):
        inner.pop()
    reader = _Test(inner, world, glob=words[0].bare == "[[")
    ways = reader.any_of()
    return _distinct(ways) if reader.position >= len(inner) else EITHER


def of_pattern(subject: Text, name: str, pattern: Text, world: World) -> tuple[Way, ...]:
    """The ways of one pattern of ``case``."""
    return of_comparison(subject, pattern, world) or _compared(subject, pattern, name, glob=True)


def of_address(text: str, world: World) -> tuple[Way, ...]:
    """The ways of "this machine has that address"."""
    address = text.strip(_AROUND_ADDRESS)
    if not address or (any(character.isspace() for character in address.strip("<>{}")) and "<" not in address):
        return EITHER
    if world.address:
        return (Way(truth=address == world.address),)
    if address in world.other_addresses:
        return (Way(truth=False),)
    return (Way(truth=True, address=address), Way(truth=False, not_addresses=frozenset([address])))


def is_local(source: str) -> bool:
    """Whether a shell expression gives the machine's own addresses or name."""
    return bool(_LOCAL.search(source))


def of_comparison(left: Text, right: Text, world: World) -> tuple[Way, ...]:
    """The ways of a comparison that says which host this is; empty where it does not."""
    for mine, other in ((left, right), (right, left)):
        unsure = [piece.text for piece in mine if piece.status is Status.UNKNOWN]
        if not unsure or status(other) is Status.UNKNOWN or not as_source(other).strip(" *"):
            continue
        text = plain(other).strip(_AROUND_ADDRESS)
        if any(is_local(source) for source in unsure) or _ADDRESS.match(text):
            return of_address(text, world)
    return ()


def _distinct(ways: Iterable[Way]) -> tuple[Way, ...]:
    return tuple(dict.fromkeys(ways))[:MAX_WAYS]


def _both(first: Way, second: Way) -> Way | None:
    """Two ways at once; None where they contradict each other."""
    address = first.address or second.address
    others = first.not_addresses | second.not_addresses
    if address in others or (first.address and second.address and first.address != second.address):
        return None
    return Way(second.truth, first.cost + second.cost, first.sets + second.sets, address, others)


def joined(first: Iterable[Way], second: Iterable[Way], *, stops_at: bool) -> tuple[Way, ...]:
    """``first || second`` (stops at true) or ``first && second`` (stops at false)."""
    found: list[Way] = []
    later = tuple(second)
    for way in first:
        if way.truth is stops_at:
            found.append(way)
        else:
            found += [both for other in later if (both := _both(way, other)) is not None]
    return _distinct(found)


class _Test:
    """A reader of the words of one test, with the usual precedence."""

    def __init__(self, words: list[Word], world: World, *, glob: bool) -> None:
        self.words = words
        self.world = world
        self.glob = glob
        self.position = 0
        self.depth = 0

    def bare(self, ahead: int = 0) -> str:
        place = self.position + ahead
        if place >= len(self.words):
            return ""
        word = self.words[place]
        text = "".join(part.text for part in word.parts if isinstance(part, Literal))
        return text if len(word.parts) == 1 and text in _WORDS_OF_TESTS else word.bare

    def any_of(self) -> tuple[Way, ...]:
        ways = self.all_of()
        while self.bare() in ("||", "-o"):
            self.position += 1
            ways = joined(ways, self.all_of(), stops_at=True)
        return ways

    def all_of(self) -> tuple[Way, ...]:
        ways = self.negation()
        while self.bare() in ("&&", "-a"):
            self.position += 1
            ways = joined(ways, self.negation(), stops_at=False)
        return ways

    def negation(self) -> tuple[Way, ...]:
        self.depth += 1
        if self.depth > 2 * MAX_WAYS or self.position >= len(self.words):
            self.position += 1
            return EITHER
        if self.bare() == "!":
            self.position += 1
            return tuple(way.negated() for way in self.negation())
        if self.bare() in ("(", "\\("):
            self.position += 1
            ways = self.any_of()
            self.position += 1
            return ways
        return self.comparison()

    def comparison(self) -> tuple[Way, ...]:
        operator = self.bare(1)
        if operator in (*_EQUAL, *_UNEQUAL, *_NUMERIC, "<", ">") and self.position + 2 < len(self.words):
            left, right = self.words[self.position], self.words[self.position + 2]
            self.position += 3
            return self._binary(left, operator, right)
        first = self.words[self.position]
        if self.bare().startswith("-") and self.position + 1 < len(self.words):
            operator, operand = self.bare(), self.words[self.position + 1]
            self.position += 2
            text = expansion.single(operand, self.world)
            if operator in ("-z", "-n"):
                return _emptiness(text, operand.parameter, when_empty=operator == "-z")
            return EITHER
        self.position += 1
        return _emptiness(expansion.single(first, self.world), first.parameter, when_empty=False)

    def _binary(self, left: Word, operator: str, right: Word) -> tuple[Way, ...]:
        one, other = expansion.single(left, self.world), expansion.single(right, self.world)
        if operator in _NUMERIC and operator not in (*_EQUAL, *_UNEQUAL):
            return self._numeric(one, operator, other)
        glob = self.glob and not any(isinstance(part, Literal) and part.quoted and part.text for part in right.parts)
        ways = of_comparison(one, other, self.world)
        if not ways and operator == "=~":
            return _contained(one, other)
        ways = ways or _compared(one, other, left.parameter, glob=glob)
        return tuple(way.negated() for way in ways) if operator in _UNEQUAL else ways

    def _numeric(self, one: Text, operator: str, other: Text) -> tuple[Way, ...]:
        left, right = self._number(one), self._number(other)
        if left is None or right is None:
            return EITHER
        truth = _NUMERIC[operator](left.value, right.value)
        sure = max(left.status, right.status) is Status.KNOWN
        return (Way(truth),) if sure else (Way(truth), Way(not truth, cost=1))

    def _number(self, text: Text) -> Number | None:
        if status(text) is Status.UNKNOWN:
            return None
        found = expansion.number(plain(text), self.world)
        return found and Number(found.value, max(found.status, status(text)))


_WORDS_OF_TESTS = frozenset(
    ["||", "&&", "-o", "-a", "!", "(", ")", "\\(", "\\)", "-z", "-n", *_EQUAL, *_UNEQUAL, *_NUMERIC, "<", ">"]
)


def _emptiness(text: Text, name: str, *, when_empty: bool) -> tuple[Way, ...]:
    """``-z`` and ``-n``: a variable that the script never sets is taken as empty unless its caller sets it."""
    if any(piece.text and piece.status is Status.KNOWN for piece in text):
        return (Way(not when_empty),)
    if not text:
        return (Way(when_empty),)
    if status(text) is Status.DEFAULT:
        return (Way(not when_empty), Way(when_empty, cost=1, sets=((name, ()),) if name else ()))
    if _is_reference(text):
        return (Way(when_empty, sets=((name, ()),) if name else ()), Way(not when_empty, cost=1))
    return EITHER


def _is_reference(text: Text) -> bool:
    return len(text) == 1 and text[0].status is Status.UNKNOWN and bool(_REFERENCE.match(text[0].text))


def _contained(text: Text, expression: Text) -> tuple[Way, ...]:
    """``=~`` with a plain text on its right; other expressions are not evaluated."""
    wanted = plain(expression).strip("^$")
    if status(text) is Status.KNOWN and status(expression) is Status.KNOWN and re.fullmatch(r"[\w ./:-]*", wanted):
        return (Way(truth=wanted in plain(text)),)
    return EITHER


def _compared(left: Text, right: Text, name: str, *, glob: bool) -> tuple[Way, ...]:
    """The ways of equality. ``name`` is the variable that is all of the left side, if there is one."""
    sure = max(status(left), status(right))
    exact = not glob or patterns.is_plain(plain(right))
    becomes = ((name, known(plain(right))),) if name and exact and status(right) is not Status.UNKNOWN else ()
    if sure is Status.UNKNOWN and not (_is_reference(left) and status(right) is not Status.UNKNOWN):
        return (Way(truth=True, sets=becomes), Way(truth=False))
    text = "" if sure is Status.UNKNOWN else plain(left)
    truth = patterns.matches(text, plain(right)) if glob and not exact else text == plain(right)
    if truth is None:
        return EITHER
    if sure is Status.KNOWN:
        return (Way(truth),)
    if truth:
        return (Way(truth=True), Way(truth=False, cost=1, sets=((name, unknown(f"${{{name}}}")),) if name else ()))
    return (Way(truth=False), Way(truth=True, cost=1, sets=becomes))
