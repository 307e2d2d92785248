"""One walk through the wizard as a value: what was chosen, what was found, and every step that led there.

The full screen, the prompts and the command line all hold a ``Session`` and nothing else. It is frozen: a change gives
a new one. Owns undo and redo. Decides nothing: findings are ``wizard.check``'s, the flow is ``wizard.plan``'s;
both are loaded when they are first asked for, so that the screen is there before.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from wizard import choose, presets
from wizard.errors import WizardError
from wizard.model.finding import Edit, EditKind, Finding, Fix
from wizard.model.flow import LaunchFlow
from wizard.model.hardware import Host
from wizard.model.preset import Preset
from wizard.model.selection import Origin, Selection

if TYPE_CHECKING:
    from wizard.check.budget import Budget
    from wizard.export.request import ExportRequest

STEPS_KEPT = 1000
"""Changes that can be undone."""


@dataclass(frozen=True)
class Step:
    """A selection, and what was done to get there."""

    selection: Selection
    label: str = ""


@dataclass(frozen=True)
class Session:
    """What was chosen and what is known, now."""

    selection: Selection
    preset: Preset | None = None
    """The preset that the selection is compared with."""
    hosts: tuple[Host, ...] = ()
    """What was detected. Undo does not take it back."""
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything the checks say, the worst first."""
        from wizard import check

        return check.findings(self.selection, self.hosts)

    @cached_property
    def proven(self) -> tuple[Finding, ...]:
        """The findings with those fixes that hold when everything is judged again: for where fixes are offered."""
        from wizard import check, solve

        return solve.proven(self.selection, self.findings, lambda after: check.findings(after, self.hosts))

    @cached_property
    def budgets(self) -> "tuple[Budget, ...]":
        """What the memory of a device goes to, for every server role."""
        from wizard.check.facts import Facts

        return Facts(self.selection, self.hosts).budgets

    @cached_property
    def blocking(self) -> tuple[Finding, ...]:
        """The errors that nobody accepted."""
        from wizard import check

        return check.blocking(self.findings, self.selection.accepted)

    @cached_property
    def verdict(self) -> str:
        """The one closing line."""
        from wizard import check

        return check.verdict(self.findings, self.selection.accepted)

    @cached_property
    def planned(self) -> LaunchFlow | WizardError:
        """What would be started, or why that cannot be said."""
        from wizard.plan import launch_flow

        try:
            return launch_flow(self.selection, self.preset.about.corrections if self.preset else ())
        except WizardError as error:
            return error

    @cached_property
    def reproduce(self) -> tuple[str, ...]:
        """The words of the command line that gives the same selection."""
        from wizard import reproduce

        return tuple(reproduce.command_line(self.preset.selection if self.preset else None, self.selection))

    def export_request(self, form: str = "bash") -> "ExportRequest":
        """What the exporters are given.

        Raises:
            PlanError: it cannot be planned.
        """
        from wizard.export.request import export_request

        is_recorded = any(host.is_recorded for host in self.hosts)
        return export_request(self.selection, self.preset, self.findings, form, is_recorded=is_recorded)

    def edited(self, edits: Sequence[Edit], label: str = "", origin: Origin = Origin.OPERATOR) -> "Session":
        """The session after some edits, as one step of undo.

        Raises:
            WizardError: an edit that cannot be made, or one after which nothing could be planned; nothing changes then.
        """
        selection = choose.apply_all(self.selection, tuple(edits), origin)
        chosen = [edit.value for edit in edits if edit.kind is EditKind.PRESET]
        preset = presets.preset(chosen[-1]) if chosen else self.preset
        return self.chosen(selection, label or " ".join(word for edit in edits for word in edit.flag()), preset)

    def fixed(self, fix: Fix) -> "Session":
        """The session after a fix of a finding."""
        return self.edited(fix.edits, fix.label, Origin.FIX)

    def chosen(self, selection: Selection, label: str, preset: Preset | None = None) -> "Session":
        """The session with another selection, as one step of undo; unchanged when it is the same selection.

        Raises:
            PlanError: what could be planned before could not be planned then; nothing is changed.
        """
        if selection == self.selection:
            return self
        past = (*self.past, Step(self.selection, label))[-STEPS_KEPT:]
        after = replace(self, selection=selection, preset=preset or self.preset, past=past, future=())
        if isinstance(after.planned, WizardError) and not isinstance(self.planned, WizardError):
            raise after.planned
        return after

    def detected(self, hosts: Sequence[Host]) -> "Session":
        """The session with what was found; earlier findings about the same addresses give way."""
        fresh = {host.address for host in hosts}
        kept = (host for host in self.hosts if host.address not in fresh)
        return replace(self, hosts=(*kept, *hosts))

    def forgotten(self, addresses: Collection[str]) -> "Session":
        """The session without what was found about some hosts."""
        return replace(self, hosts=tuple(host for host in self.hosts if host.address not in addresses))

    @property
    def was_changed(self) -> bool:
        """Whether anything was chosen since it began, also where that was undone."""
        return bool(self.past or self.future)

    @property
    def undone(self) -> "Session":
        """One step back; itself where there is none."""
        if not self.past:
            return self
        step = self.past[-1]
        future = (*self.future, Step(self.selection, step.label))
        return self._at(step.selection, self.past[:-1], future)

    @property
    def redone(self) -> "Session":
        """One step forward again; itself where there is none."""
        if not self.future:
            return self
        step = self.future[-1]
        past = (*self.past, Step(self.selection, step.label))
        return self._at(step.selection, past, self.future[:-1])

    def _at(self, selection: Selection, past: tuple[Step, ...], future: tuple[Step, ...]) -> "Session":
        known = selection.preset and selection.preset in presets.files()
        preset = presets.preset(selection.preset) if known else None
        return replace(self, selection=selection, preset=preset, past=past, future=future)


def started(selection: Selection, hosts: Sequence[Host] = ()) -> Session:
    """A session that begins with a selection."""
    known = selection.preset and selection.preset in presets.files()
    return Session(selection, presets.preset(selection.preset) if known else None, tuple(hosts))
