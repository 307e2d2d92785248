"""How watching a run ends: its processes, as events of ``--monitor --plain`` and ``--json``; and what is said last."""

import threading

from wizard.model.run import Run
from wizard.monitor.changes import Event


def goodbye(run: Run | None) -> str:
    """What whoever leaves the monitor has to know."""
    if run is None:
        return "not watching any more; nothing was stopped\n"
    return (
        f"not watching any more; nothing of `{run.name}` was stopped\n\n"
        f"hint: `glm-wizard --monitor {run.name}` comes back, `glm-wizard --stop {run.name}` stops it\n"
    )


class RunEnds:
    """Asks after the processes of a run in a thread of its own."""

    def __init__(self, run: Run) -> None:
        """Begins to ask."""
        from wizard.launch.ended import EVERY_S, Ends  # files alone need none of it

        self._every_s = EVERY_S
        self._ends = Ends(run.name)
        self._names = [process.name for process in run.processes]
        self._told: set[str] = set()
        self._over = threading.Event()
        threading.Thread(target=self._go_on, daemon=True, name=f"ends of {run.name}").start()

    def new(self) -> list[Event]:
        """Those that were not told yet; one that was started again may end again."""
        found = {name: ended for name in self._names if (ended := self._ends.of(name))}
        fresh = [name for name in found if name not in self._told]
        self._told = set(found)
        return [
            Event(
                "ended", name, f"ended: {found[name].detail}",
                (("state", found[name].state.value), ("exit_code", found[name].exit_code)),
            )
            for name in fresh
        ]  # fmt: skip

    def close(self) -> None:
        """Asks no more."""
        self._over.set()
        self._ends.close()

    def _go_on(self) -> None:
        while not self._over.is_set():
            self._ends.look()
            self._over.wait(self._every_s)
