"""The questions of the Detect stage: which hosts to ask, which recorded machine to replay; and all about one host."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from screens.base import BaseDialog
from screens.detect.card import devices_of, lines_of, title_of
from screens.text import Prose, outside, printable
from screens.widgets.rows import Row, RowList
from wizard import paths
from wizard.detect import command, recording, summary, words
from wizard.errors import WizardError
from wizard.model.hardware import Host
from wizard.offers.host_list import Listed, listed

_LARGEST = 200_000
"""Bytes of a hosts file that are read."""


class AddHosts(BaseDialog[tuple[str, ...]]):
    """Asks for hosts: typed, pasted, or out of a file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,f2", "done", "ask them", key_display="F2", tooltip="Ask these hosts", priority=True),
    ]
    DEFAULT_CSS = """
    AddHosts {
        & TextArea, & TextArea:focus { height: 8; border: none; background: $panel; padding: 0 1; }
        & .note { color: $text-muted; }
        & #read { height: auto; min-height: 2; }
    }
    """

    def __init__(self, named: Sequence[str] = ()) -> None:
        """Those that were named elsewhere stand there already."""
        super().__init__()
        self.named = ", ".join(named)

    def compose_box(self) -> ComposeResult:
        """A text, what is read out of it, and the keys."""
        with Vertical(classes="box") as box:
            box.border_title = "Add hosts"
            box.border_subtitle = "Enter asks them · Esc back"
            yield Static(
                "Addresses, names or ssh targets (user@host), one a line or with commas; or the path of a hosts file.",
                classes="note",
                markup=False,
            )
            yield HostsText(self.named)
            yield Static(markup=False, id="read")

    def on_mount(self) -> None:
        """Types at once."""
        self.query_one(HostsText).focus()
        self._judge()

    @property
    def found(self) -> Listed:
        """The hosts in the text, or in the file that it names."""
        text = self.query_one(HostsText).text
        path = paths.typed(text.strip()) if "\n" not in text.strip() and "/" in text else None
        return _of_file(path) if path is not None else listed(text)

    @on(TextArea.Changed)
    def _judge(self) -> None:
        found = self.found
        lines = [outside(f"asks: {', '.join(found.addresses)}")] if found.addresses else [Content("asks nobody yet")]
        if found.wrong:
            lines.append(outside("no host: " + ", ".join(found.wrong[:4]), "bold $text-error"))
        self.query_one("#read", Static).update(Content("\n").join(lines))

    def action_done(self) -> None:
        """Asks them, where there are any."""
        if self.found.addresses:
            self.dismiss(self.found.addresses)


class HostsText(TextArea):
    """Several lines; Enter ends, as pasted line breaks come by paste. Tab leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.done", "ask them", priority=True),
        Binding("escape", "screen.cancel", "back", show=False, priority=True),
    ]

    def __init__(self, text: str) -> None:
        super().__init__(text, tab_behavior="focus", soft_wrap=True)
        self.move_cursor(self.document.end)


def _of_file(path: Path) -> Listed:
    try:
        with path.open("rb") as file:
            return listed(file.read(_LARGEST).decode("utf-8", "replace"))
    except (OSError, ValueError):
        return Listed((), (f"{path} cannot be read",))


class Rehearse(BaseDialog[str]):
    """Offers the recorded machines that come along, and asks for a folder of one's own."""

    DEFAULT_CSS = """
    Rehearse {
        & RowList { height: auto; max-height: 12; }
        & .note { color: $text-muted; margin-bottom: 1; }
        & Input { margin-top: 1; border: none; height: 1; background: $panel; }
    }
    """

    def compose_box(self) -> ComposeResult:
        """The list, and a field for a folder."""
        with Vertical(classes="box") as box:
            box.border_title = "Rehearse with a recorded machine"
            box.border_subtitle = "Enter replays it · Esc back"
            yield Static(
                "Nothing is asked: what was recorded answers. RECORDED stands on every screen.",
                classes="note",
                markup=False,
            )
            yield RowList()
            yield Input(placeholder="or the folder of a recording (--detect --record FOLDER makes one)", compact=True)

    def on_mount(self) -> None:
        """Names the machines."""
        rows = self.query_one(RowList)
        found = [Row(name, Content(name), outside(_about(name), "$text-muted")) for name in recording.bundled()]
        rows.show(found, key="a3-pair")
        rows.styles.height = len(found)
        rows.focus()

    @on(RowList.Picked)
    def _picked(self, message: RowList.Picked) -> None:
        self.dismiss(message.key)

    @on(Input.Submitted)
    def _typed(self, message: Input.Submitted) -> None:
        if message.value.strip():
            self.dismiss(message.value.strip())


def _about(name: str) -> str:
    """What a bundled machine is, in a few words."""
    try:
        hosts = command.recorded(Path(name))
    except WizardError as error:
        return error.message
    first = words.headline(hosts[0]).partition(": ")[2]
    return f"{len(hosts)} hosts, each {first}" if len(hosts) > 1 else first


class HostDetails(BaseDialog[None]):
    """Everything about one host: devices and what a launch depends on in tables, then what was not found out."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "cancel", "back", show=False)]
    DEFAULT_CSS = """
    HostDetails > .box { width: 100; max-height: 95%; }
    HostDetails VerticalScroll { height: auto; max-height: 100%; }
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host

    def compose_box(self) -> ComposeResult:
        """One text that scrolls."""
        box = VerticalScroll(Prose(self._content()), classes="box")
        box.border_title = title_of(self.host)
        box.border_subtitle = "Esc closes"
        yield box

    def on_mount(self) -> None:
        """Scrolls with the keys."""
        self.query_one(VerticalScroll).focus()

    def _content(self) -> Content:
        lines = list(lines_of(self.host))
        if self.host.devices:
            lines += [Content(""), *_table(list(devices_of(self.host)))]
        rows = summary.rows(self.host)
        told = summary.open_points(rows)  # on the card, which stands above, with what cures them
        found = [(row.state.value, row.what, row.found) for row in rows if row not in told]
        lines += [Content(""), *_table([("state", "what", "found"), *found])] if found else []
        if self.host.series_evidence:
            lines.append(outside("series: " + "; ".join(self.host.series_evidence)))
        if self.host.unknown:
            lines += [Content(""), Content.styled("not known, and why", "bold")]
            lines += [outside(f"{name}: {why}") for name, why in self.host.unknown.items()]
        return Content("\n").join(lines)


def _table(rows: list[tuple[str, ...]]) -> list[Content]:
    widths = [max(len(printable(row[place])) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append(Content.styled("  ".join(cells).rstrip(), "bold" if number == 0 else ""))
    return lines
