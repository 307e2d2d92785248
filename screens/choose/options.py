"""Every option and variable of a role's program: set or not, by whom; searchable, and all of them can be set."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from screens.choose.fields import blank_of
from screens.choose.page import ListPage
from screens.choose.telling import foretold, worst_mark
from screens.messages import Edited
from screens.text import outside
from screens.widgets.blanks import Blank
from screens.widgets.rows import Row
from wizard.model.finding import Finding
from wizard.offers import preview, table
from wizard.offers.switches import about
from wizard.offers.table import Entry
from wizard.session import Session


class OptionsPage(ListPage):
    """One row an option or variable of one role.

    Args:
        name: of the page.
        role: whose options; empty: of the first role, and others by key.
    """

    HAS_SWITCHES = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "other_role", "other role", tooltip="The options of the next role"),
        Binding("s", "only_set", "set ones", tooltip="Only what is set, or everything"),
        Binding("d,delete", "unset", "unset", tooltip="Leave it to SGLang's default"),
    ]

    def __init__(self, name: str, role: str = "") -> None:
        super().__init__(name)
        self.is_fixed = bool(role)
        self.role = role
        self.is_only_set = False
        self._entries: dict[str, Entry] = {}

    def help_name(self) -> str:
        """The option or variable under the cursor."""
        entry = self._entries.get(self.list.key)
        return entry.name if entry else ""

    def rows(self, session: Session, text: str) -> Sequence[Row]:
        """What is set first; a search leaves what has every word."""
        selection = session.selection
        if self.role not in selection.roles:
            self.role = next(iter(selection.roles), "")
        listed = table.entries(selection, self.role)
        self._entries = {_key(entry): entry for entry in listed}
        found = table.found(listed, text, only_set=self.is_only_set)
        named = {name for finding in session.findings for name in finding.options}
        what = "that are set" if self.is_only_set else f"of {selection.release or 'SGLang'}"
        heading = Row("", outside(f"{self.role}: {len(found)} settings {what}"), is_heading=True)
        return [heading, *(self._row(session, entry, entry.name in named) for entry in found)]

    def _row(self, session: Session, entry: Entry, is_named: bool) -> Row:
        sign = Content.styled("[x]", "bold $text-success") if entry.is_set else Content("[ ]")
        mark = worst_mark(about(session.findings, self.role, (entry.name,))) if is_named else Content("  ")
        text = "" if entry.text == "true" else entry.text
        origin = f" {entry.origin.value}" if entry.origin else ""
        return Row(
            _key(entry),
            Content.assemble(sign, mark, outside(entry.flag), " ", outside(text[:60], "bold $text-accent")),
            outside(entry.remark or origin, "$text-muted"),
        )

    def about(self, session: Session, key: str) -> Content:
        """Meaning, advice, what else changes."""
        entry = self._entries[key]
        field = table.field(session.selection, self.role, entry)
        state = f"set by {entry.origin.value}" if entry.origin else "not set"
        lines = [Content.assemble(outside(entry.flag, "bold"), f"  {state}")]
        if entry.remark:
            lines.append(outside(entry.remark, "$text-warning"))
        lines.append(outside(field.meaning or "The knowledge says nothing about it; SGLang's own help does."))
        lines += [outside(text) for text in (field.advice, field.changes) if text]
        return Content("\n").join(lines)

    def blanks(self, session: Session, key: str) -> Sequence[Blank]:
        """Its value; a switch has none."""
        field = table.field(session.selection, self.role, self._entries[key])
        return [] if field.kind == "flag" else [blank_of(field)]

    def more(self, session: Session, key: str) -> Content:
        """What unsetting or switching changes, and the source."""
        entry = self._entries[key]
        field = table.field(session.selection, self.role, entry)
        lines: list[Content] = []
        if entry.is_set or field.kind == "flag":
            edit = field.edit("" if entry.is_set else "true")
            what = "Unsetting it" if entry.is_set else "Setting it"
            ahead = preview.consequences(session.selection, (edit,), session.findings, session.hosts)
            lines += foretold(ahead, what)
        if field.source:
            lines.append(outside(f"source: {field.source}", "$text-muted"))
        return Content("\n").join(lines)

    def findings(self, session: Session, key: str) -> Sequence[Finding]:
        """What the checks say about it."""
        entry = self._entries.get(key)
        return about(session.proven, self.role, (entry.name,)) if entry else ()

    def switch(self, session: Session, key: str) -> None:
        """Sets or unsets a switch; unsets a value; goes to the field of one that is not set."""
        entry = self._entries[key]
        field = table.field(session.selection, self.role, entry)
        if entry.is_set or field.kind == "flag":
            self.post_message(Edited((field.edit("" if entry.is_set else "true"),)))
        else:
            self.focus_field()

    def action_unset(self) -> None:
        """SGLang's own default applies again."""
        entry = self._entries.get(self.list.key)
        if entry is not None and entry.is_set and self.session is not None:
            self.post_message(Edited((table.field(self.session.selection, self.role, entry).edit(""),)))

    def action_other_role(self) -> None:
        """The next role's options."""
        if self.session is not None:
            roles = list(self.session.selection.roles)
            self.role = roles[(roles.index(self.role) + 1) % len(roles)]
            self._detailed = ("", None)
            self.show(self.session)

    def turn_to_role(self, role: str) -> None:
        """The options of a role, where this page may show them."""
        if self.session is not None and not self.is_fixed and role in self.session.selection.roles:
            self.role, self._detailed = role, ("", None)
            self.show(self.session)

    def action_only_set(self) -> None:
        """Only what is set, or everything again."""
        self.is_only_set = not self.is_only_set
        if self.session is not None:
            self.show(self.session)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done."""
        if action == "other_role":
            return not self.is_fixed and self.session is not None and len(self.session.selection.roles) > 1
        if action == "unset":
            entry = self._entries.get(self.list.key)
            return entry is not None and entry.is_set
        return super().check_action(action, parameters)

    def key_of(self, names: Sequence[str], hosts: Sequence[str]) -> str:  # noqa: ARG002
        """The row of an option or variable."""
        listed = {entry.name: key for key, entry in self._entries.items()}
        return next((listed[name] for name in names if name in listed), "")


def _key(entry: Entry) -> str:
    return f"{'variable' if entry.is_variable else 'option'} {entry.name}"
