"""Looking for the weights: the folders of a host, one level at a time, in the background."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.base import BaseDialog
from screens.text import outside
from screens.widgets.rows import Row, RowList
from wizard import reach
from wizard.detect.folders import Folder, listed
from wizard.reach import Shell

UP = ".."


class ChooseFolder(BaseDialog[str]):
    """Gives the folder that was chosen.

    Args:
        address: the host to look on.
        ssh: how ssh reaches it, where that is not the address.
        path: where to begin.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "take", "take this folder", tooltip="Take the folder under the cursor"),
        Binding("t", "here", "take the open one", tooltip="Take the folder that is open"),
        Binding("backspace,left", "up", "up", tooltip="One folder up"),
    ]
    DEFAULT_CSS = """
    ChooseFolder {
        & RowList { height: 14; }
        & #at { height: auto; text-style: bold; }
        & .note { color: $text-muted; }
    }
    """

    def __init__(self, address: str, ssh: str, path: str) -> None:
        super().__init__()
        self.address, self.ssh = address, ssh
        self.at = Folder(path or "/")
        self._shell: Shell | None = None

    def compose_box(self) -> ComposeResult:
        """Where one is, and what is there."""
        with Vertical(classes="box") as box:
            box.border_title = outside(f"Weights on {self.address}")
            box.border_subtitle = "Enter opens · Space takes it · t takes the open one · Esc back"
            yield Static(markup=False, id="at")
            yield RowList()
            yield Static("Folders marked `model` hold a config.json.", markup=False, classes="note")

    def on_mount(self) -> None:
        """Looks."""
        self.query_one(RowList).focus()
        self._look(self.at.path)

    def on_unmount(self) -> None:
        """Lets go of the host."""
        if self._shell is not None:
            self._shell.close()

    @work(thread=True, group="folders", exclusive=True)
    def _look(self, path: str, came_from: str = "") -> None:
        if self._shell is None:
            self._shell = reach.shell(self.address, self.ssh)
        found = listed(self._shell, path)
        if self.is_attached:
            self.app.call_from_thread(self._show, found, came_from)

    def _show(self, found: Folder, came_from: str) -> None:
        self.query_one("#at", Static).update(outside(found.path))
        if found.fault is not None:
            text = f"{found.path}: {found.fault.message}"
            self.query_one("#at", Static).update(outside(text, "bold $text-error"))
            if self.at.path != found.path or self.at.folders:
                return
        self.at = found
        rows = [Row(UP, Content(UP), Content.styled("one up", "$text-muted"))]
        rows += [
            Row(name, outside(f"{name}/", "bold"), Content.styled("model", "$text-success")) for name in found.models
        ]
        rows += [Row(name, outside(f"{name}/")) for name in found.folders]
        first = found.models[0] if found.models else found.folders[0] if found.folders else UP
        self.query_one(RowList).show(rows, key=came_from or first)

    @on(RowList.Picked)
    def _open(self, message: RowList.Picked) -> None:
        if message.key == UP:
            self.action_up()
        elif message.key in self.at.models:
            self.dismiss(self._inside(message.key))
        else:
            self._look(self._inside(message.key))

    def _inside(self, name: str) -> str:
        return f"{self.at.path.rstrip('/')}/{name}"

    def action_take(self) -> None:
        """The folder under the cursor."""
        key = self.query_one(RowList).key
        if key and key != UP:
            self.dismiss(self._inside(key))

    def action_here(self) -> None:
        """The open folder."""
        self.dismiss(self.at.path)

    def action_up(self) -> None:
        """One folder up."""
        parent, _, name = self.at.path.rstrip("/").rpartition("/")
        self._look(parent or "/", name)
