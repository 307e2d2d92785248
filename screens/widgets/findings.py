"""What the checks say: a list of findings, the chosen one in full, its fix one key away."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.messages import Edited, Fixed, Jump
from screens.severity import STYLES, WORDS
from screens.text import Prose, outside
from screens.widgets.cursor import Entries
from wizard.export.quote import join
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.session import Session


class FindingsList(Entries):
    """One finding a row, the worst first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "fix", "fix", tooltip="Apply the first fix of this finding; what it changes stands below"),
        Binding("g", "jump", "go to", tooltip="Go to the choice that this is about"),
        Binding("a", "accept", "accept", tooltip="Accept this finding by its code; exports say so"),
    ]
    DEFAULT_CSS = """
    FindingsList { height: 1fr; border: none; background: transparent; padding: 0; scrollbar-size-vertical: 1; }
    FindingsList:focus { border: none; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self.findings: tuple[Finding, ...] = ()
        self.accepted: tuple[str, ...] = ()

    @property
    def current(self) -> Finding | None:
        """The finding under the cursor."""
        return self.findings[self.highlighted] if self.highlighted is not None and self.findings else None

    def help_name(self) -> str:
        """The code of the finding under the cursor."""
        return self.current.code if self.current else ""

    def show(self, findings: Sequence[Finding], accepted: Sequence[str]) -> None:
        """Shows these findings; the cursor stays on the same one where it is still there."""
        if (tuple(findings), tuple(accepted)) == (self.findings, self.accepted):
            return
        kept = self.current
        self.findings, self.accepted = tuple(findings), tuple(accepted)
        with self.prevent(OptionList.OptionHighlighted):
            self.set_options([Option(line_of(finding, self.accepted)) for finding in self.findings])
            self.highlighted = self._place(kept)
        self.refresh_bindings()

    def _place(self, kept: Finding | None) -> int | None:
        if not self.findings:
            return None
        same = [
            i
            for i, f in enumerate(self.findings)
            if kept is not None and (f.code, f.message) == (kept.code, kept.message)
        ]
        return same[0] if same else 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only what this finding allows."""
        found = self.current
        if action == "fix":
            return bool(found and found.fixes)
        if action == "jump":
            return bool(found and (found.options or found.hosts))
        if action == "accept":
            return bool(found and found.severity is not Severity.INFO and found.code not in self.accepted)
        return True

    @on(OptionList.OptionSelected)
    def _enter(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        fixes = self.current.fixes if self.current else ()
        if len(fixes) > 1:
            self._ask(fixes)
        elif fixes:
            self.action_fix()
        else:
            self.action_jump()

    def _ask(self, fixes: Sequence[Fix]) -> None:
        """Which of several ways out."""
        from screens.dialogs import Pick

        def apply(number: int | None) -> None:
            if number is not None:
                self.post_message(Fixed(fixes[number]))

        choices = [(fix.label, " ".join(join(edit.flag()) for edit in fix.edits)) for fix in fixes]
        self.app.push_screen(Pick("Which fix?", choices), apply)

    def action_fix(self) -> None:
        """Applies the first fix."""
        if self.current and self.current.fixes:
            self.post_message(Fixed(self.current.fixes[0]))

    def action_jump(self) -> None:
        """Shows the choice that caused it."""
        if self.current:
            self.post_message(Jump(self.current))

    def action_accept(self) -> None:
        """Accepts the finding by its code."""
        if self.current:
            code = self.current.code
            self.post_message(Edited((Edit(EditKind.ACCEPT, code),), f"accept {code}"))


class FindingsPane(Vertical):
    """The list, and the chosen finding in full below it."""

    DEFAULT_CSS = """
    FindingsPane > VerticalScroll {
        height: auto; max-height: 50%; border-top: solid $border-blurred; scrollbar-size-vertical: 1;
    }
    """

    def compose(self) -> ComposeResult:
        """List and detail."""
        yield FindingsList()
        with VerticalScroll(can_focus=False):
            yield Prose(id="finding-detail")

    def show(self, session: Session) -> None:
        """Shows what the checks say about the session."""
        listed = self.query_one(FindingsList)
        listed.show(session.proven, session.selection.accepted)
        self._detail()

    @on(OptionList.OptionHighlighted)
    def _detail(self) -> None:
        listed = self.query_one(FindingsList)
        listed.refresh_bindings()
        self.query_one("#finding-detail", Prose).tell(detail_of(listed.current, listed.accepted))


def line_of(finding: Finding, accepted: Sequence[str]) -> Content:
    """A finding in one row: how bad, what."""
    word = "accepted" if finding.code in accepted else WORDS[finding.severity]
    style = "$text-muted" if finding.code in accepted else STYLES[finding.severity]
    mark = Content.styled(" [x fix]", "bold") if finding.fixes else Content("")
    return Content.assemble(Content.styled(f"{word} ", style), outside(finding.message), mark)


def detail_of(finding: Finding | None, accepted: Sequence[str]) -> Content:
    """A finding in full, with what each fix would change."""
    if finding is None:
        return Content.styled("The checks find nothing to say.", "$text-success")
    lines = [Content.styled(finding.code, "bold") + Content("  (accepted)" if finding.code in accepted else "")]
    if finding.hint:
        lines.append(Content.assemble(Content.styled("hint: ", "bold"), outside(finding.hint)))
    for number, fix in enumerate(finding.fixes):
        key = "x  " if number == 0 else "   "
        lines.append(Content.assemble(Content.styled(key, "bold $footer-key-foreground"), outside(fix.label)))
        lines.append(outside("   " + " ".join(join(edit.flag()) for edit in fix.edits), "$text-muted"))
    if finding.source:
        lines.append(outside(f"source: {finding.source}", "$text-muted"))
    return Content("\n").join(lines)
