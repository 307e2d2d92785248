"""The settings on one page: theme, signs, who has the mouse. What is chosen holds at once and is remembered."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens import settings, themes
from screens.base import BaseDialog
from screens.text import outside
from screens.widgets.rows import Row, RowList

if TYPE_CHECKING:
    from screens.base_app import BaseApp

ASCII, MOUSE = "ascii", "mouse"


class SettingsDialog(BaseDialog[None]):
    """Rows to choose from; nothing has to be confirmed."""

    HELP_TEXT = (
        "How the screens look. What is chosen holds at once and at the next start; only the mouse comes back to "
        "the wizard."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "choose", show=False),
        Binding("f2", "cancel", "back", show=False),
    ]
    DEFAULT_CSS = """
    SettingsDialog {
        & RowList { height: auto; max-height: 12; }
        & .note { color: $text-muted; margin-top: 1; height: auto; }
    }
    """

    @property
    def _app(self) -> "BaseApp":
        return cast("BaseApp", self.app)

    def compose_box(self) -> ComposeResult:
        """The rows, and where they are remembered."""
        with Vertical(classes="box") as box:
            box.border_title = "Settings"
            box.border_subtitle = "Enter chooses · Esc back"
            yield RowList()
            yield Static(outside(f"remembered in {settings.place()}"), markup=False, classes="note")

    def on_mount(self) -> None:
        """Begins at the theme in use."""
        self._show(key=self._app.theme)
        self.query_one(RowList).focus()

    def _show(self, key: str | None = None) -> None:
        app = self._app
        rows = [Row("", Content("Theme"), is_heading=True)]
        for name in themes.NAMES:
            fits = app.terminal.has_color or name == themes.PLAIN
            right = themes.MEANINGS[name] if fits else "not here: NO_COLOR is set"
            rows.append(Row(name, Content(f"{_sign(name == app.theme)}{name}"), Content.styled(right, "$text-muted")))
        rows.append(Row("", Content("Signs"), is_heading=True))
        forced = not app.terminal.has_unicode
        words = "always, as this terminal reads nothing else" if forced else "for terminals that show boxes wrongly"
        rows.append(Row(ASCII, Content(f"{_box(app.is_ascii)}ASCII only"), Content.styled(words, "$text-muted")))
        rows.append(Row("", Content("Mouse"), is_heading=True))
        words = "F3 does the same; so that it can select text"
        line = Content(f"{_box(app.mouse_is_free)}left to the terminal")
        rows.append(Row(MOUSE, line, Content.styled(words, "$text-muted")))
        listed = self.query_one(RowList)
        listed.show(rows, key=key)
        listed.styles.height = len(rows)

    def action_choose(self) -> None:
        """Space is Enter here."""
        self.query_one(RowList).action_choose()

    @on(RowList.Picked)
    def _picked(self, message: RowList.Picked) -> None:
        app, key = self._app, message.key
        if key == MOUSE:
            app.action_mouse()
        elif key == ASCII and app.terminal.has_unicode:
            app.toggle_ascii()
        elif key in themes.NAMES and (app.terminal.has_color or key == themes.PLAIN):
            app.use_theme(key)
        self._show()


def _sign(is_chosen: bool) -> str:
    return "(*) " if is_chosen else "( ) "


def _box(is_on: bool) -> str:
    return "[x] " if is_on else "[ ] "
