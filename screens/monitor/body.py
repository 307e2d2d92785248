"""All panes, what lies below them, and the keys that work on them.

Owns which pane is chosen and how panes, drawers and questions go together. It is the same in the light monitor and in
the wizard.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message

from screens.monitor import entries, filtering
from screens.monitor.around import NOBODY, Asking
from screens.monitor.asking import AskBar, Question
from screens.monitor.drawer import Drawer
from screens.monitor.entries import Place
from screens.monitor.finding import Search
from screens.monitor.grid import PaneGrid
from screens.monitor.keys import KEYS
from screens.monitor.marking import Marked, Marks
from screens.monitor.outlet import Outlet
from screens.monitor.pane import PaneHead, ProcessPane
from screens.monitor.process import Log, ProcessView
from screens.monitor.pump import Pump
from screens.monitor.summary import about, summary
from screens.monitor.tables import Tables
from screens.widgets.log_filter import Filter
from screens.widgets.log_merge import MergedTrail
from screens.widgets.log_pane import LogPane
from screens.widgets.log_text import STAMP_WORDS, Stamps
from screens.widgets.log_trail import LogTrail
from wizard.model.finding import Finding
from wizard.model.run import Run, RunEvent
from wizard.monitor.replay import ReplayClock


class MonitorBody(Vertical):
    """The monitor without a frame.

    Args:
        logs: what is watched.
        run: the run they belong to; None for files alone.
        asking: what is asked of the hosts beside their logs.
        happened: gives what has happened so far.
        clock: seconds that only go on.
    """

    BINDINGS: ClassVar[list[BindingType]] = KEYS
    DEFAULT_CSS = """
    MonitorBody { width: 1fr; height: 1fr; }
    """

    @dataclass
    class Relaunch(Message):
        """A failure is to be fixed, and the launch to be looked at again."""

        finding: Finding

    def __init__(
        self,
        logs: Sequence[Log],
        run: Run | None = None,
        *,
        asking: Asking = NOBODY,
        happened: Callable[[], Sequence[RunEvent]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.run = run
        self.clock = clock
        self.asking = asking
        self.replay: ReplayClock | None = None
        """The clock of the logs, where they are shown as they were written."""
        known = {process.name: process for process in run.processes} if run else {}
        self.views = [ProcessView(log, n, known.get(log.source.name)) for n, log in enumerate(logs, 1)]
        self.panes = [ProcessPane(view, self._trail(view)) for view in self.views]
        names = tuple(view.name for view in self.views)
        self.all_pane = ProcessPane(None, MergedTrail([self._trail(view) for view in self.views]), names)
        self._bar = PaneHead(1)
        self._grid = PaneGrid(*self.panes, self.all_pane)
        self._grid.panes = tuple(self.panes)
        for pane in (*self.panes, self.all_pane):
            pane.log_pane.told = partial(self._say_of, pane)
        self.tables = Tables(self, asking.npus, happened)
        self._ask = AskBar()
        self._chosen = 0
        self._standing: set[ProcessPane] = set()
        """The panes that did not follow when keys were offered last."""
        self.outlet = Outlet(self)
        self.search = Search(self)
        self.marks = Marks(self)
        self.pump = Pump(self, clock)

    def _trail(self, view: ProcessView) -> LogTrail:
        return LogTrail(view.log, view.number - 1, lambda: view.causes() | self.search.pinned(view))

    def compose(self) -> ComposeResult:
        """A line about all, the panes, the drawer, the question."""
        yield self._bar
        yield self._grid
        yield self.tables.drawer
        yield self._ask

    def on_mount(self) -> None:
        """Begins to watch."""
        self.all_pane.display = False
        self.asking.start()
        self.choose(0)
        self.run_worker(self.pump.forever(), group="watch", exclusive=True, name="watch logs")

    def on_unmount(self) -> None:
        """Lets go of the logs and the hosts."""
        self.pump.stop()
        self.search.stop()
        self.asking.stop()

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another arrangement."""
        self.pump.pace.resize(event.size.width, event.size.height)
        self.call_after_refresh(self._arrange, anew=True)

    @property
    def pane(self) -> ProcessPane:
        """The pane that keys work on."""
        return self._grid.only if self._grid.only is self.all_pane else self.panes[self._chosen]

    @property
    def shown(self) -> Sequence[ProcessPane]:
        """The panes that can be seen."""
        return self._grid.shown

    def choose(self, place: int) -> None:
        """Makes a pane the one that keys work on, and shows it."""
        self._chosen = place % max(len(self.panes), 1)
        if self._grid.only is not None:
            self._grid.only = self.panes[self._chosen]
        self._arrange()
        self.pane.log_pane.focus()

    def _arrange(self, *, anew: bool = False) -> None:
        if self._grid.lay_out(self._chosen) or anew:
            self.refresh_bindings()
            self.call_after_refresh(self._arranged)
        else:
            self.renew()

    def _arranged(self) -> None:
        self.renew()
        for pane in self.shown:
            pane.log_pane.repaint()

    def renew(self) -> int:
        """Says everything anew that is not a log; how many cells had to be painted."""
        cells = self._bar.show(summary(self.views, about(self.run, self.replay), self.pane, self.size.width))
        causes = {(view.number - 1, number) for view in self.views for number in view.causes()}
        for pane in self.shown:
            cells += self._say_of(pane)
            if pane.log_pane.causes != causes:
                pane.log_pane.causes = causes
                pane.log_pane.repaint(anew=True)
        if self.marks.renew():
            self.marks.show()
        self.tables.fill()
        return cells

    def _say_of(self, pane: ProcessPane) -> int:
        is_ascii = bool(getattr(self.app, "is_ascii", False))
        return pane.renew(self.clock(), is_chosen=pane is self.pane, is_ascii=is_ascii)

    def say(self, text: str, *, is_problem: bool = False) -> None:
        """One sentence in a corner; the text is text."""
        self.app.say(text, severity="warning" if is_problem else "information")  # type: ignore[attr-defined]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now."""
        if action == "next":
            return self.search.finder(self.pane) is not None
        if action in ("other", "merged") and len(self.panes) < 2:
            return False
        if action == "follow_all":
            return sum(not pane.log_pane.view.is_following for pane in self.panes) > 1
        if action == "zoom":
            return self._grid.only is not None or len(self.shown) > 1
        if action == "pane":
            return isinstance(parameters[0], int) and parameters[0] <= len(self.panes)
        return True

    @on(LogPane.Moved)
    def _moved(self) -> None:
        standing = {pane for pane in (*self.panes, self.all_pane) if not pane.log_pane.view.is_following}
        if standing != self._standing:
            self._standing = standing
            self.refresh_bindings()

    @on(events.DescendantFocus)
    def _focused(self) -> None:
        focused = self.screen.focused
        place = next((n for n, pane in enumerate(self.panes) if pane.log_pane is focused), None)
        if place is not None and place != self._chosen:
            self._chosen = place
            self.renew()

    def action_pane(self, number: int) -> None:
        """To a pane by its number."""
        self._leave_merged()
        self.choose(number - 1)

    def action_other(self, by: int) -> None:
        """To the next pane, or the one before."""
        self._leave_merged()
        self.choose(self._chosen + by)

    def action_zoom(self) -> None:
        """One pane alone, and back."""
        self._grid.only = None if self._grid.only else self.pane
        self.choose(self._chosen)

    def action_merged(self) -> None:
        """All logs in one pane, and back."""
        if self._grid.only is self.all_pane:
            self._leave_merged()
            self.choose(self._chosen)
            return
        self._grid.only = self.all_pane
        self._arrange()
        self.all_pane.log_pane.focus()

    def _leave_merged(self) -> None:
        if self._grid.only is self.all_pane:
            self._grid.only = None

    def action_back(self) -> None:
        """Ends what is in the way: search, filter, zoom."""
        pane = self.pane
        if self.search.finder(pane) is not None:
            self.search.end(pane)
        elif pane.log_pane.wanted.is_narrow:
            pane.log_pane.choose_filter(Filter(folds=pane.log_pane.wanted.folds))
        elif self._grid.only is not None:
            self._grid.only = None
            self.choose(self._chosen)
        self.renew()
        self.refresh_bindings()

    def action_errors(self) -> None:
        """Errors only, warnings too, everything."""
        filtering.next_level(self.pane.log_pane)

    def action_answers(self) -> None:
        """Folds answered requests away, or shows them."""
        self.say(filtering.fold(self.pane.log_pane))

    def action_stamps(self) -> None:
        """The next way to show time stamps, in all panes."""
        stamps = Stamps((self.pane.log_pane.view.stamps + 1) % len(Stamps))
        for pane in (*self.panes, self.all_pane):
            pane.log_pane.show_stamps(stamps)
        self.say(f"Time stamps: {STAMP_WORDS[stamps]}.")

    def action_wrap(self) -> None:
        """Wraps long lines in this pane, or cuts them."""
        wraps = not self.pane.log_pane.view.wraps
        self.pane.log_pane.wrap(wraps)
        self.say("Long lines are wrapped." if wraps else "Long lines are cut, with a mark at the end.")

    def action_search(self) -> None:
        """Asks what to search for."""
        pane = self.pane
        question = Question(
            "search /", "a regular expression; Enter finds the newest", lambda text: self.search.begin(pane, text)
        )
        self._ask.ask(question, self._focus_pane)

    def action_next(self, by: int) -> None:
        """To the next line found."""
        self.search.step(self.pane, by)

    def action_rank(self) -> None:
        """Asks for a rank."""
        self._ask.ask(filtering.rank(self.pane.log_pane), self._focus_pane)

    def action_only(self) -> None:
        """Asks which lines to show."""
        self._ask.ask(filtering.only(self.pane.log_pane), self._focus_pane)

    def action_without(self) -> None:
        """Asks which lines to hide."""
        self._ask.ask(filtering.without(self.pane.log_pane), self._focus_pane)

    def action_mark(self) -> None:
        """Marks the chosen line, or takes its mark away."""
        self.marks.toggle(self.pane)
        self.tables.fill()

    def action_follow_all(self) -> None:
        """All panes follow their logs again."""
        for pane in (*self.panes, self.all_pane):
            if not pane.log_pane.view.is_following:
                pane.log_pane.action_follow()

    def action_copy(self) -> None:
        """Copies the chosen lines."""
        self.outlet.copy(self.pane)

    def action_save(self) -> None:
        """Writes the log to a file."""
        self.outlet.save(self.pane)

    def action_mouse(self) -> None:
        """Gives the mouse to the terminal, or takes it back."""
        self.outlet.toggle_mouse()

    def action_drawer(self, name: str) -> None:
        """Opens a drawer, or closes it where it is open."""
        self.tables.toggle(name)

    @on(Drawer.Closed)
    def _focus_pane(self) -> None:
        self.pane.log_pane.focus()

    @on(Drawer.Chosen)
    def _led(self, event: Drawer.Chosen) -> None:
        if isinstance(event.goal, entries.Relaunch):
            self.post_message(self.Relaunch(event.goal.finding))
        elif isinstance(event.goal, Marked):
            self.marks.go_to(event.goal)
        elif isinstance(event.goal, Place):
            self.go_to(event.goal)

    def go_to(self, place: Place) -> None:
        """Shows a line of a log."""
        self._leave_merged()
        self.choose(place.source)
        if place.number is not None:
            self.search.reveal(self.panes[place.source], self.views[place.source], place.number)
