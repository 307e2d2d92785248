"""TOML as text: writing it (the standard library only reads), and finding the line on which a key stands.

Owns syntax only; what the keys mean is ``wizard.selection_file``'s business.
"""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.errors import SelectionError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_HEADER = re.compile(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")


def quoted(text: str) -> str:
    """A TOML basic string on one line."""
    out = []
    for char in text:
        if char in _ESCAPES:
            out.append(_ESCAPES[char])
        elif ord(char) < 0x20 or ord(char) == 0x7F:
            out.append(f"\\u{ord(char):04X}")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'


def key(text: str) -> str:
    """A key, bare where TOML allows it."""
    return text if _BARE_KEY.match(text) else quoted(text)


def value(item: object) -> str:
    """A scalar or an array of scalars."""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, float):
        return repr(item) if math.isfinite(item) else str(item)
    if isinstance(item, int):
        return str(item)
    if isinstance(item, str):
        return quoted(str(item))
    if isinstance(item, (list, tuple)):
        words = [value(part) for part in item]
        flat = "[" + ", ".join(words) + "]"
        return flat if len(flat) <= 100 else "[\n" + "".join(f"    {word},\n" for word in words) + "]"
    raise TypeError(f"no TOML for {type(item).__name__}")


def table(
    name: str, items: Mapping[str, object], *, comments: Mapping[str, str] | None = None, array: bool = False
) -> str:
    """One table with its scalar keys; a comment stands behind its key."""
    head = f"[[{name}]]\n" if array else f"[{name}]\n" if name else ""
    lines = []
    for name_, item in items.items():
        note = (comments or {}).get(name_, "")
        lines.append(f"{key(name_)} = {value(item)}" + (f"  # {note}" if note else "") + "\n")
    return head + "".join(lines)


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and what it says.

    Raises:
        SelectionError: it is not there, not readable, not UTF-8 or not TOML; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SelectionError(f"`{path}` does not exist", "`--presets` lists what can be used without a file") from None
    except UnicodeDecodeError as error:
        raise SelectionError(f"`{path}` is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except OSError as error:
        raise SelectionError(
            f"`{path}` cannot be read: {error.strerror}", "check the path and its permissions"
        ) from None
    return text, parse(text, str(path))


def parse(text: str, where: str) -> dict[str, Any]:
    """What a TOML text says.

    Raises:
        SelectionError: it is not TOML; the message names ``where`` and the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = re.search(r"\(at line (\d+), column (\d+)\)", message)
        place = f"{where}:{found[1]}" if found else where
        reason = re.sub(r"\s*\(at .*\)\Z", "", message)
        hint = "text needs quotes, names with dots need quotes, switches are `true`"
        raise SelectionError(f"`{place}` is not valid TOML: {reason[:1].lower()}{reason[1:]}", hint) from None


def _key_parts(text: str) -> Iterator[str]:
    position = 0
    while found := _KEY_PART.match(text, position):
        yield next(part for part in found.groups() if part is not None)
        position = found.end()
        if position >= len(text) or text[position] != ".":
            return
        position += 1


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line (from 1) on which the key ``path`` stands, or that of its table; None if neither is found.

    A number in ``path`` counts the tables of an array (``("hosts", 1, "address")``).
    """
    counts: dict[tuple[str, ...], int] = {}
    current: tuple[str | int, ...] = ()
    best: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header and "=" not in line.split("]")[0]:
            names = tuple(_key_parts(header[1]))
            current = names
            if line.lstrip().startswith("[["):
                counts[names] = counts.get(names, -1) + 1
                current = (*names, counts[names])
            if tuple(path[: len(current)]) == current:
                best = number
            continue
        here = (*current, *_key_parts(line.split("=", 1)[0])) if "=" in line else ()
        if here and tuple(path[: len(here)]) == here:
            return number
    return best
