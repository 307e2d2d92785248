"""The bottom line: the keys that work now. What does not fit is left out from the end, never cut."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

HELP = "explain"
STAYING = (HELP,)
"""Actions whose keys are never left out. A screen may name its own as ``STAYING_KEYS``."""
MOUSE_IS_FREE = "F3 takes the mouse back  "
TYPED = {"slash": "/", "at": "@", "underscore": "_"}
"""Keys by another name than their sign has, which Textual does not recognise as text for the focused field."""
LATER = ("read(1)", "app.next_stage", "findings", "command", "app.undo", "app.redo", "back", "reproduce", "quit")
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
    """One line. The focused thing's keys come first, then the screen's, then the app's; help stays."""

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
        staying = getattr(self.screen, "STAYING_KEYS", STAYING)
        return fitting(self._keys, self.content_size.width - len(self._first), staying)

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
    """The keys to show: those that work now. Where ``?`` would be typed into the focused field, F1 stands for it."""
    active, focused = screen.active_bindings, screen.focused
    seen: set[str] = set()
    for _, binding, enabled, _ in sorted(active.values(), key=_rank):
        sign = TYPED.get(binding.key, binding.key_display or "")
        is_text = len(sign) == 1 and focused is not None and focused.check_consume_key(binding.key, sign)
        if binding.show and enabled and binding.description and binding.action not in seen and not is_text:
            seen.add(binding.action)
            yield Key(binding.key, screen.app.get_key_display(binding), binding.description, binding.action)
    if HELP not in seen and "f1" in active:
        yield Key("f1", "F1", active["f1"].binding.description, HELP)


def _rank(active: Any) -> int:
    action = active.binding.action
    return LATER.index(action) + 1 if action in LATER else 0


def fitting(keys: tuple[Key, ...], width: int, staying: Sequence[str] = STAYING) -> tuple[Key, ...]:
    """As many keys as fit, in order; those that stay always, at the end."""
    last = [key for action in staying for key in keys if key.action == action]
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
