"""The export dialog: which format, where to; and the writing, which asks before it overwrites."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from screens.base import BaseDialog
from screens.dialogs import ChoosePath, Confirm, ShowText
from screens.text import outside
from screens.widgets.rows import Row, RowList
from wizard import drafts
from wizard.errors import UsageError
from wizard.export import EXPORTERS, FOLDER_FILES
from wizard.export.next_steps import lines, next_steps
from wizard.export.write import write_file, write_folder
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
    Form("folder", "a folder: script, selection.toml, verify.sh, bench.sh, RUNBOOK.md", "launch/"),
    Form("json", "the plan as one JSON document", "plan.json"),
)


class Wanted(NamedTuple):
    """What is to be written."""

    form: str
    path: str


class ExportDialog(BaseDialog[Wanted]):
    """Format and place.

    Args:
        session: what is exported.
        folder: where files go unless another place is typed.
        before: what was wanted before; it could not be had.
        problem: why.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "browse", "browse", tooltip="Choose the place by walking through the folders"),
        Binding("y", "copy", "copy", tooltip="Copy the text to the clipboard of your terminal instead"),
    ]

    def __init__(self, session: Session, folder: Path, before: Wanted | None = None, problem: str = "") -> None:
        super().__init__()
        self.session, self.folder, self.problem = session, folder, problem
        self.form = next((form for form in FORMS if before and form.name == before.form), FORMS[0])
        self.path = before.path if before else str(folder / self.form.place)

    def compose_box(self) -> ComposeResult:
        """Formats, place, what stands in the way, buttons."""
        with Vertical(classes="box") as box:
            box.border_title = "Export"
            box.border_subtitle = "Enter in the field writes · y copies · ^o browses · Esc leaves"
            yield RowList(id="forms")
            yield Input(self.path, compact=True, select_on_focus=False)
            with VerticalScroll(classes="text", can_focus=False):
                yield Static(self._notes(), markup=False, classes="notes")
            yield Static(outside(self.problem, "$text-error"), markup=False, classes="problem")
            with Horizontal(classes="buttons"):
                yield Button(Content("Write"), id="write", compact=True)
                yield Button(Content("Copy"), id="copy", compact=True)
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
        """The formats; the cursor chooses. After a refusal the place comes first."""
        self._show_forms()
        (self.query_one(Input) if self.problem else self.query_one(RowList)).focus()

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

    @on(Input.Changed)
    def _typed(self) -> None:
        """What was wrong is being mended."""
        if self.query_one(Input).value != self.path:
            self._say("")

    def _say(self, problem: str) -> None:
        self.query_one(".problem", Static).update(outside(problem, "$text-error"))

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _write(self) -> None:
        path = self.query_one(Input).value.strip()
        problem = wrong(path)
        self._say(problem)
        if not problem:
            self.dismiss(Wanted(self.form.name, path))

    @on(Button.Pressed, "#back")
    def _back(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """The text of one file; a folder is several."""
        if self.form.name == "folder":
            self._say("a folder is several files: choose the script or JSON to copy, or write it")
            return
        text = EXPORTERS[self.form.name](self.session.export_request(self.form.name))
        self.app.copy(text, self.form.words)  # type: ignore[attr-defined]

    def action_browse(self) -> None:
        """The place, by walking."""
        self.app.push_screen(ChoosePath("Write to", self.query_one(Input).value, must_exist=False), self._take)

    def _take(self, path: Path | None) -> None:
        if path is not None:
            self.query_one(Input).value = str(path)


def wrong(path: str) -> str:
    """Why a path cannot be one; empty where it can."""
    if not path:
        return "a path is needed"
    try:
        Path(path).expanduser()
    except RuntimeError:
        return f"there is no home folder for `{path.partition('/')[0]}` on this machine"
    return ""


async def export(app: "WizardApp") -> None:
    """Asks, writes, says what was written and what comes next; what was exported is no longer unfinished."""
    session = app.session
    folder = await asyncio.to_thread(Path.cwd)
    wanted, problem = None, ""
    while True:
        wanted = await app.push_screen_wait(ExportDialog(session, folder, wanted, problem))
        if wanted is None or (not problem and not await _despite_errors(app, session)):
            return
        try:
            written = await _written(app, session, wanted)
        except UsageError as error:
            problem = f"{error.message}; {error.hint}".replace(" (`--output`)", "")
            continue
        if written is not None:
            break
        problem = "It was kept as it is. Another place?"
    app.saved = session.selection
    await asyncio.to_thread(drafts.settled, session.selection, was_changed=app.was_changed)
    app.retitle()
    steps = next_steps(session.export_request().flow, wanted.form, str(_place(wanted.path)))
    told = "\n".join([*written, "", "What comes next:", lines(steps)])
    await app.push_screen_wait(ShowText("Exported", told, "what comes next"))


async def _written(app: "WizardApp", session: Session, wanted: Wanted) -> list[str] | None:
    """Writes what was wanted and says what; None where what is there is to stay.

    Raises:
        UsageError: it cannot be written.
    """
    request = session.export_request("bash" if wanted.form == "folder" else wanted.form)
    path = _place(wanted.path)
    if wanted.form == "folder":
        texts = {path / name: render(request) for name, render in FOLDER_FILES.items()}
    else:
        texts = {path: EXPORTERS[wanted.form](request)}
    in_the_way = [str(place) for place, text in texts.items() if await asyncio.to_thread(_differs, place, text)]
    if in_the_way:
        detail = "\n".join(in_the_way) + "\nWhat is there now differs and would be lost."
        question = f"Overwrite {in_the_way[0]}?" if len(in_the_way) == 1 else "Overwrite these files?"
        if not await app.push_screen_wait(Confirm(question, detail, yes="Overwrite", no="Keep")):
            return None
    if wanted.form == "folder":
        named = {place.name: text for place, text in texts.items()}
        done = await asyncio.to_thread(write_folder, path, named, overwrite=True)
        return [f"{state}: {place}" for place, state in done]
    return [f"{await asyncio.to_thread(write_file, path, texts[path], overwrite=True)}: {path}"]


def _differs(path: Path, text: str) -> bool:
    """Whether a file with another text is there."""
    try:
        return path.is_file() and path.read_bytes() != text.encode()
    except (OSError, ValueError):
        return False  # whatever it is, writing says it


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
