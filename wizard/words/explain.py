"""``--explain NAME``: an option, variable, feature, preset or finding's code, in plain words with its source."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wizard import features, presets
from wizard.check.codes import CODES as CHECK_CODES
from wizard.errors import ExitCode, UsageError
from wizard.knowledge import facts
from wizard.knowledge.releases import Option, Release, known_releases
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.lint.codes import CODES as SCRIPT_CODES
from wizard.model.notes import Feature, FeatureNumber
from wizard.names import nearest

if TYPE_CHECKING:
    from wizard.cli import Invocation

CODES = {**CHECK_CODES, **SCRIPT_CODES}


def run(invocation: "Invocation") -> ExitCode:
    """Tells what is known about a name.

    Raises:
        UsageError: nothing known has that name (with the nearest ones).
    """
    options = invocation.options
    name = options.explain.strip()
    facts_of = dict(_found(name))
    if not facts_of:
        near = nearest(name.lstrip("-"), _all_names())
        raise UsageError(
            f"nothing known is called `{name}`", f"did you mean `{near}`" if near else "try `--features` or `--presets`"
        )
    if options.json:
        json.dump({"name": name, **facts_of}, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        _print(name, facts_of, color=not options.no_color)
    return ExitCode.DONE


def _found(name: str) -> Iterator[tuple[str, Any]]:
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


def _all_names() -> list[str]:
    names = [option.name for version in known_releases() for option in release_of(version).options]
    names += [option.name for option in router_of().options]
    names += [feature.id for feature in facts.features()] + [note.name for note in facts.variable_notes()]
    return sorted({*names, *CODES, *presets.files()})


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
        yield number.option or number.variable, f"{number.label}: {_limits(number)}"
    if feature.requires:
        yield "needs", ", ".join(feature.requires)
    if feature.conflicts:
        yield "does not go with", ", ".join(feature.conflicts)
    if feature.recommended_for:
        yield "recommended for", feature.recommended_for
    yield "source", feature.source


def _limits(number: FeatureNumber) -> str:
    """What the number may be, with its unit."""
    if number.choices:
        return "one of " + ", ".join(number.choices)
    low, high = ("" if limit is None else f"{limit:g}" for limit in (number.minimum, number.maximum))
    text = f"{low} to {high}" if low and high else f"{low} or more" if low else f"up to {high}" if high else "any value"
    return f"{text} {number.unit}".strip()


def show_feature(feature: Feature, *, color: bool) -> None:
    """Prints everything known about a feature."""
    _print(feature.id, {"feature": dict(feature_facts(feature))}, color=color)


def _print(name: str, facts_of: dict[str, Any], *, color: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from wizard.words.console import console

    out = console(color=color)
    for kind, entries in facts_of.items():
        out.print(Text(f"{name} ({kind})", style="bold"))
        grid = Table.grid(padding=(0, 2, 0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for key, value in entries.items():
            if value not in ("", None) and key != "name":
                grid.add_row(Text(key.replace("_", " "), style="italic"), Text(str(value)))
        out.print(grid)
