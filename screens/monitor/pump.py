"""What goes on all the time: taking in what was written, and painting it at a bounded rate.

Owns the loop. It gives way to keys after every small piece of work.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from screens.monitor.pace import Pace
from screens.monitor.process import ProcessView
from wizard.model.run import RunEvent

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody

POLL_S = 0.1
_PIECE_BYTES = 64 * 1024
_PIECES = 16
"""Pieces of one log that are taken before the next log's turn."""
_RENEW_S = 0.5
_QUIET_S = 5.0
"""How often what only grows old is looked at, where nothing comes."""


class Pump:
    """Polls the logs of a body and paints its panes."""

    def __init__(self, body: "MonitorBody", clock: Callable[[], float]) -> None:
        self.pace = Pace()
        self.happened: list[RunEvent] = []
        """Phases reached and failures seen, as the logs tell them."""
        self._body = body
        self._clock = clock
        self._new: set[ProcessView] = set()
        self._renewed = float("-inf")
        self._sent = 0

    async def forever(self) -> None:
        """Until it is cancelled."""
        while True:
            async for _ in self.taken():
                await asyncio.sleep(0)
            self.paint()
            await asyncio.sleep(POLL_S)

    def stop(self) -> None:
        """Takes nothing in any more, which would open the logs again, and closes them."""
        self._body.workers.cancel_node(self._body)
        for view in self._body.views:
            view.log.close()

    async def taken(self) -> AsyncIterator[bool]:
        """Takes in what was written, a piece at a time; says of each whether there was something."""
        for view in self._body.views:
            for _ in range(_PIECES):
                has_new = view.log.poll(_PIECE_BYTES)
                if has_new:
                    self._new.add(view)
                yield has_new
                if not has_new:
                    break

    def paint(self) -> None:
        """Paints what changed, if it is time."""
        now, link = self._clock(), getattr(self._body.app, "link", None)
        if not self.pace.due(now, link.waiting_bytes if link else 0):
            return
        start = time.thread_time()
        cells = sum(pane.log_pane.repaint() for pane in self._body.shown)
        if (self._new and now - self._renewed >= _RENEW_S) or now - self._renewed >= _QUIET_S:
            cells += self._renew(now)
        if cells:
            sent = link.sent_bytes - self._sent if link else None
            self._sent = link.sent_bytes if link else 0
            self.pace.painted(now, cells, sent, time.thread_time() - start)

    def _renew(self, now: float) -> int:
        self._renewed, served = now, self._body.asking.served
        for view in self._body.views:
            before = view.reading
            figures = served.of(view.name, now) if served else None
            self._ends(view)
            if view.renew(now, has_new=view in self._new, served=figures):
                self._note(view, before.phase, had_failed=before.diagnosis is not None)
        self._new.clear()
        return self._body.renew()

    def _ends(self, view: ProcessView) -> None:
        """Whether its process has ended, which a log need not say."""
        before, watch = view.ended, self._body.asking.ended
        view.ended = watch.of(view.process.name) if watch and view.process else None
        if view.ended is not None and before is None:
            is_problem = view.standing().is_bad
            self.happened.append(RunEvent(time.time(), "log", view.ended.detail, view.name, is_problem=is_problem))

    def _note(self, view: ProcessView, phase: str | None, *, had_failed: bool) -> None:
        reading, replay = view.reading, self._body.replay
        at = replay.now if replay else time.time()
        if reading.phase != phase and reading.phase:
            self.happened.append(RunEvent(at, "log", f"reached {view.standing().word}", view.name))
        if reading.diagnosis is not None and not had_failed:
            found = reading.diagnosis
            self.happened.append(
                RunEvent(at, "log", f"{found.id}, line {found.root_line:,}", view.name, is_problem=found.is_failure)
            )
