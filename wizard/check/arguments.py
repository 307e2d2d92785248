"""What the release's own parser refuses before it looks at anything else: names, numbers of words, types, choices.

``values`` judges the options of a selection. A typed or imported command line can hold more mistakes than a selection
can (stray words, values behind switches): those come as ``Objection``s and become findings in ``from_objections``.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from wizard.check.facts import Facts
from wizard.check.launch import Launch, UnreadableError, read, table, words_of
from wizard.check.report import fix
from wizard.knowledge.releases import Option
from wizard.model import secrets
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import AUTO, OptionValue, Origin, RoleName, Selection

_PLANNED = {"host", "nnodes", "node-rank", "dist-init-addr", "prefill", "decode"}
"""Options in which ``auto`` stands for something the plan fills in."""
_BY_THE_PLAN = {"model-path"}
_CODES = {
    "unknown": "sglang.option-unknown",
    "ambiguous": "sglang.option-ambiguous",
    "missing-value": "sglang.option-value-missing",
    "bad-value": "sglang.option-type",
    "bad-choice": "sglang.option-choice",
    "stray-word": "sglang.option-stray-word",
    "explicit-value": "sglang.option-switch-value",
    "refused": "sglang.option-refused",
}
"""Kind of an objection to a command line → code. Others (an option given twice) are no error: the last one holds."""
_FROM_THE_SELECTION = frozenset(("missing-value", "bad-value", "bad-choice"))
"""Kinds that ``values`` finds as well, as long as the selection still holds the value."""


class Objection(Protocol):
    """What a reader of command lines says about one word; ``wizard.importing.arguments.Problem`` is one."""

    @property
    def kind(self) -> str:
        """``unknown``, ``stray-word``, … (the keys of ``_CODES``)."""
        ...

    @property
    def option(self) -> str:
        """The option, or the word where there is none."""
        ...

    @property
    def message(self) -> str:
        """What is wrong."""
        ...

    @property
    def suggestions(self) -> tuple[str, ...]:
        """What may have been meant."""
        ...


def values(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-value-missing``, ``-type``, ``-choice``, ``-extra-value``, ``-refused``, ``-abbreviated``."""
    for launch in facts.launches:
        options = table(launch.release).options
        for name, value in launch.options.items():
            option = options.get(name)
            planned = _is_planned(launch, name, value)
            if option is not None and not _plain(option, value) and not planned:
                yield from _objections(launch, option, value)


def _is_planned(launch: Launch, name: str, value: OptionValue) -> bool:
    """Whether the plan writes this value. The router reads a model's path as it stands."""
    if name in _BY_THE_PLAN:
        return launch.name != RoleName.ROUTER
    return value == AUTO and name in _PLANNED


def _plain(option: Option, value: OptionValue) -> bool:
    """Whether a value is obviously what the option takes; most are, and checks run at every key press."""
    if value is True:
        return option.kind == "flag" and not option.refused
    if option.nargs is not None or option.refused:
        return False
    if type(value) is int:
        return option.kind in {"int", "size", "float"} and option.choices is None
    return type(value) is str and option.kind == "str" and (option.choices is None or value in option.choices)


def _objections(launch: Launch, option: Option, value: OptionValue) -> Iterator[Finding]:
    if option.refused:
        yield _found(launch, "sglang.option-refused", option, f"`{option.flag}` is refused by this release")
        return
    words = words_of(value)
    if option.kind == "flag":
        if words:
            ways = (fix(launch, {option.name: True}), fix(launch, {option.name: None}))
            shown = " ".join(words)
            yield _found(
                launch,
                "sglang.option-switch-value",
                option,
                f"`{option.flag}` is a switch and takes no `{shown}`",
                ways,
            )
        return
    if len(words) < _fewest(option):
        yield _found(launch, "sglang.option-value-missing", option, f"`{option.flag}` needs a value")
    elif len(words) > _most(option):
        fixes = (fix(launch, {option.name: value[0]}),) if isinstance(value, tuple) else ()
        message = f"`{option.flag}` takes one value, not `{' '.join(words)}`"
        yield _found(launch, "sglang.option-stray-word", option, message, fixes)
    else:
        yield from _wrong_words(launch, option, words)


