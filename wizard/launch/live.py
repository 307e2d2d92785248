"""What of a run is true now: its hosts are asked, its record is not changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from wizard.launch import scripts, sighting
from wizard.launch.places import Place, Places, by_place, place_of
from wizard.launch.sighting import Look, Seen
from wizard.model.hardware import Fault
from wizard.model.run import Run, RunProcess, State

LIMIT_S = 45.0
"""A look at one host, with the answers of its servers."""
_WORST = (State.LOST, State.FAILED, State.STOPPING, State.PREPARING, State.STARTING)


def look(
    places: Places,
    processes: Sequence[RunProcess],
    offsets: Mapping[str, int] | None = None,
    *,
    answers: bool = True,
    limit_s: float = LIMIT_S,
) -> Look | Fault:
    """Looks at processes of one host, or says why it cannot be asked."""
    script = scripts.look(processes, offsets, with_answers=answers)
    answer = places.ask(place_of(processes[0]), script, limit_s=limit_s)
    if answer.fault is not None:
        return answer.fault
    return sighting.read(answer.text, processes)


def look_everywhere(places: Places, processes: Iterable[RunProcess]) -> dict[Place, Look | Fault]:
    """Looks at all hosts at the same time."""
    work: dict[Place, Callable[[], Look | Fault]] = {}
    for place, its in by_place(processes).items():
        work[place] = lambda its=its: look(places, its)  # type: ignore[misc]
    return places.together(work)


def seen_of(process: RunProcess, looks: Mapping[Place, Look | Fault]) -> Seen | Fault:
    """What was seen of one process."""
    found = looks[place_of(process)]
    return found if isinstance(found, Fault) else found.seen.get(process.name, Seen(process.name, found.boot_id))


def standing(process: RunProcess, seen: Seen | Fault) -> RunProcess:
    """The process as it stands: lost where its host cannot be asked."""
    if isinstance(seen, Fault):
        return process.evolve(state=State.LOST, detail=seen.message)
    return sighting.standing(process, seen)


def run_state(processes: Iterable[RunProcess]) -> State:
    """Where a run stands as a whole: where its worst process does."""
    states = {process.state for process in processes}
    for worst in _WORST:
        if worst in states:
            return worst
    if len(states) == 1:
        return next(iter(states))
    if State.STOPPED in states:
        return State.STOPPED if states <= {State.STOPPED, State.PLANNED} else State.FAILED
    return State.STARTING


def live(run: Run, places: Places | None = None) -> Run:
    """The run with the states that its hosts tell."""
    if places is None:
        with Places() as own:
            return live(run, own)
    looks = look_everywhere(places, run.processes)
    processes = tuple(standing(process, seen_of(process, looks)) for process in run.processes)
    return run.evolve(processes=processes, state=run_state(processes))
