"""The words behind a launch program → options, by the rules of the release's own parser.

Owns the reading of words and says what the parser would object to. What a value should be beyond its type and
choices is not judged; that is ``wizard.check``.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from wizard.knowledge.releases import Ambiguous, Option, Release
from wizard.model import secrets
from wizard.model.selection import OptionValue

_NEGATIVE_NUMBER = re.compile(r"-\d+\Z|-\d*\.\d+\Z", re.ASCII)
_SIZE = re.compile(r"\s*\d+(?:\.\d+)?\s*[kmgtKMGT]i?[bB]?\s*\Z|\s*\d+\s*\Z", re.ASCII)


class ProblemKind(StrEnum):
    """What the release's parser would object to, or what an operator should know."""

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    MISSING_VALUE = "missing-value"
    BAD_VALUE = "bad-value"
    BAD_CHOICE = "bad-choice"
    REPEATED = "repeated"
    STRAY_WORD = "stray-word"
    EXPLICIT_VALUE = "explicit-value"
    """A switch that was given a value."""
    REFUSED = "refused"
    """Declared by the release only to be refused."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One objection. ``index`` is the word it is about."""

    kind: ProblemKind
    option: str
    """Canonical name, or the word as it stands where there is none."""
    message: str
    index: int
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arguments:
    """Options in the order of the command line, and what is wrong with them."""

    options: Mapping[str, OptionValue]
    problems: tuple[Problem, ...]
    spans: Mapping[str, range] = field(default_factory=dict)
    """Option → the words it takes, its flag first."""
    occurrences: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """The values of each occurrence, for options that may be given several times."""


def parse_arguments(words: Sequence[str], release: Release) -> Arguments:
    """The options that words mean to a release.

    Unknown and ambiguous flags are kept under the name that was written, with the words up to the next flag.
    """
    reader = _Reader(words, release)
    reader.read()
    return Arguments(dict(reader.options), tuple(reader.problems), dict(reader.spans), dict(reader.occurrences))


def not_taken(words: Sequence[str], release: Release) -> int:
    """How many of the flags among the words the release does not take."""
    flags = {word.partition("=")[0] for word in words if word.startswith("--") and len(word) > len("--")}
    known = (release.resolve(flag) for flag in flags)
    return sum(not isinstance(option, Option) or option.refused for option in known)


