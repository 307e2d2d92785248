"""``--stop [RUN]``: end what a run started, and prove it."""

import gc
import sys
from typing import TYPE_CHECKING

from wizard.errors import ExitCode, UsageError
from wizard.json_text import json_text
from wizard.launch import listing, live, runs
from wizard.model.run import Run, State
from wizard.words import acting
from wizard.words.launch import result
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Names what will be stopped, asks, and stops it.

    Raises:
        WizardError: no such run, nobody to ask, or another wizard acts on it.
    """
    gc.enable()
    options = invocation.options
    known = live.live(_meant(options.stop))
    if all(process.state in (State.PLANNED, State.STOPPED) for process in known.processes):
        say(f"`{known.name}` has nothing that runs")
    elif not options.yes:
        how = "Stops (and kills what does not end in time)" if options.force else "Stops"
        say("\n".join([f"{how} `{known.name}` ({known.title}), in this order:", *_lines(known)]))
        if not acting.asked("stop it?", f"`--stop {known.name} --yes` stops without asking"):
            say("nothing was stopped")
            return ExitCode.DONE
    outcome = acting.stopped(known, force=options.force, as_json=options.json, color=not options.no_color)
    if outcome.run is None:
        say(f"left without waiting\n\nhint: what was asked to end may still do so; `--stop {known.name}` goes on")
        return ExitCode.INTERRUPTED
    return _told(outcome.run, is_interrupted=outcome.is_interrupted, as_json=options.json)


def _meant(name: str) -> Run:
    """The run of that name; without one the only run that may still be alive, as the hosts tell where it matters."""
    if name:
        return runs.find(name)
    alive = [run for run in runs.load_all() if run.state is not State.STOPPED]
    if len(alive) > 1:
        alive = [one.run for one in listing.listed(alive) if any(p.may_run for p in one.run.processes)] or alive[:1]
    if len(alive) > 1:
        names = ", ".join(f"`{run.name}`" for run in alive[:8])
        raise UsageError(f"{len(alive)} runs may be alive", f"say which: {names}; `--runs` shows their state")
    return alive[0] if alive else runs.find()


def _lines(run: Run) -> list[str]:
    from wizard.launch.stopping import waves

    return [
        f"  {process.name:<14} {process.address or 'this machine':<16} "
        f"{f'pid {process.identity.pid}' if process.identity else 'no pid':<12} {process.state.value}: {process.detail}"
        for wave in waves(run.processes)
        for process in wave
    ]


def _told(run: Run, *, is_interrupted: bool, as_json: bool) -> ExitCode:
    if as_json:
        sys.stdout.write(json_text(result(run)) + "\n")
    if run.state is State.STOPPED:
        if not as_json:
            sys.stdout.write(f"stopped: {run.name}\n")
        return ExitCode.DONE
    for process in run.processes:
        if process.state is not State.STOPPED:
            say(f"not stopped: {process.name} on {process.address or 'this machine'}: {process.detail}")
    if is_interrupted:
        say(f"what was asked to end may still do so; `--stop {run.name}` goes on")
        return ExitCode.INTERRUPTED
    if run.state is State.LOST:
        say(f"\nhint: `--stop {run.name}` again when the host can be reached")
        return ExitCode.UNREACHABLE
    say(f"\nhint: wait and `--stop {run.name}` again; `--stop {run.name} --force` kills what is left")
    return ExitCode.FAILED
