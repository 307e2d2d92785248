"""The bottom line: the keys that work now. What does not fit is left out from the end, never cut."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

HELP = "explain"
MOUSE_IS_FREE = "F3 takes the mouse back  "
LATER = ("app.next_stage", "findings", "command", "app.undo", "app.redo", "back", "reproduce", "quit")
"""Actions of the frame, in their order: known from every stage, so they give way to what is special here."""


class Key(NamedTuple):
    """A key as the bottom line shows it."""

    key: str
    """As the terminal sends it."""
    shown: str
    words: str
    action: str

    @property
    def width(self) -> int:
        """Cells, with the gap behind it."""
        return cell_len(self.shown) + 1 + cell_len(self.words) + 2


class KeyBar(Widget):
    """One line. The focused thing's keys come first, then the screen's, then the app's; help always stays."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    KeyBar { height: 1; width: 100%; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        """Follows what works."""
        self.screen.bindings_updated_signal.subscribe(self, self._renew)
        self.watch(self.app, "mouse_is_free", self._mouse_moved, init=False)
        self._renew(self.screen)

    def _renew(self, screen: Screen[Any]) -> None:
        keys = tuple(working_keys(screen))
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _mouse_moved(self) -> None:
        self.refresh()

    @property
    def _first(self) -> str:
        """What stands before the keys: that a click does nothing here now, and what changes that."""
        return MOUSE_IS_FREE if getattr(self.app, "mouse_is_free", False) else ""

    @property
    def shown(self) -> tuple[Key, ...]:
        """The keys for which there is room."""
        return fitting(self._keys, self.content_size.width - len(self._first))

    def render(self) -> Content:
        """The keys, as many as fit."""
        parts = [Content.styled(self._first, "bold $text-warning")]
        for key in self.shown:
            parts += [Content.styled(key.shown, "bold $footer-key-foreground"), Content(f" {key.words}  ")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """A click on a key is the key."""
        place, start = event.x - 1, len(self._first)
        for key in self.shown:
            if start <= place < start + key.width:
                self.app.simulate_key(key.key)
                return
            start += key.width


def working_keys(screen: Screen[Any]) -> Iterator[Key]:
    """The keys to show: those that work now and would not be typed into the focused field."""
    seen: set[str] = set()
    everything = sorted(screen.active_bindings.values(), key=_rank)
    for _, binding, enabled, _ in everything:
        if not binding.show or not enabled or not binding.description or binding.action in seen:
            continue
        focused = screen.focused
        character = binding.key if len(binding.key) == 1 else {"question_mark": "?", "slash": "/"}.get(binding.key)
        if focused is not None and character is not None and focused.check_consume_key(binding.key, character):
            if binding.action != HELP:
                continue
            binding = binding.with_key("f1", "F1")  # noqa: PLW2901  the other key for the same
        seen.add(binding.action)
        yield Key(binding.key, screen.app.get_key_display(binding), binding.description, binding.action)


def _rank(active: Any) -> int:
    action = active.binding.action
    return LATER.index(action) + 1 if action in LATER else 0


def fitting(keys: tuple[Key, ...], width: int) -> tuple[Key, ...]:
    """As many keys as fit, in order; the help key always, at the end."""
    last = [key for key in keys if key.action == HELP][:1]
    room = width - sum(key.width for key in last)
    chosen: list[Key] = []
    for key in keys:
        if key in last:
            continue
        if key.width > room:
            break
        room -= key.width
        chosen.append(key)
    return (*chosen, *last)
