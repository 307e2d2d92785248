"""``--runs``: what was started, and what of it is alive."""

import gc
import time
from typing import TYPE_CHECKING

from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.launch import listing, runs, timing
from wizard.launch.listing import Listed
from wizard.model.run import Run, State
from wizard.words.launch import pinned, result
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation

_STYLES = {State.READY: "green", State.FAILED: "bold red", State.LOST: "bold magenta", State.STOPPED: "dim"}


def run(invocation: "Invocation") -> ExitCode:
    """Lists the runs with the states that their hosts tell."""
    gc.enable()
    options = invocation.options
    if options.diff:
        from wizard.words import runs_diff

        return runs_diff.run(invocation, *options.diff)
    found = listing.listed(runs.load_all())
    now = [one.run for one in found]
    broken = runs.broken()
    if options.json:
        unreadable = [{"run": one.name, "path": str(one.path), "reason": one.reason} for one in broken]
        write_json({"runs": [_as_json(one) for one in found], "unreadable": unreadable})
    elif now:
        _show(now, color=not options.no_color)
    for one in broken:
        say(f"warning: the record of `{one.name}` cannot be read: {one.reason} ({one.path})")
    if not now and not broken:
        say("there is no run yet; `--preset NAME --launch` starts one")
    return ExitCode.DONE


def _as_json(one: Listed) -> dict[str, object]:
    """A run; of a host that could not be asked, what was known before and how old that is."""
    now = time.time()
    last = {name: {"state": it.state.value, "age_s": round(now - it.at)} for name, it in one.last.items()}
    return {**result(one.run), "last_known": last}


def _show(known: list[Run], *, color: bool) -> None:
    """One block a run: name, state and age first, then its processes with their address, and what it runs on."""
    from rich.text import Text

    from wizard.words.console import console

    out = console(color=color)
    width = max(len(run.name) for run in known)
    for run in known:
        mark = " SIMULATED" if run.is_simulated else ""
        line = Text(f"{run.name:<{width}}  ", style="bold")
        line.append(f"{run.state.value + mark:<9}  ", style=_STYLES.get(run.state, ""))
        line.append(run.created[:16].replace("T", " "), style="not bold")
        for text in (line, Text(f"    {_processes(run)}"), Text(f"    {_facts(run)}", style="dim")):
            out.print(text, soft_wrap=True)


def _processes(run: Run) -> str:
    ready = sum(process.state is State.READY for process in run.processes)
    counted = f"{ready} of {len(run.processes)} ready" + (f" at {run.endpoint}" if run.endpoint else "")
    wrong = [p for p in run.processes if p.state in (State.FAILED, State.LOST) or "still" in p.detail]
    told = [f"{process.name}: {process.detail}" for process in wrong]
    took = [f"{p.name} {words}" for p in run.processes if (words := timing.told(p.times))]
    return "; ".join([counted, *told, *(["started in " + ", ".join(took)] if took else [])])


def _facts(run: Run) -> str:
    """What it runs on: release, image, and what was measured on its hosts, once where all agree."""
    parts = [f"release {run.release}" if run.release else "", f"plan {run.plan}"]
    for name in ("image", "driver", "weights"):
        values = pinned(run, name)
        if values:
            parts.append(f"{name} {' / '.join(value.removeprefix('sha256:')[:12] for value in values)}")
    return ", ".join(part for part in parts if part)
