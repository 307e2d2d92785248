"""Typed questions over a screen: yes or no, one of several, a line of text, a path, and text to read and copy."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from screens.base import BaseDialog
from screens.text import Hanging, outside, printable
from screens.widgets.cursor import Entries
from wizard import paths

Check = Callable[[str], str | None]
"""What is wrong with a text, in a sentence; None where nothing is."""


class Confirm(BaseDialog[bool]):
    """Yes or no. Escape is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n", "answer(False)", "no"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self.question, self.detail, self.words = question, detail, (yes, no)

    def compose_box(self) -> ComposeResult:
        """The question, what it means, two buttons."""
        with Vertical(classes="box") as box:
            box.border_title = outside(self.question)
            box.border_subtitle = f"y {self.words[0]} · n {self.words[1]}"
            if self.detail:
                with VerticalScroll(classes="text", can_focus=False):
                    yield Static(outside(self.detail, lines=True), markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content(self.words[0]), id="yes", compact=True)
                yield Button(Content(self.words[1]), id="no", compact=True)

    def on_mount(self) -> None:
        """The answer that changes nothing comes first to hand."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """A letter is the answer."""
        self.dismiss(answer)


class Pick(BaseDialog[int]):
    """One of several; the answer is its number from 0."""

    def __init__(self, question: str, choices: Sequence[tuple[str, str]], detail: str = "") -> None:
        """Each choice is a line and what it means."""
        super().__init__()
        self.question, self.choices, self.detail = question, tuple(choices), detail

    def compose_box(self) -> ComposeResult:
        """The question and the choices."""
        with Vertical(classes="box") as box:
            box.border_title = outside(self.question)
            box.border_subtitle = "Enter chooses · Esc leaves"
            if self.detail:
                with VerticalScroll(classes="text", can_focus=False):
                    yield Static(outside(self.detail, lines=True), markup=False)
            yield Entries(*(Option(self._line(*choice)) for choice in self.choices), markup=False)

    @staticmethod
    def _line(words: str, meaning: str) -> Content:
        head = Content.styled(printable(words), "bold")
        return Hanging(Content.assemble(head, "\n  ", outside(meaning))) if meaning else head

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)


class Ask(BaseDialog[str]):
    """A line of text, checked while it is typed; what is wrong cannot be sent."""

    def __init__(
        self, title: str, meaning: str, value: str = "", *, check: Check | None = None, hint: str = ""
    ) -> None:
        super().__init__()
        self.heading, self.meaning, self.value, self.check, self.placeholder = title, meaning, value, check, hint

    def compose_box(self) -> ComposeResult:
        """What is asked, the field, what is wrong with it."""
        with Vertical(classes="box") as box:
            box.border_title = outside(self.heading)
            box.border_subtitle = "Enter takes it · Esc leaves"
            yield Static(outside(self.meaning), markup=False)
            yield Input(printable(self.value), placeholder=self.placeholder, compact=True)
            yield Static(markup=False, classes="problem")

    def problem(self) -> str | None:
        """What is wrong with the text now."""
        return self.check(self.query_one(Input).value) if self.check else None

    @on(Input.Changed)
    def _check(self) -> None:
        problem = self.problem() if self.query_one(Input).value else None
        self.query_one(".problem", Static).update(outside(problem, "$text-error") if problem else "")

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        problem = self.problem()
        if problem is None:
            self.dismiss(event.value)
        else:
            self.query_one(".problem", Static).update(outside(problem, "$text-error"))


class ChoosePath(BaseDialog[Path]):
    """A file or folder of this machine: type it, or walk with the arrows; Tab completes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", priority=True, tooltip="Complete from the list"),
        Binding("down", "list", "list", show=False),
    ]

    def __init__(self, title: str, start: str = "", *, folders_only: bool = False, must_exist: bool = True) -> None:
        super().__init__()
        self.heading, self.start = title, start or f"{Path.cwd()}/"
        self.folders_only, self.must_exist = folders_only, must_exist
        self.entries: tuple[str, ...] = ()

    def compose_box(self) -> ComposeResult:
        """The field and what stands in its folder."""
        with Vertical(classes="box") as box:
            box.border_title = outside(self.heading)
            box.border_subtitle = "Enter takes it · Tab completes · Esc leaves"
            yield Input(printable(self.start), compact=True, select_on_focus=False)
            yield Static(markup=False, classes="problem")
            yield Entries(markup=False, compact=True)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one(".problem", Static).update("")
        self._list(event.value)

    @work(thread=True, group="list", exclusive=True)
    def _list(self, text: str) -> None:
        """In a thread: a folder on a dead network mount must not stop the screen."""
        entries = tuple(listed(text, folders_only=self.folders_only))
        self.app.call_from_thread(self._show, text, entries)

    def _show(self, text: str, entries: tuple[str, ...]) -> None:
        if self.is_mounted and text == self.query_one(Input).value:
            self.entries = entries
            self.query_one(OptionList).set_options([Option(outside(name)) for name in entries])

    def action_list(self) -> None:
        """To what stands in the folder."""
        listed_here = self.query_one(OptionList)
        if self.entries:
            listed_here.focus()
            listed_here.highlighted = listed_here.highlighted or 0

    def action_complete(self) -> None:
        """The longest beginning that all entries share, else the one under the cursor."""
        if self.entries:
            field = self.query_one(Input)
            shown = self.query_one(OptionList)
            chosen = self.entries[shown.highlighted] if shown.has_focus and shown.highlighted is not None else ""
            field.value = _folder(field.value) + (chosen or _shared(self.entries))
            field.focus()
            field.cursor_position = len(field.value)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        field = self.query_one(Input)
        field.value = _folder(field.value) + self.entries[event.option_index]
        field.focus()
        field.cursor_position = len(field.value)
        if not field.value.endswith("/"):
            self._take(field.value)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        self._take(event.value)

    def _take(self, text: str) -> None:
        problem = self._wrong(text)
        if problem:
            self.query_one(".problem", Static).update(outside(problem, "$text-error"))
        else:
            # a path that ends in a slash means a folder, and Path would forget it
            self.dismiss(paths.typed(text))

    def _wrong(self, text: str) -> str | None:
        if not text.strip():
            return "a path is needed"
        path = paths.typed(text)
        if not self.must_exist:
            return None
        if self.folders_only:
            return None if paths.is_folder(path) else "there is no such folder"
        return None if paths.is_file(path) else "this is a folder" if paths.is_folder(path) else "there is no such file"


