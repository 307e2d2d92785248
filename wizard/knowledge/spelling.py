"""What a role's options are called in a release that lacks their spelling.

Owns the step from one release's spelling to another's: renamed options, values that changed with them, options that
became several, and options without effect, as ``renames.toml`` has them. What a release accepts is never touched, and
what nobody knows is left for the checks to report. It does not judge values, and it does not decide between releases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wizard.knowledge.releases import Option, Release

FILE = Path(__file__).with_name("renames.toml")

OptionValue = bool | int | float | str | tuple[int | float | str, ...]
"""``True`` for a flag that is given, a scalar, or a tuple for an option that takes several words."""


@dataclass(frozen=True, slots=True)
class Change:
    """One option that is spelled differently: its old name, the new ones (none: left out), and why."""

    old: str
    new: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Respelled:
    """Options in the order they were given, in a release's spelling, and what was changed for it."""

    options: dict[str, OptionValue]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """Spellings of one option, earlier and present, and the values that changed with the spelling."""

    old: tuple[str, ...]
    new: str
    values: tuple[tuple[OptionValue, OptionValue], ...] = ()
    one_way: str = ""

    def spellings(self, name: str, value: OptionValue) -> Iterator[tuple[str, OptionValue]]:
        """The other names of the option, each with the value it has there; the best first."""
        if name == self.new and self.one_way != "to-new":
            yield from ((old, given) for given in self._mapped(value, 1) for old in self.old)
        elif name in self.old:
            if self.one_way != "to-old":
                yield from ((self.new, given) for given in self._mapped(value, 0))
            yield from ((old, value) for old in self.old if old != name)

    def _mapped(self, value: OptionValue, side: int) -> tuple[OptionValue, ...]:
        if not self.values:
            return (value,)
        flag = isinstance(value, bool)
        return tuple(
            pair[1 - side] for pair in self.values if pair[side] == value and isinstance(pair[side], bool) == flag
        )


@dataclass(frozen=True, slots=True)
class Spellings:
    """The content of ``renames.toml``."""

    renames: tuple[Rename, ...]
    expansions: Mapping[str, tuple[str, ...]]
    dropped: frozenset[str]


@cache
def spellings() -> Spellings:
    """The names of options between releases; read once, and only when a release lacks a spelling."""
    import tomllib

    data: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    renames = tuple(
        Rename(tuple(entry["old"]), entry["new"], tuple(map(tuple, entry.get("values", ()))), entry.get("one_way", ""))
        for entry in data["rename"]
    )
    expansions = {name: tuple(entry["becomes"]) for entry in data["expansion"] for name in entry["names"]}
    return Spellings(renames, expansions, frozenset(entry["name"] for entry in data["dropped"]))


def respell(options: Mapping[str, OptionValue], release: Release) -> Respelled:
    """The same options as ``release`` spells them.

    A name that the release declares stays as it is, deprecated or not. Otherwise a renamed option gets its name there,
    with its value mapped; an abbreviation becomes the full name; an option without effect is left out; and a name that
    leads nowhere stays untouched. Nothing changes place, and nothing is merged: an option stays untouched as well where
    the one that it would become is given beside it.
    """
    if options.keys() <= _declared(release):
        return Respelled(dict(options), ())
    taken = {option.name for name in options if (option := _accepted(release, name))}
    respelled: dict[str, OptionValue] = {}
    changes: list[Change] = []
    for name, value in options.items():
        there = None if _accepted(release, name) else _there(name, value, release)
        becomes = {option.name for option in there.options} if there else set()
        if there is None or becomes & taken:
            respelled[name] = value
            continue
        taken |= becomes
        respelled.update(zip(there.names, there.values, strict=True))
        changes.append(Change(name, there.names, there.reason))
    return Respelled(respelled, tuple(changes))


_DECLARED: dict[tuple[str, str], frozenset[str]] = {}


def _declared(release: Release) -> frozenset[str]:
    """Every name that the release takes as it stands; most selections have no others."""
    key = (release.program, release.version)
    if key not in _DECLARED:
        names = (flag.removeprefix("--") for option in release.options if not option.refused for flag in option.flags)
        _DECLARED[key] = frozenset(names)
    return _DECLARED[key]


class _There(NamedTuple):
    """What stands in a release for a name that it lacks: its options, their names and values, and why."""

    options: tuple[Option, ...]
    names: tuple[str, ...]
    values: tuple[OptionValue, ...]
    reason: str


def _there(name: str, value: OptionValue, release: Release) -> _There | None:
    known = spellings()
    for rename in known.renames:
        for new, given in rename.spellings(name, value):
            option = _accepted(release, new)
            if option and (not rename.values or option.choices is None or given in option.choices):
                return _There((option,), (new,), (given,), f"`--{new}` in {release.version}")
    return _expanded(name, value, release) or _left_out(name, release) or _in_full(name, value, release)


def _expanded(name: str, value: OptionValue, release: Release) -> _There | None:
    parts = spellings().expansions.get(name, ())
    options = tuple(option for part in parts if (option := _accepted(release, part)))
    if not parts or len(options) < len(parts):
        return None
    return _There(options, parts, (value, *(True for _ in parts[1:])), f"several options in {release.version}")


def _left_out(name: str, release: Release) -> _There | None:
    if name not in spellings().dropped:
        return None
    return _There((), (), (), f"it had no effect, and {release.version} does not know it")


def _in_full(name: str, value: OptionValue, release: Release) -> _There | None:
    option = release.resolve(name)
    if not isinstance(option, Option) or option.refused:
        return None
    return _There((option,), (option.name,), (value,), f"abbreviation of `--{option.name}`")


def _accepted(release: Release, name: str) -> Option | None:
    option = release.option(name)
    return None if option is None or option.refused else option
