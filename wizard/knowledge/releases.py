"""What each known SGLang release, and its router, takes on the command line.

Owns the look-up: which option a name or a flag means in a release, by argparse's own rules, and which release stands in
for one that is not known. The facts are the files in ``releases/``, written from the releases' own parsers by
``wizard/knowledge/extract.py``; nothing is added to them here. It does not say what an option that a release lacks is
called there: that is ``spelling.py``.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from wizard.errors import UsageError

FOLDER = Path(__file__).with_name("releases")
ROUTER = "router-"
SUGGESTIONS = 3
NO_VERSION = (0, 0, 0, 0)
_TEXTS = 256
"""Texts that name a release, as they are typed, of which the answer is kept."""

Kind = Literal["int", "float", "str", "flag", "json", "size"]
Scalar = str | int | float | bool | None

# 0.5.13.post1, v0.5.14, 0.5.16rc1, cann9.0.0-a3-v0.5.16: the CANN number in an image's tag is not the release
_VERSION = re.compile(r"(?<![\w.])v?(\d+)\.(\d+)\.(\d+)(?:\.post(\d+)|(?:-npu)?[.-]?(rc|dev)\d*)?(?!\.?\d)")


@dataclass(frozen=True, slots=True)
class Option:
    """One launch option of one release.

    Attributes:
        name: canonical name, without dashes, as the official GLM-5.2 pages spell it.
        flags: every spelling that the release declares, with dashes, in its own order.
        kind: what a value is; ``size`` is an integer that also takes letters (``64k``, ``64Ki``), ``flag`` takes none.
        nargs: ``None`` for one value, otherwise as argparse has it: a number, ``?``, ``*`` or ``+``.
        choices: the values that are taken, or None where any is.
        default: the parser's default; the release may decide another one later, None then mostly means "decided later".
        deprecated: None, the name of the option that replaces it, or True where the release names none or several.
        required: the release does not start without it.
        repeatable: given several times, all are taken.
        negatable: a flag that also has a ``--no-`` spelling.
        refused: declared only to be refused with a message.
    """

    name: str
    flags: tuple[str, ...]
    kind: Kind
    nargs: int | str | None = None
    choices: tuple[Scalar, ...] | None = None
    default: Scalar | tuple[Scalar, ...] = None
    deprecated: str | bool | None = None
    required: bool = False
    repeatable: bool = False
    negatable: bool = False
    refused: bool = False

    @property
    def flag(self) -> str:
        """The canonical name as it is typed."""
        return f"--{self.name}"


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An abbreviation that the release refuses, since several options begin with it."""

    text: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """The launch options of one release, in the order of its own parser."""

    version: str
    program: str
    source: str
    options: tuple[Option, ...]
    help_flags: tuple[str, ...] = ()
    _by_flag: Mapping[str, Option] = field(default_factory=dict, repr=False, compare=False)

    def option(self, name_or_flag: str) -> Option | None:
        """The option of exactly this name or declared flag, with or without dashes; never an abbreviation."""
        return self._by_flag.get(_dashed(name_or_flag))

    def resolve(self, flag: str) -> Option | Ambiguous | None:
        """The option that the release's parser takes ``flag`` for: exact, ``--name=value``, or an unambiguous prefix.

        Two spellings of one option make a prefix ambiguous as well, and underscores are not dashes. None where the
        parser knows no such option, or would print its help.
        """
        text = flag if flag.startswith("-") else f"--{flag}"
        if text in self._by_flag or text in self.help_flags:
            return self._by_flag.get(text)
        stem = text.partition("=")[0]
        if stem in self._by_flag:
            return self._by_flag[stem]
        if not stem.startswith("--"):
            return None
        candidates = tuple(known for known in (*self.help_flags, *self._by_flag) if known.startswith(stem))
        if len(candidates) > 1:
            return Ambiguous(stem, candidates)
        return self._by_flag.get(candidates[0]) if candidates else None

    def suggest(self, text: str) -> tuple[str, ...]:
        """The names nearest to a misspelt one, best first, three at most."""
        import difflib  # only where something was misspelt

        wanted = _dashed(text).removeprefix("--").partition("=")[0].replace("_", "-").lower()
        names = {flag.removeprefix("--"): option.name for flag, option in self._by_flag.items()}
        close = difflib.get_close_matches(wanted, names, n=2 * SUGGESTIONS)
        return tuple(dict.fromkeys(names[name] for name in close))[:SUGGESTIONS]


