"""A command line as somebody typed it, for judging its very words: nothing is mended, respelt or filled in."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wizard.importing import inference
from wizard.importing.arguments import Problem, ProblemKind, parse_arguments
from wizard.importing.launches import ROUTER
from wizard.importing.reader import read_script
from wizard.importing.script import Command
from wizard.knowledge import releases
from wizard.model.selection import OptionValue, Series

_MODEL = "--model-path"
_TYPE = "--model-type"
_TYPES = ("auto", "llm")
"""What ``sglang serve --model-type`` may say for a language model."""
_WITHOUT_POSITIONAL = ("0.5.13.post1",)
"""Releases whose ``sglang serve`` does not take the path as a word of its own."""


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """One launch, as the release reads it."""

    options: Mapping[str, OptionValue]
    problems: tuple[Problem, ...]
    router: bool
    environment: Mapping[str, str]
    """What is exported in front of it."""
    release: str
    series: Series
    remarks: tuple[str, ...] = ()
    """What was taken for granted about release and series."""


def typed_command(
    words: Sequence[str], *, environment: Mapping[str, str], release: str | None = None, series: str | None = None
) -> TypedCommand | None:
    """The one launch that the words make; None where they make none, several, or one that depends on a shell.

    Args:
        words: split already; may begin with ``A=1`` and with wrappers such as ``docker run``.
        environment: variables exported besides; those in the words win.
        release: the release that reads the options; None: what an image says, or the newest that takes them.
        series: A2 or A3, where the words do not say it.
    """
    script = read_script("", shlex.join(words) if not _assigned(words) else _with_assignments(words))
    if len(script.commands) != 1 or script.commands[0].unknown:
        return None
    command = script.commands[0]
    image = command.container.image if command.container else ""
    guessed, remark = (release, "") if release else inference.release(image, [command])
    router = command.program == ROUTER
    known = releases.router() if router else releases.release(guessed)
    arguments, complaints = _served(command, known.version)
    parsed = parse_arguments(arguments, known)
    asked = next((item for item in Series if item == series), None)
    devices = command.container.devices if command.container else ()
    found, said = inference.series(image, devices, (), asked)
    remarks = tuple(text for text in (remark, "" if router else said) if text)
    exported = {**environment, **command.environment}
    return TypedCommand(parsed.options, (*complaints, *parsed.problems), router, exported, guessed, found, remarks)


def _assigned(words: Sequence[str]) -> int:
    """How many ``NAME=VALUE`` stand in front."""
    return next((n for n, word in enumerate(words) if not re.match(r"[A-Za-z_]\w*=", word, re.ASCII)), len(words))


def _with_assignments(words: Sequence[str]) -> str:
    """The words as a shell reads them, where the first ones set variables."""
    count = _assigned(words)
    pairs = [word.partition("=") for word in words[:count]]
    return " ".join([*(f"{name}={shlex.quote(value)}" for name, _, value in pairs), shlex.join(words[count:])])


def _served(command: Command, release: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The words for the server's own parser: ``sglang serve`` takes some of them for itself."""
    words = command.arguments
    if command.words[: len(command.words) - len(words)][-1:] != ("serve",):
        return words, ()
    words, problems = _without_type(words)
    if words and not words[0].startswith("-") and release not in _WITHOUT_POSITIONAL:
        words = (_MODEL, *words)
    return words, problems


def _without_type(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    kept: list[str] = []
    problems: list[Problem] = []
    rest = iter(words)
    for index, word in enumerate(rest):
        name, equals, value = word.partition("=")
        if name != _TYPE:
            kept.append(word)
            continue
        chosen = value if equals else next(rest, "")
        if not chosen:
            problems.append(Problem(ProblemKind.MISSING_VALUE, _TYPE, f"`{_TYPE}` needs a value", index))
        elif chosen not in _TYPES:
            message = f"`{_TYPE} {chosen}` does not start a server for this model"
            problems.append(Problem(ProblemKind.BAD_CHOICE, _TYPE, message, index, _TYPES))
    return tuple(kept), tuple(problems)
