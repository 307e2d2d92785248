"""Waiting until processes are ready: told as it goes, ended by the first that fails, unmoved by a cut connection."""

import threading
import time
from collections.abc import Iterable

from wizard.launch import hopeless, live, runs, sighting, taken, timing
from wizard.launch.hopeless import Reason, Standstill
from wizard.launch.order import Order
from wizard.launch.places import Place, Places
from wizard.launch.progress import Progressing
from wizard.launch.recorder import Recorder
from wizard.launch.rounds import Round, Rounds
from wizard.launch.sighting import Seen
from wizard.launch.timing import READY
from wizard.model.hardware import Fault
from wizard.model.run import RunProcess, State
from wizard.monitor.view import duration

_SILENT_S = 90.0
"""A log that says nothing for so long is worth a word."""


class Waiting:
    """Waits for some processes of the recorder's run."""

    def __init__(self, places: Places, recorder: Recorder, order: Order, names: Iterable[str]) -> None:
        self._places = places
        self._recorder = recorder
        self._flow = order.flow
        self._names = tuple(names)
        self._lost_after_s = order.lost_after_s
        known = runs.load_all()
        self._earlier = {name: timing.earlier(known, recorder.run, recorder.process(name)) for name in self._names}
        self._logs = {name: Progressing(recorder.process(name).log_from, self._earlier[name]) for name in self._names}
        self._still = {name: Standstill(order.hopeless_after_s) for name in self._names}
        self._told_ports: set[tuple[str, int]] = set()
        self._lost_since: dict[Place, float] = {}
        self._news_at = dict.fromkeys(self._names, time.monotonic())

    def wait(self, cancelled: threading.Event, limit_s: float) -> bool:
        """Whether all are ready. False: one failed or was lost, the limit is over, or it was cancelled."""
        deadline = time.monotonic() + limit_s
        rounds = Rounds(self._places, [self._recorder.process(name) for name in self._names], self._offsets)
        try:
            while not cancelled.is_set():
                found = rounds.next(0.2)
                if found is not None:
                    self._take(found)
                states = {self._recorder.process(name).state for name in self._names}
                if states == {State.READY}:
                    return True
                if states & {State.FAILED, State.LOST} or time.monotonic() > deadline:
                    return False
            return False
        finally:
            rounds.close()

    def _offsets(self) -> dict[str, int]:
        return {name: log.offset for name, log in self._logs.items()}

    def _take(self, found: Round) -> None:
        if isinstance(found.look, Fault):
            self._lost(found.place, found.processes, found.look)
            return
        if self._lost_since.pop(found.place, None) is not None:
            self._recorder.event("ready", f"{found.place.address} answers again", host=found.place.address)
        for process in found.processes:
            seen = found.look.seen.get(process.name)
            if seen is not None:
                self._process(self._recorder.process(process.name), seen)

    def _process(self, process: RunProcess, seen: Seen) -> None:
        log = self._logs[process.name]
        now = self._standing(process, seen, log.feed(seen))
        slow = log.slow(time.monotonic()) if now.state is State.STARTING else ""
        if slow:
            self._recorder.event("ready", slow, now)
        if now.state is State.STARTING and self._is_hopeless(now, log, seen):
            return
        if (now.state, now.identity) == (process.state, process.identity):
            if now.detail != process.detail:
                self._recorder.put(now)
            return
        if now.state is State.READY:
            now = now.evolve(times=self._took(now, log))
        self._recorder.put(now)
        if now.state is State.READY:
            took = f"; {duration(now.times[READY])} since its start" if READY in now.times else ""
            last = self._earlier[now.name].last.get(READY)
            before = f", last time {duration(last)}" if took and last else ""
            self._recorder.event("ready", f"ready: {now.detail}{took}{before}", now, state=State.READY)
        elif now.state is State.FAILED:
            self._failed(now, log)

    def _standing(self, process: RunProcess, seen: Seen, sentence: str) -> RunProcess:
        """The process as it stands, its phase told where that is news."""
        now = live.standing(process, seen)
        if sentence and now.state is State.STARTING:
            now = now.evolve(detail=sentence)
            self._recorder.event("ready", sentence, process)
        elif now.state is State.STARTING:
            now = now.evolve(detail=process.detail if process.state is State.STARTING else now.detail)
        if seen.piece or sentence:
            self._news_at[process.name] = time.monotonic()
        self._silence(now)
        if now.state is State.PLANNED:  # its pid file is gone: nothing of it can be found any more
            now = now.evolve(state=State.FAILED, detail="nothing of it is left on its host")
        return now

    def _took(self, process: RunProcess, log: Progressing) -> dict[str, float]:
        """What its start took: phases as the log stamps them, the whole where this wizard saw it begin."""
        times = timing.durations(log.reading)
        if process.started:
            times[READY] = round(time.time() - process.started, 1)
        return times

    def _silence(self, process: RunProcess) -> None:
        silent_s = time.monotonic() - self._news_at[process.name]
        if process.state is State.STARTING and silent_s > _SILENT_S:
            self._news_at[process.name] = time.monotonic()
            self._recorder.event("ready", f"no output for {silent_s:.0f} s; loading and graph capture may", process)

    def _is_hopeless(self, process: RunProcess, log: Progressing, seen: Seen) -> bool:
        """Whether it is given up although it runs."""
        self._others(process, seen)
        still = self._still[process.name]
        cause = still.cause(log.reading, time.monotonic())
        if still.news is not None and cause is None:
            self._recorder.event("diagnosis", f"{still.news.meaning}; it still runs", process, is_problem=True)
        if cause is not None:
            self._given_up(process, log, hopeless.reason(self._places, self._flow, process, seen, cause))
        return cause is not None

    def _others(self, process: RunProcess, seen: Seen) -> None:
        """Somebody came to a port that the process will need: told once, it may be gone by then."""
        for one in sighting.foreign(process, seen):
            if (process.name, one.port) not in self._told_ports:
                self._told_ports.add((process.name, one.port))
                what = f"port {one.port} ({taken.purpose(self._flow, process, one.port)})"
                message = f"{what} is held by {taken.owner(one, seen.boot_id)}; {process.name} needs it"
                self._recorder.event("ready", message, process, is_problem=True)

    def _given_up(self, process: RunProcess, log: Progressing, why: Reason) -> None:
        """It lives, and says itself why it will never be ready."""
        for line in log.last_lines():
            self._recorder.event("log", line, process)
        pid = f" as pid {process.identity.pid}" if process.identity else ""
        detail = f"{why.message}; it still runs{pid}, and will not become ready"
        failed = process.evolve(state=State.FAILED, detail=detail, still_runs=True)
        self._recorder.put(failed)
        self._recorder.event("diagnosis", f"{why.message}. To change: {why.hint}", failed, is_problem=True)
        self._recorder.event("ready", f"failed: {detail}", failed, state=State.FAILED, is_problem=True)
        self._recorder.event("ready", f"hint: {why.hint}", failed)

    def _failed(self, process: RunProcess, log: Progressing) -> None:
        for line in log.last_lines():
            self._recorder.event("log", line, process)
        found = log.diagnosis()
        detail = process.detail
        if found is not None:
            detail = f"{detail}; {found.meaning}"
            self._recorder.event(
                "diagnosis", f"{found.meaning}. To change: {found.remedy.text}", process, is_problem=True
            )
            self._recorder.put(process.evolve(detail=detail))
        self._recorder.event("ready", f"failed: {process.detail}", process, state=State.FAILED, is_problem=True)

    def _lost(self, place: Place, processes: Iterable[RunProcess], fault: Fault) -> None:
        now = time.monotonic()
        since = self._lost_since.get(place)
        if since is None:
            self._lost_since[place] = now
            message = f"{fault.message}; what runs there goes on; trying again for {self._lost_after_s:.0f} s"
            self._recorder.event("ready", message, host=place.address, is_problem=True)
        elif now - since > self._lost_after_s:
            for process in processes:
                current = self._recorder.process(process.name)
                if current.state is State.LOST:
                    continue
                gone = current.evolve(state=State.LOST, detail=fault.message)
                self._recorder.put(gone)
                self._recorder.event("ready", f"lost: {fault.message}", gone, state=State.LOST, is_problem=True)
