"""What leaves the monitor by the operator's wish: copies, files, the mouse."""

import asyncio
import heapq
import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from screens.dialogs import ChoosePath, Confirm, Pick
from screens.monitor import keeping
from screens.monitor.pane import ProcessPane
from screens.monitor.process import ProcessView
from screens.widgets.log_filter import Line, Sieve
from screens.widgets.log_text import legible, plain, time_of

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody

_BATCH = 5_000


class Outlet:
    """Copies and saves for a body."""

    def __init__(self, body: "MonitorBody") -> None:
        self._body = body

    def copy(self, pane: ProcessPane) -> None:
        """Puts the chosen lines on the clipboard, whole, and says what and how much."""
        lines = pane.log_pane.view.chosen()
        if not lines:
            self._body.say("There is no line to copy yet.", is_problem=True)
            return
        text = "\n".join(legible(line.raw) for line in lines)
        self._body.app.copy_to_clipboard(text)
        what = "1 line" if len(lines) == 1 else f"{len(lines):,} lines"
        self._body.say(
            f"Copied {what}, {len(text):,} characters. If the terminal does not allow that, `w` writes a file."
        )

    def save(self, pane: ProcessPane) -> None:
        """Asks what to write and where, and writes it in the background."""
        self._body.run_worker(self._save(pane), group="save", exclusive=True, name="save")

    async def _save(self, pane: ProcessPane) -> None:
        app, words = self._body.app, pane.log_pane.wanted.words
        is_whole = True
        if words:
            choices = [("What is shown", words), ("The whole log", "every line, whatever is shown")]
            choice = await app.push_screen_wait(Pick("What is to be written?", choices))
            if choice is None:
                return
            is_whole = choice == 1
        place = keeping.place(pane.view.name if pane.view else "all", datetime.now().astimezone())
        path = await app.push_screen_wait(ChoosePath("Write the log to", str(place), must_exist=False))
        if path is None:
            return
        if await asyncio.to_thread(path.is_dir):
            path /= place.name
        is_there = await asyncio.to_thread(path.exists)
        if is_there:
            question = Confirm(f"Overwrite {plain(str(path))}?", "It is there already.", yes="Overwrite", no="Keep")
            if not await app.push_screen_wait(question):
                return
        pieces = whole(self._body.views, pane) if is_whole else shown(self._body.views, pane)
        await asyncio.to_thread(self._write, path, pieces, is_there)

    def _write(self, path: Path, pieces: Iterator[bytes], is_there: bool) -> None:
        """In a thread."""
        try:
            written = keeping.write(path, pieces, overwrite=is_there)
        except OSError as error:
            text, is_problem = f"`{path}` could not be written: {(error.strerror or str(error)).lower()}", True
        else:
            text, is_problem = f"Wrote {written.lines:,} lines, {written.size:,} bytes, to {path}", False
        self._body.app.call_from_thread(self._body.say, plain(text), is_problem=is_problem)

    def toggle_mouse(self) -> None:
        """Gives the mouse to the terminal, or takes it back."""
        link = getattr(self._body.app, "link", None)
        if link is None:
            self._body.say("Hold Shift while dragging: most terminals then select by themselves.")
            return
        link.use_mouse(not link.has_mouse)
        self._body.say(
            "The mouse is yours: select as in any other program. `o` takes it back."
            if not link.has_mouse
            else "The mouse works on the panes again."
        )


def whole(views: Sequence[ProcessView], pane: ProcessPane) -> Iterator[bytes]:
    """A log as it is, byte for byte; of all logs in one, their lines by time, each with its process's name."""
    return iter(pane.view.log.pieces()) if pane.view else _by_time(views, [None] * len(views))


def shown(views: Sequence[ProcessView], pane: ProcessPane) -> Iterator[bytes]:
    """The lines of the whole log that the pane's filter shows."""
    wanted = pane.log_pane.wanted
    if pane.view is None:
        return _by_time(views, [Sieve(wanted, view.causes()) for view in views])
    return (line.raw + b"\n" for line in _lines(pane.view, Sieve(wanted, pane.view.causes())))


def _by_time(views: Sequence[ProcessView], sieves: Sequence[Sieve | None]) -> Iterator[bytes]:
    logs = [_keyed(view, sieve) for view, sieve in zip(views, sieves, strict=True)]
    for _, source, _, raw in heapq.merge(*logs):
        yield b"%s | %s\n" % (views[source].name.encode(), raw)


def _keyed(view: ProcessView, sieve: Sieve | None) -> Iterator[tuple[bytes, int, int, bytes]]:
    last = b""
    for line in _lines(view, sieve):
        last = max(last, time_of(line.raw))
        yield last, line.source, line.number, line.raw


def _lines(view: ProcessView, sieve: Sieve | None) -> Iterator[Line]:
    """The lines of a whole file, a few at a time."""
    lines = (Line(view.number - 1, number, raw) for number, raw in view.whole())
    while batch := list(itertools.islice(lines, _BATCH)):
        yield from batch if sieve is None else sieve.through(batch)