class _Reader:
    def __init__(self, words: Sequence[str], release: Release) -> None:
        self.words = words
        self.release = release
        self.options: dict[str, OptionValue] = {}
        self.problems: list[Problem] = []
        self.spans: dict[str, range] = {}
        self.occurrences: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.position = 0

    def read(self) -> None:
        while self.position < len(self.words):
            word = self.words[self.position]
            if word.startswith("--") and len(word) > len("--="):
                self._flag(word)
            elif word.startswith("-") and isinstance(option := self.release.resolve(word), Option):
                self._known(word, option)
            else:
                self._problem(ProblemKind.STRAY_WORD, word, f"`{word}` belongs to no option; left out")
                self.position += 1

    def _problem(self, kind: ProblemKind, option: str, message: str, suggestions: tuple[str, ...] = ()) -> None:
        self.problems.append(Problem(kind, option, message, self.position, suggestions))

    def _flag(self, word: str) -> None:
        option = self.release.resolve(word)
        if isinstance(option, Option):
            self._known(word, option)
            return
        name, equals, value = word[2:].partition("=")
        if isinstance(option, Ambiguous):
            candidates = ", ".join(f"`{flag}`" for flag in option.candidates)
            message = f"`--{name}` could be {candidates} in {self.release.version}"
            self._problem(ProblemKind.AMBIGUOUS, name, message, option.candidates)
        else:
            near = self.release.suggest(name)
            message = f"`--{name}` is not an option of {self.release.program} {self.release.version}; kept as it is"
            self._problem(ProblemKind.UNKNOWN, name, message, near)
        end = self.position + 1
        while not equals and end < len(self.words) and not self.words[end].startswith("--"):
            end += 1
        values = (value,) if equals else tuple(self.words[self.position + 1 : end])
        self._keep(name, tuple(as_value(item) for item in values), end)

    def _known(self, word: str, option: Option) -> None:
        written, equals, explicit = word.partition("=")
        name = option.name
        if option.refused:
            self._problem(ProblemKind.REFUSED, name, f"`{written}` is refused by {self.release.version}")
        if option.kind == "flag":
            if equals:
                self._problem(ProblemKind.EXPLICIT_VALUE, name, f"`{written}` is a switch; it takes no value")
            kept = written.lstrip("-") if option.negatable and written in option.flags else name
            self._keep(kept, (), self.position + 1)
            return
        end = self.position + 1 if equals else self._end_of_values(option)
        texts = (explicit,) if equals else tuple(self.words[self.position + 1 : end])
        if len(texts) < _fewest(option):
            self._problem(ProblemKind.MISSING_VALUE, name, f"`{written}` needs a value")
        values = tuple(self._typed(option, text) for text in texts)
        if option.repeatable:
            self.occurrences[name] = (*self.occurrences.get(name, ()), texts)
            before = self.options.get(name, ())
            values = (*(before if isinstance(before, tuple) else (before,)), *values)
            self.options.pop(name, None)
        self._keep(name, values, end)

    def _end_of_values(self, option: Option) -> int:
        most = 1 if option.nargs in (None, "?") else option.nargs if isinstance(option.nargs, int) else len(self.words)
        end = self.position + 1
        while end < len(self.words) and end - self.position <= most and not self._is_flag(self.words[end]):
            end += 1
        return end

    def _is_flag(self, word: str) -> bool:
        """Whether argparse takes a word for an option: negative numbers and words with blanks are values."""
        if not word.startswith("-") or len(word) == 1:
            return False
        if self.release.resolve(word) is not None:
            return True
        return not (_NEGATIVE_NUMBER.match(word) or " " in word)

    def _typed(self, option: Option, text: str) -> int | float | str:
        wrong = _mismatch(option, text)
        shown = "…" if secrets.is_secret(option.name) else text
        if wrong:
            self._problem(ProblemKind.BAD_VALUE, option.name, f"`--{option.name}` takes {wrong}, not `{shown}`")
        value = as_value(text) if option.kind in ("int", "float", "size") else text
        if not wrong and option.choices is not None and not _chosen(option, text):
            choices = ", ".join(f"`{choice}`" for choice in option.choices)
            self._problem(ProblemKind.BAD_CHOICE, option.name, f"`--{option.name}` takes {choices}, not `{shown}`")
        return value

    def _keep(self, name: str, values: tuple[int | float | str, ...], end: int) -> None:
        value: OptionValue = True if not values else values[0] if len(values) == 1 else values
        if name in self.options:
            old = self.options.pop(name)
            said = "" if secrets.is_secret(name) else f" ({_shown(old)}, then {_shown(value)})"
            message = f"`--{name}` is given twice{said}; the last one holds"
            self._problem(ProblemKind.REPEATED, name, message)
        self.options[name] = value
        self.spans[name] = range(self.position, end)
        self.position = end


def as_value(text: str) -> int | float | str:
    """A number where exactly this text would be written for it, else the text."""
    for kind, write in _NUMBERS:
        try:
            number = kind(text)
        except ValueError:
            continue
        if write(number) == text and math.isfinite(number):
            return number
    return text


_NUMBERS: tuple[tuple[Callable[[str], int | float], Callable[[int | float], str]], ...] = ((int, str), (float, repr))


def _shown(value: OptionValue) -> str:
    if value is True:
        return "no value"
    return "`" + " ".join(map(str, value if isinstance(value, tuple) else (value,))) + "`"


def _fewest(option: Option) -> int:
    if isinstance(option.nargs, int):
        return option.nargs
    return 0 if option.nargs in ("*", "?") else 1


def _mismatch(option: Option, text: str) -> str:
    """What the option takes, where the text is something else."""
    if option.kind == "int" and not _converts(int, text):
        return "a whole number"
    if option.kind == "float" and not _converts(float, text):
        return "a number"
    if option.kind == "size" and not (_SIZE.match(text) or _converts(int, text)):
        return "a whole number, or one with a unit such as `64k`"
    return ""


def _converts(kind: Callable[[str], object], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _chosen(option: Option, text: str) -> bool:
    assert option.choices is not None  # noqa: S101 - asked before
    return any(text == str(choice) or as_value(text) == choice for choice in option.choices)
