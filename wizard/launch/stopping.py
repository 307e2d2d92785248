"""Stopping a run: router, rank 0, other ranks; asked politely, waited for, killed only by force; then proven.

Nothing is signalled but what this run started: a pid counts only with the start time and the boot that were recorded.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from wizard import reach
from wizard.launch import hbm, live, runs, scripts, sighting
from wizard.launch.places import Place, Places, by_place, place_of
from wizard.launch.recorder import Recorder, Tell
from wizard.launch.sighting import Look, Seen
from wizard.launch.starting import SHORT_S
from wizard.model.hardware import Fault, Host
from wizard.model.run import Run, RunProcess, State
from wizard.reach import Answer, Shell

PATIENCE_S = 210.0
"""A router drains up to 180 s, a server as long as its requests take; then it still gives its devices back."""
FORCED_PATIENCE_S = 20.0
_KILLED_S = 15.0
_LOOK_S = 0.4
_TELL_S = 5.0


def stop(
    run: Run,
    tell: Tell,
    cancelled: threading.Event,
    *,
    force: bool = False,
    patience_s: float | None = None,
    way: Callable[[str, str], Shell] = reach.shell,
) -> Run:
    """Ends what a run started. Blocks; for a thread.

    Args:
        run: the run.
        tell: is given every event.
        cancelled: when set, nothing further is done; what was asked to end may still do so.
        force: what did not end in time is killed.
        patience_s: how long each wave may take; by default long without and short with force.
        way: how a host is reached.

    Returns:
        The run as it stands: STOPPED, or STOPPING or LOST, its processes saying what is left.

    Raises:
        LaunchError: another wizard acts on the run.
    """
    with runs.held(run.name), Places(way) as places:
        recorder = Recorder(tell, runs.find(run.name))
        default = FORCED_PATIENCE_S if force else PATIENCE_S
        return Stopping(places, recorder, cancelled, force=force, patience_s=patience_s or default).go()


def waves(processes: Iterable[RunProcess]) -> tuple[tuple[RunProcess, ...], ...]:
    """In which order they end: the router, rank 0 of every instance, the other ranks, which wait for its word."""
    every = tuple(processes)
    routers = tuple(process for process in every if process.role == "router")
    heads = tuple(process for process in every if process.role != "router" and process.rank == 0)
    others = tuple(process for process in every if process.role != "router" and process.rank > 0)
    return tuple(wave for wave in (routers, heads, others) if wave)


class Stopping:
    """Ends processes of the recorder's run."""

    def __init__(
        self, places: Places, recorder: Recorder, cancelled: threading.Event, *, force: bool, patience_s: float
    ) -> None:
        self._places = places
        self._recorder = recorder
        self._cancelled = cancelled
        self._force = force
        self._patience_s = patience_s

    def go(self) -> Run:
        """The whole run, then its ports and its memory."""
        run = self._recorder.run
        before = hbm.used(self._places, run.processes)
        for wave in waves(run.processes):
            self.end([process.name for process in wave])
        stopped = self._recorder.settle()
        if stopped.state is State.STOPPED:
            self._proven(stopped, before)
        return stopped

    def end(self, names: Sequence[str]) -> bool:
        """Ends some processes, all at the same time; whether nothing of them is left."""
        asked = [name for name in names if self._asked(name)]
        patience = self._patience_s
        left = self._waited(asked, patience)
        if left and self._force and not self._cancelled.is_set():
            for name in left:
                self._signal(name, "KILL")
            left = self._waited(left, _KILLED_S)
        for name in left:
            self._told_left(name)
        return not left

    # ------------------------------------------------------------------ one process

    def _asked(self, name: str) -> bool:
        """Asks a process to end; whether there is something to wait for."""
        process = self._recorder.process(name)
        seen = self._seen([process]).get(name)
        if isinstance(seen, Fault):
            lost = process.evolve(state=State.LOST, detail=seen.message)
            self._recorder.put(lost)
            message = f"not stopped: {seen.message}; `--stop` again when it can be reached"
            self._recorder.event("stop", message, lost, state=State.LOST, is_problem=True)
            return False
        if seen is None:
            return False
        identity = sighting.identity(process, seen)
        if not self._is_there(process, seen):
            self._over(process.evolve(identity=identity), seen)
            return False
        stopping = process.evolve(identity=identity, state=State.STOPPING, detail="asked to end")
        self._recorder.put(stopping)
        self._recorder.event("stop", f"asked pid {identity.pid} to end" if identity else "asked to end", stopping)
        self._signal(name, "TERM")
        return True

    def _over(self, process: RunProcess, seen: Seen) -> None:
        """It had ended before; a pid that is another program's now is named and left alone."""
        one = process.identity
        detail = "was not started" if one is None else f"had ended before: {sighting.standing(process, seen).detail}"
        if one and one.boot_id == seen.boot_id and seen.leader and seen.leader.ticks != one.start_ticks:
            detail = f"had ended before; pid {one.pid} is another program by now ({seen.leader.name}) and is left alone"
        stopped = process.evolve(state=State.STOPPED, detail=detail)
        self._recorder.put(stopped)
        self._recorder.event("stop", detail, stopped, state=State.STOPPED)

    def _is_there(self, process: RunProcess, seen: Seen) -> bool:
        has_container = bool(seen.container and seen.container.is_running and sighting.is_own_container(process, seen))
        return sighting.is_alive(process, seen) or bool(sighting.left(process, seen)) or has_container

    def _signal(self, name: str, signal: str) -> None:
        """TERM goes to the leader while it lives: a server ends its own children, and gives the devices back."""
        process = self._recorder.process(name)
        seen = self._seen([process]).get(name)
        if seen is None or isinstance(seen, Fault):
            return
        one = sighting.identity(process, seen)
        targets = [(kin.pid, kin.ticks) for kin in sighting.left(process, seen)]
        if one and sighting.is_alive(process, seen):
            leader = (one.pid, one.start_ticks)
            targets = [leader] if signal == "TERM" else list(dict.fromkeys([leader, *targets]))
        if one and targets:
            if signal == "KILL":
                self._recorder.event("stop", f"killed {', '.join(str(pid) for pid, _ in targets)}", process)
            self._ask(process, scripts.signal(signal, one.boot_id, targets))
        elif seen.container and seen.container.is_running:
            self._ask(process, scripts.end_container(process, "kill" if signal == "KILL" else "stop"))
        if signal == "KILL" and process.container:
            self._ask(process, scripts.end_container(process, "rm"))

    # ------------------------------------------------------------------ waiting

    def _waited(self, names: Sequence[str], patience_s: float) -> list[str]:
        """Waits until they are gone; those that are not."""
        left, began, told = list(names), time.monotonic(), 0.0
        orphaned: set[str] = set()
        while left and not self._cancelled.is_set():
            seen = self._seen([self._recorder.process(name) for name in left])
            for name in tuple(left):
                found = seen.get(name)
                if isinstance(found, Seen) and self._gone(name, found, orphaned):
                    left.remove(name)
            waited = time.monotonic() - began
            if waited > patience_s:
                break
            if left and waited - told > _TELL_S:
                told = waited
                self._recorder.event("stop", f"waiting for {', '.join(left)} ({waited:.0f} of {patience_s:.0f} s)")
            if left:
                self._cancelled.wait(_LOOK_S)
        return left

    def _gone(self, name: str, seen: Seen, orphaned: set[str]) -> bool:
        process = self._recorder.process(name)
        now = sighting.standing(process, seen)
        if self._is_there(process, seen):
            if not sighting.is_alive(process, seen) and name not in orphaned:
                orphaned.add(name)  # the leader went without them
                self._signal(name, "TERM")
            return False
        if process.container and seen.container and sighting.is_own_container(process, seen):
            self._ask(process, scripts.end_container(process, "rm"))
        self._recorder.put(now)
        code = "" if now.exit_code is None else f", exit status {now.exit_code}"
        self._recorder.event("stop", f"ended{code}", now, state=State.STOPPED)
        return True

    def _told_left(self, name: str) -> None:
        process = self._recorder.process(name)
        seen = self._seen([process]).get(name)
        if seen is None or isinstance(seen, Fault):
            return
        kin = ", ".join(f"pid {one.pid} ({one.name})" for one in sighting.left(process, seen)) or process.container
        left = process.evolve(state=State.STOPPING, detail=f"still there: {kin}")
        self._recorder.put(left)
        hint = "" if self._force else "; `--force` kills it"
        self._recorder.event("stop", f"still there: {kin}{hint}", left, state=State.STOPPING, is_problem=True)

    def _proven(self, run: Run, before: dict[Place, Host]) -> None:
        looks = live.look_everywhere(self._places, run.processes)
        for process in run.processes:
            seen = live.seen_of(process, looks)
            if isinstance(seen, Seen):
                for listener in seen.listeners:
                    message = f"port {listener.port} is open: {listener.owner}, which is not of this run"
                    self._recorder.event("stop", message, process)
        if not any(isinstance(live.seen_of(process, looks), Fault) for process in run.processes):
            self._recorder.event("stop", "no process of the run is left, its ports are closed", state=State.STOPPED)
        for verdict in hbm.verdicts(self._places, run.processes, before, self._cancelled):
            is_problem = verdict.is_back is False
            self._recorder.event("hbm", verdict.message, host=verdict.place.address, is_problem=is_problem)

    # ------------------------------------------------------------------ asking

    def _seen(self, processes: Sequence[RunProcess]) -> dict[str, Seen | Fault]:
        work: dict[Place, Callable[[], Look | Fault]] = {
            place: partial(live.look, self._places, its, answers=False) for place, its in by_place(processes).items()
        }
        looks = self._places.together(work)
        return {process.name: live.seen_of(process, looks) for process in processes}

    def _ask(self, process: RunProcess, script: str) -> Answer:
        return self._places.ask(place_of(process), script, limit_s=SHORT_S)
