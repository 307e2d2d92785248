"""Which processes of a run have ended, asked on their hosts while somebody watches their logs.

A process that was killed from outside, or whose host was started anew, writes no last line: its log goes on saying that
it is ready. Hosts that cannot be asked say nothing here; the follower of their logs does.
"""

from collections.abc import Callable, Mapping
from functools import partial

from wizard import reach
from wizard.errors import WizardError
from wizard.launch import live, runs
from wizard.launch.places import Place, Places, by_place
from wizard.launch.sighting import Look
from wizard.model.hardware import Fault
from wizard.model.run import RunProcess, State
from wizard.reach import Shell

EVERY_S = 15.0
"""How often it is worth asking."""
_LIMIT_S = 20.0
_OVER = frozenset({State.FAILED, State.STOPPED})


class Ends:
    """Keeps what is known of the processes that ended.

    Args:
        name: of the run; its record tells which processes were started, also since.
        way: to the hosts.
    """

    def __init__(self, name: str, way: Callable[[str, str], Shell] = reach.shell) -> None:
        self._name = name
        self._places = Places(way)
        self._ended: Mapping[str, RunProcess] = {}

    def of(self, name: str) -> RunProcess | None:
        """A process that has ended, with how; None while it runs, or nothing is known."""
        return self._ended.get(name)

    def look(self) -> None:
        """Asks once; blocks."""
        try:
            processes = [one for one in runs.find(self._name).processes if one.identity is not None]
            looks = self._places.together(self._work(processes))
        except (WizardError, OSError):
            return  # its record is gone, or nobody watches any more
        found = [live.standing(one, live.seen_of(one, looks)) for one in processes]
        self._ended = {one.name: one for one in found if one.state in _OVER and not one.still_runs}

    def close(self) -> None:
        """Ends every connection, and whatever hangs over it."""
        self._places.close()

    def _work(self, processes: list[RunProcess]) -> dict[Place, Callable[[], Look | Fault]]:
        """No server is asked for an answer: that would make each of them generate a token."""
        return {
            place: partial(live.look, self._places, its, answers=False, limit_s=_LIMIT_S)
            for place, its in by_place(processes).items()
        }
