"""``--launch``: start it, on this host or over ssh, and see it through to the first answer."""

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard import check
from wizard.errors import ExitCode, LeftError, UsageError
from wizard.export.request import export_request
from wizard.json_text import json_text, write_json
from wizard.launch import supervisor
from wizard.launch.order import Order, planned_run
from wizard.model.finding import Finding, Severity
from wizard.model.run import Run, RunProcess, State
from wizard.reach import pretended
from wizard.wording import counted
from wizard.words import acting
from wizard.words.acting import Outcome
from wizard.words.export import talk
from wizard.words.start import start
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Launches, or shows what a launch would do.

    Raises:
        WizardError: nothing was started, and why.
    """
    gc.enable()  # a launch takes long
    options = invocation.options
    if options.machine and not options.dry_run:
        if not options.force:
            hint = "without `--machine` the real hosts are asked and started; `--dry-run` shows it, `--demo` plays it"
            raise UsageError("nothing can be started on a recorded machine", hint)
        say(f"note: the hosts themselves are asked and started, not those recorded in {options.machine}")
    started = start(invocation)
    for note in started.notes:
        say(f"note: {note}")
    found = check.findings(started.selection)
    request = export_request(started.selection, started.preset, found)
    names = dict.fromkeys(name for process in request.flow.processes for name in process.secrets)
    secrets = {name: os.environ[name] for name in names if os.environ.get(name)}
    order = Order(request, is_forced=options.force, secrets=secrets, is_simulated=pretended.are_there())
    if options.dry_run:
        return _rehearsed(invocation, order, found)
    _warned(found, started.selection.accepted, is_sure=options.yes or options.force)
    planned = planned_run(order, "").processes
    screen = acting.screen(
        as_json=options.json, color=not options.no_color, processes=[(one.name, one.address) for one in planned]
    )
    try:
        outcome = acting.follow(lambda tell, cancelled: supervisor.launch(order, tell, cancelled), screen)
    except LeftError as left:
        say(left.message)
        return left.exit_code
    return _told(outcome, as_json=options.json)


def _warned(found: tuple[Finding, ...], accepted: tuple[str, ...], *, is_sure: bool) -> None:
    """Warnings are asked about once; what blocks is for the preflight to say.

    Raises:
        UsageError: nobody can be asked, and nobody said yes.
    """
    warnings = [f for f in found if f.severity is Severity.WARNING and f.code not in accepted]
    if not warnings or is_sure or check.blocking(found, accepted):
        return
    talk(tuple(warnings), accepted)
    count = counted(len(warnings), "warning")
    if not acting.asked(f"launch in spite of {count}?", f"`--yes` launches in spite of {count}"):
        raise UsageError(f"not launched: {count}", "apply a fix, or accept a finding with `--accept CODE`")


def _rehearsed(invocation: "Invocation", order: Order, found: tuple[Finding, ...]) -> ExitCode:
    from datetime import UTC, datetime

    from wizard.launch import preflight, rehearsal

    preflight.filled(order)
    accepted = order.request.selection.accepted
    run = planned_run(order, datetime.now(UTC).astimezone().isoformat(timespec="seconds"))
    steps = rehearsal.steps(order, run)
    if invocation.options.json:
        document = {
            "run": run.name,
            "plan": run.plan,
            "started": False,
            "steps": [step._asdict() for step in steps],
            "findings": [finding.as_json() for finding in found],
            "verdict": check.verdict(found, accepted),
        }
        write_json(document)
    else:
        talk(found, accepted)
        changing = sum(not step.is_read_only for step in steps)
        told = f"These {len(steps)} steps would run on {_hosts(run)}; {changing} of them change something:"
        lines = [f"Nothing was started. {told}"]
        for number, step in enumerate(steps, 1):
            about = f" {step.process}" if step.process else ""
            mark = " (changes nothing)" if step.is_read_only else ""
            lines.append(f"{number:3} {step.host:<15} {step.stage}{about}{mark}: {step.command}")
            if step.becomes:
                lines.append(f"    {'':<15} becomes: {step.becomes}")
        sys.stdout.write("\n".join([*lines, "Nothing was started."]) + "\n")
    return ExitCode.DONE if order.is_forced else check.exit_code(found, accepted)


def _hosts(run: Run) -> str:
    hosts = dict.fromkeys(process.address or "this machine" for process in run.processes)
    return ", ".join(hosts)


def _told(outcome: Outcome, *, as_json: bool) -> ExitCode:
    run = outcome.run
    if run is None:
        say("left without waiting\n\nhint: `--runs` shows what was started, if anything; `--stop` ends it")
        return ExitCode.INTERRUPTED
    if as_json:
        sys.stdout.write(json_text(result(run)) + "\n")
    alive = [process for process in run.processes if process.identity and process.may_run]
    if run.state is State.READY:
        if not as_json:
            sys.stdout.write(f"ready: {run.endpoint} serves {run.served_name}\n")
        say(f"`--monitor {run.name}` watches it, `--stop {run.name}` ends it; it goes on without this terminal")
        return ExitCode.DONE
    for process in run.processes if not outcome.is_interrupted else ():
        if process.state in (State.FAILED, State.LOST):
            say(f"error: {process.name}: {process.detail}")
    _what_next(run, alive, is_interrupted=outcome.is_interrupted)
    if outcome.is_interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.UNREACHABLE if run.state is State.LOST else ExitCode.FAILED


def _what_next(run: Run, alive: Sequence[RunProcess], *, is_interrupted: bool) -> None:
    """What still runs is stopped where somebody can be asked, else it is said how to go on."""
    if alive:
        names = ", ".join(process.name for process in alive)
        question = f"stop what was started ({names})? No leaves it running"
        if acting.can_ask() and acting.asked(question, ""):
            acting.stopped(run)
        else:
            stuck = any(process.still_runs for process in alive)
            then = "then it can be launched again" if stuck else "the same `--launch` goes on with it"
            say(f"\nhint: still running: {names}; `--stop {run.name}` ends it, {then}")
    elif is_interrupted and not any(process.identity for process in run.processes):
        say("nothing was started; the same `--launch` goes on from here")
    else:
        say(f"\nhint: `--monitor {run.name}` shows the logs and what they mean; the same `--launch` tries again")


def pinned(run: Run, name: str) -> list[str]:
    """What was found of it on the hosts of a run: one where all agree, none where it is not known."""
    return list(dict.fromkeys(values[name] for values in run.facts.values() if name in values))


def result(run: Run) -> dict[str, object]:
    """A run as `--runs --json` and the last line of `--launch --json` give it. What is not known is null."""
    return {
        "run": run.name,
        "state": run.state.value,
        "created": run.created,
        "plan": run.plan,
        "title": run.title,
        "release": run.release or None,
        "runtime": run.runtime or None,
        "image": run.image or None,
        "simulated": run.is_simulated,
        "endpoint": run.endpoint or None,
        "served_name": run.served_name or None,
        "image_ids": pinned(run, "image"),
        "drivers": pinned(run, "driver"),
        "weights": run.weights or None,
        "weights_fingerprints": pinned(run, "weights"),
        "facts": run.facts,
        "times": run.times,
        "processes": [
            {
                "name": process.name,
                "role": process.role,
                "instance": process.instance,
                "rank": process.rank,
                "host": process.address or None,
                "state": process.state.value,
                "detail": process.detail or None,
                "pid": process.identity.pid if process.identity else None,
                "exit_code": process.exit_code,
                "still_runs": process.still_runs,
                "times": process.times,
                "port": process.port,
                "log": process.log or None,
            }
            for process in run.processes
        ],
    }
