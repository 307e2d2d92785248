"""Launching and stopping in a thread that belongs to the app, so that every stage may be left meanwhile.

A server outlives the wizard: ending the thread ends no server. What happens comes as messages.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.message import Message

from wizard.errors import WizardError
from wizard.model.run import Run, RunEvent, State
from wizard.session import Session

Tell = Callable[[RunEvent], None]
Starter = Callable[[Session, bool, Tell, threading.Event], Run]
Stopper = Callable[[Run, Tell, threading.Event, bool], Run]


@dataclass
class Told(Message):
    """Something happened in the run."""

    event: RunEvent


@dataclass
class Ended(Message):
    """The work is over."""

    run: Run | None
    error: WizardError | None = None


class Work:
    """At most one thing at a time: a launch or a stop.

    Args:
        app: where messages go.
        start: launches a session; by default ``wizard.launch.supervisor.launch``.
        stop: stops a run; by default ``wizard.launch.stopping.stop``.
    """

    def __init__(self, app: App[Any], start: Starter | None = None, stop: Stopper | None = None) -> None:
        self._app, self._start, self._stop = app, start or launched, stop or stopped
        self._cancelled = threading.Event()

    def launch(self, session: Session, *, force: bool) -> None:
        """Starts what was chosen."""
        self._run(lambda cancelled: self._start(session, force, self._tell, cancelled))

    def stop(self, run: Run, *, force: bool) -> None:
        """Stops a run."""
        self._run(lambda cancelled: self._stop(run, self._tell, cancelled, force))

    def watch(self, run: Run) -> None:
        """Tells what another wizard does with a run, and acts on nothing."""
        self._run(lambda cancelled: watched(run, self._tell, cancelled))

    def leave(self) -> None:
        """No further step; what was started goes on."""
        self._cancelled.set()

    def _tell(self, event: RunEvent) -> None:
        self._app.post_message(Told(event))

    def _run(self, work: Callable[[threading.Event], Run]) -> None:
        cancelled = self._cancelled = threading.Event()

        def body() -> None:
            try:
                self._app.post_message(Ended(work(cancelled)))
            except WizardError as error:
                self._app.post_message(Ended(None, error))

        self._app.run_worker(body, thread=True, group="launch", exclusive=False)


def launched(session: Session, force: bool, tell: Tell, cancelled: threading.Event) -> Run:
    """The real launch. Hosts that are recordings are not handed on: real ones are asked anew."""
    from wizard.launch import supervisor
    from wizard.launch.order import Order
    from wizard.reach import pretended

    request = session.export_request()
    hosts = tuple(host for host in session.hosts if not host.is_recorded)
    asked = {host.address for host in hosts} >= {host.address for host in session.selection.hosts}
    secrets = secrets_of(session, os.environ)
    found = hosts if asked else ()
    order = Order(request, hosts=found, is_forced=force, secrets=secrets, is_simulated=pretended.are_there())
    return supervisor.launch(order, tell, cancelled)


def secrets_of(session: Session, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets that the launch needs and that the environment holds."""
    processes = session.export_request().flow.processes
    names = {name for process in processes for name in process.secrets}
    return {name: environment[name] for name in sorted(names) if environment.get(name)}


def stopped(run: Run, tell: Tell, cancelled: threading.Event, force: bool) -> Run:
    """The real stop."""
    from wizard.launch import stopping

    return stopping.stop(run, tell, cancelled, force=force)


_LOOK_S = 0.5
"""Between two looks at what another wizard has written."""


def watched(run: Run, tell: Tell, cancelled: threading.Event) -> Run:
    """The events of a run that another wizard acts on, until that is over or nobody watches any longer."""
    from wizard.launch import events, runs

    follower = events.follower(run.name)
    while True:
        is_last = cancelled.is_set() or run.state not in (State.PLANNED, State.PREPARING, State.STARTING)
        for event in follower.new():
            tell(event)
        if is_last:
            return run
        cancelled.wait(_LOOK_S)
        run = runs.find(run.name)
