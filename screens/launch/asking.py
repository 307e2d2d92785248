"""The questions of a launch: what is to become of what was started, when one leaves or stops and when it fails."""

from typing import TYPE_CHECKING

from screens.dialogs import Pick
from screens.launch.progress import Progress, last_lines
from wizard.model.run import Run, RunProcess, State

if TYPE_CHECKING:
    from screens.app import WizardApp

_LEAVE = "no further step is made here; what was started goes on, `--monitor` shows it again"
_STOP = "router first, then the servers; it is said what is left"
_SHOWN = 6
"""Lines of a failed process's log that the question shows; all are on the screen behind it."""


async def before_quitting(app: "WizardApp") -> bool:
    """Asks what is to become of it; whether the wizard may be left now."""
    if app.progress.is_watching:
        return True
    choices = [("Stay", "nothing changes"), ("Leave it running and quit", _LEAVE), ("Stop it, then quit by q", _STOP)]
    answer = await app.push_screen_wait(Pick("Something is being started or stopped", choices))
    if answer == 2:
        app.stop_run()
        app.action_go("launch")
    return answer == 1


async def leave_or_stop(app: "WizardApp") -> None:
    """Asks what is to become of what was started, and does it."""
    choices = [("Go on", "nothing changes"), ("Leave it running", _LEAVE), ("Stop it", _STOP)]
    answer = await app.push_screen_wait(Pick("What is to become of what was started?", choices))
    if answer == 1:
        app.work.leave()
    elif answer == 2:
        app.stop_run()


async def after_failure(app: "WizardApp") -> None:
    """Something failed: the cause, the last lines, and what is to become of the rest."""
    run = app.progress.run
    if run is None:
        return
    alive = [
        process for process in run.processes if process.still_runs or process.state in (State.STARTING, State.READY)
    ]
    ways: list[tuple[str, str, str]] = [
        ("monitor", "Look at the logs", "the monitor shows the line that began it, and offers a change"),
        ("choose", "Change what was chosen", "back to Choose; what runs goes on meanwhile"),
    ]
    if alive:
        names = ", ".join(process.name for process in alive)
        ways.insert(0, ("stop", f"Stop the rest ({names})", _STOP))
    ways.append(("stay", "Leave it as it is", "Enter on this page goes on with it later"))
    question = Pick(_failed_words(run), [(words, meaning) for _, words, meaning in ways], told(app.progress, run))
    answer = await app.push_screen_wait(question)
    way = ways[answer][0] if answer is not None else "stay"
    if way == "stop":
        app.stop_run()
    elif way != "stay":
        app.action_go(way)


def told(progress: Progress, run: Run) -> str:
    """The cause, and the end of the log of what failed first."""
    failed = _failed(run)
    lines = list(progress.causes[:1])
    if failed is not None:
        if not lines and failed.detail:
            lines.append(failed.detail)
        last = last_lines(progress, failed.name)[-_SHOWN:]
        lines += [f"The last lines of {failed.name}:", *(f"  {line}" for line in last)] if last else []
    return "\n".join(lines)


def _failed(run: Run) -> RunProcess | None:
    return next((process for process in run.processes if process.state is State.FAILED), None)


def _failed_words(run: Run) -> str:
    failed = _failed(run)
    return f"{failed.name} failed. What now?" if failed is not None else "It failed. What now?"
