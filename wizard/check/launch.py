"""A role's settings as a release reads them: names in its spelling, values by its own types, its defaults behind them.

Owns reading. What the release makes of the values afterwards is ``resolved``; whether they may stand, the rules say.
"""

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import NamedTuple

from wizard.check.known import Known
from wizard.knowledge import spelling
from wizard.knowledge.releases import Option, Release
from wizard.model.selection import AUTO, OptionValue, Role, RoleName

_SIZE = re.compile(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)", re.ASCII)
_UNITS = {
    unit: power
    for step, units in enumerate((("k", "Ki"), ("M", "Mi"), ("G", "Gi"), ("T", "Ti")), start=1)
    for unit, power in zip(units, (10 ** (3 * step), 2 ** (10 * step)), strict=True)
}
_TRUE = frozenset(("true", "1", "yes", "y"))
_FALSE = frozenset(("false", "0", "no", "n"))


class UnreadableError(ValueError):
    """A text that the release's parser would refuse for an option's type."""


def as_whole(text: str) -> int:
    """What ``int`` makes of a word, as argparse uses it."""
    try:
        return int(text)
    except ValueError:
        raise UnreadableError("a whole number") from None


def as_size(text: str) -> int:
    """A whole number with an optional unit, decimal (``64k``) or binary (``64Ki``), case-sensitive."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        try:
            return int(text)
        except ValueError:
            raise UnreadableError("a whole number such as `65536`, `64k` or `64Ki`") from None
    number, unit = found.groups()
    if "." in number and unit.endswith("i"):
        raise UnreadableError("a whole number in front of a binary unit")
    from decimal import Decimal  # only where a unit is given

    return int(Decimal(number) * _UNITS[unit])


def as_fraction(text: str) -> float:
    """What ``float`` makes of a word."""
    try:
        return float(text)
    except ValueError:
        raise UnreadableError("a number") from None


_READERS = {"int": as_whole, "size": as_size, "float": as_fraction}


def words_of(value: OptionValue) -> tuple[str, ...]:
    """The words behind an option's flag."""
    if isinstance(value, bool):
        return ()
    return tuple(str(item) for item in value) if isinstance(value, tuple) else (str(value),)


class Launch:
    """One role of a selection in front of a release's parser. Never changed; what it reads, it reads once."""

    def __init__(self, known: Known, name: str) -> None:
        self.known = known
        self.name = name

    @cached_property
    def release(self) -> Release:
        """The release (or router) that reads the options."""
        return self.known.router if self.name == RoleName.ROUTER else self.known.release

    @cached_property
    def role(self) -> Role:
        """The settings as they were chosen."""
        return self.known.selection.role(self.name)

    @cached_property
    def written(self) -> Mapping[str, OptionValue]:
        """The options as they will be written: the release's spelling, and what several hosts add."""
        options = dict(self.role.options)
        if self.name == RoleName.ROUTER:
            return options
        if self.role.hosts_per_instance > 1:
            for name, value in (("nnodes", AUTO), ("node-rank", AUTO), ("dist-init-addr", f"{AUTO}:5000")):
                options.setdefault(name, value)
        known = options.keys() <= self._table.options.keys()
        return options if known else spelling.respell(options, self.release).options

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The written options that the release does not know."""
        names = self._table.options
        return tuple(name for name in self.written if name not in names and self.release.option(name) is None)

    @cached_property
    def options(self) -> Mapping[str, OptionValue]:
        """The written options that the release knows, under their canonical names, with topology words filled in."""
        found: dict[str, OptionValue] = {}
        for name, value in self.written.items():
            option = self.release.option(name)
            if option is not None and value is not False:
                found[option.name] = self._filled(option.name, value)
        return found

    def without(self, names: Collection[str]) -> "Launch":
        """The same settings with some options left to the release."""
        launch = Launch(self.known, self.name)
        launch.options = {name: value for name, value in self.options.items() if name not in names}
        return launch

    def _filled(self, name: str, value: OptionValue) -> OptionValue:
        if name == "nnodes" and value == AUTO:
            return self.role.hosts_per_instance
        if name == "node-rank" and value == AUTO:
            return 0
        if name == "dist-init-addr" and str(value).startswith(f"{AUTO}:"):
            return str(value).replace(AUTO, "10.0.0.1", 1)
        return value

    @cached_property
    def prefix(self) -> str:
        """What an edit of this role's settings begins with."""
        return f"{self.name}." if len(self.known.selection.roles) > 1 else ""

    @property
    def where(self) -> str:
        """What a message about this role ends with: which of several roles it is about."""
        return f" ({self.name})" if self.prefix else ""

    def knows(self, name: str) -> bool:
        """Whether the release has this option."""
        return name in self._table.options

    @cached_property
    def _table(self) -> "Table":
        return table(self.release)

    def given(self, name: str) -> bool:
        """Whether the option is set."""
        return name in self.options

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.options.get(name) is True

    def text(self, name: str) -> str | None:
        """The (first) word of an option, or the release's default."""
        value = self.options.get(name)
        if type(value) is str:
            return value
        return self._table.texts.get(name) if value is None else next(iter(words_of(value)), None)

    def words(self, name: str) -> tuple[str, ...]:
        """All words of an option."""
        return words_of(self.options.get(name, True))

    def number(self, name: str) -> int | None:
        """An option's whole number; the release's default where it is not set or cannot be read."""
        value = self._read(name)
        return value if isinstance(value, int) else None

    def fraction(self, name: str) -> float | None:
        """An option's number."""
        value = self._read(name)
        return None if value is None else float(value)

    def _read(self, name: str) -> int | float | None:
        value = self.options.get(name)
        if value is None or value is True:
            return self._table.numbers.get(name)
        if type(value) is int:
            return value
        try:
            return read(self._table.options[name], words_of(value)[0])
        except (UnreadableError, IndexError):
            return self._table.numbers.get(name)

    def variable(self, name: str) -> str | None:
        """The value of an environment variable that is exported for the role."""
        return self.role.environment.get(name)

    def variable_on(self, name: str, default: bool = False) -> bool:
        """A variable as a yes or no; the default where it says neither."""
        word = (self.variable(name) or "").lower()
        return True if word in _TRUE else False if word in _FALSE else default

    def variable_number(self, name: str, default: int) -> int:
        """A variable as a whole number; the default where it is none."""
        try:
            return int(self.variable(name) or "")
        except ValueError:
            return default


class Table(NamedTuple):
    """A release's options by canonical name, and their defaults: those that are numbers, and all as text."""

    options: Mapping[str, Option]
    numbers: Mapping[str, int | float]
    texts: Mapping[str, str]


_TABLES: dict[tuple[str, str], Table] = {}


def table(release: Release) -> Table:
    """The look-up of a release, made once."""
    key = (release.program, release.version)
    if key not in _TABLES:
        options = {option.name: option for option in release.options}
        numbers = {
            name: option.default
            for name, option in options.items()
            if isinstance(option.default, int | float) and not isinstance(option.default, bool)
        }
        texts = {name: str(option.default) for name, option in options.items() if option.default is not None}
        _TABLES[key] = Table(options, numbers, texts)
    return _TABLES[key]


def read(option: Option, text: str) -> int | float:
    """A word as the number that an option takes.

    Raises:
        UnreadableError: the release's parser would refuse it.
    """
    return _READERS.get(option.kind, as_whole)(text)
