"""What the drawer below the panes is filled with, and what opening it means.

Owns which drawer is open and the watches behind it. What the entries say stands in ``screens.monitor.entries``.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from screens.monitor import entries
from screens.monitor.drawer import Drawer
from screens.monitor.npus import EVERY_S, NpuWatch
from wizard.model.run import RunEvent

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody


class Tables:
    """The drawers of a body.

    Args:
        body: whose.
        npus: asks the hosts for their NPUs; None: there are none to ask.
        happened: gives what has happened so far.
    """

    def __init__(self, body: "MonitorBody", npus: NpuWatch | None, happened: Callable[[], Sequence[RunEvent]]) -> None:
        self.drawer = Drawer()
        self.npus = npus
        self._body = body
        self._happened = happened

    @property
    def open_name(self) -> str:
        """The drawer that is open; empty: none."""
        return self.drawer.open_name

    def toggle(self, name: str) -> None:
        """Opens a drawer, or closes it where it is open."""
        if self.open_name == name:
            self.drawer.action_close()
        else:
            self.drawer.open(name)
        self.fill()

    def fill(self) -> None:
        """Renews the entries of what is open."""
        if self.npus:
            self.npus.is_seen = self.open_name == "npus"
        body = self._body
        contents: dict[str, Callable[[], Any]] = {
            "diagnosis": lambda: entries.diagnosis(body.views, can_relaunch=body.run is not None),
            "npus": lambda: entries.npus(self.npus.readings if self.npus else (), body.clock(), EVERY_S),
            "events": lambda: entries.events([*self._happened(), *body.pump.happened], body.views),
            "marks": lambda: entries.marks([(one.mark, one) for one in body.marks.found]),
        }
        cause = entries.first_failure(body.views)
        found = cause.reading.diagnosis if cause else None
        self.drawer.about = found.id if found and self.open_name == "diagnosis" else ""
        if self.open_name:
            self.drawer.show(contents[self.open_name]())
