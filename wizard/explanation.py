"""What is known about a name: an option, variable, feature, preset or finding's code, in plain words with its source.

Pure: names in, facts out. ``--explain`` prints them, the screens show them beside what has the focus.
"""

from collections.abc import Iterator
from typing import Any

from wizard import features, presets
from wizard.check.codes import CODES
from wizard.knowledge import diagnoses, facts
from wizard.knowledge.releases import Option, Release, known_releases
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.notes import Feature, FeatureNumber


def found(name: str) -> Iterator[tuple[str, Any]]:
    """Kind of thing → everything known about it, for each thing that has this name; nothing when none has."""
    bare = name.lstrip("-")
    if any(release_of(version).option(bare) for version in known_releases()) or router_of().option(bare):
        yield "option", dict(option_facts(bare))
    note = facts.variable_note(name)
    if note is not None:
        yield "variable", note.model_dump(mode="json", exclude_none=True)
    feature = next((feature for feature in facts.features() if feature.id == bare), None)
    if feature is not None:
        yield "feature", dict(feature_facts(feature))
    if bare in presets.files():
        yield "preset", {"title": presets.preset(bare).about.title, "more": f"glm-wizard --presets {bare}"}
    if name in CODES:
        meaning, remedy, source = CODES[name]
        yield "finding", {"meaning": meaning, "what to do": remedy, "source": source}
    failure = diagnoses.catalogue().by_id(bare.replace("-", "_"))
    if failure is not None:
        yield "diagnosis", dict(_failure_facts(failure))


def all_names() -> list[str]:
    """Every name that can be explained."""
    names = [option.name for version in known_releases() for option in release_of(version).options]
    names += [option.name for option in router_of().options]
    names += [feature.id for feature in facts.features()] + [note.name for note in facts.variable_notes()]
    ids = (failure.id for failure in diagnoses.catalogue().failures.values())
    return sorted({*names, *CODES, *presets.files(), *ids})


def _failure_facts(failure: diagnoses.Failure) -> Iterator[tuple[str, Any]]:
    """What a failure in a log means, how it is recognised, and what to change."""
    yield "meaning", failure.meaning
    yield "what to do", failure.remedy
    known = (one for _, group in diagnoses.catalogue().signatures for _, one in group)
    seen = dict.fromkeys(one.pattern.pattern for one in known if one.failure == failure.key)
    yield "seen as", "  or  ".join(seen) or "an exception that no other entry explains"
    changes = [f"--{one.kind.value} {one.name}" for one in failure.edits]
    if changes:
        yield "changes", ", ".join(dict.fromkeys(changes))
    yield "source", failure.source


def option_facts(name: str) -> Iterator[tuple[str, Any]]:
    """Everything known about a launch option: what it means, and what each release makes of it."""
    listed = [release_of(version) for version in known_releases()]
    found = {
        release.version: option for release in [*listed, router_of()] if (option := release.option(name)) is not None
    }
    newest = (
        list(found.values())[-1]
        if not any(r.option(name) for r in listed)
        else [o for r in listed if (o := r.option(name))][-1]
    )
    yield "flag", ", ".join(newest.flags)
    note = facts.option_note(newest.name)
    if note is not None:
        yield from (
            (key, value)
            for key, value in note.model_dump(mode="json").items()
            if key != "name" and value not in (None, "")
        )
    yield "value", _kind(newest)
    yield "default", "not set" if newest.default is None else newest.default
    if newest.choices:
        yield "choices", ", ".join(map(str, newest.choices))
    yield "releases", ", ".join(_in_release(release, found) for release in listed) or router_of().version
    in_features = features.features_of(newest.name)
    if in_features:
        yield "features", ", ".join(in_features)


def _kind(option: Option) -> str:
    if option.kind == "flag":
        return "a switch"
    many = " (one or more words)" if option.nargs in ("+", "*") else ""
    return {
        "size": "whole number; letters as in 64k or 64Ki are understood",
        "int": "whole number",
        "float": "number",
    }.get(option.kind, "text") + many


def _in_release(release: Release, found: dict[str, Option]) -> str:
    option = found.get(release.version)
    if option is None:
        return f"{release.version}: no"
    return f"{release.version}: deprecated" if option.deprecated else f"{release.version}: yes"


def feature_facts(feature: Feature) -> Iterator[tuple[str, Any]]:
    """Everything known about a feature."""
    yield "label", feature.label
    yield "group", feature.group
    yield "explanation", feature.explanation
    yield "for", ", ".join(feature.roles)
    if feature.options or feature.environment:
        yield (
            "switching it on sets",
            ", ".join(
                [f"--{name}" + ("" if value is True else f" {value}") for name, value in feature.options.items()]
                + [f"{name}={value}" for name, value in feature.environment.items()]
            ),
        )
    if feature.off_options:
        yield "switching it off sets", ", ".join(f"--{name}" for name in feature.off_options)
    for number in feature.numbers:
        yield number.option or number.variable, f"{number.label}: {limits(number)}"
    if feature.requires:
        yield "needs", ", ".join(feature.requires)
    if feature.conflicts:
        yield "does not go with", ", ".join(feature.conflicts)
    if feature.recommended_for:
        yield "recommended for", feature.recommended_for
    yield "source", feature.source


def limits(number: FeatureNumber) -> str:
    """What the number may be, with its unit."""
    if number.choices:
        return "one of " + ", ".join(number.choices)
    low, high = ("" if limit is None else f"{limit:g}" for limit in (number.minimum, number.maximum))
    text = f"{low} to {high}" if low and high else f"{low} or more" if low else f"up to {high}" if high else "any value"
    return f"{text} {number.unit}".strip()
