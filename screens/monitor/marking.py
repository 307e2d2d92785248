"""Marks: lines that the operator wants to find again, each a moment in all logs, kept with the run.

Owns which lines are marked, where they stand, and going to them.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.monitor.entries import Place
from screens.monitor.pane import ProcessPane
from screens.monitor.process import ProcessView
from screens.widgets.log_filter import Line
from screens.widgets.log_text import said, time_of
from screens.widgets.log_trail import LogTrail
from wizard.launch import marks as record
from wizard.launch.marks import Mark

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody

_SOUGHT_CHARS = 200


@dataclass
class Marked:
    """A mark and where it stands in the logs that are watched."""

    mark: Mark
    source: int | None = None
    """Which log it is in; None: none of these."""
    number: int | None = None
    """Of its line in that log; None: not known yet."""
    moments: tuple[tuple[int, int], ...] = ()
    """Source and number of the line that every other log wrote then."""

    @property
    def place(self) -> Place | None:
        """Where Enter leads."""
        return None if self.source is None else Place(self.source, self.number)


class Marks:
    """The marks of a body."""

    def __init__(self, body: "MonitorBody") -> None:
        self._body = body
        self._follower = record.follower(body.run.name) if body.run else None
        self._has_complained = False
        self.found: list[Marked] = []

    def renew(self) -> bool:
        """Takes up what others marked, and where lines stand as soon as that is known; whether anything changed."""
        news = self._follower.new() if self._follower else ()
        before = [(one.mark, one.number) for one in self.found]
        for mark, is_there in news:
            known = self._of(mark)
            if known is not None and not is_there:
                self.found.remove(known)
            elif known is None and is_there:
                self.found.append(Marked(mark, self._source(mark)))
        for one in self.found:
            if one.number is None and one.source is not None and one.mark.line is not None:
                one.number = self._there(self._body.views[one.source], one.mark)
                if one.number is not None:
                    self._seek_moments(one)
        return before != [(one.mark, one.number) for one in self.found]

    def toggle(self, pane: ProcessPane) -> None:
        """Marks the chosen line, or takes its mark away."""
        lines = pane.log_pane.view.chosen()
        if not lines:
            self._body.say("There is no line to mark yet.", is_problem=True)
            return
        line = lines[-1]
        known = next((one for one in self.found if (one.source, one.number) == (line.source, line.number)), None)
        if known is not None:
            self.found.remove(known)
            self._keep(known.mark, is_there=False)
            self._body.say("The mark is taken away.")
        else:
            view = self._body.views[line.source]
            base = view.log.base
            number = None if base is None else line.number + 1 + base
            made = Marked(Mark(view.name, _time(pane, line), text_of(line.raw), number), line.source, line.number)
            self.found.append(made)
            self._keep(made.mark, is_there=True)
            self._seek_moments(made)
            self._body.say("Marked, in all logs at that time. `'` lists the marks.")
        self.show()

    def show(self) -> None:
        """Shows them in all panes."""
        own = {(one.source, one.number) for one in self.found if one.source is not None and one.number is not None}
        moments = {moment for one in self.found for moment in one.moments} - own
        for pane in (*self._body.panes, self._body.all_pane):
            if (pane.log_pane.marks, pane.log_pane.moments) != (own, moments):
                pane.log_pane.marks, pane.log_pane.moments = own, moments
                pane.log_pane.repaint(anew=True)

    def go_to(self, marked: Marked) -> None:
        """Shows the line, and in every other pane in view what its log wrote then."""
        body = self._body
        if marked.source is None:
            body.say(f"`{marked.mark.process}` is not watched here.", is_problem=True)
            return
        if marked.number is None:
            view = body.views[marked.source]
            body.run_worker(lambda: self._locate(marked, view), thread=True, group="marks", name="find a mark")
            return
        body.go_to(Place(marked.source, marked.number))
        for source, number in marked.moments:
            pane = body.panes[source]
            if pane in body.shown and pane is not body.pane:
                pane.log_pane.go(number, source)

    def _locate(self, marked: Marked, view: ProcessView) -> None:
        """In a thread: the line of a mark that was made when the file was another one."""
        sought = re.compile(re.escape(marked.mark.text[:_SOUGHT_CHARS].partition("\ufffd")[0].encode()))
        tell = self._body.app.call_from_thread
        try:
            lines = view.log.search(sought, lambda: not self._body.is_attached)
            marked.number = next((number for number, raw in lines if text_of(raw) == marked.mark.text), None)
        except OSError:
            marked.number = None
        if marked.number is None:
            tell(self._body.say, f"`{view.name}` does not hold that line any more.", is_problem=True)
        else:
            marked.moments = self._moments(marked)
            tell(self._located, marked)

    def _located(self, marked: Marked) -> None:
        self.show()
        self.go_to(marked)

    def _seek_moments(self, marked: Marked) -> None:
        """Looks in a thread for what the other logs wrote at that time."""

        def seek() -> None:
            marked.moments = self._moments(marked)
            self._body.app.call_from_thread(self.show)

        self._body.run_worker(seek, thread=True, group="marks", name="find a moment")

    def _moments(self, marked: Marked) -> tuple[tuple[int, int], ...]:
        """In a thread: the lines that the other logs wrote then."""
        time = time_of(marked.mark.time.encode())
        others = [view for view in self._body.views if view.number - 1 != marked.source] if time else []
        trails = [LogTrail(view.log, view.number - 1) for view in others]
        places = [(view.number - 1, trail.number_at(time)) for view, trail in zip(others, trails, strict=True)]
        return tuple(place for place, trail in zip(places, trails, strict=True) if place[1] < trail.total)

    def _there(self, view: ProcessView, mark: Mark) -> int | None:
        """The number of a mark's line where it stands in memory; None where it does not."""
        number = None if mark.line is None else view.log.number(mark.line)
        if number is None:
            return None
        first, lines = view.log.part(number, number + 1)
        return number if lines and first == number and text_of(lines[0]) == mark.text else None

    def _source(self, mark: Mark) -> int | None:
        return next((view.number - 1 for view in self._body.views if view.name == mark.process), None)

    def _of(self, mark: Mark) -> Marked | None:
        return next((one for one in self.found if one.mark.key == mark.key), None)

    def _keep(self, mark: Mark, *, is_there: bool) -> None:
        run = self._body.run
        if run is None:
            return
        try:
            record.append(run.name, mark, is_there=is_there)
        except OSError as error:
            if not self._has_complained:
                self._has_complained = True
                reason = (error.strerror or str(error)).lower()
                self._body.say(f"Marks are kept until you leave; the run's folder cannot be written: {reason}")


def text_of(raw: bytes) -> str:
    """What is kept of a line."""
    return raw.decode("utf-8", "replace")[: record.TEXT_CHARS]


def _time(pane: ProcessPane, line: Line) -> str:
    """When a line was written: by its own stamp, or by that of a line before it."""
    held = pane.log_pane.view.lines
    place = next((n for n in range(len(held) - 1, -1, -1) if held[n][:2] == line[:2]), len(held) - 1)
    before = (one for one in reversed(held[: place + 1]) if one.source == line.source)
    found = next((time for one in before if (time := time_of(one.raw))), b"")
    return found.decode() or said(line.raw).stamp.strip("[] ")
