"""The monitor as a screen of its own."""

from typing import ClassVar

from textual.app import ComposeResult

from screens.base import BaseScreen
from screens.monitor.body import MonitorBody
from screens.widgets.key_bar import KeyBar

HELP = (
    "One pane per process: how it stands, its figures, its log; below, with d, u, v and ', why it fails, the NPUs, "
    "what happened and the marks. It only watches: nothing is started, stopped or changed from here, and servers go on"
    " without it. In the wizard the keys are the same: f follows a log, and c does nothing, as there is no form to "
    "check; [ goes back to the launch."
)


class MonitorFrame(BaseScreen[None]):
    """What the monitor is, by itself and as a stage: its help, and the keys that always stand below."""

    HELP_TITLE: ClassVar[str] = "Monitor"
    HELP_TEXT: ClassVar[str] = HELP
    AUTO_FOCUS = None
    STAYING_KEYS: ClassVar[tuple[str, ...]] = ("quit", "explain")


class MonitorScreen(MonitorFrame):
    """The body and its keys."""

    def __init__(self, body: MonitorBody) -> None:
        super().__init__()
        self.body = body

    def compose_screen(self) -> ComposeResult:
        """Panes above, keys below."""
        yield self.body
        yield KeyBar()
