"""The features of a role as switches: on, off or not to be had now, with the reason; their numbers; their effect."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from screens.choose import memory
from screens.choose.fields import blank_of
from screens.choose.page import ListPage
from screens.choose.telling import foretold, worst_mark
from screens.messages import Edited
from screens.text import outside
from screens.widgets.blanks import Blank
from screens.widgets.rows import Row
from wizard import features
from wizard.features import State
from wizard.model.finding import Finding
from wizard.offers import preview
from wizard.offers.switches import Switch, about, switches
from wizard.session import Session

MARKS = {
    State.ON: ("[x]", "bold $text-success"),
    State.PARTIAL: ("[~]", "bold $text-warning"),
    State.OFF: ("[ ]", ""),
    State.UNAVAILABLE: (" - ", "$text-muted"),
}
"""A sign first, colour second."""
BLOCKED = (" - ", "$text-muted")


class SwitchesPage(ListPage):
    """Every feature for one role."""

    HAS_SWITCHES = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "way", "switch with what it needs", show=False, tooltip="Switch it on with everything it needs"),
    ]

    def __init__(self, name: str, role: str) -> None:
        super().__init__(name)
        self.role = role
        self._switches: dict[str, Switch] = {}
        self._about: dict[str, tuple[Finding, ...]] = {}

    def help_name(self) -> str:
        """The feature under the cursor."""
        return self.list.key

    def rows(self, session: Session, text: str) -> Sequence[Row]:
        """Groups with their features; a search leaves those that have every word."""
        found = switches(session.selection, self.role)
        self._switches = {item.feature.id: item for item in found}
        self._about = _findings(session, self.role, found)
        budget = memory.of_session(session).get(self.role)
        words = text.lower().split()
        rows: list[Row] = []
        group = ""
        for item in found:
            if not all(word in searched(item) for word in words):
                continue
            if item.feature.group != group:
                group = item.feature.group
                right = memory.bar(budget, 8, first=0) if group == "memory" and budget is not None else Content("")
                rows.append(Row("", Content(group[:1].upper() + group[1:]), right, is_heading=True))
            rows.append(row_of(item, self._about[item.feature.id]))
        return rows

    def about(self, session: Session, key: str) -> Content:  # noqa: ARG002
        """State with its reason."""
        item = self._switches[key]
        lines = [Content.assemble(outside(item.feature.label, "bold"), f": {state_words(item)}")]
        if item.blocked:
            lines.append(Content.assemble(Content.styled("- ", "bold $text-warning"), outside(item.blocked)))
        if item.way is not None:
            key_sign = Content.styled("  w ", "bold $footer-key-foreground")
            lines.append(Content.assemble(key_sign, outside(item.way.label)))
        if item.partly:
            lines.append(outside(item.partly, "$text-warning"))
        return Content("\n").join(lines)

    def blanks(self, session: Session, key: str) -> Sequence[Blank]:  # noqa: ARG002
        """Its numbers, where it is on; those of a feature that is off come with the switch."""
        item = self._switches[key]
        return (
            [] if item.is_shown_off and not item.feature.on_by_default else [blank_of(field) for field in item.fields]
        )

    def more(self, session: Session, key: str) -> Content:
        """What switching it changes, and where that is known from."""
        item = self._switches[key]
        lines = [outside(item.feature.explanation)]
        edits = item.way.edits if item.way else (item.edit,)
        if not item.blocked or item.way:
            what = "Switching it off" if item.edit.kind == "no-feature" else "Switching it on"
            told_ahead = preview.consequences(session.selection, edits, session.findings, session.hosts)
            lines += foretold(told_ahead, what)
        if item.feature.recommended_for:
            lines.append(outside(f"good for: {item.feature.recommended_for}", "$text-muted"))
        lines.append(outside(f"source: {item.feature.source}", "$text-muted"))
        return Content("\n").join(lines)

    def findings(self, session: Session, key: str) -> Sequence[Finding]:  # noqa: ARG002
        """What the checks say about its settings."""
        return self._about.get(key, ())

    def switch(self, session: Session, key: str) -> None:  # noqa: ARG002
        """On or off; a blocked one says why, and is left as it is."""
        item = self._switches[key]
        if item.blocked:
            way = f" `w`: {item.way.label}." if item.way else ""
            self.app.say(f"{item.feature.label}: {item.blocked}.{way}", severity="warning")  # type: ignore[attr-defined]
            return
        word = "off" if item.edit.kind == "no-feature" else "on"
        self.post_message(Edited((item.edit,), f"{self.role}: {item.feature.label} {word}"))

    def action_way(self) -> None:
        """Switches it on with everything it needs."""
        item = self._switches.get(self.list.key)
        if item is not None and item.way is not None:
            self.post_message(Edited(item.way.edits, f"{self.role}: {item.way.label}"))

    def key_of(self, names: Sequence[str], hosts: Sequence[str]) -> str:  # noqa: ARG002
        """The feature that an option belongs to."""
        return next((found for name in names for found in features.features_of(name)), "")


def row_of(item: Switch, found: Sequence[Finding]) -> Row:
    """State, the worst finding, label; its numbers at the right."""
    sign, style = BLOCKED if item.blocked and item.is_shown_off else MARKS[item.state]
    muted = "$text-muted" if item.blocked and item.is_shown_off else ""
    text = Content.assemble(Content.styled(sign, style), worst_mark(found), outside(item.feature.label, muted))
    return Row(item.feature.id, text, outside(item.summary[:32], "$text-muted"))


def state_words(item: Switch) -> str:
    """The state in words."""
    if item.blocked and item.is_shown_off:
        return "not to be had now"
    words = {State.ON: "on", State.OFF: "off", State.PARTIAL: "partly on", State.UNAVAILABLE: "not to be had now"}
    return words[item.state] + (" (by default)" if item.feature.on_by_default and item.is_on else "")


def searched(item: Switch) -> str:
    """Everything a search looks into."""
    feature = item.feature
    return " ".join((feature.label, feature.id, feature.group, feature.explanation, *features.names(feature))).lower()


def _findings(session: Session, role: str, found: Sequence[Switch]) -> dict[str, tuple[Finding, ...]]:
    named = [finding for finding in session.proven if finding.options]
    return {item.feature.id: about(named, role, features.names(item.feature)) if named else () for item in found}
