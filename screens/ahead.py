"""Keys in the order in which they were typed, each to what the one before led to.

Textual hands a key to what has the focus the moment it arrives. Typed quickly, or sent in one piece by a slow link, the
second of two keys then goes to a field that the first one is about to leave, or to the screen behind a dialog that is
about to open. Here a key waits until everything that the one before caused is done, and until a screen that opens for
the first time can be seen.
"""

from collections import deque
from functools import partial
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.timer import Timer

ROUNDS = 3
"""Times that a word is sent from the focus up to the app behind the messages that a key caused."""
LONGEST_S = 5.0
"""A key waits no longer than this, whatever the one before is doing."""
PAUSE_S = 0.01
"""How often it is looked whether a screen that opens can take keys."""


class TypedAhead(App[int]):
    """An app whose keys wait for one another."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._typed: deque[events.Key] = deque()
        self._count = 0
        """Keys that were handed on; tells the word of one key from that of another."""
        self._is_busy = False
        self._limit: Timer | None = None

    @property
    def is_at_rest(self) -> bool:
        """Whether no key waits, and what the last one caused is done. An app that is leaving hears of nothing more."""
        return self._exit or not (self._is_busy or self._typed)

    @property
    def takes_keys(self) -> bool:
        """Whether what is in view is complete, so that a key finds what it is meant for. For apps to say."""
        return True

    async def on_event(self, event: events.Event) -> None:
        """Hands a key on, or keeps it until the one before is done."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        if not self._is_busy:
            self._is_busy = True
            await self._hand_on()

    async def _hand_on(self, waited_s: float = 0.0) -> None:
        if not self.takes_keys and waited_s < LONGEST_S:
            self.set_timer(PAUSE_S, partial(self._hand_on, waited_s + PAUSE_S))
            return
        key = self._typed.popleft()
        self._count += 1
        count = self._count
        # whatever becomes of the word below, the next key is not kept for longer than this
        self._limit = self.set_timer(LONGEST_S, lambda: self._done(count))
        await super().on_event(key)
        self._send([], ROUNDS, count)

    def _send(self, way: list[DOMNode], rounds: int, count: int) -> None:
        """Sends a word along the way that messages take; each stop comes after what was waiting there."""
        if self._exit:
            return  # nobody is there any more to pass it on
        while way:
            if way[0].is_running and way[0].call_later(self._send, way[1:], rounds, count):
                return
            way = way[1:]
        if rounds:
            start = self.screen.focused or self.screen
            nodes = [node for node in start.ancestors_with_self if isinstance(node, DOMNode)]
            self._send(nodes, rounds - 1, count)
        else:
            self.call_later(self._done, count)

    async def _done(self, count: int) -> None:
        if count != self._count or not self._is_busy:
            return
        if self._limit is not None:
            self._limit.stop()
        self._is_busy = bool(self._typed)
        if self._typed:
            await self._hand_on()
