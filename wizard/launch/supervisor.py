"""The order of a launch: preflight, copy, prepare, all ranks together, ready, router, one real request.

Every step may be the last one that a wizard makes: what it did stands in the run's record and on the hosts, and the
next launch of the same plan goes on from there.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from wizard import verify
from wizard.errors import LaunchError, LeftError
from wizard.launch import live, preflight, resuming, runs, starting, stopping, taken, timing
from wizard.launch.order import Order, planned_run
from wizard.launch.places import Place, Places, by_place, place_of
from wizard.launch.readiness import Waiting
from wizard.launch.recorder import Recorder, Tell
from wizard.launch.starting import Refusal
from wizard.model.hardware import Fault
from wizard.model.run import Run, RunProcess, State
from wizard.verify.steps import QUESTION

T = TypeVar("T")
_AGAIN_S = 2.0
"""Before a host that could not be asked is asked again."""


def launch(order: Order, tell: Tell, cancelled: threading.Event) -> Run:
    """Starts what the order says, or goes on with a run of the same plan that is there. Blocks; for a thread.

    Args:
        order: what to start.
        tell: is given every event, from this thread.
        cancelled: when set, the launch ends where it stands; what was started goes on.

    Returns:
        The run as it stands: READY, or FAILED, LOST, or (cancelled) STARTING, its processes saying why.

    Raises:
        WizardError: nothing was started, and why.
    """
    preflight.filled(order)
    recorder = Recorder(tell)
    with runs.held_plan(order.flow.plan_hash()), Places(order.way) as places:
        run = resuming.taken_up(order, places)
        if run is None or not any(process.state in resuming.ALIVE for process in run.processes):
            run = _checked(order, places, recorder, run, cancelled)
        recorder.begin(run)
        with runs.held(run.name):
            return _Launch(order, places, recorder, cancelled).go()


def _checked(order: Order, places: Places, recorder: Recorder, begun: Run | None, cancelled: threading.Event) -> Run:
    """The run, after everything that can be asked before a start was asked; made where there is none yet.

    Raises:
        LeftError: nobody wants it any more.
    """

    def go_on() -> None:
        if cancelled.is_set():
            raise LeftError("the launch was left before anything was started")

    planned = begun or planned_run(order, datetime.now(UTC).astimezone().isoformat(timespec="seconds"))
    hosts = preflight.detected(order, places, planned.processes, recorder)
    go_on()
    preflight.passed(order, hosts, recorder)
    looks = live.look_everywhere(places, planned.processes)
    for process in planned.processes:
        seen = live.seen_of(process, looks)
        if isinstance(seen, Fault):
            raise LaunchError(seen.message, seen.hint)
        taken.free(process, seen, order.flow)
    go_on()
    preflight.reaching(order, places, planned.processes, recorder)
    go_on()
    return begun or runs.create(planned.evolve(facts=preflight.facts_of(hosts, planned.image)), order.files())


class _Cancelled(Exception):  # noqa: N818 (no error)
    """The operator wants no further step."""


class _Launch:
    def __init__(self, order: Order, places: Places, recorder: Recorder, cancelled: threading.Event) -> None:
        self._order = order
        self._places = places
        self._recorder = recorder
        self._cancelled = cancelled
        self._script = runs.script(self._run)

    @property
    def _run(self) -> Run:
        return self._recorder.run

    def go(self) -> Run:
        """Every step in order, until one fails."""
        try:
            was_ready = runs.find(self._run.name).state is State.READY
            if self._looked():
                if was_ready:
                    self._recorder.event("ready", f"`{self._run.name}` is already running", state=State.READY)
                else:
                    self._requested()
                return self._recorder.settle()
            self._copied()
            self._prepared()
            servers = tuple(process.name for process in self._run.servers)
            others = tuple(process.name for process in self._run.routers)
            if self._up(servers, self._order.ready_limit_s) and (not others or self._router(others)):
                self._requested()
        except _Cancelled:
            started = any(process.identity for process in self._run.processes)
            what = "what was started goes on" if started else "nothing was started yet"
            self._recorder.event("start", f"the launch was left; {what}")
        except LaunchError as error:
            self._recorder.event("start", error.message, is_problem=True, state=State.FAILED)
            if not any(process.identity for process in self._run.processes):
                self._recorder.change(state=State.FAILED)
                raise
            self._recorder.event("start", error.hint or "")
        return self._recorder.settle() if self._run.state is not State.FAILED else self._run

    def _step(self) -> None:
        if self._cancelled.is_set():
            raise _Cancelled

    # ------------------------------------------------------------------ what is there

    def _looked(self) -> bool:
        """Takes up what runs; whether everything does. Refuses ports and names that belong to others."""
        looks = live.look_everywhere(self._places, self._run.processes)
        standing = []
        for process in self._run.processes:
            seen = live.seen_of(process, looks)
            if isinstance(seen, Fault):
                raise LaunchError(seen.message, seen.hint)
            now = live.standing(process, seen)
            if now.still_runs:  # a router: it is waited for once more, then started anew
                now = now.evolve(state=State.STARTING, still_runs=False)
            if now.state in {State.PLANNED, State.FAILED, State.STOPPED}:
                taken.free(process, seen, self._order.flow)
                now = now.evolve(state=State.PLANNED, detail="", identity=None, exit_code=None)
            standing.append(now)
        self._recorder.put(*standing)
        for process in standing:
            if process.identity:
                message = f"runs already as pid {process.identity.pid}"
                self._recorder.event("start", message, process, state=process.state)
        return all(process.state is State.READY for process in standing)

    # ------------------------------------------------------------------ copy, prepare

    def _copied(self) -> None:
        self._step()
        self._recorder.change(state=State.PREPARING)
        work: dict[Place, Callable[[], str | Refusal]] = {}
        for place, its in by_place(self._run.processes).items():
            work[place] = lambda place=place, its=its: self._timed(  # type: ignore[misc]
                timing.COPY,
                place,
                lambda: self._persistent(
                    place, lambda: starting.copied(self._places, place, self._run, self._script, its[0].folder)
                ),
            )
        for place, folder in self._places.together(work).items():
            if isinstance(folder, Refusal):
                raise LaunchError(folder.message, folder.hint)
            self._recorder.event("copy", f"script in {folder}", host=place.address)
            self._recorder.put(
                *(
                    process.evolve(folder=folder, log=f"{folder}/{process.name}.log")
                    for process in self._run.processes
                    if place_of(process) == place
                )
            )

    def _prepared(self) -> None:
        """Pulls the image where it is missing. The script itself tunes its host, each time that it starts."""
        self._step()
        if not self._run.image:
            return
        waiting = [process for process in self._run.processes if process.identity is None]
        work: dict[Place, Callable[[], str | Refusal]] = {}
        for place in by_place(waiting):
            work[place] = lambda place=place: self._timed(  # type: ignore[misc]
                timing.IMAGE,
                place,
                lambda: starting.pulled(
                    self._places,
                    place,
                    self._run.image,
                    lambda line: self._recorder.event("prepare", line + self._before(place, line), host=place.address),
                ),
            )
        facts = dict(self._run.facts)
        for place, image in self._places.together(work).items():
            if isinstance(image, Refusal):
                raise LaunchError(image.message, image.hint)
            facts[place.address] = {**facts.get(place.address, {}), "image": image}
            self._recorder.event("prepare", f"image {image}", host=place.address)
        self._recorder.change(facts=facts)
        ids = {values["image"]: host for host, values in facts.items() if "image" in values}
        if len(ids) > 1 and not self._order.is_forced:
            told = ", ".join(f"{host}: {image[:19]}" for image, host in ids.items())
            raise LaunchError(f"the hosts hold different images under one name ({told})", "pull it anew on all of them")

    # ------------------------------------------------------------------ start, ready

    def _up(self, names: tuple[str, ...], limit_s: float) -> bool:
        """Starts these and waits until they are ready."""
        self._step()
        self._recorder.change(state=State.STARTING)
        waiting = [process for name in names if (process := self._recorder.process(name)).identity is None]
        work: dict[Place, Callable[[], bool]] = {}
        for place, its in by_place(waiting).items():
            work[place] = lambda its=its: all(self._start(process) for process in its)  # type: ignore[misc]
        if not all(self._places.together(work).values()):
            return False
        self._step()
        return self._ready(names, limit_s)

    def _ready(self, names: tuple[str, ...], limit_s: float) -> bool:
        is_ready = Waiting(self._places, self._recorder, self._order, names).wait(self._cancelled, limit_s)
        self._step()
        return is_ready

    def _start(self, process: RunProcess) -> bool:
        unset = [variable.name for variable in self._order.flow.variables]
        wanted = self._order.flow.process(process.name).secrets
        secrets = {name: value for name, value in self._order.secrets.items() if name in wanted}
        outcome = self._persistent(
            place_of(process), lambda: starting.started(self._places, self._run, process, self._script, unset, secrets)
        )
        if isinstance(outcome, Refusal):
            failed = process.evolve(state=State.LOST if outcome.is_lost else State.FAILED, detail=outcome.message)
            self._recorder.put(failed)
            message = f"not started: {outcome.message}"
            self._recorder.event("start", message, failed, state=failed.state, is_problem=True)
            self._recorder.event("start", f"hint: {outcome.hint}", failed)
            return False
        log_from = process.log_from if outcome.log_from is None else outcome.log_from
        is_new = outcome.log_from is not None
        begun = process.evolve(
            identity=outcome.identity, state=State.STARTING, detail="", log_from=log_from,
            started=time.time() if is_new else process.started, times={},
        )  # fmt: skip
        self._recorder.put(begun)
        message = f"{'started' if is_new else 'runs already'} as pid {outcome.identity.pid}"
        self._recorder.event("start", message, begun, state=State.STARTING)
        return True

    def _timed(self, what: str, place: Place, act: Callable[[], T]) -> T:
        """Does something on a host; what it took is recorded."""
        began = time.monotonic()
        outcome = act()
        self._recorder.took(place.address, what, time.monotonic() - began)
        return outcome

    def _persistent(self, place: Place, act: Callable[[], T | Refusal]) -> T | Refusal:
        """Does something on a host that can be done twice, again while the host cannot be asked."""
        deadline = time.monotonic() + self._order.lost_after_s
        has_told = False
        while True:
            outcome = act()
            if not (isinstance(outcome, Refusal) and outcome.is_lost):
                return outcome
            if time.monotonic() > deadline or self._cancelled.wait(_AGAIN_S):
                return outcome
            if not has_told:
                has_told = True
                message = f"{outcome.message}; trying again for {self._order.lost_after_s:.0f} s"
                self._recorder.event("start", message, host=place.address, is_problem=True)

    def _before(self, place: Place, line: str) -> str:
        """How long pulling took the last time, beside the line that begins it."""
        if line != f"pulling {self._run.image}":
            return ""
        return timing.of_host(runs.load_all(), self._run, place.address, timing.IMAGE)

    # ------------------------------------------------------------------ router, request

    def _router(self, names: tuple[str, ...]) -> bool:
        """The router, once more where it does not come to know the servers: it never asks again by itself."""
        for attempt in (1, 2):
            self._recorder.event("router", f"starting {', '.join(names)}: every server is ready")
            if self._up(names, self._order.router_patience_s):
                return True
            stuck = [p for name in names if (p := self._recorder.process(name)).state is State.STARTING]
            if not stuck or attempt == 2:
                break
            detail = f"{stuck[0].detail} although every server is ready; it is started anew"
            self._recorder.event("router", detail, stuck[0], is_problem=True)
            ending = stopping.Stopping(
                self._places, self._recorder, self._cancelled, force=True, patience_s=stopping.FORCED_PATIENCE_S
            )
            ending.end(names)
            self._recorder.put(
                *(self._recorder.process(name).evolve(identity=None, state=State.PLANNED, detail="") for name in names)
            )
        for process in map(self._recorder.process, names):
            if process.state is State.STARTING:
                detail = f"{process.detail} although every server is ready"
                failed = process.evolve(state=State.FAILED, detail=detail, still_runs=True)
                self._recorder.put(failed)
                self._recorder.event("router", detail, failed, state=State.FAILED, is_problem=True)
        return False

    def _requested(self) -> None:
        """Asked on the host that serves: its port may be closed to this machine."""
        self._step()
        target = verify.of_run(self._run, self._order.secrets)
        entry = self._run.entry
        self._recorder.event("request", f"asking: {QUESTION}", entry)
        asker = verify.HostAsker(self._places.shell(place_of(entry)))
        result = verify.one_request(target.url, api_key=target.api_key, asker=asker)
        if result.outcome is verify.Outcome.OK:
            self._recorder.event("request", f"it answers: {result.detail}", entry)
            result = verify.other_name(target, asker) or result
        if result.outcome is verify.Outcome.OK:
            self._recorder.event("ready", f"{self._run.endpoint} serves {self._run.served_name}", state=State.READY)
            return
        detail = f"{target.url}{result.name}: {result.detail}"
        failed = entry.evolve(state=State.FAILED, detail=detail, still_runs=True)
        self._recorder.put(failed)
        self._recorder.event("request", failed.detail, failed, state=State.FAILED, is_problem=True)
        hint = result.hint or f"`--verify {self._run.name}` asks again, step by step"
        self._recorder.event("request", f"hint: {hint}", failed)
