"""An app that holds a session: folds what screens ask for into it, keeps it as a draft, undoes and redoes.

Owns the one truth of the full screen. Which stages there are is ``screens.app``'s.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual import on, work
from textual.reactive import reactive

from screens import looking
from screens.base_app import BaseApp
from screens.messages import Chosen, Detected, Edited, Fixed, Placed, Redo, TypingEnded, Undo, Withdrawn
from screens.settings import Settings
from screens.terminal import Terminal
from wizard import drafts, places, preflight
from wizard.errors import WizardError
from wizard.export.quote import join
from wizard.model.selection import Selection
from wizard.session import Session

KEEP_AFTER_S = 0.3
"""A draft is written after this much rest, so that typing does not write for every letter."""


def _nothing() -> Session:
    return Session(Selection())


class SessionApp(BaseApp):
    """Holds the session.

    Args:
        session: what to start from.
        terminal: what the terminal can show.
        settings: theme and the like.
    """

    session: reactive[Session] = reactive(_nothing, init=False, bindings=True)
    looked: reactive[int] = reactive(0, init=False, bindings=True)
    """Counts what happened while hosts were looked at, so that who shows it follows."""

    def __init__(self, session: Session, terminal: Terminal | None, settings: Settings | None) -> None:
        super().__init__(terminal, settings)
        self.set_reactive(SessionApp.session, session)
        self.before: Session | None = None
        """The session before the last change, for showing what it changed."""
        self.last_change = ""
        self._typing: tuple[str, Session] | None = None
        """What is being typed, and the session before it: only the newest text counts, as one step of undo."""
        self.saved = session.selection
        """What is on the disk, or what one came with."""
        self.was_changed = False
        """Whether anything was chosen here; until then a draft on the disk is of other work."""
        self.looking = looking.Looking(self)
        self.looking.note(session.hosts)

    @property
    def work_title(self) -> str:
        """What is being worked on; a star where it differs from what is saved, and a word where hosts are pretended."""
        from wizard.reach import pretended

        name = self.session.selection.preset or "own selection"
        if pretended.are_there():
            name = f"SIMULATED {name}"
        return name + (" *" if self.is_dirty else "")

    @property
    def is_dirty(self) -> bool:
        """Whether something was chosen that is not saved."""
        return self.session.selection is not self.saved and self.session.selection != self.saved

    def watch_session(self, before: Session, after: Session) -> None:
        """Keeps what was chosen, and notes when hosts were found."""
        self.looking.note(after.hosts)
        if before.selection is not after.selection:
            self.was_changed = self.was_changed or self.is_dirty
            self._keep()

    @work(group="keep", exclusive=True)
    async def _keep(self) -> None:
        await asyncio.sleep(KEEP_AFTER_S)
        await asyncio.to_thread(self.keep)

    def keep(self) -> Path | None:
        """Writes the draft, or forgets it where nothing is unfinished; where it is kept."""
        if self.is_dirty:
            return drafts.keep(self.session.selection)
        return None

    def change(self, move: Callable[[Session], Session], label: str) -> bool:
        """Moves the session; what cannot be done is said. Whether it was done."""
        try:
            after = move(self.session)
        except WizardError as error:
            self.complain(error)
            return False
        if after.selection != self.session.selection:
            self.before = self.session
            self.last_change = label
            self._typing = None
        self.session = after
        return True

    def _type(self, move: Callable[[Session], Session], label: str) -> None:
        typing = self._typing if self._typing is not None and self._typing[0] == label else (label, self.session)
        self.change(lambda session: move(replace(typing[1], hosts=session.hosts)), label)
        self._typing = typing

    def complain(self, error: WizardError) -> None:
        """Says what is wrong and what to do."""
        self.say(f"{error.message}\n{error.hint}" if error.hint else error.message, severity="error")

    @on(Edited)
    def _edit(self, message: Edited) -> None:
        label = message.label or join(word for edit in message.edits for word in edit.flag())
        step = self._type if message.is_typing else self.change
        step(lambda session: session.edited(message.edits, message.label), label)

    @on(Fixed)
    def _fix(self, message: Fixed) -> None:
        self.change(lambda session: session.fixed(message.fix), f"fix: {message.fix.label}")

    @on(Chosen)
    def _choose(self, message: Chosen) -> None:
        step = self._type if message.is_typing else self.change
        step(lambda session: session.chosen(message.selection, message.label, message.preset), message.label)

    @on(Placed)
    def _place(self, message: Placed) -> None:
        def move(session: Session) -> Session:
            return session.chosen(places.changed(session.selection, message.number, **message.fields), message.label)

        step = self._type if message.is_typing else self.change
        step(move, message.label)

    @on(Withdrawn)
    def _withdraw(self) -> None:
        """What held before it was typed holds again."""
        if self._typing is not None:
            start = self._typing[1]
            self.change(lambda session: replace(start, hosts=session.hosts), "")

    @on(TypingEnded)
    def _end_typing(self) -> None:
        self._typing = None

    @on(Detected)
    def _detect(self, message: Detected) -> None:
        self.session = self.session.detected(message.hosts)

    def look_at_hosts(self) -> None:
        """Looks at every host of the selection now; where that is going on already, breaks it off."""
        if self.looking.asked:
            self.looking.cancel()
        else:
            self.looking.start(preflight.targets(self.session), self.session.selection.model.path)
        self.looked += 1

    @on(looking.Seen)
    def _seen(self, message: looking.Seen) -> None:
        from screens.asking import is_bystander

        if not self.looking.take(message):
            return
        if not is_bystander(message.host):
            self.change(lambda session: session.detected((message.host,)), "")
        there = [host for host in self.session.hosts if host.was_reached and not host.is_recorded]
        if not self.looking.asked and len(there) > 1:
            self.looking.try_ways(there)
        self.looked += 1

    @on(looking.WaysSeen)
    def _ways_seen(self, message: looking.WaysSeen) -> None:
        self.change(lambda session: session.detected(message.hosts), "")
        self.looked += 1

    @on(Undo)
    def action_undo(self) -> None:
        """Takes the last change back."""
        if self.session.past:
            label = self.session.past[-1].label
            self.change(lambda session: session.undone, f"undone: {label}")

    @on(Redo)
    def action_redo(self) -> None:
        """Makes it again."""
        if self.session.future:
            label = self.session.future[-1].label
            self.change(lambda session: session.redone, f"again: {label}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo and redo only where there is something."""
        if action == "undo":
            return bool(self.session.past)
        if action == "redo":
            return bool(self.session.future)
        return super().check_action(action, parameters)
