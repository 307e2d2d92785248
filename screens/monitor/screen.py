"""The monitor as a screen of its own."""

from typing import ClassVar

from textual.app import ComposeResult

from screens.base import BaseScreen
from screens.monitor.body import MonitorBody
from screens.widgets.key_bar import KeyBar

HELP = (
    "One pane per process: how it stands, its figures, its log. A pane follows its log until you move up; End or f "
    "follows again. Answered requests are folded away and counted in the head; states of a progress bar are one line. "
    "Lines that tell why something failed are never hidden. Leaving stops nothing: servers go on without the monitor."
)


class MonitorScreen(BaseScreen[None]):
    """The body and its keys."""

    HELP_TITLE: ClassVar[str] = "Monitor"
    HELP_TEXT: ClassVar[str] = HELP
    AUTO_FOCUS = None

    def __init__(self, body: MonitorBody) -> None:
        super().__init__()
        self.body = body

    def compose_screen(self) -> ComposeResult:
        """Panes above, keys below."""
        yield self.body
        yield KeyBar()