def listed(text: str, *, folders_only: bool) -> list[str]:
    """The entries of the folder that a typed path is in, which begin as it ends; folders end in a slash."""
    folder, begin = paths.typed(_folder(text) or "."), text[len(_folder(text)) :]
    found: list[str] = []
    with suppress(OSError, ValueError):
        for entry in sorted(folder.iterdir(), key=lambda path: path.name.lower()):
            hidden = entry.name.startswith(".") and not begin.startswith(".")
            if entry.name.startswith(begin) and not hidden and entry.name.isprintable():
                is_folder = entry.is_dir()
                if is_folder or not folders_only:
                    found.append(entry.name + ("/" if is_folder else ""))
    return found[:500]


def _folder(text: str) -> str:
    return text[: text.rfind("/") + 1]


def _shared(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:size]


class ShowText(BaseDialog[None]):
    """Text to read: scrolled, copied, or plain on the bare terminal, so that the mouse can select it there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="Copy all of it to the clipboard of your terminal"),
        Binding("p", "plain", "plain", tooltip="Show it without frames on the terminal itself, to select it there"),
        Binding("enter,q", "cancel", "back", show=False),
    ]

    def __init__(self, title: str, text: str, what: str = "the text") -> None:
        super().__init__()
        self.heading, self.text, self.what = title, text, what

    def compose_box(self) -> ComposeResult:
        """The text."""
        box = VerticalScroll(Static(outside(self.text, lines=True), markup=False), classes="box")
        box.border_title = outside(self.heading)
        box.border_subtitle = "y copies · p shows it plain · Esc closes"
        yield box

    def action_copy(self) -> None:
        """All of it to the clipboard."""
        self.app.copy(self.text, self.what)  # type: ignore[attr-defined]

    def action_plain(self) -> None:
        """On the bare terminal, until Enter."""
        show_plain(self, self.text)


def show_plain(dialog: BaseDialog[None], text: str) -> None:
    """Leaves the full screen for a moment and prints the text as it is, one line a line."""
    try:
        with dialog.app.suspend():
            print(f"\n{printable(text, len(text), lines=True)}\n")  # noqa: T201
            with suppress(EOFError, KeyboardInterrupt):
                input("Enter goes back to the full screen. ")
    except SuspendNotSupported:
        dialog.notify("this terminal cannot leave the full screen for a moment", severity="warning", markup=False)
