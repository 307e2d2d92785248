"""A launch as it is told, event by event: one line a process, the last sentences, how it ended. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wizard.errors import WizardError
from wizard.model.flow import LaunchFlow, resolve
from wizard.model.run import Run, RunEvent, State

KEPT = 500
"""Sentences that are kept to be read; all are in the run's own record."""
_BEGUN = frozenset({State.PLANNED, State.PREPARING, State.STARTING})
OVER = frozenset({State.READY, State.FAILED, State.STOPPED, State.LOST})
WORDS = {
    State.PLANNED: "waits",
    State.PREPARING: "prepares",
    State.STARTING: "starts",
    State.READY: "READY",
    State.FAILED: "FAILED",
    State.STOPPING: "stops",
    State.STOPPED: "stopped",
    State.LOST: "LOST",
}
STYLES = {
    State.READY: "bold $text-success",
    State.FAILED: "bold $text-error",
    State.LOST: "bold $text-error",
    State.STARTING: "bold $text-primary",
    State.PREPARING: "$text-primary",
    State.STOPPING: "$text-warning",
}


@dataclass(frozen=True)
class Line:
    """One process."""

    name: str
    host: str
    state: State = State.PLANNED
    phase: str = ""
    began: float | None = None
    ended: float | None = None
    last_s: float | None = None
    """How long it took the last time; None where that is not known."""

    def seconds(self, now: float) -> float | None:
        """How long it has been at it; None before it began."""
        return None if self.began is None else max((self.ended or now) - self.began, 0)


@dataclass(frozen=True)
class Progress:
    """What is known about a launch, or about stopping one."""

    lines: tuple[Line, ...] = ()
    told: tuple[RunEvent, ...] = ()
    is_active: bool = False
    is_stopping: bool = False
    run: Run | None = None
    error: WizardError | None = None
    """Why nothing was started."""
    problems: tuple[str, ...] = field(default=())
    causes: tuple[str, ...] = ()
    """What the logs say broke, the first cause first."""
    is_watching: bool = False
    """Another wizard does it; here it is only watched."""

    def after(self, event: RunEvent) -> "Progress":
        """What is known after an event."""
        told = (*self.told, event)[-KEPT:]
        problems = (*self.problems, event.message) if event.is_problem else self.problems
        causes = (*self.causes, _cause(event)) if event.stage == "diagnosis" else self.causes
        return replace(
            self, told=told, problems=problems, causes=causes, lines=tuple(_after(line, event) for line in self.lines)
        )

    def ended(self, run: Run | None, error: WizardError | None = None) -> "Progress":
        """What is known when the work is over."""
        standing = {process.name: process for process in run.processes} if run else {}
        lines = tuple(
            replace(line, state=standing[line.name].state, phase=standing[line.name].detail or line.phase)
            if line.name in standing
            else line
            for line in self.lines
        )
        return replace(self, lines=lines, is_active=False, run=run or self.run, error=error)

    @property
    def verdict(self) -> str:
        """How things stand, in one sentence."""
        if self.error is not None:
            return f"Nothing was started: {self.error.message}"
        if self.is_active and self.is_watching:
            return "Another wizard launches this; it is only watched here"
        if self.is_active:
            return "Stopping …" if self.is_stopping else "Launching …"
        if self.run is None:
            return ""
        if self.run.state in _BEGUN and not any(process.identity for process in self.run.processes):
            return "Left before anything was started"
        return {
            State.READY: f"Ready: {self.run.endpoint} answers as `{self.run.served_name}`",
            State.FAILED: "Failed: " + (self.problems[0] if self.problems else "see below"),
            State.LOST: "A host cannot be asked any more, so it is not known what runs there",
            State.STOPPED: "Stopped: nothing of it is left",
            State.STOPPING: "Not everything has ended yet",
        }.get(self.run.state, "Left: what was started goes on by itself")


def begun(flow: LaunchFlow, last: Mapping[str, float] | None = None) -> Progress:
    """A launch that was just asked for.

    Args:
        flow: what is launched.
        last: process → seconds it took the last time.
    """
    values, last = flow.values(), last or {}
    lines = tuple(
        Line(process.name, resolve(process.address, values) or "this machine", last_s=last.get(process.name))
        for process in flow.processes
    )
    return Progress(lines, is_active=True)


def _after(line: Line, event: RunEvent) -> Line:
    if event.process != line.name or event.stage in {"log", "diagnosis"}:
        return line
    state = event.state or line.state
    over = state in OVER
    is_phase = event.stage != "request" and not event.message.startswith("hint:")
    return replace(
        line,
        state=state,
        phase=event.message if is_phase else line.phase,
        began=line.began if line.began is not None else event.time,
        ended=(line.ended or event.time) if over else None,
    )


def _cause(event: RunEvent) -> str:
    return f"{event.process}: {event.message}" if event.process else event.message


def last_lines(progress: Progress, process: str) -> tuple[str, ...]:
    """The end of a process's log, as it was told when it failed."""
    return tuple(event.message for event in progress.told if event.stage == "log" and event.process == process)


def clock(seconds: float | None) -> str:
    """``4:05``; empty where nothing has begun."""
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
