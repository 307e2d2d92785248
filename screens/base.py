"""What every full screen of the wizard has: themes, no colour where none is wanted, help on ``?``, a smallest size.

Owns the base of apps, screens and dialogs. The wizard's own stages are ``screens.stage``'s.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.filter import LineFilter
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from screens import settings as remembered
from screens import themes
from screens.terminal import Ascii, NoColors, Terminal

Result = TypeVar("Result")

LEAST_WIDTH, LEAST_HEIGHT = 60, 20
"""Cells below which nothing sensible can be shown."""
WIDE = 120
"""Columns from which findings and command stand beside the form."""
TOO_SMALL = f"This needs a terminal of at least {LEAST_WIDTH}x{LEAST_HEIGHT}. Make it larger; nothing is lost."


@runtime_checkable
class Helpable(Protocol):
    """A widget that can say what it is about, so that ``?`` can explain it."""

    def help_name(self) -> str:
        """The option, variable, feature or finding code it is about; empty where there is none right now."""


@runtime_checkable
class Telling(Protocol):
    """A widget that explains itself where the knowledge holds nothing about it."""

    def help_text(self) -> tuple[str, str]:
        """A title and what there is to say."""


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

    LAYERS: ClassVar[tuple[str, ...]] = ("base", "cover")
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


class BaseApp(App[int]):
    """An app in the wizard's looks.

    Args:
        terminal: what the terminal can show; None: found out.
        settings: theme and the like; None: the remembered ones.
    """

    TITLE = "glm-wizard"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  as Textual declares it
        (0, "-tiny"),
        (LEAST_WIDTH, "-narrow"),
        (WIDE, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (LEAST_HEIGHT, "-tall")]  # noqa: RUF012
    TOOLTIP_DELAY = 0.8
    CSS_PATH = "app.tcss"
    CSS = """
    Screen { layers: base cover; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "question_mark,f1", "explain", "help", key_display="?", tooltip="Explain what has the focus, and all keys"
        ),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "quit", show=False, system=True),
    ]

    def __init__(self, terminal: Terminal | None = None, settings: remembered.Settings | None = None) -> None:
        super().__init__()
        self.terminal = terminal or Terminal.here()
        self.settings = settings or remembered.load()
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.no_color = not self.terminal.has_color
        self._no_colors, self._ascii = NoColors(), Ascii()
        self.theme = self.settings.theme if self.terminal.has_color else themes.PLAIN

    @property
    def is_ascii(self) -> bool:
        """Whether only ASCII may be written."""
        return self.settings.ascii_only or not self.terminal.has_unicode

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last step before the terminal: no colour and ASCII only, where it must be."""
        filters = list(super().get_line_filters())
        if self.theme == themes.PLAIN:
            filters.append(self._no_colors)
        if self.is_ascii:
            filters.append(self._ascii)
        return filters

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: what every app of the wizard can do."""
        yield from self.key_commands(screen)
        for name in themes.NAMES:
            if name != self.theme and (self.terminal.has_color or name == themes.PLAIN):
                yield SystemCommand(f"Theme: {name}", themes.MEANINGS[name], lambda name=name: self.use_theme(name))
        if self.terminal.has_unicode:
            word = "also other signs" if self.settings.ascii_only else "ASCII only"
            yield SystemCommand(f"Signs: {word}", "For terminals that show boxes and dots wrongly", self.toggle_ascii)

    def key_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key that works now, as a command."""
        seen: set[str] = set()
        for namespace, binding, enabled, tooltip in screen.active_bindings.values():
            words = binding.description.strip()
            if not words or not enabled or binding.action in seen or "focus_" in binding.action:
                continue
            seen.add(binding.action)
            title = words[:1].upper() + words[1:]

            async def do(action: str = binding.action, where: Any = namespace) -> None:
                await self.run_action(action, where)

            yield SystemCommand(title, f"{tooltip or title} (key: {self.get_key_display(binding)})", do)

    def use_theme(self, name: str) -> None:
        """Shows and remembers a theme."""
        self.theme = name
        self.no_color = name == themes.PLAIN
        self._remember(remembered.Settings(name, self.settings.ascii_only))

    def toggle_ascii(self) -> None:
        """Shows ASCII only, or everything again, and remembers it."""
        self._remember(remembered.Settings(self.settings.theme, not self.settings.ascii_only))
        self.refresh_css(animate=False)
        self.screen.refresh(layout=True)

    def _remember(self, settings: remembered.Settings) -> None:
        self.settings = settings
        problem = remembered.save(settings)
        if problem:
            self.say(problem, severity="warning")

    def say(self, text: str, *, severity: Any = "information") -> None:
        """One sentence in a corner. The text is text, never markup."""
        self.notify(text, severity=severity, markup=False)

    def copy(self, text: str, what: str) -> None:
        """Puts text on the operator's clipboard through the terminal, and says what and how much."""
        self.copy_to_clipboard(text)
        self.say(f"Copied {what}: {len(text):,} characters. If your terminal blocks that, save it to a file instead.")

    def action_explain(self) -> None:
        """Explains the focused thing; closes the explanation where it is open."""
        from screens.help import HelpScreen, about

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss(None)
            return
        name = next(
            (found for node in self._focused_first() if isinstance(node, Helpable) and (found := node.help_name())), ""
        )
        self.push_screen(HelpScreen(about(name, self.screen)))

    def _focused_first(self) -> Iterable[Any]:
        focused = self.screen.focused
        return focused.ancestors_with_self if isinstance(focused, Widget) else ()


def plain(text: str, style: str = "") -> Content:
    """Text from outside as content: never markup."""
    return Content.styled(text, style) if style else Content(text)