def _fewest(option: Option) -> int:
    if isinstance(option.nargs, int):
        return option.nargs
    return 0 if option.nargs in ("*", "?") else 1


def _most(option: Option) -> float:
    if option.repeatable or option.nargs in ("*", "+"):
        return float("inf")
    return option.nargs if isinstance(option.nargs, int) else 1


def _wrong_words(launch: Launch, option: Option, words: tuple[str, ...]) -> Iterator[Finding]:
    if secrets.is_secret(option.name):
        return
    for word in words:
        try:
            value = read(option, word) if option.kind in ("int", "float", "size") else word
        except UnreadableError as wanted:
            message = f"`{option.flag}` takes {wanted}, not `{word}`"
            yield _found(launch, "sglang.option-type", option, message, _readable(launch, option, word))
            return
        if option.kind == "json" and not _is_json(word):
            yield _found(launch, "sglang.option-type", option, f"`{option.flag}` takes JSON, not `{word}`")
            return
        if option.choices is not None and value not in option.choices:
            yield _outside(launch, option, word)
            return


def _is_json(word: str) -> bool:
    try:
        json.loads(word)
    except ValueError:
        return False
    return True


def _readable(launch: Launch, option: Option, word: str) -> tuple[Fix, ...]:
    """The number that was probably meant: ``16.0`` → 16, ``8k`` → 8192, ``80%`` → 0.8."""
    text = word.strip().lower().rstrip("b")
    scale = {"k": 1024, "m": 1024**2}.get(text[-1:], 1)
    try:
        number = float(text.rstrip("km%")) * scale / (100 if text.endswith("%") else 1)
    except ValueError:
        return ()
    if not math.isfinite(number) or (option.kind != "float" and number != int(number)):
        return ()
    meant = number if option.kind == "float" else int(number)
    return (fix(launch, {option.name: meant}),) if _is_no_worse(launch, option.name, meant) else ()


def _is_no_worse(launch: Launch, name: str, value: int | float) -> bool:
    """Whether no rule beyond the parser speaks up at a value that was only guessed."""
    from wizard.check import RULES
    from wizard.check.rule import Rule

    selection = launch.known.selection
    role = launch.role.evolve(options={**launch.role.options, name: value})
    chosen, guessed = Facts(selection), Facts(selection.evolve(roles={**selection.roles, launch.name: role}))
    rules = [rule for rule in RULES if isinstance(rule, Rule) or getattr(rule, "__name__", "") == "numbers"]
    before, after = ({item.code for rule in rules for item in rule(facts)} for facts in (chosen, guessed))
    return after <= before


def _outside(launch: Launch, option: Option, word: str) -> Finding:
    choices = [str(choice) for choice in option.choices or () if choice is not None]
    near = _nearest(word, choices)
    fixes = tuple(fix(launch, {option.name: choice}) for choice in near)
    message = f"`{option.flag} {word}` is none of the release's choices: {', '.join(choices)}"
    return _found(launch, "sglang.option-choice", option, message, fixes)


def _nearest(word: str, choices: list[str]) -> list[str]:
    import difflib  # only where something was misspelt

    same = [choice for choice in choices if choice.lower() == word.lower()]
    return same or difflib.get_close_matches(word.lower(), choices, n=2)


def _found(launch: Launch, code: str, option: Option, message: str, fixes: tuple[Fix, ...] = ()) -> Finding:
    if not option.required and len(fixes) < 2:
        fixes = (*fixes, fix(launch, {option.name: None}))
    hint = "; or ".join(way.label for way in fixes) or f"give `{option.flag}` a value it takes"
    source = f"{launch.release.program} {launch.release.version}, its own parser"
    return Finding(code, Severity.ERROR, message + launch.where, hint, (option.name,), (), source, fixes)


