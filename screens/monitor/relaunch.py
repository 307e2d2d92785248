"""From a failure to the launch without it: the run's own selection, the fix in it, and what that changes in one line.

Owns turning a diagnosis into something the wizard can be opened with. Nothing is started here.
"""

from collections.abc import Mapping
from typing import NamedTuple

from screens.monitor.process import ProcessView
from wizard import choose, selection_file
from wizard.errors import UsageError
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.run import Run
from wizard.model.selection import Role, Selection
from wizard.monitor.diagnosis import Diagnosis

_OF_A_ROLE = (EditKind.SET, EditKind.UNSET, EditKind.ENV, EditKind.UNSET_ENV)
_SHOWN = 3
"""Changes that one line holds; it says how many more there are."""


class Changed(NamedTuple):
    """A run's selection with a fix in it."""

    selection: Selection
    """As the run was started."""
    fix: Fix
    """Its label is the difference it makes, in one line."""
    options: tuple[str, ...]
    """The options and variables it changes: ``decode.mem-fraction-static``."""


def finding_of(view: ProcessView) -> Finding | None:
    """The failure of a process with its fix; None where no change of a selection helps."""
    found = view.reading.diagnosis
    if found is None:
        return None
    fix = fix_of(found, view.process.role if view.process else view.reading.role)
    if fix is None:
        return None
    options = tuple(edit.value.partition("=")[0] for edit in fix.edits)
    return Finding(
        found.id, Severity.ERROR, found.meaning, found.remedy.text, options, source=found.source, fixes=(fix,)
    )


def fix_of(found: Diagnosis, role: str | None = None) -> Fix | None:
    """The remedy as a fix; None where it is none that a selection can take up.

    Args:
        found: the diagnosis.
        role: of the process; an option that says none of its own is set for this role alone.
    """
    edits = tuple(_for_role(edit, role) for edit in found.remedy.edits)
    return Fix(f"{found.id}: {flags(edits)}", edits) if edits else None


def flags(edits: tuple[Edit, ...]) -> str:
    """Edits as one types them."""
    return " ".join(word for edit in edits for word in edit.flag())


def changed(run: Run, finding: Finding) -> Changed:
    """The run's selection, and the fix with what it changes.

    Raises:
        WizardError: the run has no selection that can be read, or it cannot take the fix up.
    """
    if not run.selection.strip():
        raise UsageError(f"the record of `{run.name}` holds no selection", "start from a preset, and set it there")
    selection = selection_file.loads(run.selection, f"selection of {run.name}")
    (fix,) = finding.fixes
    after = choose.apply_all(selection, fix.edits)
    label = difference(selection, after)
    if not label:
        raise UsageError(f"`{run.name}` was started with {flags(fix.edits)} already", finding.hint)
    return Changed(selection, Fix(f"{label} ({finding.code})", fix.edits), finding.options)


def difference(before: Selection, after: Selection) -> str:
    """What the roles' settings differ in, in one line: ``decode: mem-fraction-static 0.9 -> 0.85``; empty: nothing."""
    told = [
        f"{name}: {key} {_said(was.get(key))} -> {_said(now.get(key))}"
        for name, role in after.roles.items()
        for was, now in _pairs(before.roles.get(name, role), role)
        for key in dict.fromkeys((*was, *now))
        if was.get(key) != now.get(key)
    ]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more


def _pairs(before: Role, after: Role) -> tuple[tuple[Mapping[str, object], Mapping[str, object]], ...]:
    return ((before.options, after.options), (before.environment, after.environment))


def _said(value: object) -> str:
    return "not set" if value is None else "on" if value is True else "off" if value is False else str(value)


def _for_role(edit: Edit, role: str | None) -> Edit:
    if edit.kind not in _OF_A_ROLE or role not in ("prefill", "decode", "router"):
        return edit
    return edit if "." in edit.value.partition("=")[0] else Edit(edit.kind, f"{role}.{edit.value}")
