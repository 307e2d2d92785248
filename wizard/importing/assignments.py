"""``NAME=value``, ``NAME+=(…)``, ``NAME[i]=value``: what an assignment says and what it makes of the variables."""

import re
from typing import NamedTuple

from wizard.importing import arithmetic, expansion
from wizard.importing.state import Array, Piece, Status, Text, World, plain, status, unknown
from wizard.importing.syntax import ArrayLiteral, Literal, Word
from wizard.importing.words import Scanner

MAX_ELEMENTS = 2000
_CHANGE = re.compile(
    r"(?:(?P<name>[A-Za-z_]\w*)\s*(?:(?P<step>\+\+|--)|(?P<sign>[-+*/%]?)=(?!=)\s*(?P<operand>.+))"
    r"|(?P<before>\+\+|--)(?P<other>[A-Za-z_]\w*))\Z",
    re.DOTALL | re.ASCII,
)
"""``i++``, ``i += 2``, ``i = 0``."""
_SCALAR = re.compile(r"([A-Za-z_]\w*)(\+?)=", re.ASCII)
_ELEMENT = re.compile(r"([A-Za-z_]\w*)\[([^]=]*)\](\+?)=", re.ASCII)
_KEYED = re.compile(r"\[([^]]*)\]=")


class Assignment(NamedTuple):
    """One assignment."""

    name: str
    key: str | None
    append: bool
    value: Word


def of_word(word: Word) -> Assignment | None:
    """The assignment that a word is; None for an ordinary word."""
    element = _ELEMENT.match(word.source)
    if element:
        return Assignment(element[1], element[2], bool(element[3]), _word(word.source[element.end() :], word.line))
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Literal) or first.quoted:
        return None
    scalar = _SCALAR.match(first.text)
    if not scalar:
        return None
    rest = first.text[scalar.end() :]
    parts = (*((Literal(rest, quoted=False),) if rest else ()), *word.parts[1:])
    return Assignment(scalar[1], None, bool(scalar[2]), Word(parts, word.line, word.source[scalar.end() :]))


def _word(source: str, line: int) -> Word:
    words = [token.word for token in Scanner(source, line).scan() if token.word is not None]
    return words[0] if words else Word((), line)


def apply(assignment: Assignment, world: World) -> None:
    """Changes the variable as the assignment says."""
    name, value = assignment.name, assignment.value
    old = world.variables.get(name)
    literal = next((part for part in value.parts if isinstance(part, ArrayLiteral)), None)
    if literal is not None:
        start = _array(old) if assignment.append else Array(())
        world.assign(name, _with_elements(start, literal, world))
        return
    text = expansion.single(value, world)
    if assignment.key is not None:
        key = _key(assignment.key, world)
        array = _array(old)
        if assignment.append:
            text = (*(array.get(key) or ()), *text)
        if len(array.items) < MAX_ELEMENTS:
            world.assign(name, array.put(key, text))
        return
    if assignment.append and isinstance(old, Array):
        world.assign(name, old.put("0", (*(old.get("0") or ()), *text)))
        return
    world.assign(name, (*(old or ()), *text) if assignment.append and not isinstance(old, Array) else text)


def _array(value: Text | Array | None) -> Array:
    if isinstance(value, Array):
        return value
    return Array((("0", value),)) if value else Array(())


def _key(index: str, world: World) -> str:
    text = expansion.from_text(index, world)
    found = expansion.number(plain(text), world) if status(text) is not Status.UNKNOWN else None
    return str(found.value) if found is not None else plain(text).strip("\"'")


def _with_elements(array: Array, literal: ArrayLiteral, world: World) -> Array:
    for word in literal.words:
        keyed = _KEYED.match(word.source)
        if len(array.items) >= MAX_ELEMENTS:
            break
        if keyed:
            value = expansion.single(_word(word.source[keyed.end() :], word.line), world)
            array = array.put(_key(keyed[1], world), value)
        else:
            array = array.extended(expansion.fields(word, world))
    return array


def compute(expression: str, world: World) -> None:
    """Carries out the assignments of an arithmetic command; what cannot be told becomes unknown."""
    for part in expression.split(",")[: arithmetic.MAX_LENGTH]:
        found = _CHANGE.match(part.strip())
        if not found:
            continue
        name = found["name"] or found["other"]
        sign, operand = found["sign"] or "", found["operand"] or "1"
        if found["step"] or found["other"]:
            sign = (found["step"] or found["before"])[0]
        text = operand if sign in ("", "=") else f"{name} {sign[0]} ({operand})"
        result = expansion.number(text, world)
        world.assign(name, unknown(f"$(({text}))") if result is None else (Piece(str(result.value), result.status),))
