"""The export dialog: which format, where to; and the writing, which asks before it overwrites."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from screens import files
from screens.base import BaseDialog
from screens.dialogs import ChoosePath, Confirm
from screens.text import outside
from screens.widgets.rows import Row, RowList
from wizard import drafts
from wizard.errors import UsageError
from wizard.export import EXPORTERS, FOLDER_FILES
from wizard.export.write import write_folder
from wizard.session import Session

if TYPE_CHECKING:
    from screens.app import WizardApp


class Form(NamedTuple):
    """A way to export."""

    name: str
    words: str
    place: str
    """Where to, unless the operator says otherwise."""


FORMS = (
    Form("bash", "one launch script (bash)", "launch.sh"),
    Form("folder", "a folder: script, selection.toml, verify.sh, RUNBOOK.md", "launch/"),
    Form("json", "the plan as one JSON document", "plan.json"),
)


class Wanted(NamedTuple):
    """What is to be written."""

    form: str
    path: str


class ExportDialog(BaseDialog[Wanted]):
    """Format and place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "browse", "browse", tooltip="Choose the place by walking through the folders"),
    ]

    def __init__(self, session: Session, folder: Path) -> None:
        super().__init__()
        self.session, self.folder = session, folder
        self.form = FORMS[0]

    def compose_box(self) -> ComposeResult:
        """Formats, place, what stands in the way, buttons."""
        with Vertical(classes="box") as box:
            box.border_title = "Export"
            box.border_subtitle = "Enter in the field writes · ^o browses · Esc leaves"
            yield RowList(id="forms")
            yield Input(str(self.folder / FORMS[0].place), compact=True, select_on_focus=False)
            yield Static(self._notes(), markup=False, classes="notes")
            yield Static(markup=False, classes="problem")
            with Horizontal(classes="buttons"):
                yield Button(Content("Write"), id="write", compact=True)
                yield Button(Content("Back"), id="back", compact=True)

    def _notes(self) -> Content:
        session, lines = self.session, []
        if session.blocking:
            lines.append(Content.styled(session.verdict, "bold $text-error"))
            lines += [outside(f"  {finding.message}") for finding in session.blocking[:4]]
        blank = session.export_request().flow.unfilled()
        if blank:
            names = ", ".join(variable.name for variable in blank)
            lines.append(
                outside(
                    f"Not filled in: {names}. The script stops and names them until they are given.", "$text-warning"
                )
            )
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        """The formats; the cursor chooses."""
        self._show_forms()
        self.query_one(RowList).focus()

    def _show_forms(self) -> None:
        rows = [Row(form.name, Content(f"({'*' if form is self.form else ' '}) {form.words}")) for form in FORMS]
        self.query_one(RowList).show(rows, key=self.form.name)

    @on(RowList.Moved)
    def _other_form(self, message: RowList.Moved) -> None:
        """Another format goes to its own place, unless another name was typed."""
        chosen = next((form for form in FORMS if form.name == message.key), self.form)
        if chosen is self.form:
            return
        self.form = chosen
        self._show_forms()
        field = self.query_one(Input)
        folder, name = field.value.rstrip("/").rpartition("/")[::2]
        if name in {form.place.rstrip("/") for form in FORMS}:
            field.value = f"{folder}/{chosen.place}"

    @on(RowList.Picked)
    def _to_the_place(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _write(self) -> None:
        path = self.query_one(Input).value.strip()
        if path:
            self.dismiss(Wanted(self.form.name, path))
        else:
            self.query_one(".problem", Static).update(outside("a path is needed", "$text-error"))

    @on(Button.Pressed, "#back")
    def _back(self) -> None:
        self.dismiss(None)

    def action_browse(self) -> None:
        """The place, by walking."""
        self.app.push_screen(ChoosePath("Write to", self.query_one(Input).value, must_exist=False), self._take)

    def _take(self, path: Path | None) -> None:
        if path is not None:
            self.query_one(Input).value = str(path)


async def export(app: "WizardApp") -> None:
    """Asks, writes, says what was written; what was exported is no longer unfinished."""
    session = app.session
    wanted = await app.push_screen_wait(ExportDialog(session, await asyncio.to_thread(Path.cwd)))
    if wanted is None or not await _despite_errors(app, session):
        return
    path = _place(wanted.path)
    request = session.export_request("bash" if wanted.form == "folder" else wanted.form)
    if wanted.form == "folder":
        done = await _folder(app, path, {name: render(request) for name, render in FOLDER_FILES.items()})
    else:
        done = await files.write(app, path, EXPORTERS[wanted.form](request))
    if done:
        app.saved = session.selection
        await asyncio.to_thread(drafts.discard)
        app.retitle()


async def _despite_errors(app: "WizardApp", session: Session) -> bool:
    """Whether there are no errors, or the operator wants the export all the same."""
    if not session.blocking:
        return True
    detail = "\n".join(finding.message for finding in session.blocking)
    question = f"Write it despite {session.verdict}?"
    answer = await app.push_screen_wait(Confirm(question, detail, yes="Write all the same", no="Back"))
    return answer is True


def _place(text: str) -> Path:
    return Path(text).expanduser()


async def _folder(app: "WizardApp", path: Path, texts: Mapping[str, str]) -> bool:
    for overwrite in (False, True):
        try:
            written = await asyncio.to_thread(write_folder, path, texts, overwrite=overwrite)
        except UsageError as error:
            in_the_way = [path / name for name in texts if await asyncio.to_thread((path / name).is_file)]
            if overwrite or not in_the_way:
                app.complain(error)
                return False
            names = "\n".join(map(str, in_the_way))
            if not await app.push_screen_wait(Confirm("Overwrite these files?", names, yes="Overwrite", no="Keep")):
                return False
        else:
            app.say("\n".join(f"{state}: {place}" for place, state in written))
            return True
    return False
