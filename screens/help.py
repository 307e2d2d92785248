"""``?``: what the focused thing is, from the knowledge, and every key that works now."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from screens.base import BaseDialog, BaseScreen, Telling
from screens.text import outside, printable

_PLAIN = ("scroll_", "page_left", "page_right", "screen.copy_text", "copy_text")
"""Actions of Textual's own that need no explanation."""
_FIRST = ("meaning", "explanation", "value", "default", "range", "choices", "unit", "source")


class Explained(NamedTuple):
    """What the help shows: a title, paragraphs, and the keys."""

    title: str
    entries: tuple[tuple[str, str], ...]
    """Name → text; an empty name is a paragraph."""
    keys: tuple[tuple[str, str], ...]


def about(name: str, screen: Screen[Any]) -> Explained:
    """What is known about a name, else what the focused thing says itself, else about the screen; and the keys."""
    entries = tuple(_known(name)) if name else ()
    title = name
    told = _told_by_the_focused(screen)
    if not entries and told is not None:
        title, entries = told[0], (("", told[1]),)
    elif not entries and isinstance(screen, BaseScreen):
        title, entries = screen.HELP_TITLE, (("", screen.HELP_TEXT),)
    elif not entries:
        boxes = (str(box.border_title) for box in screen.query(".box") if box.border_title)
        title = next(boxes, "help")
        entries = (("", getattr(screen, "HELP_TEXT", "")),)
    return Explained(title, entries, tuple(_keys(screen)))


def _told_by_the_focused(screen: Screen[Any]) -> tuple[str, str] | None:
    """What the focused thing, or what it stands in, says about itself: a title and a text."""
    nodes = screen.focused.ancestors_with_self if screen.focused is not None else ()
    told = (node.help_text() for node in nodes if isinstance(node, Telling))
    return next((found for found in told if found[1]), None)


def _known(name: str) -> Iterator[tuple[str, str]]:
    from wizard import explanation

    for kind, found in explanation.found(name):
        yield "kind", kind
        texts = {key: value for key, value in found.items() if value not in ("", None) and key != "name"}
        for key in sorted(texts, key=lambda key: _FIRST.index(key) if key in _FIRST else len(_FIRST)):
            yield key.replace("_", " "), _text(texts[key])


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _keys(screen: Screen[Any]) -> Iterator[tuple[str, str]]:
    shown: dict[str, tuple[list[str], str]] = {}
    for _, binding, enabled, tooltip in screen.active_bindings.values():
        if enabled and (binding.description or tooltip) and not binding.action.startswith(_PLAIN):
            keys, _ = shown.setdefault(binding.action, ([], tooltip or binding.description))
            keys.append(screen.app.get_key_display(binding))
    for keys, words in shown.values():
        yield " ".join(dict.fromkeys(keys)), words


class HelpScreen(BaseDialog[None]):
    """The explanation, in a box that scrolls. ``?`` and Escape close it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "cancel", "back", show=False)]
    DEFAULT_CSS = """
    HelpScreen > VerticalScroll { max-height: 90%; }
    """

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained

    def compose_box(self) -> ComposeResult:
        """Entries, then keys."""
        told = "\n\n".join(text for name, text in self.explained.entries if not name)
        above = [Static(outside(told, lines=True), markup=False)] if told else []
        box = VerticalScroll(*above, Static(self._content()), classes="box")
        box.border_title = outside(self.explained.title)
        box.border_subtitle = "Esc closes"
        yield box

    def _content(self) -> Table:
        """Names at the left, texts beside them, however long they are."""
        table = Table.grid(padding=(0, 1))
        table.add_column(style="bold", max_width=16)
        table.add_column(ratio=1)
        for name, text in self.explained.entries:
            if name:
                table.add_row(Text(printable(name)), Text(printable(text, lines=True)))
        table.add_row(Text(""), Text(""))
        table.add_row(Text("Keys"), Text("that work now", style="bold"))
        for name, text in self.explained.keys:
            table.add_row(Text(name), Text(text))
        return table
