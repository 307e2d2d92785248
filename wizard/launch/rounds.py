"""Looking at hosts again and again, each at its own pace: a slow answer of one hides nothing of the others."""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from wizard.launch import live
from wizard.launch.places import Place, Places, by_place
from wizard.launch.sighting import Look
from wizard.model.hardware import Fault
from wizard.model.run import RunProcess

SOON_S = 0.5
LATER_S = 3.0
"""Between two looks: short at first, when most mistakes show."""
SOON_COUNT = 40


class Round(NamedTuple):
    """What one look at one host brought."""

    place: Place
    processes: tuple[RunProcess, ...]
    look: Look | Fault


class Rounds:
    """Looks at all hosts of some processes until it is closed."""

    def __init__(
        self, places: Places, processes: Sequence[RunProcess], offsets: Callable[[], Mapping[str, int]]
    ) -> None:
        self._places = places
        self._offsets = offsets
        self._found: queue.Queue[Round] = queue.Queue()
        self._taken: dict[Place, threading.Event] = {}
        self._end = threading.Event()
        for place, its in by_place(processes).items():
            self._taken[place] = threading.Event()
            threading.Thread(target=self._host, args=(place, its), name=f"look-{place.address}", daemon=True).start()

    def next(self, limit_s: float) -> Round | None:
        """The next look that was made; None when none was within the limit."""
        try:
            found = self._found.get(timeout=limit_s)
        except queue.Empty:
            return None
        self._taken[found.place].set()
        return found

    def close(self) -> None:
        """No further looks. One that is under way ends by itself, or with its connection."""
        self._end.set()
        for event in self._taken.values():
            event.set()

    def _host(self, place: Place, processes: tuple[RunProcess, ...]) -> None:
        taken, count = self._taken[place], 0
        while not self._end.is_set():
            look = live.look(self._places, processes, self._offsets())
            taken.clear()
            self._found.put(Round(place, processes, look))
            taken.wait()  # the offsets are of the round before until this one was taken
            count += 1
            self._end.wait(SOON_S if count < SOON_COUNT else LATER_S)
