"""The shell's own commands that change what is known, and the commands that tune a host. None of them is run."""

import re
from collections.abc import Callable, Sequence

from wizard.importing import assignments, expansion
from wizard.importing.record import Record
from wizard.importing.state import Piece, Status, Text, World, as_source, plain, status, unknown
from wizard.importing.syntax import Word

_GOVERNOR = "scaling_governor"
_PROC = "/proc/sys/"
_SETTING = re.compile(r"([A-Za-z0-9_.\-/]+)=(.*)\Z", re.DOTALL)
_WORD = re.compile(r"[\w-]+\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)

Effect = Callable[[Record, Sequence[Word], Sequence[Text], World], None]


def _declare(record: Record, words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    """``export``, ``declare``, ``local``, ``readonly``."""
    kind = plain(fields[0])
    options = "".join(word.bare[1:] for word in words[1:] if word.bare.startswith("-"))
    exports = kind == "export" or "x" in options
    for word in words[1:]:
        if word.bare.startswith("-"):
            continue
        assignment = assignments.of_word(word)
        names = [assignment.name] if assignment else _names(expansion.fields(word, world))
        for name in names:
            if kind in ("local", "declare", "typeset") and world.positional is not None and "g" not in options:
                world.hidden.setdefault(name, world.variables.get(name))
            if assignment is not None:
                assignments.apply(assignment, world)
            _exported(record, word, name, world, exports=exports, removes="n" in options and kind == "export")


def _exported(record: Record, word: Word, name: str, world: World, *, exports: bool, removes: bool) -> None:
    if removes:
        world.exported.pop(name, None)
    elif exports:
        world.exported.setdefault(name)
        world.unset.pop(name, None)
        value = world.scalar(name)
        if value is None:
            record.note(word.line, name, f"`{name}` is exported with a value that the script does not set")


def _names(texts: Sequence[Text]) -> list[str]:
    return [plain(text) for text in texts if status(text) is not Status.UNKNOWN and _NAME.match(plain(text))]


def _unset(_record: Record, words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    if any(word.bare == "-f" for word in words):
        return
    for name in _names(fields[1:]):
        own = world.variables.pop(name, None) is not None
        exported = name in world.exported
        world.exported.pop(name, None)
        if not own or exported:
            world.unset.setdefault(name)


def _source(record: Record, words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    if len(fields) < 2:
        return
    path = plain(fields[1])
    if status(fields[1]) is Status.UNKNOWN or not path.startswith("/"):
        if not (world.positional is not None and path.startswith("<")):
            record.note(words[0].line, path, f"`{path}` is sourced; what it sets is not read")
        return
    record.sourced.setdefault(path)


def _leave(jump: str) -> Effect:
    def effect(_record: Record, _words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
        world.jump = jump
        if jump == "return":
            code = plain(fields[1]) if len(fields) > 1 else ""
            world.succeeded = code == "0" if code.isdecimal() else None

    return effect


def _shift(_record: Record, _words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    count = plain(fields[1]) if len(fields) > 1 else "1"
    if world.positional is not None and count.isdecimal():
        world.positional = world.positional[int(count[:4]) :]


def _set(_record: Record, words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    if len(words) > 1 and words[1].bare == "--":
        world.positional = tuple(fields[2:])


def _read(_record: Record, _words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    for name in _names(fields[1:]):
        world.assign(name, unknown(f"${{{name}}}"))


def _printf(record: Record, words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    if len(fields) > 2 and plain(fields[1]) == "-v":
        _read(record, words, [fields[0], fields[2]], world)


def _let(_record: Record, _words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    for text in fields[1:]:
        if status(text) is not Status.UNKNOWN:
            assignments.compute(plain(text), world)


def alias_key(name: str) -> str:
    """Where an alias is kept among the variables; no variable can have this name."""
    return f"alias {name}"


def _alias(_record: Record, _words: Sequence[Word], fields: Sequence[Text], world: World) -> None:
    for text in fields[1:]:
        name, equals, body = as_source(text).partition("=")
        if equals and name:
            world.variables[alias_key(name)] = (Piece(body),)


def _nothing(_record: Record, _words: Sequence[Word], _fields: Sequence[Text], _world: World) -> None:
    """A command without effect on what is looked for."""


BUILTINS: dict[str, Effect] = {
    "export": _declare,
    "declare": _declare,
    "typeset": _declare,
    "local": _declare,
    "readonly": _declare,
    "unset": _unset,
    "source": _source,
    ".": _source,
    "exit": _leave("exit"),
    "return": _leave("return"),
    "break": _leave("break"),
    "continue": _leave("continue"),
    "shift": _shift,
    "set": _set,
    "read": _read,
    "mapfile": _read,
    "readarray": _read,
    "printf": _printf,
    "let": _let,
    "alias": _alias,
    "shopt": _nothing,
    "trap": _nothing,
    "cd": _nothing,
    "ulimit": _nothing,
    "sleep": _nothing,
    "wait": _nothing,
}


def tuning(record: Record, words: Sequence[str]) -> None:
    """``sysctl -w k=v``, ``cpupower frequency-set -g NAME``, also behind other words (``sudo``)."""
    names = [word.rpartition("/")[2] for word in words]
    if "sysctl" in names:
        for word in words[names.index("sysctl") + 1 :]:
            found = _SETTING.match(word)
            if found and not word.startswith("-"):
                record.sysctl[found[1].replace("/", ".")] = found[2].strip()
    if ("cpupower" in names or "cpufreq-set" in names) and "-g" in words[:-1]:
        record.scaling_governor = words[words.index("-g") + 1]


def echo_into(record: Record, words: Sequence[Text], files: Sequence[Text]) -> None:
    """``echo VALUE > /proc/sys/…`` and the CPU governor."""
    if not words or not files or plain(words[0]) not in ("echo", "printf") or status(words[-1]) is Status.UNKNOWN:
        return
    value = plain(words[-1])
    for text in files:
        path = as_source(text)
        if path.endswith(_GOVERNOR) and _WORD.match(value):
            record.scaling_governor = value
        elif path.startswith(_PROC):
            record.sysctl[path.removeprefix(_PROC).replace("/", ".")] = value
