"""The line on top: the run, how many are ready, and every process with its number. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len

from screens.monitor.entries import first_failure
from screens.monitor.pane import ProcessPane
from screens.monitor.process import ProcessView
from wizard.model.run import Run
from wizard.monitor.replay import ReplayClock

_TOLD_CELLS = 45
"""Kept free for what failed."""
_SHORT = {"ready": "ok", "FAILED": "FAIL", "ENDED": "END", "stopped": "end"}


def about(run: Run | None, replay: ReplayClock | None) -> str:
    """What is watched, and that nothing more is done than watching."""
    simulated = "SIMULATED  " if run and run.is_simulated else ""
    word = f"REPLAY x{replay.speed:g} {replay.words}" if replay else "watching"
    return f"{simulated}{word}{f' {run.name}' if run else ''}"


def summary(views: Sequence[ProcessView], watched: str, pane: ProcessPane, width: int) -> list[tuple[str, str]]:
    """The parts of the line with their kinds, as many as fit.

    Args:
        views: the processes.
        watched: what they belong to, and that they are watched.
        pane: the chosen one.
        width: of the line, in cells.
    """
    ready = sum(view.standing().is_good for view in views)
    about = f" {watched}  {ready} of {len(views)} ready "
    serving = [view for view in views if view.reading.role in ("single", "decode") and view.ended is None]
    rate = sum(view.throughput[-1] for view in serving if view.throughput)
    if rate:
        about += f" {rate:,.0f} tok/s "
    room = width - cell_len(about)
    processes = _processes(views, pane, room) if len(views) > 1 else []
    room -= sum(cell_len(text) for text, _ in processes)
    cause = first_failure(views)
    told = f"  {cause.number}: {cause.reading.diagnosis.id}, d tells why" if cause and cause.reading.diagnosis else ""
    return [(about, "title"), *processes, *([(told, "bad")] if told and cell_len(told) <= room else [])]


def _processes(views: Sequence[ProcessView], pane: ProcessPane, room: int) -> list[tuple[str, str]]:
    long = [(f" {view.number} {view.name} {view.standing().word} ", view) for view in views]
    brief = [(f" {view.number} {_SHORT.get(view.standing().word, '..')} ", view) for view in views]
    chosen = long if sum(cell_len(text) for text, _ in long) <= room - _TOLD_CELLS else brief
    parts = []
    for text, view in chosen:
        if cell_len(text) > room:
            break
        room -= cell_len(text)
        standing = view.standing()
        kind = "bad" if standing.is_bad else "good" if standing.is_good else "note"
        parts.append((f"[{text.strip()}]" if pane.view is view else text, kind))
    return parts