def known_releases() -> tuple[str, ...]:
    """The releases of SGLang whose options are known, oldest first."""
    return _versions("")


def known_routers() -> tuple[str, ...]:
    """The versions of the router whose options are known, oldest first."""
    return _versions(ROUTER)


def nearest_release(text: str) -> tuple[str, bool]:
    """The known release that stands in for the one ``text`` names, and whether it is exactly that one.

    ``text`` is a release ("v0.5.15", "0.5.16.post2") or anything that holds one, such as an image's tag
    ("v0.5.14-cann9.0.0-a3"). Half-way between two the older one stands in: what it takes, the next one mostly still
    takes as a deprecated spelling, while a new spelling is unknown to what came before it. Where no number can be read
    ("main", a private tag) it is the newest known release, since development runs ahead of every release.
    """
    return _nearest(text, known_releases())


def release(text: str | None = None) -> Release:
    """The options of the release that ``text`` names, or of the nearest known one; None means the newest."""
    return _load(nearest_release(text or "")[0])


def router(version: str | None = None) -> Release:
    """The options of ``sglang_router.launch_router``, of the nearest known version; None means the newest."""
    return _load(ROUTER + _nearest(version or "", known_routers())[0])


def _dashed(text: str) -> str:
    return f"--{text.lstrip('-')}"


def _key(text: str) -> tuple[int, int, int, int] | None:
    """Major, minor, patch, and the place around the patch: before it (rc, dev) or after it (post)."""
    found = _VERSION.search(text)
    if not found:
        return None
    post = -1 if found[5] else int(found[4] or 0)
    return int(found[1]), int(found[2]), int(found[3]), post


@lru_cache(maxsize=_TEXTS)
def _nearest(text: str, known: tuple[str, ...]) -> tuple[str, bool]:
    wanted = _key(text)
    if wanted is None:
        return known[-1], False
    keys = {version: _key(version) or NO_VERSION for version in known}
    exact = next((version for version, key in keys.items() if key == wanted), None)
    older = max((version for version in known if keys[version] < wanted), key=keys.__getitem__, default=known[0])
    newer = min((version for version in known if keys[version] > wanted), key=keys.__getitem__, default=known[-1])
    return exact or min(older, newer, key=lambda version: _distance(keys[version], wanted)), exact is not None


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> list[int]:
    return [abs(a - b) for a, b in zip(one, other, strict=True)]


@cache
def _versions(prefix: str) -> tuple[str, ...]:
    names = (path.name.removesuffix(".json") for path in FOLDER.glob(f"{prefix}[0-9]*.json"))
    return tuple(sorted((name.removeprefix(prefix) for name in names), key=lambda version: _key(version) or NO_VERSION))


@cache
def _load(name: str) -> Release:
    path = FOLDER / f"{name}.json"
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"`{path}` cannot be read as a release's options: {error}", "reinstall glm-wizard") from error


def parse(data: Mapping[str, Any]) -> Release:
    """The content of a file in ``releases/`` as values."""
    options = tuple(_option(entry) for entry in data["options"])
    by_flag = MappingProxyType({flag: option for option in options for flag in option.flags})
    return Release(data["release"], data["program"], data["source"], options, tuple(data["help_flags"]), by_flag)


def _option(entry: Mapping[str, Any]) -> Option:
    choices, default = entry["choices"], entry["default"]
    return Option(
        name=entry["name"],
        flags=tuple(entry["flags"]),
        kind=entry["type"],
        nargs=entry["nargs"],
        choices=None if choices is None else tuple(choices),
        default=_frozen(default) if isinstance(default, Iterable) else default,
        deprecated=entry["deprecated"],
        required=entry.get("required", False),
        repeatable=entry.get("repeatable", False),
        negatable=entry.get("negatable", False),
        refused=entry.get("refused", False),
    )


def _frozen(value: Iterable[Any]) -> Any:
    return value if isinstance(value, str) else tuple(value)
