"""What every full screen of the wizard has: themes, no colour where none is wanted, help on ``?``, keys in order."""

import asyncio
import gc
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from textual import events
from textual.app import ScreenStackError, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from screens import settings as remembered
from screens import themes
from screens.ahead import TypedAhead
from screens.base import LEAST_HEIGHT, LEAST_WIDTH, Helpable
from screens.link import Link
from screens.stylesheet import Sheet
from screens.terminal import Ascii, NoColors, Terminal
from screens.text import printable
from wizard.errors import ExitCode

WIDE = 120
"""Columns from which findings and command stand beside the form."""
WAYS_OUT = ("ctrl+q", "ctrl+c")
"""Keys that work in the smallest terminal."""


def for_days() -> None:
    """Keeps an app quick and small for as long as it is open. While it was loaded, nothing was collected."""
    gc.freeze()  # what is there now stays: looking through all of it again would hold up keys for 0.05 s
    gc.set_threshold(10_000)  # a pane that stands still holds 20,000 lines: no reason to look through everything
    gc.enable()
    sys.setswitchinterval(0.001)  # a thread that searches gives way to keys


class BaseApp(TypedAhead):
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
            "question_mark",
            "explain",
            "help",
            key_display="?",
            id="help",
            tooltip="Explain what has the focus, and all keys",
        ),
        Binding("f1", "explain", "help", show=False, tooltip="Explain what has the focus, and all keys"),
        Binding("f2", "settings", "settings", show=False, id="settings", tooltip="Theme, signs, mouse; remembered"),
        Binding(
            "f3",
            "mouse",
            "mouse",
            show=False,
            priority=True,
            tooltip="Give the mouse to the terminal, so that it can select text; again: take it back",
        ),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "quit", show=False, system=True),
    ]

    mouse_is_free: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether the terminal has the mouse."""

    def __init__(self, terminal: Terminal | None = None, settings: remembered.Settings | None = None) -> None:
        super().__init__()
        self.link: Link | None = None
        """The way to the terminal, while there is one."""
        self.stylesheet = Sheet(self.get_css_variables())
        self.terminal = terminal or Terminal.here()
        self.settings = settings or remembered.load()
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.no_color = not self.terminal.has_color
        self._no_colors, self._ascii = NoColors(), Ascii()
        self.theme = self.settings.theme if self.terminal.has_color else themes.PLAIN

    def on_mount(self) -> None:
        """Signals that end programs leave the terminal as it was, too."""
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.cut_off)

    def cut_off(self) -> None:
        """Leaves, as nobody is there to be asked: the terminal is gone, or something ends the program."""
        self.exit(return_code=int(ExitCode.INTERRUPTED))

    def get_driver_class(self) -> Any:
        """A driver that can let go of the mouse, and knows how much the terminal has not taken yet."""
        return Link

    async def on_event(self, event: events.Event) -> None:
        """Where nothing can be seen, no key acts."""
        is_typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if is_typed and self.is_too_small and getattr(event, "key", "") not in WAYS_OUT:
            return
        await super().on_event(event)

    def refresh_bindings(self) -> None:
        """Shows the keys anew; what is told to an app that is leaving finds no screen to show them on."""
        with suppress(ScreenStackError):
            super().refresh_bindings()

    @property
    def is_too_small(self) -> bool:
        """Whether all there is to see is that the terminal is too small."""
        return self.size.width < LEAST_WIDTH or self.size.height < LEAST_HEIGHT

    @property
    def is_ascii(self) -> bool:
        """Whether only ASCII may be written."""
        return self.settings.ascii_only or not self.terminal.has_unicode

    def get_key_display(self, binding: Binding) -> str:
        """A key as it is shown. In ASCII by its name: an arrow would become `>`, and Enter a letter."""
        shown = super().get_key_display(binding)
        return binding.key if self.is_ascii and not shown.isascii() else shown

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
            if not words or not enabled or binding.action in seen or not (binding.show or binding.tooltip):
                continue  # arrows and the like move; they are no commands
            seen.add(binding.action)
            title = words[:1].upper() + words[1:]

            async def do(action: str = binding.action, where: Any = namespace) -> None:
                await self.run_action(action, where)

            yield SystemCommand(title, f"{tooltip or title} (key: {self.get_key_display(binding)})", do)

    def use_theme(self, name: str) -> None:
        """Shows and remembers a theme."""
        self.theme = name
        self.no_color = name == themes.PLAIN
        self._remember(replace(self.settings, theme=name))

    def toggle_ascii(self) -> None:
        """Shows ASCII only, or everything again, and remembers it."""
        self._remember(replace(self.settings, ascii_only=not self.settings.ascii_only))
        self.refresh_css(animate=False)
        self.screen.refresh(layout=True)
        self.refresh_bindings()

    def _remember(self, settings: remembered.Settings) -> None:
        self.settings = settings
        problem = remembered.save(settings)
        if problem:
            self.say(problem, severity="warning")

    def say(self, text: str, *, severity: Any = "information") -> None:
        """One sentence in a corner. The text is text: never markup, never an escape code."""
        self.notify(printable(text, lines=True), severity=severity, markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Through the terminal, and through tmux where there is one."""
        super().copy_to_clipboard(text)
        if self.link is not None:
            from screens.monitor.keeping import passed_on

            self.link.write(passed_on(text))

    def copy(self, text: str, what: str) -> None:
        """Puts text on the operator's clipboard through the terminal, and says what and how much."""
        self.copy_to_clipboard(text)
        self.say(f"Copied {what}: {len(text):,} characters. If your terminal blocks that, save it to a file instead.")

    def action_settings(self) -> None:
        """Theme, signs, mouse."""
        from screens.settings_dialog import SettingsDialog

        if not isinstance(self.screen, SettingsDialog):
            self.push_screen(SettingsDialog())

    def action_mouse(self) -> None:
        """Gives the mouse to the terminal, or takes it back; the bottom line says who has it."""
        self.mouse_is_free = not self.mouse_is_free

    def watch_mouse_is_free(self, is_free: bool) -> None:
        """Tells the terminal."""
        if self.link is not None:
            self.link.use_mouse(not is_free)

    def action_explain(self) -> None:
        """Explains the focused thing; closes the explanation where it is open."""
        from screens.help import HelpScreen, about

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss(None)
            return
        nodes = list(self._focused_first())
        name = next((found for node in nodes if isinstance(node, Helpable) and (found := node.help_name())), "")
        self.push_screen(HelpScreen(about(name, self.screen)))

    def _focused_first(self) -> Iterable[Any]:
        focused = self.screen.focused
        return focused.ancestors_with_self if isinstance(focused, Widget) else ()
