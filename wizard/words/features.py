"""``--features``: the features, their options and variables; with something to start from also whether they are on."""

from typing import TYPE_CHECKING

from wizard import features as view
from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.knowledge import facts, releases
from wizard.model.notes import Feature
from wizard.words.explain import show_feature
from wizard.words.start import start

if TYPE_CHECKING:
    from wizard.invocation import Invocation
    from wizard.model.selection import Selection


def run(invocation: "Invocation") -> ExitCode:
    """Lists the features, or tells about the one named.

    Raises:
        UsageError: there is no such feature.
    """
    options = invocation.options
    asked = any((options.preset, options.config, options.script, invocation.command is not None))
    selection = start(invocation).selection if asked else None
    if options.features:
        chosen = facts.feature(options.features)
        if options.json:
            _json([chosen], selection)
        else:
            show_feature(chosen, color=not options.no_color)
        return ExitCode.DONE
    if options.json:
        _json(list(facts.features()), selection)
    else:
        _table(selection, color=not options.no_color)
    return ExitCode.DONE


def states(feature: Feature, selection: "Selection") -> dict[str, str]:
    """Role → on, off, … for the roles of a selection that the feature is for."""
    return {
        name: str(view.state(feature, name, selection.role(name), releases.release(selection.release)))
        for name in selection.server_roles
        if name in feature.roles
    }


def _json(found: list[Feature], selection: "Selection | None") -> None:
    documents = []
    for feature in found:
        document = feature.model_dump(mode="json")
        if selection is not None:
            document["state"] = states(feature, selection)
        documents.append(document)
    write_json({"features": documents})


def _table(selection: "Selection | None", *, color: bool) -> None:
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    from wizard.words.console import console

    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("feature", no_wrap=True)
    if selection is not None:
        table.add_column("state")
    table.add_column("what it is, and what it sets", overflow="fold")
    group = ""
    for feature in facts.features():
        if feature.group != group:
            group = feature.group
            table.add_section()
            table.add_row(Text(group.upper(), style="bold"))
        text = Text(feature.label)
        text.append("".join(f"\n  {item}" for item in _sets(feature)), style="italic")
        state = [Text(_summary(states(feature, selection)))] if selection is not None else []
        table.add_row(Text(feature.id), *state, text)
    out = console(color=color)
    out.print(table)
    out.print("`glm-wizard --features NAME` tells all about one; `--feature NAME` and `--no-feature NAME` switch it.")


def _summary(found: dict[str, str]) -> str:
    """One word where all roles agree, else one a role."""
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    return "\n".join(f"{role} {state}" for role, state in found.items()) or "-"


def _sets(feature: Feature) -> list[str]:
    return (
        [f"--{name}" for name in feature.options]
        + list(feature.environment)
        + [f"off: --{name}" for name in feature.off_options]
        + [f"off: {name}={value}" for name, value in feature.off_environment.items()]
    )
