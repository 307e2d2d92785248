"""Which processes of a run have ended, asked beside everything else. What counts as an end is ``wizard.launch``'s."""

from screens.monitor.asked import Repeated, Shells, Watch
from wizard.launch.ended import EVERY_S, Ends
from wizard.model.run import RunProcess


class EndWatch(Watch):
    """Asks after the processes of a run.

    Args:
        name: of the run.
        shells: the way to the hosts.
    """

    def __init__(self, name: str, shells: Shells) -> None:
        self._ends = Ends(name, shells.of)
        super().__init__(shells, (Repeated(f"ends of {name}", self._ends.look, lambda: EVERY_S),))

    def of(self, name: str) -> RunProcess | None:
        """A process that has ended, with how; None while it runs, or nothing is known."""
        return self._ends.of(name)
