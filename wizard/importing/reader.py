"""A script's text → what it starts. The one entry to the walk; pure, bounded, and without an error for any text."""

import re
from types import MappingProxyType

from wizard.importing.interpreter import STRAIGHT, ExhaustedError, Interpreter, Limits
from wizard.importing.record import Record
from wizard.importing.script import Script
from wizard.importing.shell import parse
from wizard.importing.state import Array, World, plain
from wizard.importing.syntax import Block, Function

MAX_CHARACTERS = 300_000
METADATA_KEYS = frozenset(
    ["preset", "scenario", "series", "release", "model", "quantization", "runtime", "image", "accepted"]
)
_METADATA = re.compile(r"^#[ \t]*glm-wizard:[ \t]*([\w-]+)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE | re.ASCII)
_EMPTY = "-"


def read_script(name: str, text: str) -> Script:
    """Everything a script starts, sets and tunes, and what was not understood in it.

    Args:
        name: what the notes call it.
        text: the script.
    """
    record = Record(name)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        record.note(0, "", f"only the first {MAX_CHARACTERS} characters were read")
        text = text[:MAX_CHARACTERS]
    record.metadata = _metadata(record, text)
    world = _walk(record, text)
    return Script(
        name=name,
        commands=record.chosen(),
        notes=tuple(sorted(record.notes, key=lambda note: note.line)),
        variables=_variables(world),
        metadata=record.metadata,
        containers=tuple(record.containers),
        scaling_governor=record.scaling_governor,
        sysctl=MappingProxyType(dict(record.sysctl)),
    )


def _metadata(record: Record, text: str) -> MappingProxyType[str, str]:
    """``# glm-wizard: key = value`` lines; they say what commands cannot."""
    found: dict[str, str] = {}
    for match in _METADATA.finditer(text):
        key, value = match.groups()
        if key in METADATA_KEYS:
            found[key] = "" if value == _EMPTY else value
        else:
            line = text.count("\n", 0, match.start()) + 1
            record.note(line, key, f"`{key}` is not a known key of a glm-wizard header")
    return MappingProxyType(found)


def _walk(record: Record, text: str) -> World:
    """Walks over the text, then into the functions that nothing called. Returns the variables of the top level."""
    body, notes = parse(text)
    for note in notes:
        record.note(note.line, note.text, note.message)
    for limits in (Limits(), STRAIGHT):
        walk = Interpreter(record, limits)
        top = World()
        try:
            ways = _top_level(walk, body, top)
            top = min(ways, key=lambda world: world.cost) if ways else top
            _uncalled(walk, top)
        except ExhaustedError:
            if not record.commands:
                continue
        break
    return top


def _top_level(walk: Interpreter, body: Block, top: World) -> list[World]:
    """The ways through the top level. A way that ended keeps the variables it had."""
    for node in body.commands:
        if isinstance(node, Function):
            walk.record.functions[node.name] = node
    return walk.block(body, [top])


def _uncalled(walk: Interpreter, top: World) -> None:
    """Functions that only a dispatcher reaches (``"start_$1"``): each starts from the variables of the top level."""
    functions = list(walk.record.functions.values())
    ordered = [f for f in functions if f.launches] + [f for f in reversed(functions) if f.tunes and not f.launches]
    for function in ordered:
        if function.name in walk.record.entered:
            continue
        world = top.copy()
        world.jump, world.positional = "", None
        walk.call(function, (), world)


def _variables(world: World) -> MappingProxyType[str, str]:
    values: dict[str, str] = {}
    for name, value in world.variables.items():
        if isinstance(value, Array):
            values[name] = " ".join(plain(text) for text in value.values)
        elif " " not in name:
            values[name] = plain(value)
    return MappingProxyType(values)
