"""A launch on a terminal: one line a process with its phase and its time, what matters above it in plain lines."""

import sys
import time
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
_OVER = frozenset({State.READY, State.FAILED, State.STOPPED, State.LOST})


@dataclass(slots=True)
class _Row:
    host: str
    state: State
    phase: str
    began: float
    ended: float | None = None


class LiveTable:
    """Drawn anew when something happens and once a second, never faster than four times a second."""

    def __init__(self, *, color: bool) -> None:
        self._console = Console(
            file=sys.stderr, no_color=not color, highlight=False, markup=False, emoji=False, safe_box=True
        )
        self._rows: dict[str, _Row] = {}
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
        if self._rows:
            self._live.update(self._table(), refresh=True)

    def close(self) -> None:
        """Leaves the last state standing."""
        self.tick()
        self._live.stop()

    def _put(self, event: RunEvent) -> None:
        row = self._rows.setdefault(event.process, _Row(event.host, State.PLANNED, "", event.time))
        row.host = event.host or row.host
        if event.state is not None:
            row.state = event.state
            row.ended = event.time if event.state in _OVER else None
        if event.stage != "request" and not event.message.startswith("hint:"):
            row.phase = event.message

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 1), expand=True)
        for title in ("process", "host", "state"):
            table.add_column(title, no_wrap=True)
        table.add_column("phase", ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("time", justify="right", no_wrap=True)
        for name, row in self._rows.items():
            seconds = (row.ended or time.time()) - row.began
            table.add_row(
                Text(name),
                Text(row.host or "here"),
                Text(row.state.value, style=_STYLES.get(row.state, "")),
                Text(printable(row.phase)),
                Text(f"{int(seconds) // 60}:{int(seconds) % 60:02d}"),
            )
        return table
