"""What every screen and dialog of the wizard has: a smallest size, and something to say about itself.

Apps have their base in ``screens.base_app``; the wizard's own stages are ``screens.stage``'s.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

Result = TypeVar("Result")

LEAST_WIDTH, LEAST_HEIGHT = 60, 20
"""Cells below which nothing sensible can be shown."""
TOO_SMALL = (
    f"This needs a terminal of at least {LEAST_WIDTH}x{LEAST_HEIGHT}. Make it larger; nothing is lost. "
    "Until then keys do nothing, but Ctrl+Q leaves."
)


@runtime_checkable
class Helpable(Protocol):
    """A widget that can say what it is about, so that ``?`` can explain it."""

    def help_name(self) -> str:
        """The option, variable, feature or finding code it is about; empty where there is none right now."""


@runtime_checkable
class Telling(Protocol):
    """A widget that explains itself where the knowledge holds nothing about it."""

    def help_text(self) -> tuple[str, str]:
        """A title and what there is to say; no text where there is nothing right now."""


@runtime_checkable
class Leavable(Protocol):
    """A widget one types into, which lets go of half a text when something else comes into view."""

    def leave(self) -> None:
        """Something else is in view now."""


def after_paint(widget: Widget, callback: Callable[[], Awaitable[None] | None]) -> None:
    """Calls ``callback`` once what was just made or changed is in view.

    ``call_after_refresh`` alone does not wait while Textual holds its updates back, as it does while an app starts;
    the app's own turn comes after that.
    """
    widget.app.call_later(widget.call_after_refresh, callback)


class TooSmall(Static):
    """Covers everything where the terminal is too small."""

    DEFAULT_CSS = """
    TooSmall {
        display: none; layer: cover; width: 100%; height: 100%; padding: 0 1;
        background: $background; content-align: center middle; text-align: center;
    }
    .-tiny TooSmall, .-short TooSmall { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(TOO_SMALL, markup=False)


class BaseScreen(Screen[Result]):
    """A screen that says so when the terminal is too small for it."""

    HELP_TITLE: ClassVar[str] = ""
    HELP_TEXT: ClassVar[str] = ""
    """What this screen is for, in a few sentences; ``?`` shows it where the focused thing has nothing to say."""

    def compose(self) -> ComposeResult:
        """The body, and what covers it when there is no room."""
        yield from self.compose_screen()
        yield TooSmall()

    def compose_screen(self) -> ComposeResult:
        """The body; for the screens to fill."""
        yield from ()


class BaseDialog(ModalScreen[Result]):
    """A question in a box over the screen. Escape leaves it without an answer."""

    HELP_TEXT: ClassVar[str] = "A question. Escape leaves it, and nothing has changed."
    """What is asked and what an answer does; ``?`` shows it."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", tooltip="Back without changing anything"),
        Binding("question_mark,f1", "app.explain", "help", key_display="?", show=False),
    ]
    DEFAULT_CSS = """
    BaseDialog { align: center middle; layers: base cover; }
    BaseDialog > .box {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; border-title-style: bold; background: $surface; padding: 0 1;
    }
    """

    def compose(self) -> ComposeResult:
        """The box, and what covers it when there is no room."""
        yield from self.compose_box()
        yield TooSmall()

    def compose_box(self) -> ComposeResult:
        """The box; for the dialogs to fill."""
        yield from ()

    def action_cancel(self) -> None:
        """Leaves without an answer."""
        self.dismiss(None)
