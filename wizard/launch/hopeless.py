"""Why a process that still runs will never be ready: a cause that stands in its log, and who has the port it needs.

A server whose port is taken says so and lives on. Other causes may heal: one counts only when the process came no
further for a while after it was told.
"""

import re
from typing import NamedTuple

from wizard.launch import live, sighting, taken
from wizard.launch.places import Places
from wizard.launch.sighting import Listener, Seen
from wizard.model.flow import LaunchFlow
from wizard.model.hardware import Fault
from wizard.model.run import RunProcess
from wizard.monitor.diagnosis import Diagnosis
from wizard.monitor.reader import Reading

_PORT_IN_USE = "port_in_use"
_OTHER, _FORGIVEN = 4, 120
"""How many times as long a process may stand still behind another cause, and after it came further than the cause."""
_PORT = re.compile(r"(?:', |[Pp]ort(?:_base at)? |:)(\d{1,5})\b")


class Standstill:
    """Whether a process stands still behind a cause that it told."""

    def __init__(self, patience_s: float) -> None:
        """Nothing was seen yet.

        Args:
            patience_s: how long a process may stand still behind a taken port; behind other causes, which may heal,
                it must also be silent, and for longer; much longer where it came further after the cause.
        """
        self.news: Diagnosis | None = None
        """A cause that was not there before, and may heal."""
        self._patience_s = patience_s
        self._first: dict[tuple[str, int], tuple[object, ...]] = {}
        self._now: tuple[object, ...] = ()
        self._since_s = 0.0

    def cause(self, reading: Reading, now_s: float) -> Diagnosis | None:
        """The cause, when the process stands still since; None while there is hope."""
        found = reading.diagnosis
        if reading.ready or found is None or not (found.is_failure and found.is_known) or found.blames_others:
            self._now, self.news = (), None
            return None
        key, is_port = (found.id, found.root_line), found.id == _PORT_IN_USE
        where = (reading.phases, reading.progress)
        self.news = None if is_port or key in self._first else found
        came_further = self._first.setdefault(key, where) != where
        now = (*key, where, None if is_port else reading.lines)
        if now != self._now:
            self._now, self._since_s = now, now_s
        patience_s = self._patience_s * (_FORGIVEN if came_further else 1 if is_port else _OTHER)
        return found if now_s - self._since_s >= patience_s else None


class Reason(NamedTuple):
    """Why, and what to do."""

    message: str
    hint: str


def reason(places: Places, flow: LaunchFlow, process: RunProcess, seen: Seen, cause: Diagnosis) -> Reason:
    """The cause in words; where it is a port, with who has it."""
    held = _holder(places, process, seen, cause) if cause.id == _PORT_IN_USE else None
    if held is None:
        return Reason(cause.meaning, cause.remedy.text)
    what = taken.purpose(flow, process, held.port)
    return Reason(
        f"port {held.port} ({what}) is taken by {taken.owner(held, seen.boot_id)}", taken.hint(flow, process, held.port)
    )


def _holder(places: Places, process: RunProcess, seen: Seen, cause: Diagnosis) -> Listener | None:
    """Who listens on the port that the log names, else on any that the process needs."""
    named = _PORT.search(cause.text)
    number = int(named[1]) if named else None
    if number is not None and number not in process.ports:
        wider = process.evolve(ports=(*process.ports, number))
        look = live.look(places, [wider])
        seen = seen if isinstance(look, Fault) else look.seen.get(process.name, seen)
    others = sighting.foreign(process, seen)
    return next((one for one in others if number in (None, one.port)), None)
