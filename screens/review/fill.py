"""Everything that only the operator can say, in one place: weights, addresses, interfaces, image."""

from collections.abc import Iterator
from typing import NamedTuple

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from screens.choose.hosts import place_blank
from screens.choose.model import edit_blank
from screens.text import outside
from screens.widgets.blanks import Blank, BlankField
from wizard import places
from wizard.model.finding import EditKind
from wizard.model.selection import RuntimeKind
from wizard.session import Session


class Asked(NamedTuple):
    """A group of blanks and what they are for."""

    title: str
    blanks: tuple[Blank, ...]


def asked(session: Session) -> Iterator[Asked]:
    """What is to be filled in, group by group."""
    selection = session.selection
    path = edit_blank(session, EditKind.MODEL_PATH, "folder", selection.model.path, "/path/on/every/host, or hub id")
    yield Asked(f"Weights of {selection.model.name}, at the same place on every host", (path,))
    for number, place in enumerate(places.places(selection)):
        blanks = tuple(
            place_blank(session, number, name, text)
            for name, text in (("address", place.address), ("interface", place.interface))
        )
        yield Asked(f"Host {number + 1}: {places.title(selection, place)}", blanks)
    if selection.runtime.kind is RuntimeKind.CONTAINER:
        image = edit_blank(session, EditKind.IMAGE, "image", selection.runtime.image, "REGISTRY/NAME:TAG")
        yield Asked("Container image", (image,))


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
        self._shape: tuple[int, ...] = ()
        self._takes_focus = False

    async def show(self, session: Session) -> None:
        """Shows what is asked now; fields stay, unless there are more or fewer hosts than before."""
        groups = list(asked(session))
        shape = tuple(len(group.blanks) for group in groups)
        if shape != self._shape:
            self._shape = shape
            await self.remove_children()
            await self.mount_all(_group(len(group.blanks)) for group in groups)
        for box, group in zip(self.query(".group"), groups, strict=True):
            box.query_one(".title", Static).update(outside(group.title))
            for field, blank in zip(box.query(BlankField), group.blanks, strict=True):
                field.show(blank)
        if self._takes_focus:
            self.focus_first()

    def focus_first(self) -> None:
        """The first field that is empty, else the first."""
        fields = list(self.query(BlankField))
        self._takes_focus = not fields
        empty = [field for field in fields if field.blank is not None and not field.blank.text]
        for field in [*empty, *fields][:1]:
            field.field.focus()

    @on(BlankField.Done)
    def _next(self, message: BlankField.Done) -> None:
        message.stop()
        fields = list(self.query(BlankField))
        place = fields.index(message.field) + 1
        if place < len(fields):
            fields[place].field.focus()
        else:
            self.post_message(self.Filled())


def _group(size: int) -> Vertical:
    return Vertical(Static(markup=False, classes="title"), *(BlankField() for _ in range(size)), classes="group")
