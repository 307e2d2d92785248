"""Search as the panes use it: what is in memory at once, the rest of the files in the background.

Owns one finder a pane, and going to what was found. Lines are told apart by when they were written, whose they are and
their number, so that one log and several in one are the same thing.
"""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from screens.monitor.finder import Finder
from screens.monitor.pane import ProcessPane
from screens.monitor.process import ProcessView
from screens.widgets.log_filter import pattern
from screens.widgets.log_merge import Key, MergedTrail
from screens.widgets.log_trail import Times

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody

_TELL_S = 0.2
_TELL_LINES = 20_000
_LAST: Key = (b"\xff", 0, 0)
"""After every line."""


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
        views = self._views(pane)
        finder = Finder(sought, parts=len(views))
        self._finders[pane] = finder
        pane.log_pane.seek(sought)
        finder.add(self._in_memory(pane, finder))
        for view in views:
            self._body.run_worker(
                lambda view=view: self._search(pane, view, finder),
                thread=True, group="search", name=f"search {view.name}",
            )  # fmt: skip
        self._go(pane, finder.newest(self._current(pane)))

    def step(self, pane: ProcessPane, by: int) -> None:
        """To the next line found, or the one before."""
        finder = self._finders.get(pane)
        if finder is None:
            return
        finder.add(self._in_memory(pane, finder))
        at = self._current(pane) if finder.at is None else finder.at
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

    def reveal(self, pane: ProcessPane, view: ProcessView, number: int) -> None:
        """Stands still on a line of a process's log, which no filter hides."""
        self._shown[view] = number
        pane.log_pane.go(number, view.number - 1)

    def _views(self, pane: ProcessPane) -> Sequence[ProcessView]:
        return self._body.views if pane.view is None else (pane.view,)

    def _go(self, pane: ProcessPane, key: Key | None) -> None:
        pane.search_words = self._finders[pane].words
        if key is not None:
            self.reveal(pane, self._body.views[key[1]], key[2])
        self._body.renew()
        self._body.refresh_bindings()

    def _search(self, pane: ProcessPane, view: ProcessView, finder: Finder) -> None:
        """In a thread: a whole file."""
        found: list[Key] = []
        told, tell = time.monotonic(), self._body.app.call_from_thread
        try:
            for number, raw in view.found(finder.pattern, finder.cancelled):
                found.append(_key(pane, view, number, raw))
                if len(found) >= _TELL_LINES or time.monotonic() - told > _TELL_S:
                    tell(self._took, pane, finder, found, 0)
                    found, told = [], time.monotonic()
        except OSError as error:
            tell(self._body.say, f"The file could not be searched to its end: {error}")
        if not finder.cancelled.is_set():
            tell(self._took, pane, finder, found, 1)

    def _took(self, pane: ProcessPane, finder: Finder, found: list[Key], parts: int) -> None:
        if self._finders.get(pane) is not finder:
            return
        finder.add(found)
        finder.parts_left -= parts
        if finder.at is None and finder.is_done:
            self._go(pane, finder.newest(self._current(pane)))
        pane.search_words = finder.words
        self._body.renew()

    def _in_memory(self, pane: ProcessPane, finder: Finder) -> list[Key]:
        """What is found in the lines in memory that were not looked at yet."""
        return sorted(key for view in self._views(pane) for key in _looked_at(pane, view, finder))

    @staticmethod
    def _current(pane: ProcessPane) -> Key:
        lines = pane.log_pane.view.chosen()
        if not lines or pane.log_pane.view.is_following:
            return _LAST
        return _key_of(pane, lines[-1].source, lines[-1].number, lines[-1].raw)


def _looked_at(pane: ProcessPane, view: ProcessView, finder: Finder) -> Iterator[Key]:
    ring, search = view.log.lines, finder.pattern.search
    start = max(finder.searched.get(view.number, 0), ring.first)
    end = finder.searched[view.number] = ring.first + len(ring)
    start, lines = view.log.part(start, end)
    times = Times(lines) if isinstance(pane.trail, MergedTrail) else None
    for place, raw in enumerate(lines):
        if search(raw):
            time = times.at(place) if times else b""
            yield (time, view.number - 1, start + place) if time else _key(pane, view, start + place, raw)


def _key(pane: ProcessPane, view: ProcessView, number: int, raw: bytes) -> Key:
    return _key_of(pane, view.number - 1, number, raw)


def _key_of(pane: ProcessPane, source: int, number: int, raw: bytes) -> Key:
    """In one log the number tells the order; in several the time comes first."""
    if isinstance(pane.trail, MergedTrail):
        return pane.trail.key(source, number, raw)
    return (b"", source, number)
