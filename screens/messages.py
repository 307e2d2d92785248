"""What screens and widgets ask of the app. Messages go up, the session comes down.

A change to the selection is always one of these; no widget changes anything by itself.
"""

from dataclasses import dataclass
from typing import Self

from textual.message import Message

from wizard.model.finding import Edit, Finding, Fix
from wizard.model.hardware import Host
from wizard.model.preset import Preset
from wizard.model.selection import Selection


@dataclass
class Edited(Message):
    """The operator changed something: edits as flags would make them, one step of undo."""

    edits: tuple[Edit, ...]
    label: str = ""
    """What was done, for the undo list; empty: the flags themselves."""
    is_typing: bool = False
    """It is being typed: changes of the same label that follow each other are one step of undo."""


@dataclass
class Fixed(Message):
    """A fix of a finding is to be applied."""

    fix: Fix


@dataclass
class Chosen(Message):
    """Another selection as a whole, where no edits lead to it (a file that was opened)."""

    selection: Selection
    label: str
    preset: Preset | None = None
    is_typing: bool = False

    @classmethod
    def with_hosts(cls, selection: Selection) -> Self:
        """The selection with hosts in its places."""
        names = ", ".join(host.address for host in selection.hosts if host.address) or "this machine"
        return cls(selection, f"hosts: {names}")


@dataclass
class Placed(Message):
    """One place gets another address, interface or ssh target, whatever else has changed meanwhile."""

    number: int
    fields: dict[str, str]
    label: str
    is_typing: bool = False


@dataclass
class Detected(Message):
    """What was found out about hosts; earlier findings about the same addresses give way."""

    hosts: tuple[Host, ...]


class Withdrawn(Message):
    """A field was left with what cannot be: what was passed on while it was typed does not hold either."""


class TypingEnded(Message):
    """The field was left: what is typed there next is another step of undo."""


class Undo(Message):
    """The last change is to be taken back."""


class Redo(Message):
    """The change that was taken back is to be made again."""


@dataclass
class GoTo(Message):
    """Another stage is to be shown."""

    stage: str


@dataclass
class Jump(Message):
    """The choice that a finding is about is to be shown."""

    finding: Finding
