"""A launch that was begun and not finished is gone on with; one that runs is recognised; any other is begun anew."""

from wizard.errors import LaunchError, ProbeError
from wizard.launch import live, runs, scripts
from wizard.launch.order import Order
from wizard.launch.places import Places
from wizard.model.run import Run, State

_UNFINISHED = frozenset({State.PLANNED, State.PREPARING, State.STARTING})
ALIVE = frozenset({State.STARTING, State.READY, State.STOPPING})
"""States of a process that runs."""


def taken_up(order: Order, places: Places) -> Run | None:
    """The run of the same plan and script that this launch should go on with, as its hosts know it.

    Raises:
        LaunchError: it is half alive in a way that must be stopped first.
        ProbeError: a run of this plan was begun, and its host cannot be asked now.
    """
    for run in runs.load_all():
        if run.plan != order.flow.plan_hash() or not _is_same_script(run, order):
            continue
        now = live.live(run, places)
        lost = [process for process in now.processes if process.state is State.LOST]
        if lost and any(process.identity for process in run.processes):
            raise ProbeError(
                f"`{run.name}` holds the same plan, and may run: {lost[0].detail}",
                f"try again when {lost[0].address} can be reached; `--runs` shows what is known",
            )
        alive = [process for process in now.processes if process.state in ALIVE or process.still_runs]
        if alive:
            _restartable(now)
            return now
        if run.state in _UNFINISHED and not lost:
            return now
    return None


def _is_same_script(run: Run, order: Order) -> bool:
    try:
        return scripts.checksum(runs.script(run)) == scripts.checksum(order.files()[runs.SCRIPT])
    except LaunchError:
        return False


def _restartable(run: Run) -> None:
    """A rank cannot join an instance that has begun without it, and what is ending must have ended.

    Raises:
        LaunchError: such a one is there.
    """
    for process in run.processes:
        if process.still_runs and process.role != "router":
            raise LaunchError(
                f"{process.name} of `{run.name}` failed and still runs: {process.detail}",
                f"`--stop {run.name}`, then launch anew",
            )
        if process.state is State.STOPPING:
            raise LaunchError(
                f"{process.name} of `{run.name}` is ending: {process.detail}", f"`--stop {run.name}` waits for it"
            )
        if process.state is not State.FAILED or process.still_runs:
            continue
        kin = [p.name for p in run.processes if (p.role, p.instance) == (process.role, process.instance)]
        alive = [p.name for p in run.processes if p.name in kin and p.state in ALIVE]
        if alive:
            raise LaunchError(
                f"{process.name} of `{run.name}` failed ({process.detail}), and {', '.join(alive)} still runs",
                f"a rank cannot join again: `--stop {run.name}`, then launch anew",
            )
