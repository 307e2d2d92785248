"""A feature as a view of a role's settings: whether it is on, and the settings with it switched on or off.

Owns only the view. The settings are the truth, so an operator may reach every state by hand, and one that no switch
leads to is ``partial``. Options count under every spelling that a known release has for them; what is written is the
tutorial's, which ``wizard.knowledge.spelling`` turns into the release's. Whether features go together is left to the
checks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from wizard.errors import UsageError
from wizard.knowledge import facts, spelling
from wizard.knowledge.releases import Release
from wizard.knowledge.releases import release as release_of
from wizard.model.notes import Feature, FeatureNumber
from wizard.model.selection import OptionValue, Role

_TRUE = frozenset({"1", "true", "yes", "y"})
_FALSE = frozenset({"0", "false", "no", "n", ""})


class State(StrEnum):
    """What a role's settings say about a feature."""

    ON = "on"
    OFF = "off"
    PARTIAL = "partial"
    """Some of its settings are there, some are missing or say otherwise."""
    UNAVAILABLE = "unavailable"
    """Not for this role, or not in this release."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a role says about an option, and the names under which it says so."""

    value: OptionValue
    names: tuple[str, ...]


def state(feature: Feature, role_name: str, role: Role, release: Release | None = None) -> State:
    """What the settings of the role say about a feature; without a release, whatever the release is."""
    found = _state(feature, role, _held(role.options))
    return _shown(feature, found, fits=role_name in feature.roles and (release is None or is_in(feature, release)))


def states(role_name: str, role: Role, release: Release | None = None) -> dict[str, State]:
    """``state`` of every feature by its id, in one go."""
    held = _held(role.options)
    known = None if release is None else _ids_in(release.version)
    found = {}
    for feature in facts.features():
        fits = role_name in feature.roles and (known is None or feature.id in known)
        found[feature.id] = _shown(feature, _state(feature, role, held), fits=fits)
    return found


def is_in(feature: Feature, release: Release) -> bool:
    """Whether a release has everything the feature's switch sets, under whatever spelling."""
    options = {**feature.options, **feature.off_options}
    written = {name: spelling.respell({name: value}, release).options for name, value in options.items()}
    if not all(names and all(release.option(name) for name in names) for names in written.values()):
        return False
    notes = [facts.variable_note(name) for name in (*feature.environment, *feature.off_environment)]
    removed = [_version(note.removed_in) for note in notes if note and note.removed_in]
    return all(_version(release.version) < version for version in removed)


def switch_on(feature: Feature, role: Role) -> Role:
    """The role with the feature on. Values of the feature that are already there and make sense are kept.

    Raises:
        UsageError: the feature is not on and has no switch (see ``Feature.decided_by``).
    """
    if feature.decided_by:
        return _decided(feature, role, wanted=State.ON)
    gone = {*taken_away(feature, role), *_off_names(feature, _held(role.options))}
    options = _with(feature, dict(_without(role.options, gone)))
    environment = {name: value for name, value in role.environment.items() if not _says_off(feature, name, value)}
    for name, word in feature.environment.items():
        if name not in environment or not _fits(feature, name, environment[name]):
            environment[name] = word
    return role.evolve(options=options, environment=environment)


