"""The light monitor: ``--monitor`` on a full screen. It watches and starts nothing."""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from screens.base import BaseApp
from screens.link import Link
from screens.monitor import keeping
from screens.monitor.body import MonitorBody
from screens.monitor.npus import NpuWatch
from screens.monitor.process import Log
from screens.monitor.screen import MonitorScreen
from screens.settings import Settings
from screens.terminal import Terminal
from wizard.errors import ExitCode
from wizard.export.quote import join
from wizard.model.finding import Fix
from wizard.model.run import Run, RunEvent


class MonitorApp(BaseApp):
    """Watches logs.

    Args:
        watched: the logs.
        run: the run they belong to.
        happened: gives the run's events so far.
        npus: asks the run's hosts for their NPUs.
    """

    CSS_PATH = "../app.tcss"
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
        self.watched_run = run
        self.body = MonitorBody(watched, run, npus=npus, happened=happened)
        self.command = ""
        """What applies the last fix that was chosen, for the plain terminal after leaving."""

    def get_driver_class(self) -> Any:
        """A driver that knows how much the terminal has not taken yet."""
        return Link

    def on_mount(self) -> None:
        """Opens the screen."""
        self.push_screen(MonitorScreen(self.body))

    def copy_to_clipboard(self, text: str) -> None:
        """Through the terminal, and through tmux where there is one."""
        super().copy_to_clipboard(text)
        if self.link is not None:
            self.link.write(keeping.passed_on(text))

    @on(MonitorBody.Relaunch)
    def _relaunch(self, message: MonitorBody.Relaunch) -> None:
        self.command = relaunch_command(self.watched_run, message.fix)
        self.copy(self.command, "the command that applies it and launches again")


def relaunch_command(run: Run | None, fix: Fix) -> str:
    """The command line that starts a run again with a fix."""
    flags = [word for edit in fix.edits for word in edit.flag()]
    if run is None:
        return join(["glm-wizard", "--config", "selection.toml", *flags, "--launch"])
    from wizard.launch import runs

    return join(["glm-wizard", "--config", str(runs.folder(run.name) / "selection.toml"), *flags, "--launch"])


def watch(watched: Sequence[Log], run: Run | None = None, *, color: bool = True) -> ExitCode:
    """Opens the full screen; leaving it stops nothing but the watching."""
    gc.enable()  # this goes on for days
    app = MonitorApp(
        watched, run, happened=events_of(run), npus=NpuWatch(hosts_of(run)) if run else None,
        terminal=Terminal.here(color=color),
    )  # fmt: skip
    try:
        app.run()
    finally:
        for one in watched:
            one.close()
    if app.command:
        sys.stdout.write(app.command + "\n")
    goes_on = f"every server of `{run.name}` goes on" if run else "nothing was stopped"
    sys.stderr.write(f"not watching any more; {goes_on}\n")
    return ExitCode(app.return_code or ExitCode.DONE)


def hosts_of(run: Run) -> list[tuple[str, str]]:
    """The hosts of a run, each once: address and ssh target."""
    return list(dict.fromkeys((one.address, one.ssh) for one in run.processes if one.devices))


def events_of(run: Run | None) -> Callable[[], Sequence[RunEvent]]:
    """Gives what has happened in a run so far."""
    if run is None:
        return tuple
    from wizard.launch.events import Follower

    follower = Follower(run.name)
    found: list[RunEvent] = []

    def happened() -> Sequence[RunEvent]:
        found.extend(follower.new())
        return found

    return happened
