"""The live command: per process the exact words and variables, and what the last change changed."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from screens.text import Hanging, Prose, outside
from wizard.errors import WizardError
from wizard.export.command import typed_lines
from wizard.export.quote import join, quote
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.model.selection import Origin


class Line(NamedTuple):
    """One line of a command as it is shown."""

    process: str
    key: str
    """What it sets; empty for a heading."""
    text: str
    origin: Origin = Origin.PRESET
    note: str = ""
    mark: str = " "
    """``+`` new or changed, ``-`` gone or its value before."""


def lines_of(flow: LaunchFlow, process: Process) -> Iterator[Line]:
    """The command of a process, line by line; together they are what runs."""
    values = flow.values()
    for setting in process.environment:
        text = f"{setting.name}={quote(resolve(setting.words[0], values))}"
        yield Line(process.name, f"variable {setting.name}", text, setting.origin, setting.note)
    yield Line(process.name, "program", join(process.program))
    for setting in process.options:
        if setting.words:
            text = "  " + join(resolve(word, values) for word in setting.words)
            yield Line(process.name, f"option {setting.name}", text, setting.origin, setting.note)


def marked(before: LaunchFlow | None, flow: LaunchFlow, process: Process) -> list[Line]:
    """The lines of a process, with what differs from ``before``: new lines ``+``, lines that are gone ``-``."""
    now = list(lines_of(flow, process))
    old_process = next((p for p in before.processes if p.name == process.name), None) if before else None
    if before is None or old_process is None:
        return now
    old = {line.key: line for line in lines_of(before, old_process)}
    shown: list[Line] = []
    for line in now:
        was = old.pop(line.key, None)
        if was is not None and was.text != line.text:
            shown.append(was._replace(mark="-"))
        shown.append(line if was is not None and was.text == line.text else line._replace(mark="+"))
    return shown + [line._replace(mark="-") for line in old.values()]


class CommandPreview(VerticalScroll):
    """The commands of all processes, in start order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="Copy the command of the process at the top; at the end: of the last"),
    ]
    DEFAULT_CSS = """
    CommandPreview { height: 1fr; scrollbar-size-vertical: 1; }
    CommandPreview > Prose { width: 100%; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[LaunchFlow | WizardError | None, LaunchFlow | None] = (None, None)
        self.lines: list[Line] = []

    def compose(self) -> ComposeResult:
        """One block of text."""
        yield Prose()

    def help_text(self) -> tuple[str, str]:
        """What is shown here."""
        text = (
            "Exactly what is started, process by process: variables, program, options. What the last change "
            "changed stands with + and -; what is neither of the preset nor worked out has its origin behind it."
        )
        return "Command", text

    def show(self, planned: LaunchFlow | WizardError, before: LaunchFlow | None) -> None:
        """Shows what would be started, marking what differs from ``before``."""
        if self._shown == (planned, before):
            return
        self._shown = (planned, before)
        block = self.query_one(Prose)
        if isinstance(planned, WizardError):
            self.lines = []
            block.tell(Content.assemble(Content.styled("no plan yet: ", "bold"), outside(str(planned))))
            return
        self.lines = [line for process in planned.processes for line in self._process(before, planned, process)]
        block.tell(Content("\n").join([_content(line) for line in self.lines]))
        self._scroll_to_change()

    def _process(self, before: LaunchFlow | None, flow: LaunchFlow, process: Process) -> Iterator[Line]:
        where = resolve(process.address, flow.values())
        yield Line(process.name, "", f"{process.name}" + (f" on {where}" if where else ""))
        yield from marked(before, flow, process)

    def _scroll_to_change(self) -> None:
        changed = [number for number, line in enumerate(self.lines) if line.mark != " "]
        if changed:
            self.call_after_refresh(self._bring_into_view, changed[0])

    def _bring_into_view(self, number: int) -> None:
        row = self._starts()[number]
        if not self.scroll_y <= row < self.scroll_y + self.size.height:
            self.scroll_to(y=max(row - 2, 0), animate=False)

    def _starts(self) -> list[int]:
        """The row at which each line begins, as long ones are wrapped."""
        width = max(self.scrollable_content_region.width, 1)
        return [0, *accumulate(Hanging(_content(line)).get_height({}, width) for line in self.lines)]

    def action_copy(self) -> None:
        """Copies the command of the process at the top; of the last one where the end is in view."""
        planned = self._shown[0]
        if not isinstance(planned, LaunchFlow) or not planned.processes:
            return
        is_end = 0 < self.max_scroll_y <= self.scroll_y
        number = len(self.lines) if is_end else bisect_right(self._starts(), int(self.scroll_y)) - 1
        top = self.lines[min(number, len(self.lines) - 1)].process
        process = planned.process(top)
        self.app.copy("\n".join(typed_lines(planned, process)), f"the command of {top}")  # type: ignore[attr-defined]


def _content(line: Line) -> Content:
    if not line.key:
        return outside(line.text, "bold underline")
    style = {"+": "bold $text-success", "-": "strike $text-error"}.get(line.mark, "")
    text = outside(f"{line.mark} {line.text}", style) if style else outside(f"  {line.text}")
    if line.origin in (Origin.PRESET, Origin.RULE) and line.mark == " ":
        return text
    return Content.assemble(text, Content.styled(f"  {line.origin.value}", "$text-muted italic"))