def _with(feature: Feature, options: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
    """The options with those of the feature: sensible values stay, others are replaced where they stand."""
    held = _held(options)
    misfits = {name for name in feature.options if name in held and not _fits(feature, name, held[name].value)}
    gone = {spelled for name in misfits for spelled in held[name].names}
    there = _held(dict(_without(options, gone)))
    missing = {name: value for name, value in feature.options.items() if name not in there}
    kept = {name: missing.get(name, value) for name, value in options.items() if name in missing or name not in gone}
    return kept | missing


def switch_off(feature: Feature, role: Role) -> Role:
    """The role with the feature off: without its settings, or with the ones that switch off what is on by default.

    Raises:
        UsageError: the feature is on and has no switch (see ``Feature.decided_by``).
    """
    if feature.decided_by:
        return _decided(feature, role, wanted=State.OFF)
    if feature.on_by_default:
        if _state(feature, role, _held(role.options)) is State.OFF:
            return role
        options, environment = {**role.options, **feature.off_options}, {**role.environment, **feature.off_environment}
        return role.evolve(options=options, environment=environment)
    own = {spelled for name in names(feature) for spelled in (name, *_other_names(name))}
    return role.evolve(options=dict(_without(role.options, own)), environment=dict(_without(role.environment, own)))


def taken_away(feature: Feature, role: Role) -> tuple[str, ...]:
    """Settings of other features that switching this one on takes away, as the role spells them."""
    held = _held(role.options)
    return tuple(name for wanted in feature.removes if wanted in held for name in held[wanted].names)


def names(feature: Feature) -> tuple[str, ...]:
    """The options and variables that belong to a feature, each once."""
    numbers = (number.option or number.variable for number in feature.numbers)
    switches = (*feature.options, *feature.environment, *feature.off_options, *feature.off_environment)
    return tuple(dict.fromkeys((*switches, *numbers, *feature.detect)))


def features_of(name: str) -> tuple[str, ...]:
    """The ids of the features that an option, in any spelling, or a variable belongs to."""
    return _index().get(name, ())


def spelled(name: str) -> tuple[str, ...]:
    """Everything else that any release calls an option."""
    return tuple(_other_names(name))


def _shown(feature: Feature, found: State, *, fits: bool) -> State:
    """What is set shows, even where it does not belong; what is not set shows only where it could be."""
    is_set = found is not State.OFF and not feature.on_by_default
    return found if fits or is_set else State.UNAVAILABLE


@cache
def _ids_in(version: str) -> frozenset[str]:
    there = release_of(version)
    return frozenset(feature.id for feature in facts.features() if is_in(feature, there))


def _state(feature: Feature, role: Role, held: Mapping[str, Held]) -> State:
    if feature.on_by_default:
        off = [_off_names(feature, held)] if feature.off_options else []
        off += [[name] for name in feature.off_environment if _says_off(feature, name, role.environment.get(name))]
        return State.OFF if any(off) else State.ON
    wanted = feature.detect or (*feature.options, *feature.environment)
    values = {name: _value(name, held, role.environment) for name in wanted}
    fitting = [name for name, value in values.items() if value is not None and _fits(feature, name, value)]
    if len(fitting) == len(values):
        return State.ON
    return State.PARTIAL if fitting else State.OFF


def _value(name: str, held: Mapping[str, Held], environment: Mapping[str, str]) -> OptionValue | None:
    return held[name].value if name in held else environment.get(name)


def _decided(feature: Feature, role: Role, *, wanted: State) -> Role:
    if _state(feature, role, _held(role.options)) is wanted:
        return role
    message = f"`{feature.id}` cannot be switched: the {feature.decided_by} decides it"
    raise UsageError(message, "choose a preset: `glm-wizard --presets` lists them")


def _fits(feature: Feature, name: str, value: OptionValue) -> bool:
    """Whether a value says that the feature is on: what the switch sets, or what its number allows."""
    number = next((number for number in feature.numbers if name in (number.option, number.variable)), None)
    if number is not None:
        return _allows(number, value)
    expected = feature.options.get(name, feature.environment.get(name))
    if isinstance(expected, str) and isinstance(value, str):
        return _same_word(value, expected)
    return value == expected if expected is not None else value is not False


def _same_word(value: str, expected: str) -> bool:
    """Whether a text says what is expected; a list of allocator options may say more."""
    word, wanted = value.strip().lower(), expected.lower()
    if wanted in _TRUE:
        return word in _TRUE
    if wanted in _FALSE:
        return word in _FALSE
    return wanted in word or wanted.startswith("env:")


def _allows(number: FeatureNumber, value: OptionValue) -> bool:
    """Whether a value is one of the choices, or not below the smallest that means anything."""
    if number.choices:
        return str(value).lower() in [choice.lower() for choice in number.choices]
    smallest = number.minimum
    size = _number(value)
    return value not in (False, "") and (smallest is None or size is None or size >= smallest)


def _number(value: OptionValue) -> float | None:
    if isinstance(value, (bool, tuple)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _off_names(feature: Feature, held: Mapping[str, Held]) -> list[str]:
    """The names under which a role switches off what is on by default."""
    spelled = ((held[name], off) for name, off in feature.off_options.items() if name in held)
    return [name for there, off in spelled if _is_off(there.value, off) for name in there.names]


def _is_off(value: OptionValue, off: OptionValue) -> bool:
    """A chunk of 0 is as good as the -1 of the documents."""
    size, limit = _number(value), _number(off)
    if size is not None and limit is not None and limit < 0:
        return size <= 0
    return value == off


def _says_off(feature: Feature, name: str, value: str | None) -> bool:
    off = feature.off_environment.get(name)
    return off is not None and value is not None and _same_word(value, off)


def _held(options: Mapping[str, OptionValue]) -> dict[str, Held]:
    """Every option of a role under each of its spellings. A switch that is ``False`` is not there."""
    given = {name: value for name, value in options.items() if value is not False}
    held = {name: Held(value, (name,)) for name, value in given.items()}
    for name, value in given.items():
        for other, there in _spellings(name, value):
            before = held.get(other)
            held[other] = Held(before.value, (*before.names, name)) if before else Held(there, (name,))
    return held


def _spellings(name: str, value: OptionValue) -> Iterator[tuple[str, OptionValue]]:
    for rename in _renames().get(name, ()):
        yield from rename.spellings(name, value)
    yield from zip(spelling.spellings().expansions.get(name, ()), (value, True), strict=False)


@cache
def _renames() -> dict[str, list[spelling.Rename]]:
    """Spelling → the renames it is part of, so that a look-up does not walk over all of them."""
    found: dict[str, list[spelling.Rename]] = {}
    for rename in spelling.spellings().renames:
        for name in dict.fromkeys((*rename.old, rename.new)):
            found.setdefault(name, []).append(rename)
    return found


@cache
def _index() -> dict[str, tuple[str, ...]]:
    """Option in any spelling, or variable → the ids of its features."""
    found: dict[str, list[str]] = {}
    for feature in facts.features():
        for name in names(feature):
            for spelled in dict.fromkeys((name, *_other_names(name))):
                found.setdefault(spelled, []).append(feature.id)
    return {name: tuple(dict.fromkeys(ids)) for name, ids in found.items()}


def _other_names(name: str) -> Iterator[str]:
    """Everything that any release calls the option, whatever its value."""
    for rename in _renames().get(name, ()):
        yield from (*rename.old, rename.new)
    expansions = spelling.spellings().expansions
    yield from (short for short, parts in expansions.items() if name in parts)


def _without(
    settings: Mapping[str, OptionValue] | Mapping[str, str], gone: Iterable[str]
) -> Iterator[tuple[str, OptionValue]]:
    left_out = frozenset(gone)
    return ((name, value) for name, value in settings.items() if name not in left_out)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))
