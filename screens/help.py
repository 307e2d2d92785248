"""``?``: what the focused thing is, from the knowledge, and every key that works now."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from screens.base import BaseDialog, BaseScreen, Telling

_FIRST = ("meaning", "explanation", "value", "default", "range", "choices", "unit", "source")


class Explained(NamedTuple):
    """What the help shows: a title, paragraphs, and the keys."""

    title: str
    entries: tuple[tuple[str, str], ...]
    """Name → text; an empty name is a paragraph."""
    keys: tuple[tuple[str, str], ...]


def about(name: str, screen: Screen[Any]) -> Explained:
    """What is known about a name, else about the screen, and the keys that work there now."""
    entries = tuple(_known(name)) if name else ()
    title = name
    told = _told_by_the_focused(screen)
    if not entries and told is not None:
        title, entries = told[0], (("", told[1]),)
    elif not entries and isinstance(screen, BaseScreen):
        title, entries = screen.HELP_TITLE, (("", screen.HELP_TEXT),)
    elif not entries:
        title = str(getattr(screen, "border_title", "") or "help")
    return Explained(title, entries, tuple(_keys(screen)))


def _told_by_the_focused(screen: Screen[Any]) -> tuple[str, str] | None:
    """What the focused thing, or what it stands in, says about itself: a title and a text."""
    nodes = screen.focused.ancestors_with_self if screen.focused is not None else ()
    return next((node.help_text() for node in nodes if isinstance(node, Telling)), None)


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
        if enabled and (binding.description or tooltip):
            keys, _ = shown.setdefault(binding.action, ([], tooltip or binding.description))
            keys.append(screen.app.get_key_display(binding))
    for keys, words in shown.values():
        yield " ".join(dict.fromkeys(keys)), words


class HelpScreen(BaseDialog[None]):
    """The explanation, in a box that scrolls. ``?`` and Escape close it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "cancel", "back", show=False)]
    DEFAULT_CSS = """
    HelpScreen > VerticalScroll { max-height: 90%; }
    HelpScreen .grid { height: auto; margin-bottom: 1; }
    """

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained

    def compose_box(self) -> ComposeResult:
        """Entries, then keys."""
        box = VerticalScroll(Static(self._content(), markup=False), classes="box")
        box.border_title = Content(self.explained.title)
        box.border_subtitle = "Esc closes"
        yield box

    def _content(self) -> Content:
        parts = [*_lines(self.explained.entries, 20), Content.styled("Keys that work now", "bold")]
        parts += _lines(self.explained.keys, 12)
        return Content("\n").join(parts)


def _lines(entries: Iterable[tuple[str, str]], width: int) -> list[Content]:
    lines = []
    for name, text in entries:
        head = Content.styled(f"{name:{width}} ", "$accent") if name else Content("")
        lines.append(Content.assemble(head, Content(text)))
        if not name:
            lines.append(Content(""))
    return [*lines, Content("")] if lines and lines[-1].plain else lines
