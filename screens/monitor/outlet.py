"""What leaves the monitor by the operator's wish: copies, files, the mouse."""

from datetime import datetime
from typing import TYPE_CHECKING

from screens.monitor import keeping
from screens.monitor.pane import ProcessPane
from screens.widgets.log_filter import Line, Sieve
from screens.widgets.log_text import legible, plain

if TYPE_CHECKING:
    from screens.monitor.body import MonitorBody


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
        """Writes the log to a file in the background, and says where."""
        name = pane.view.name if pane.view else "all"
        path = keeping.place(name, datetime.now().astimezone())
        self._body.run_worker(lambda: self._write(pane, path), thread=True, group="save", name=f"save {name}")

    def _write(self, pane: ProcessPane, path: object) -> None:
        from pathlib import Path

        target = Path(str(path))
        try:
            count = keeping.write(target, self._lines(pane))
        except OSError as error:
            text, is_problem = f"The log could not be written: {error}", True
        else:
            text, is_problem = f"Wrote {count:,} lines to {target}", False
        self._body.app.call_from_thread(self._body.say, plain(text), is_problem=is_problem)

    def _lines(self, pane: ProcessPane) -> list[bytes]:
        wanted = pane.log_pane.wanted
        if pane.view is None or not wanted.is_narrow:
            return [line.raw for line in pane.trail.held()]
        whole = [Line(0, number, raw) for number, raw in pane.view.whole()]
        return [line.raw for line in Sieve(wanted, pane.view.causes()).through(whole)]

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
