"""Words → values: parameters, arithmetic, braces, splitting, by bash's rules as far as a script alone decides them.

Owns no control flow and changes nothing. What only the running script could know stays an unknown piece.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from wizard.importing import arithmetic, patterns
from wizard.importing.arithmetic import Number
from wizard.importing.state import (
    Array,
    Piece,
    Status,
    Text,
    World,
    as_source,
    as_status,
    known,
    limited,
    plain,
    status,
    unknown,
)
from wizard.importing.syntax import Arithmetic, ArrayLiteral, Literal, Parameter, Part, Substitution, Word
from wizard.importing.words import Scanner

MAX_WORDS = 1000
"""Words that one word may become."""
_BRACES = re.compile(r"\{([^{}\s]*(?:,|\.\.)[^{}\s]*)\}")
_RANGE = re.compile(r"(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?\Z", re.ASCII)
_SEQ = re.compile(r"\s*seq\s+(-?\d{1,6})(?:\s+(-?\d{1,6}))?(?:\s+(-?\d{1,6}))?\s*\Z", re.ASCII)
_ECHO = re.compile(r"\s*echo\s+(?:-n\s+)?([^|;&<>()]*)\Z")
_UNQUOTED_WORD = re.compile(r"(?:<[^<>\n]*>|[^ \t\n])+")
"""A word of an unquoted value. A placeholder is one word: what is filled in for it will have no blanks."""
_MAX_INDIRECTION = 3
_QUOTE = Literal("", quoted=True)


def single(word: Word, world: World) -> Text:
    """The word as one value, never split (the right side of an assignment, a ``case`` subject)."""
    pieces: list[Piece] = []
    for part in word.parts:
        for number, text in enumerate(_values(part, world)):
            pieces += [Piece(" "), *text] if number else text
    return limited(tuple(pieces))


def fields(word: Word, world: World) -> list[Text]:
    """The words that a word becomes: braces, expansions, splitting of what is not quoted."""
    found: list[Text] = []
    for alternative in _braced(word):
        found += _split(alternative, world)
        if len(found) > MAX_WORDS:
            break
    return [limited(text) for text in found[:MAX_WORDS]]


def from_text(text: str, world: World) -> Text:
    """Text with ``$`` in it, as in a here-document."""
    return single(Scanner(text).whole(quoted=True), world)


def number(expression: str, world: World, depth: int = 0) -> Number | None:
    """The value of an arithmetic expression."""
    text = from_text(expression, world) if "$" in expression or "`" in expression else known(expression)
    if status(text) is Status.UNKNOWN:
        return None

    def lookup(name: str) -> Number | None:
        value = world.scalar(name)
        if value is None or depth >= _MAX_INDIRECTION or status(value) is Status.UNKNOWN:
            return None
        found = number(plain(value), world, depth + 1) if value else Number(0, Status.KNOWN)
        return found and Number(found.value, max(found.status, status(value)))

    found = arithmetic.evaluate(plain(text), lookup)
    return found and Number(found.value, max(found.status, status(text)))


def _braced(word: Word) -> Iterator[Word]:
    """``a{1,2}b`` and ``{0..7}`` in literal text."""
    choices: list[list[Part]] = []
    for part in word.parts:
        texts = _alternatives(part.text) if isinstance(part, Literal) and not part.quoted else []
        choices.append([Literal(text, quoted=False) for text in texts] or [part])
    total = 1
    for choice in choices:
        total *= len(choice)
    if total == 1 or total > MAX_WORDS:
        yield word
        return
    for parts in product(*choices):
        yield replace(word, parts=parts)


def _alternatives(text: str) -> list[str]:
    found = _BRACES.search(text)
    if not found:
        return []
    inner = found.group(1)
    span = _RANGE.match(inner)
    if span:
        items = [str(value) for value in _counted(int(span[1]), int(span[2]), int(span[3] or 0))]
    elif "," in inner:
        items = inner.split(",")
    else:
        return []
    head, tail = text[: found.start()], text[found.end() :]
    tails = _alternatives(tail) or [tail]
    return [head + item + rest for item in items[:MAX_WORDS] for rest in tails[:MAX_WORDS]][: MAX_WORDS + 1]


def _counted(first: int, last: int, step: int) -> range:
    size = abs(step) or 1
    steps = range(first, last + 1, size) if last >= first else range(first, last - 1, -size)
    return steps[:MAX_WORDS]


def _split(word: Word, world: World) -> list[Text]:
    builder = _Fields()
    opens = False
    for part in word.parts:
        if part == _QUOTE:  # opens a word, unless all that follows in the quotes is an empty list
            if opens:
                builder.add(())
            opens = True
            continue
        values = _values(part, world)
        if opens and (values or not (isinstance(part, Parameter) and part.quoted)):
            builder.add(())
        opens = False
        if isinstance(part, Literal) and not part.quoted:
            builder.add(known(part.text))
        elif isinstance(part, Literal) or getattr(part, "quoted", True) or _is_quoted_default(part, values, world):
            builder.add_quoted(values)
        else:
            for number_, text in enumerate(values):
                if number_:
                    builder.close()
                builder.add_split(text)
    if opens:
        builder.add(())
    return builder.finish()


def _is_quoted_default(part: Part, values: list[Text], world: World) -> bool:
    """``${X:-'a b'}`` where the quoted default was taken: it stays one word."""
    operand = (
        part.operand if isinstance(part, Parameter) and part.operator in (":-", "-", ":=", "=", ":+", "+") else None
    )
    if operand is None or not all(isinstance(item, Literal) and item.quoted for item in operand.parts):
        return False
    return len(values) == 1 and plain(values[0]) == plain(single(operand, world))


class _Fields:
    """Words under construction."""

    def __init__(self) -> None:
        self.done: list[Text] = []
        self.open: list[Piece] | None = None

    def add(self, text: Text) -> None:
        if self.open is None:
            self.open = []
        self.open += text

    def add_quoted(self, values: list[Text]) -> None:
        for number_, text in enumerate(values):
            if number_:
                self.close()
            self.add(text)

    def add_split(self, text: Text) -> None:
        for piece in text:
            if piece.status is Status.UNKNOWN:
                self.add((piece,))
                continue
            end = 0
            for word in _UNQUOTED_WORD.finditer(piece.text):
                if word.start() > end or (word.start() and not end):
                    self.close()
                self.add((Piece(word.group(), piece.status),))
                end = word.end()
            if end < len(piece.text):
                self.close()

    def close(self) -> None:
        if self.open is not None:
            self.done.append(tuple(self.open))
        self.open = None

    def finish(self) -> list[Text]:
        self.close()
        return self.done


def _values(part: Part, world: World) -> list[Text]:
    """The values of one part: several only for ``${X[@]}`` and ``$@``."""
    if isinstance(part, Literal):
        return [known(part.text)]
    if isinstance(part, Parameter):
        values = _parameter(part, world)
        return [_joined(values)] if part.quoted and "*" in (part.index, part.name) and len(values) > 1 else values
    if isinstance(part, Arithmetic):
        found = number(part.expression, world)
        return [unknown(part.source) if found is None else (Piece(str(found.value), found.status),)]
    if isinstance(part, ArrayLiteral):
        return [text for word in part.words for text in fields(word, world)]
    return [_substitution(part, world)]


def _joined(values: list[Text]) -> Text:
    """``"${X[*]}"``: one word of all."""
    return tuple(piece for number_, text in enumerate(values) for piece in ((Piece(" "),) if number_ else ()) + text)


def _substitution(part: Substitution, world: World) -> Text:
    """The output of ``seq`` and ``echo`` follows from the script; everything else is unknown."""
    body = part.body
    if len(body) > arithmetic.MAX_LENGTH or not ("seq" in body or "echo" in body):
        return unknown(part.source)
    text = from_text(body, world)
    if status(text) is Status.UNKNOWN:
        return unknown(part.source)
    if span := _SEQ.match(plain(text)):
        given = [int(value) for value in span.groups() if value is not None]
        first, step, last = {1: (1, 1, given[-1]), 2: (given[0], 1, given[-1])}.get(len(given)) or given
        counted = _counted(first, last, step) if (last - first) * step >= 0 else range(0)
        return (Piece("\n".join(map(str, counted)), status(text)),)
    if said := _ECHO.match(body):
        return from_text(said.group(1).strip().replace('"', ""), world)
    return unknown(part.source)


def _parameter(part: Parameter, world: World) -> list[Text]:
    if part.prefix == "!" and part.index in ("@", "*"):
        array = world.variables.get(part.name)
        return [known(key) for key, _ in array.items] if isinstance(array, Array) else [known("0")] if array else []
    if part.prefix == "!":
        return _indirect(part, world)
    values = _referenced(part, world)
    if part.prefix == "#":
        return [_length(part, values)]
    return _operated(part, values, world)


def _indirect(part: Parameter, world: World) -> list[Text]:
    target = _referenced(replace(part, prefix=""), world)
    if not target or len(target) > 1 or status(target[0]) is Status.UNKNOWN or not plain(target[0]).isidentifier():
        return [unknown(part.source)]
    direct = replace(part, prefix="", name=plain(target[0]), index="")
    return _operated(direct, _referenced(direct, world), world)


def _referenced(part: Parameter, world: World) -> list[Text] | None:
    """The values a name stands for before any operator; None where the script sets none."""
    if part.name in ("@", "*"):
        return None if world.positional is None else list(world.positional)
    if part.name == "#":
        return None if world.positional is None else [known(str(len(world.positional)))]
    if part.name.isdecimal() and world.positional is None and part.name in world.variables:
        return [world.scalar(part.name) or ()]
    if part.name.isdecimal():
        position = int(part.name[:4])
        if world.positional is None or not 0 < position <= len(world.positional):
            return None if world.positional is None or position == 0 else []
        return [world.positional[position - 1]]
    value = world.variables.get(part.name)
    if value is None:
        return None
    if part.index in ("@", "*"):
        return value.values if isinstance(value, Array) else [value]
    return _element(part, value, world)


def _element(part: Parameter, value: Text | Array, world: World) -> list[Text] | None:
    if not isinstance(value, Array):
        return [value] if part.index in ("", "0") else None
    key = from_text(part.index or "0", world)
    if status(key) is Status.UNKNOWN:
        return [unknown(part.source)]
    found = value.get(plain(key))
    if found is None and (index := number(plain(key), world)) is not None:
        position = index.value if index.value >= 0 else index.value + len(value.items)
        found = value.get(str(position))
    return None if found is None else [found]


def _length(part: Parameter, values: list[Text] | None) -> Text:
    if part.index in ("@", "*"):
        return known(str(len(values or [])))
    if values is None or not values:
        return unknown(part.source) if values is None else known("0")
    return unknown(part.source) if status(values[0]) is Status.UNKNOWN else known(str(len(plain(values[0]))))


def _operated(part: Parameter, values: list[Text] | None, world: World) -> list[Text]:
    several = part.index in ("@", "*") or part.name in ("@", "*")
    kind = part.operator.lstrip(":")
    if kind in ("-", "=", "?", "+") and part.operand is not None:
        return _defaulted(part, kind, values, world)
    if values is None:
        return [unknown(part.source if part.operator or several else f"${{{part.name}}}")]
    if not part.operator or part.operand is None:
        return values if several or values else [()]
    operand = single(part.operand, world)
    return [_edited(part, text, operand) for text in (values if several or values else [()])]


def _edited(part: Parameter, text: Text, operand: Text) -> Text:
    least = max(status(text), status(operand))
    if least is Status.UNKNOWN:
        return unknown(part.source)
    edited = patterns.edited(plain(text), part.operator, plain(operand))
    return unknown(part.source) if edited is None else as_status(known(edited), least)


def _defaulted(part: Parameter, kind: str, values: list[Text] | None, world: World) -> list[Text]:
    assert part.operand is not None  # noqa: S101 - asked before
    several = part.index in ("@", "*") or part.name in ("@", "*")
    empty = values is not None and not any(as_source(text) for text in values)
    missing = values is None or (part.operator.startswith(":") and empty) or values == []
    not_said = values is None or any(status(text) is Status.UNKNOWN for text in values)
    if kind == "+":
        return [single(part.operand, world)] if not missing else [] if several else [()]
    if kind == "?" or not (missing or not_said):
        return values or [unknown(f"${{{part.name}}}")]
    operand = single(part.operand, world)
    if not operand and not_said:
        return [] if several else [unknown(f"${{{part.name}}}")]
    return [as_status(operand, Status.DEFAULT) if not_said else operand]
