"""The light monitor: ``--monitor`` on a full screen. It watches; it starts, stops and changes nothing."""

import sys
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from screens.base_app import BaseApp, for_days
from screens.monitor.around import NOBODY, Asking, asking
from screens.monitor.body import MonitorBody
from screens.monitor.process import Log
from screens.monitor.relaunch import Changed, changed, flags
from screens.monitor.screen import MonitorScreen
from screens.settings import Settings
from screens.terminal import Terminal
from wizard.errors import ExitCode, WizardError
from wizard.model.run import Run, RunEvent
from wizard.words.ends import goodbye
from wizard.words.monitor import Watching


class MonitorApp(BaseApp):
    """Watches logs.

    Args:
        watched: the logs.
        run: the run they belong to.
        happened: gives the run's events so far.
        asked: what is asked of the hosts beside their logs.
    """

    CSS_PATH = "../app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit", tooltip="Leave; every server goes on"),
        Binding("ctrl+c", "interrupt", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        watched: Sequence[Log],
        run: Run | None = None,
        *,
        happened: Callable[[], Sequence[RunEvent]] = tuple,
        asked: Asking = NOBODY,
        terminal: Terminal | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(terminal, settings)
        self.watched_run = run
        self.body = MonitorBody(watched, run, asking=asked, happened=happened)
        self.relaunched: Changed | None = None
        """What the wizard is to be opened with after leaving."""

    def on_mount(self) -> None:
        """Opens the screen."""
        self.push_screen(MonitorScreen(self.body))

    def action_interrupt(self) -> None:
        """Leaves as Ctrl-C does everywhere; no server hears of it."""
        self.cut_off()

    @on(MonitorBody.Relaunch)
    def _relaunch(self, message: MonitorBody.Relaunch) -> None:
        if self.watched_run is None:
            self.copy(flags(message.finding.fixes[0].edits), "the flags that change it")
            return
        try:
            self.relaunched = changed(self.watched_run, message.finding)
        except WizardError as error:
            self.say(f"{error.message}\n{error.hint}" if error.hint else error.message, severity="error")
            return
        self.exit()


def watch(watching: Watching, *, color: bool = True) -> ExitCode:
    """Opens the full screen; leaving it stops nothing but the watching."""
    for_days()
    run = watching.run
    asked = NOBODY if watching.replay else asking(watching.hosts, run)
    app = MonitorApp(
        watching.watched, run, happened=watching.happened, asked=asked, terminal=Terminal.here(color=color)
    )
    app.body.replay = watching.replay
    try:
        app.run()
    finally:
        for one in watching.watched:
            one.close()
    if app.relaunched is not None:
        return _opened(app.relaunched, color=color)
    sys.stderr.write(goodbye(run))
    return ExitCode(app.return_code or ExitCode.DONE)


def _opened(found: Changed, *, color: bool) -> ExitCode:
    """The wizard with the run's selection and the fix in it."""
    from screens.app import run as open_wizard
    from wizard.session import started
    from wizard.words.screen import Begun

    session = started(found.selection).fixed(found.fix)
    begun = Begun(session, "choose", notes=(f"Changed: {found.fix.label}",), aim=found.options)
    return open_wizard(begun, color=color)
