"""What lies below the panes: the diagnosis, the NPUs, what happened, the marks. One of them is open, or none.

Owns the list and its looks; what stands in it comes as entries from ``screens.monitor.entries``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.widgets.cursor import Entries
from screens.widgets.log_text import plain

_HELP = {
    "diagnosis": "What the logs say went wrong: first the cause over all processes, with its line, what it means and "
    "what to change; then what followed from it. Enter on a line goes there; Enter on `Apply and "
    "relaunch` opens the wizard with the run's selection and the change in it, and starts nothing.",
    "npus": "What `npu-smi info` says on every host of the run, asked again and again while this is open: health, "
    "memory (HBM), how busy the cores are (AICore), watts and degrees. A host that does not answer grows grey,"
    " with the age of what was read last.",
    "events": "What happened since the run was started: every step of its launch, the phases its processes reached, "
    "and failures (marked with !). Enter on one goes to its process.",
    "marks": "The lines that were marked with `m`, in the order of time. Enter goes to the line, and shows what the "
    "other logs wrote at that moment. Marks of a run are kept beside its record and seen by everybody who "
    "watches it.",
}
TITLES = {"diagnosis": "d Diagnosis", "npus": "u NPUs", "events": "v Events", "marks": "' Marks"}


class Entry(NamedTuple):
    """A row of the drawer: text, and what Enter does with it."""

    text: str
    style: str = ""
    goal: Any = None
    """What Enter leads to; None: nothing."""


class _Entries(Entries):
    """A list whose key for going somewhere stands in the bottom line, while there is somewhere to go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "go there", tooltip="Go to the line, or do what the entry says"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Enter only on what leads somewhere."""
        return action != "select" or self.highlighted is not None


class Drawer(Vertical):
    """A title with the names of all drawers, and the open one's entries."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", tooltip="Close this list"),
    ]
    DEFAULT_CSS = """
    Drawer {
        display: none; height: 40%; min-height: 8; background: $surface;
        & > Static { height: 1; background: $panel; padding: 0 1; }
        & > OptionList, & > OptionList:focus {
            height: 1fr; border: none; padding: 0 1; background: $surface; background-tint: $surface 0%;
        }
        & > OptionList > .option-list--option-disabled { color: $foreground; }
        &.-open { display: block; }
    }
    """

    @dataclass
    class Chosen(Message):
        """Enter on an entry that leads somewhere."""

        goal: Any

    @dataclass
    class Closed(Message):
        """The drawer was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open_name = ""
        self._entries: tuple[Entry, ...] = ()
        self.about = ""
        """What the knowledge may explain about the entries: the id of a diagnosis."""
        self._title = Static("", markup=False)
        self._list = _Entries(markup=False)

    def compose(self) -> ComposeResult:
        """Title and entries."""
        yield self._title
        yield self._list

    def help_text(self) -> tuple[str, str]:
        """What the open list holds, and what Enter does in it."""
        return TITLES.get(self.open_name, "").partition(" ")[2], _HELP.get(self.open_name, "")

    def help_name(self) -> str:
        """The failure that is told of."""
        return self.about

    def open(self, name: str) -> None:
        """Opens a drawer."""
        self.open_name = name
        self._entries = ()
        self.add_class("-open")
        parts = [Content.styled(f" {title} ", "reverse" if key == name else "") for key, title in TITLES.items()]
        self._title.update(Content(" ").join(parts))
        self._list.clear_options()
        self._list.focus()

    def close(self) -> None:
        """Closes it."""
        self.open_name = ""
        self.remove_class("-open")

    def show(self, entries: Sequence[Entry]) -> None:
        """Shows entries; the cursor stays where it was."""
        if tuple(entries) == self._entries:
            return
        at = self._list.highlighted
        self._entries = tuple(entries)
        self._list.set_options(
            Option(Content.styled(plain(one.text), one.style), disabled=one.goal is None) for one in entries
        )
        able = [n for n, one in enumerate(entries) if one.goal is not None]
        if able:
            self._list.highlighted = at if at in able else able[0]

    def action_close(self) -> None:
        """Closes it and says so."""
        self.close()
        self.post_message(self.Closed())

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        goal = self._entries[event.option_index].goal
        if goal is not None:
            self.post_message(self.Chosen(goal))
