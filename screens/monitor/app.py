"""The light monitor: ``--monitor`` on a full screen. It watches and starts nothing."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.base import BaseApp
from screens.link import Link
from screens.monitor.body import MonitorBody
from screens.monitor.npus import NpuWatch
from screens.monitor.process import Log
from screens.monitor.screen import MonitorScreen
from screens.settings import Settings
from screens.terminal import Terminal
from wizard.model.run import Run, RunEvent


class MonitorApp(BaseApp):
    """Watches logs.

    Args:
        watched: the logs.
        run: the run they belong to.
        happened: gives the run's events so far.
        npus: asks the run's hosts for their NPUs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit", tooltip="Leave; every server goes on"),
    ]

    def __init__(
        self,
        watched: Sequence[Log],
        run: Run | None = None,
        *,
        happened: Callable[[], Sequence[RunEvent]] = tuple,
        npus: NpuWatch | None = None,
        terminal: Terminal | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(terminal, settings)
        self.link: Link | None = None
        self.body = MonitorBody(watched, run, npus=npus, happened=happened)
        self.farewell = ""
        """Said on the plain terminal after leaving."""

    def get_driver_class(self) -> type:
        """A driver that knows how much the terminal has not taken yet."""
        return Link

    def on_mount(self) -> None:
        """Opens the screen."""
        self.push_screen(MonitorScreen(self.body))
