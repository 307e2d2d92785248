"""Everything that only the operator can say, in one place: weights, addresses, interfaces, image."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from screens.choose.hosts import place_blank
from screens.choose.model import edit_blank
from screens.severity import WORDS
from screens.text import outside, put
from screens.widgets.blanks import Blank, BlankField
from wizard import places
from wizard.model.finding import EditKind, Severity
from wizard.model.selection import RuntimeKind
from wizard.session import Session

_ONE_A_HOST = frozenset({"address", "interface"})
"""The blanks of which every host has one, so that a pasted list fills them host by host."""


class Asked(NamedTuple):
    """A group of blanks and what they are for."""

    title: str
    blanks: tuple[Blank, ...]


def asked(session: Session) -> Iterator[Asked]:
    """What is to be filled in, group by group."""
    selection = session.selection
    path = edit_blank(session, EditKind.MODEL_PATH, "folder", selection.model.path, "/path/on/every/host, or hub id")
    yield Asked(f"Weights of {selection.model.name}, at the same place on every host", (_judged(path, session),))
    for number, place in enumerate(places.places(selection)):
        blanks = tuple(
            place_blank(session, number, name, text)
            for name, text in (("address", place.address), ("interface", place.interface))
        )
        yield Asked(f"Host {number + 1}: {places.title(selection, place)}", blanks)
    if selection.runtime.kind is RuntimeKind.CONTAINER:
        image = edit_blank(session, EditKind.IMAGE, "image", selection.runtime.image, "REGISTRY/NAME:TAG")
        yield Asked("Container image", (_judged(image, session),))


def _judged(blank: Blank, session: Session) -> Blank:
    """The blank with what the checks say of it at its side."""
    said = (item for item in session.findings if blank.help_name in item.options)
    worst = next((item for item in said if item.severity in (Severity.ERROR, Severity.WARNING)), None)
    return blank if worst is None else replace(blank, hint=f"{WORDS[worst.severity]} {worst.message}")


class FillPage(VerticalScroll, can_focus=False):
    """Fields in groups. Enter goes to the next one."""

    DEFAULT_CSS = """
    FillPage { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    FillPage .group { height: auto; margin-bottom: 1; }
    FillPage .title { height: auto; text-style: bold; }
    """

    class Filled(Message):
        """Enter was pressed in the last field."""

    def __init__(self) -> None:
        super().__init__(id="page-fill")
        self._session: Session | None = None
        self._shape: tuple[int, ...] = ()
        """How many fields each group has, as they stand or are being put up."""
        self.is_building = False
        """Whether its fields are being put up."""
        self._takes_focus = False

    def show(self, session: Session) -> None:
        """Shows what is asked now; fields stay, unless there are more or fewer hosts than before."""
        self._session = session
        if self._shape == _shape(session) and not self.is_building:
            self._put()
        elif not self.is_building:
            self.is_building = True
            self.call_later(self._build)

    async def _build(self) -> None:
        """Other fields; the session may have moved on meanwhile."""
        while self._session is not None and self._shape != _shape(self._session):
            self._shape = _shape(self._session)
            await self.remove_children()
            await self.mount_all(_group(size) for size in self._shape)
        self.is_building = False
        self._put()
        if self._takes_focus:
            self.focus_first()

    def _put(self) -> None:
        groups = asked(self._session) if self._session is not None else ()
        for box, group in zip(self.query(".group"), groups, strict=True):
            put(box.query_one(".title", Static), outside(group.title))
            for field, blank in zip(box.query(BlankField), group.blanks, strict=True):
                field.show(blank)

    def focus_first(self) -> None:
        """The first field that is empty, else the first."""
        fields = list(self.query(BlankField))
        self._takes_focus = not fields
        empty = [field for field in fields if field.blank is not None and not field.blank.text]
        for field in [*empty, *fields][:1]:
            field.field.focus()

    def field_after(self, field: BlankField) -> BlankField | None:
        """The next field; None after the last one."""
        fields = list(self.query(BlankField))
        return next(iter(fields[fields.index(field) + 1 :]), None)

    def take_lines(self, field: BlankField, lines: Sequence[str]) -> None:
        """A list of addresses or interfaces goes to the hosts from here on, one each; elsewhere one line is taken."""
        blank = field.blank
        several = [part for line in lines for part in line.replace(",", " ").split()]
        if blank is None or blank.label not in _ONE_A_HOST or len(several) < 2:
            field.field.take(lines)
            return
        fields = list(self.query(BlankField))
        alike = [one for one in fields[fields.index(field) :] if one.blank and one.blank.label == blank.label]
        for one, text in zip(alike, several, strict=False):
            one.field.value = text
        if len(several) > len(alike):
            self.app.notify(f"{len(alike)} of {len(several)} were taken: there is no further host.", markup=False)

    @on(BlankField.Done)
    def _done(self, message: BlankField.Done) -> None:
        message.stop()
        if self.field_after(message.field) is None:
            self.post_message(self.Filled())


def _shape(session: Session) -> tuple[int, ...]:
    return tuple(len(group.blanks) for group in asked(session))


def _group(size: int) -> Vertical:
    return Vertical(Static(markup=False, classes="title"), *(BlankField() for _ in range(size)), classes="group")