def from_objections(selection: Selection, role: str, objections: Iterable[Objection]) -> tuple[Finding, ...]:
    """Findings for what the release's parser would say of the words that a role was read from.

    An objection about an option that was changed since (its origin is the operator or a fix) is settled.
    """
    launch = Launch(Facts(selection), role)
    return tuple(
        _from_objection(launch, objection)
        for objection in objections
        if str(objection.kind) in _CODES and not _settled(launch, objection)
    )


def _settled(launch: Launch, objection: Objection) -> bool:
    name = objection.option.lstrip("-")
    if launch.role.origins.get(name) in (Origin.OPERATOR, Origin.FIX):
        return True
    return str(objection.kind) in _FROM_THE_SELECTION and name in launch.options and _still_wrong(launch, name)


def _still_wrong(launch: Launch, name: str) -> bool:
    option = launch.release.option(name)
    return option is not None and any(_objections(launch, option, launch.options[name]))


def _from_objection(launch: Launch, objection: Objection) -> Finding:
    name = objection.option.lstrip("-")
    held = launch.role.options.get(name)
    fixes: tuple[Fix, ...] = ()
    if held is not None and launch.release.option(name) is not None:
        fixes = (fix(launch, {name: held}, f"keep --{name}"), fix(launch, {name: None}))
    elif held is not None:
        fixes = tuple(_renamed(launch, name, held, flag) for flag in objection.suggestions[:3])
        fixes += (Fix(f"remove --{name}", (Edit(EditKind.UNSET, launch.prefix + name),)),)
    hint = "; or ".join(way.label for way in fixes[:3]) or "it is left out of what is exported"
    source = f"{launch.release.program} {launch.release.version}, its own parser"
    code = _CODES[str(objection.kind)]
    return Finding(code, Severity.ERROR, objection.message + launch.where, hint, (name,), (), source, fixes)


def _renamed(launch: Launch, name: str, value: OptionValue, flag: str) -> Fix:
    """The option under another name, with the same value."""
    other = flag.lstrip("-")
    text = other if value is True else f"{other}={' '.join(words_of(value))}"
    unset, put = Edit(EditKind.UNSET, launch.prefix + name), Edit(EditKind.SET, launch.prefix + text)
    return Fix(f"use --{other} instead of --{name}", (unset, put))


def ambiguous(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-ambiguous``: an abbreviation of several options that respelling could not settle."""
    from wizard.knowledge.releases import Ambiguous

    for launch in facts.launches:
        for name in launch.unknown:
            value = launch.written[name]
            found = launch.release.resolve(f"--{name}")
            if isinstance(found, Ambiguous):
                candidates = [flag for flag in found.candidates if launch.release.option(flag)]
                fixes = tuple(_renamed(launch, name, value, flag) for flag in candidates[:3])
                message = f"`--{name}` could be {', '.join(candidates)} in {launch.release.version}"
                source = f"{launch.release.program} {launch.release.version}, its own parser"
                hint = "write the name in full"
                yield Finding("sglang.option-ambiguous", Severity.ERROR, message, hint, (name,), (), source, fixes)


def without_model(options: Mapping[str, OptionValue]) -> Iterator[Finding]:
    """``sglang.option-required``: a typed command line that names no weights. A selection may leave them open."""
    if "model-path" in options:
        return
    in_file = "config" in options
    yield Finding(
        code="sglang.option-required",
        severity=Severity.UNKNOWN if in_file else Severity.ERROR,
        message="whether the file behind `--config` names `--model-path` was not checked: it is not read"
        if in_file
        else "`--model-path` is missing",
        hint="`--model-path PATH`: a folder on every host, or a hub id",
        options=("model-path", "config") if in_file else ("model-path",),
        source="the release's own parser",
    )
