"""Search as the panes use it: what is in memory at once, the rest of the file in the background.

Owns one finder a pane, and going to what was found.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from screens.monitor.finder import Finder
from screens.monitor.pane import ProcessPane
from screens.monitor.process import ProcessView
from screens.widgets.log_filter import Line, pattern
from screens.widgets.log_trail import LogTrail, merged

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody

_AROUND = 1_000
"""Lines read from before a line that is shown."""
_TELL_S = 0.2
_TELL_LINES = 20_000


class Search:
    """The searches of a body's panes."""

    def __init__(self, body: "MonitorBody") -> None:
        self._body = body
        self._finders: dict[ProcessPane, Finder] = {}
        self._shown: dict[ProcessView, int] = {}

    def finder(self, pane: ProcessPane) -> Finder | None:
        """What is sought in a pane."""
        return self._finders.get(pane)

    def pinned(self, view: ProcessView) -> frozenset[int]:
        """Lines that no filter hides because they were gone to."""
        return frozenset({self._shown[view]} if view in self._shown else ())

    def begin(self, pane: ProcessPane, text: str) -> None:
        """Searches; an empty text ends the search.

        Raises:
            ValueError: it is no regular expression.
        """
        sought = pattern(text)
        self.end(pane)
        if not text:
            return
        finder = Finder(sought)
        self._finders[pane] = finder
        pane.log_pane.seek(sought)
        finder.add(list(_in_memory(pane, finder)))
        if pane.view is None:
            finder.is_done = True
        else:
            self._body.run_worker(
                lambda: self._search(pane, finder), thread=True, group="search", name=f"search {pane.view.name}"
            )
        self._go(pane, finder.newest(_current(pane)))

    def step(self, pane: ProcessPane, by: int) -> None:
        """To the next line found, or the one before."""
        finder = self._finders.get(pane)
        if finder is None:
            return
        finder.add(list(_in_memory(pane, finder)))
        at = _current(pane) if finder.at is None else finder.at
        self._go(pane, finder.step(at, by))

    def end(self, pane: ProcessPane) -> None:
        """Searches no more."""
        finder = self._finders.pop(pane, None)
        if finder:
            finder.cancelled.set()
            pane.search_words = ""
            pane.log_pane.seek(None)

    def stop(self) -> None:
        """Ends all searches."""
        for finder in self._finders.values():
            finder.cancelled.set()

    def reveal(self, pane: ProcessPane, number: int) -> None:
        """Stands still on a line of a process's log, which no filter hides."""
        if pane.view is not None and isinstance(pane.trail, LogTrail):
            self._shown[pane.view] = number
            pane.log_pane.jump(pane.trail.around(number, _AROUND), number, pane.view.number - 1)

    def _go(self, pane: ProcessPane, key: Any) -> None:
        finder = self._finders[pane]
        pane.search_words = finder.words
        if key is not None and pane.view is not None:
            self.reveal(pane, key)
        elif key is not None:
            pane.log_pane.jump(pane.trail.held(), key[2], key[1])
        self._body.renew()
        self._body.refresh_bindings()

    def _search(self, pane: ProcessPane, finder: Finder) -> None:
        """In a thread: the whole file."""
        view, numbers, told = pane.view, [], time.monotonic()
        if view is None:
            return
        tell = self._body.app.call_from_thread
        try:
            for number in view.found(finder.pattern, finder.cancelled):
                numbers.append(number)
                if len(numbers) >= _TELL_LINES or time.monotonic() - told > _TELL_S:
                    tell(self._took, pane, finder, numbers, False)
                    numbers, told = [], time.monotonic()
        except OSError as error:
            tell(self._body.say, f"The file could not be searched to its end: {error}")
        if not finder.cancelled.is_set():
            tell(self._took, pane, finder, numbers, True)

    def _took(self, pane: ProcessPane, finder: Finder, numbers: list[int], is_done: bool) -> None:
        if self._finders.get(pane) is not finder:
            return
        finder.add(numbers)
        finder.is_done = is_done
        if finder.at is None and is_done:
            self._go(pane, finder.newest(_current(pane)))
        pane.search_words = finder.words
        self._body.renew()


def _in_memory(pane: ProcessPane, finder: Finder) -> Iterator[Any]:
    search = finder.pattern.search
    if pane.view is not None:
        ring = pane.view.log.lines
        start = max(finder.searched, ring.first)
        finder.searched = ring.first + len(ring)
        yield from (number for number in range(start, finder.searched) if search(ring[number - ring.first]))
        return
    for place, line in enumerate(merged([pane.trail.held()])):
        if search(line.raw):
            yield (place, line.source, line.number)


def _current(pane: ProcessPane) -> Any:
    lines: list[Line] = pane.log_pane.view.chosen()
    if pane.view is None:
        return (float("inf"), 0, 0)
    return lines[-1].number if lines else 0
