"""A walk through the questions as a value: where it stands, what was chosen, and every step back. Pure but for tools.

What touches the world (looking at hosts, writing files) is done by ``Tools`` that the driver hands in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from wizard.errors import UsageError
from wizard.model.finding import Edit
from wizard.model.hardware import Host
from wizard.session import Session

STEPS_KEPT = 500


class Verbatim(str):
    """A line to copy: it is never wrapped."""

    __slots__ = ()


class Choice(NamedTuple):
    """One of the answers to a question."""

    value: str
    label: str
    note: str = ""
    """A sentence about it."""
    blocked: str = ""
    """Why it cannot be chosen now; empty where it can."""
    brief: str = ""
    """The note in a word or two, for a list that a person reads; empty: the note itself."""


class Question(NamedTuple):
    """What is asked, and what may be answered."""

    page: str
    text: str
    choices: tuple[Choice, ...] = ()
    """Empty: any text."""
    default: str = ""
    """What an empty answer means."""
    told: tuple[str, ...] = ()
    """Sentences to say before it."""
    help: str = ""


class Tools(Protocol):
    """What a walk needs from the world."""

    def look(self, addresses: Sequence[str], model_path: str) -> tuple[Host, ...]:
        """Probes hosts; this machine when no address is given."""
        ...

    def write(self, session: Session, form: str, path: str, *, overwrite: bool) -> tuple[str, ...]:
        """Writes an export or the selection, and says what was written."""
        ...


@dataclass(frozen=True)
class Walk:
    """Where a walk stands."""

    session: Session
    page: str
    detail: str = ""
    """What the page is about: a role, a group, a feature, a format with its path."""
    said: tuple[str, ...] = ()
    """What the last answer led to, in sentences."""
    trail: tuple["Walk", ...] = ()
    """The steps before this one."""
    outcome: str = ""
    """How it ended: ``quit``, ``done`` or ``launch``; empty while it goes on."""

    def to(self, page: str, detail: str = "", *, session: Session | None = None, said: Sequence[str] = ()) -> "Walk":
        """The next step; this one is where `back` leads."""
        here = replace(self, trail=(), said=())
        trail = (*self.trail, here)[-STEPS_KEPT:]
        return Walk(session or self.session, page, detail, tuple(said), trail)

    def changed(self, edits: Sequence[Edit], page: str, detail: str = "") -> "Walk":
        """The next step after some edits.

        Raises:
            UsageError: they cannot be made.
        """
        session = self.session.edited(edits)
        known = {(finding.code, finding.message) for finding in self.session.findings}
        news = [f for f in session.findings if (f.code, f.message) not in known and f.severity != "info"]
        return self.to(page, detail, session=session, said=[f"{f.severity}: {f.message}" for f in news])

    def ended(self, outcome: str) -> "Walk":
        """The walk at its end."""
        return replace(self, outcome=outcome, said=())

    @property
    def back(self) -> "Walk":
        """One question back, with everything that was chosen since kept for `redo`.

        Raises:
            UsageError: this is the first question.
        """
        if not self.trail:
            raise UsageError("this is the first question", "`quit` leaves; what was chosen is kept")
        before = self.trail[-1]
        return replace(before, session=self.session, trail=self.trail[:-1])

    @property
    def undone(self) -> "Walk":
        """The last change taken back; the question stays.

        Raises:
            UsageError: nothing was changed.
        """
        if not self.session.past:
            raise UsageError("there is nothing to undo", "changes are undone one by one, the latest first")
        label = self.session.past[-1].label
        return replace(self, session=self.session.undone, said=(f"undone: {label}",))

    @property
    def redone(self) -> "Walk":
        """The change that was undone last, made again.

        Raises:
            UsageError: nothing was undone.
        """
        if not self.session.future:
            raise UsageError("there is nothing to redo", "`redo` makes again what `undo` took back")
        label = self.session.future[-1].label
        return replace(self, session=self.session.redone, said=(f"done again: {label}",))


def chosen(question: Question, answer: str) -> str:
    """The value that an answer means: a choice by its number or value, text as it is, nothing for the default.

    Raises:
        UsageError: it is none of the choices, or one that is blocked.
    """
    word = answer.strip() or question.default
    if not question.choices:
        return answer if answer.strip() else question.default
    found = meant(question, word)
    if found.blocked:
        raise UsageError(f"`{found.label}` cannot be chosen now: {found.blocked}", "choose another one")
    return found.value


def meant(question: Question, word: str) -> Choice:
    """The choice of that value or number.

    Raises:
        UsageError: it is none of the choices.
    """
    choices = question.choices
    numbered = choices[int(word) - 1] if word.isdecimal() and 0 < int(word) <= len(choices) else None
    exact = next((choice for choice in choices if choice.value == word), None)
    found = exact or numbered or next((choice for choice in choices if choice.value.lower() == word.lower()), None)
    if found is None:
        hint = f"a number from 1 to {len(choices)}" if choices else "`?` alone tells about the question"
        raise UsageError(f"`{word}` is none of the choices", hint)
    return found
