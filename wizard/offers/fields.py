"""One value an operator may type: what it means, its unit and range, what it holds, and what is wrong with a text.

A field is an option or a variable of one role. Its facts come from the release's own parser, the notes of the knowledge
and, where it belongs to a feature, from that feature. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard import choose, features
from wizard.check.launch import as_fraction, as_size, as_whole
from wizard.errors import UsageError
from wizard.knowledge import facts
from wizard.knowledge.releases import Option, Release
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.finding import Edit, EditKind
from wizard.model.notes import FeatureNumber
from wizard.model.selection import AUTO, OptionValue, Origin, RoleName, Selection
from wizard.names import looks_like_option

Number = int | float
_READERS: dict[str, Callable[[str], Number]] = {"int": as_whole, "float": as_fraction, "size": as_size}
"""How SGLang itself reads a number."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a role that can be typed."""

    role: str
    name: str
    """Option name without dashes, or the variable's name."""
    is_variable: bool
    label: str
    kind: str
    """int, float, size, str, json, flag; for variables bool, int, float, text, url, interface, secret."""
    text: str
    """What it holds, as one types it; empty where it is not set."""
    is_set: bool
    origin: Origin
    unit: str = ""
    minimum: Number | None = None
    maximum: Number | None = None
    choices: tuple[str, ...] = ()
    default: str = ""
    """What applies where it is not set, in words."""
    meaning: str = ""
    advice: str = ""
    changes: str = ""
    source: str = ""

    @property
    def flag(self) -> str:
        """How it is written: ``--tp-size``, ``HCCL_BUFFSIZE``."""
        return self.name if self.is_variable else f"--{self.name}"

    @property
    def range(self) -> str:
        """What it may be, with its unit: ``2 to 256 devices``, ``one of auto, normal``; empty where anything may."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        low, high = (None if limit is None else f"{limit:g}" for limit in (self.minimum, self.maximum))
        if low and high:
            return f"{low} to {high} {self.unit}".strip()
        if low:
            return f"{low} or more {self.unit}".strip()
        if high:
            return f"up to {high} {self.unit}".strip()
        return {"int": "whole number", "float": "number", "size": "whole number, or 64k, 64Ki"}.get(self.kind, "")

    def objection(self, text: str) -> str:
        """What is wrong with a text, saying what is allowed; empty where nothing is. An empty text unsets it."""
        word = text.strip()
        if not word or word.startswith(AUTO) or word == self.text:
            return ""
        if not self.is_variable and looks_like_option(word):
            return f"`{word}` would be read as an option"
        if self.choices:
            wrong = [part for part in word.split() if part.lower() not in map(str.lower, self.choices)]
            return f"`{wrong[0]}` is none of " + ", ".join(self.choices) if wrong else ""
        if self.kind not in _READERS:
            return ""
        for part in word.split():
            try:
                size = _READERS[self.kind](part)
            except ValueError:
                return f"`{part}` is no {self.range}"
            if not self._holds(size):
                return f"{part} is outside {self.range}"
        return ""

    def edit(self, text: str) -> Edit:
        """The edit that puts a text into it; an empty text unsets it."""
        word = text if self.kind in ("str", "text") else text.strip()
        place = f"{self.role}.{self.name}"
        if not word:
            return Edit(EditKind.UNSET_ENV if self.is_variable else EditKind.UNSET, place)
        word = next((choice for choice in self.choices if choice.lower() == word.lower()), word)
        if self.is_variable:
            return Edit(EditKind.ENV, f"{place}={word}")
        return Edit(EditKind.SET, place if self.kind == "flag" and word == "true" else f"{place}={word}")

    def _holds(self, size: Number) -> bool:
        if size < 0 and self.kind != "float":
            return self.minimum is None or self.minimum < 0  # -1 often means "off"; a range says so where it does
        return (self.minimum is None or size >= self.minimum) and (self.maximum is None or size <= self.maximum)


def written(value: OptionValue | None) -> str:
    """An option's value as one types it; a switch is ``true``."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    return str(value)


def release_for(selection: Selection, role: str) -> Release:
    """The options that a role's program takes."""
    return router_of() if role == RoleName.ROUTER else release_of(selection.release)


def option_field(selection: Selection, role: str, name: str, number: FeatureNumber | None = None) -> Field:
    """The field of a launch option of a role, under whatever name the role holds it."""
    held = _held_name(selection, role, name)
    known = release_for(selection, role).option(held) or release_for(selection, role).option(name)
    note = facts.option_note(name) or (facts.option_note(known.name) if known else None)
    settings = selection.role(role)
    return Field(
        role=role,
        name=held,
        is_variable=False,
        label=number.label if number else name,
        kind=_kind(known, number),
        text=written(settings.options.get(held)),
        is_set=held in settings.options,
        origin=settings.origin(held),
        unit=(number.unit if number else "") or (note.unit if note else ""),
        minimum=_first(number.minimum if number else None, note.minimum if note else None),
        maximum=_first(number.maximum if number else None, note.maximum if note else None),
        choices=(number.choices if number and number.choices else _choices(known)),
        default=_default(known),
        meaning=note.meaning if note else "",
        advice=note.advice if note else "",
        changes=note.changes if note else "",
        source=note.source if note else f"the parser of {release_for(selection, role).source}" if known else "",
    )


def variable_field(selection: Selection, role: str, name: str, number: FeatureNumber | None = None) -> Field:
    """The field of an environment variable of a role."""
    note = facts.variable_note(name)
    settings = selection.role(role)
    return Field(
        role=role,
        name=name,
        is_variable=True,
        label=number.label if number else name,
        kind=note.kind if note else "text",
        text=settings.environment.get(name, ""),
        is_set=name in settings.environment,
        origin=settings.origin(name),
        unit=(number.unit if number else "") or (note.unit if note else ""),
        minimum=_first(number.minimum if number else None, note.minimum if note else None),
        maximum=_first(number.maximum if number else None, note.maximum if note else None),
        choices=number.choices if number else (),
        default=(note.default or "") if note else "",
        meaning=note.meaning if note else "",
        advice=note.advice if note else "",
        source=note.source if note else "",
    )


def number_field(selection: Selection, role: str, number: FeatureNumber) -> Field:
    """The field of a feature's number."""
    if number.variable:
        return variable_field(selection, role, number.variable, number)
    return option_field(selection, role, number.option, number)


def refusal(selection: Selection, edit: Edit) -> str:
    """Why an edit cannot be made, with the way out; empty where it can."""
    try:
        choose.apply(selection, edit)
    except UsageError as error:
        return f"{error.message}; {error.hint}" if error.hint else error.message
    return ""


def _held_name(selection: Selection, role: str, name: str) -> str:
    """The spelling under which the role holds an option, else the name itself."""
    options: Mapping[str, OptionValue] = selection.role(role).options
    if name in options:
        return name
    return next((spelled for spelled in features.spelled(name) if spelled in options), name)


def _kind(known: Option | None, number: FeatureNumber | None) -> str:
    if known is not None:
        return known.kind
    return "int" if number and isinstance(number.default, int) else "float" if number and number.unit else "str"


def _choices(known: Option | None) -> tuple[str, ...]:
    return tuple(str(choice) for choice in known.choices) if known and known.choices else ()


def _default(known: Option | None) -> str:
    if known is None:
        return ""
    if known.kind == "flag":
        return "off" if not known.default else "on"
    if known.default is None:
        return "SGLang decides"
    words = known.default if isinstance(known.default, tuple) else (known.default,)
    return " ".join(map(str, words)) or "empty"


def _first(*limits: Number | None) -> Number | None:
    return next((limit for limit in limits if limit is not None), None)
