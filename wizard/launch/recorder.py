"""The one hand that writes a run while it is acted on: states into its record, events to whoever listens and to disk.

A record that cannot be written stops nothing that runs: what the hosts hold is enough to find it again, and that is
said once.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from wizard.errors import LaunchError
from wizard.launch import events, live, runs
from wizard.model.run import Run, RunEvent, RunProcess

Tell = Callable[[RunEvent], None]


class Recorder:
    """Tells and records. Before there is a run, events are kept for its record. Threads take turns."""

    def __init__(self, tell: Tell, run: Run | None = None) -> None:
        self._run = run
        self._tell = tell
        self._kept: list[RunEvent] = []
        self._is_full = False
        self._turn = threading.RLock()

    @property
    def run(self) -> Run:
        """The run as it stands."""
        if self._run is None:
            raise RuntimeError("there is no run yet")
        return self._run

    def begin(self, run: Run) -> None:
        """From now on this is the run; what was told before belongs to it."""
        self._run = run
        for event in self._kept:
            self._append(event)
        self._kept.clear()

    def event(self, stage: str, message: str, process: RunProcess | None = None, **more: Any) -> None:
        """Something happened.

        Args:
            stage: of ``RunEvent``.
            message: one sentence.
            process: the one it is about.
            more: further fields of ``RunEvent``.
        """
        about = {"process": process.name, "host": process.address} if process else {}
        with self._turn:  # the time, too: events of several hosts are told in its order
            event = RunEvent(time.time(), stage, message, **(about | more))
            self._append(event)
            self._tell(event)

    def process(self, name: str) -> RunProcess:
        """A process of the run as it stands."""
        return next(process for process in self.run.processes if process.name == name)

    def put(self, *changed: RunProcess) -> None:
        """Processes as they stand now; recorded at once."""
        by_name = {process.name: process for process in changed}
        with self._turn:
            self.change(processes=tuple(by_name.get(process.name, process) for process in self.run.processes))

    def took(self, host: str, what: str, seconds: float) -> None:
        """How long something took on a host; recorded at once."""
        with self._turn:
            of_host = {**self.run.times.get(host, {}), what: round(seconds, 1)}
            self.change(times={**self.run.times, host: of_host})

    def change(self, **changes: Any) -> None:
        """Fields of the run; recorded at once."""
        with self._turn:
            self._run = self.run.evolve(**changes)
            try:
                runs.save(self._run)
            except LaunchError as error:
                self._full(error.message, error.hint or "")

    def settle(self) -> Run:
        """The run with the state that follows from its processes; recorded."""
        self.change(state=live.run_state(self.run.processes))
        return self.run

    def _append(self, event: RunEvent) -> None:
        if self._run is None:
            self._kept.append(event)
            return
        try:
            events.append(self._run.name, event)
        except OSError as error:
            self._full(f"the events of `{self._run.name}` cannot be written: {error.strerror}", "free some disk space")

    def _full(self, message: str, hint: str) -> None:
        """Once is enough: the disk will not be less full for being told again."""
        if self._is_full:
            return
        self._is_full = True
        told = f"{message}; what is started goes on all the same, its hosts know it. {hint}".strip()
        with suppress(BrokenPipeError):
            self._tell(RunEvent(time.time(), "record", told, is_problem=True))
