"""A launch on a terminal: one line a process with its phase and its time, what matters above it in plain lines."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from wizard.launch import events
from wizard.model.run import RunEvent, State
from wizard.monitor.text import printable

_STYLES = {
    State.READY: "bold green",
    State.FAILED: "bold red",
    State.LOST: "bold magenta",
    State.STOPPED: "dim",
    State.STARTING: "cyan",
    State.STOPPING: "cyan",
}
_ECHO_CELLS = 3
"""Kept free at the right: what a terminal echoes for Ctrl-C must not begin a line, or an old one stays behind."""
_OVER = frozenset({State.READY, State.FAILED, State.STOPPED, State.LOST})


@dataclass(slots=True)
class _Row:
    host: str
    state: State = State.PLANNED
    phase: str = ""
    began: float | None = None
    ended: float | None = None


class LiveTable:
    """Drawn anew when something happens and once a second, never faster than four times a second."""

    def __init__(self, processes: Sequence[tuple[str, str]] = (), *, color: bool) -> None:
        """Begins to draw as soon as something is told of one.

        Args:
            processes: name and host, in order.
            color: whether there may be any.
        """
        self._console = Console(
            file=sys.stderr, no_color=not color, highlight=False, markup=False, emoji=False, safe_box=True
        )
        self._rows = {name: _Row(host) for name, host in processes}
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, event: RunEvent) -> None:
        """Shows an event."""
        if event.process and event.stage not in {"log", "diagnosis"}:
            self._put(event)
        if not event.process or event.is_problem or event.stage in {"log", "request"} or event.state in _OVER:
            style = "red" if event.is_problem else "dim" if event.stage == "log" else ""
            self._console.print(Text(events.as_line(event), style=style))
        self.tick()

    def tick(self) -> None:
        """Draws the table as it is now."""
        if any(row.began is not None for row in self._rows.values()):
            self._live.update(self._table(), refresh=True)

    def close(self) -> None:
        """Leaves the last state standing."""
        self.tick()
        self._live.stop()

    def _put(self, event: RunEvent) -> None:
        row = self._rows.setdefault(event.process, _Row(event.host))
        row.host = event.host or row.host
        row.began = row.began if row.began is not None else event.time
        if event.state is not None:
            row.state = event.state
            row.ended = event.time if event.state in _OVER else None
        if event.stage != "request" and not event.message.startswith("hint:"):
            row.phase = event.message

    def _table(self) -> Table:
        width = max(self._console.width - _ECHO_CELLS, 1)
        table = Table(box=None, pad_edge=False, padding=(0, 1), width=width)
        for title in ("process", "host", "state"):
            table.add_column(title, no_wrap=True)
        table.add_column("phase", ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("time", justify="right", no_wrap=True)
        for name, row in self._rows.items():
            seconds = None if row.began is None else int((row.ended or time.time()) - row.began)
            table.add_row(
                Text(name),
                Text(row.host or "here"),
                Text(row.state.value, style=_STYLES.get(row.state, "")),
                Text(printable(row.phase)),
                Text("" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"),
            )
        return table
