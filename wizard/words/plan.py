"""``--plan``: what would be started, where, on which ports, and where each setting comes from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wizard import check
from wizard.check.facts import Facts
from wizard.check.needed import host_sets
from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.launch import earlier, figures
from wizard.model.preset import Preset
from wizard.model.selection import Role
from wizard.reach import pretended
from wizard.words.export import request_of, talk
from wizard.words.guard import guarding
from wizard.words.looked import weights_of
from wizard.words.start import Started, start
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.export.request import ExportRequest
    from wizard.invocation import Invocation
    from wizard.launch.timing import Earlier


def run(invocation: "Invocation") -> ExitCode:
    """Prints the plan.

    Raises:
        WizardError: nothing to start from, or hosts that do not fit.
    """
    started = start(invocation)
    found = guarding(invocation, started.selection)
    request = request_of(started, found, machine=invocation.options.machine)
    is_simulated, plan = pretended.are_there(), request.flow.plan_hash()
    last = earlier.last(request.flow.title, is_simulated=is_simulated)
    mine = figures.own(request.flow.title, plan, is_simulated=is_simulated)
    before = _before(request)
    short = any(finding.code == "memory.weights" for finding in found)
    enough = host_sets(Facts(started.selection, weights_here=weights_of(started.selection))) if short else ()
    if invocation.options.json:
        from wizard.export.document import flow_data

        document = {
            **flow_data(request.flow),
            "last_time": last._asdict() if last else None,
            "measured": mine._asdict() if mine else None,
            "last_phases": {name: {"run": one.run, "seconds": dict(one.last)} for name, one in before.items()},
            "reproduce": list(request.reproduce[:-1]),
            "recorded": request.is_recorded,
            "changes": changes(started),
            "findings": [finding.as_json() for finding in found],
            "host_sets": [item.as_json() for item in enough],
            "notes": list(started.notes),
        }
        write_json(document)
        return ExitCode.DONE
    for note in started.notes:
        say(f"note: {note}")
    told = figures.beside(started.preset.about if started.preset else None, mine, plan)
    from wizard.words.plan_text import Before, show, show_host_sets

    show(request, changes(started), Before(last, before, told), color=not invocation.options.no_color)
    show_host_sets(enough, color=not invocation.options.no_color)
    talk(found, started.selection.accepted)
    unfilled = request.flow.unfilled()
    missing = f"; not filled in yet: {', '.join(variable.name for variable in unfilled)}" if unfilled else ""
    say(check.verdict(found, started.selection.accepted) + missing)
    return ExitCode.DONE


def _before(request: "ExportRequest") -> "dict[str, Earlier]":
    """The processes that were started before with these weights on these hosts, with what that took."""
    from wizard.launch import runs, timing
    from wizard.launch.order import Order, planned_run

    known = runs.load_all()
    if not known:
        return {}
    run = planned_run(Order(request), "").evolve(name="")
    found = {process.name: timing.earlier(known, run, process) for process in run.processes}
    return {name: one for name, one in found.items() if one.last}


def changes(started: Started) -> list[dict[str, object]]:
    """What differs from the preset, role by role: added, removed and changed settings."""
    if started.preset is None:
        return []
    return [change for name, role in started.selection.roles.items() for change in _changed(started.preset, name, role)]


def _changed(preset: Preset, name: str, role: Role) -> Iterator[dict[str, object]]:
    base = preset.selection.roles.get(name, role)
    for kind, before, after in (
        ("option", base.options, role.options),
        ("variable", base.environment, role.environment),
    ):
        for key in [*before, *(key for key in after if key not in before)]:
            if before.get(key) != after.get(key):
                yield {"role": name, "kind": kind, "name": key, "before": before.get(key), "after": after.get(key)}
