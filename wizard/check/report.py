"""Findings put together: what each rule says in the same few words, with fixes as flags."""

from collections.abc import Mapping

from wizard.check.launch import Launch
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import OptionValue

Change = Mapping[str, OptionValue | None]
"""Option, or ``$VARIABLE``, → the value it gets; None takes it away."""


def fix(launch: Launch, changes: Change, label: str = "") -> Fix:
    """A way out that changes options of a role."""
    edits = tuple(_edit(launch, name, value) for name, value in changes.items())
    return Fix(label or " and ".join(_said(name, value) for name, value in changes.items()), edits)


def variable_fix(launch: Launch, name: str, value: str | None) -> Fix:
    """A way out that changes one environment variable of a role."""
    if value is None:
        return Fix(f"unset {name}", (Edit(EditKind.UNSET_ENV, launch.prefix + name),))
    return Fix(f"set {name}={value}", (Edit(EditKind.ENV, f"{launch.prefix}{name}={value}"),))


def with_way(code: str, severity: Severity, message: str, options: tuple[str, ...], source: str, way: Fix) -> Finding:
    """A finding with one way out, which is its hint as well."""
    return Finding(code, severity, message, way.label, options, source=source, fixes=(way,))


def _edit(launch: Launch, name: str, value: OptionValue | None) -> Edit:
    if name.startswith("$"):
        return variable_fix(launch, name[1:], None if value is None else str(value)).edits[0]
    if value is None:
        return Edit(EditKind.UNSET, launch.prefix + _chosen_name(launch, name))
    if value is True:
        return Edit(EditKind.SET, launch.prefix + name)
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return Edit(EditKind.SET, f"{launch.prefix}{name}={text}")


def _chosen_name(launch: Launch, name: str) -> str:
    """The name under which the selection holds an option that the release spells ``name``."""
    if name in launch.role.options:
        return name
    from wizard.knowledge import spelling

    changes = spelling.respell(launch.role.options, launch.release).changes
    return next((change.old for change in changes if name in change.new), name)


def _said(name: str, value: OptionValue | None) -> str:
    if name.startswith("$"):
        return f"unset {name[1:]}" if value is None else f"set {name[1:]}={value}"
    if value is None:
        return f"remove --{name}"
    if value is True:
        return f"add --{name}"
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"set --{name} {text}"
