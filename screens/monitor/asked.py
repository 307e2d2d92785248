"""What is asked of the hosts beside their logs: one connection a host, one thread a question, nobody waits.

Owns the connections and the repeating. What is asked stands in ``npus`` and ``served``.
"""

import threading
from collections.abc import Callable, Iterable

from wizard import reach
from wizard.reach import Shell


class Shells:
    """The way to every host, made when it is needed first and shared by all questions."""

    def __init__(self, make: Callable[[str, str], Shell] = reach.shell) -> None:
        self._make = make
        self._made: dict[tuple[str, str], Shell] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def of(self, address: str, ssh: str) -> Shell:
        """The shell of a host; an empty address is this machine.

        Raises:
            OSError: they are closed.
        """
        with self._lock:
            if self._is_closed:
                raise OSError("nobody watches any more")
            if (address, ssh) not in self._made:
                self._made[address, ssh] = self._make(address or "localhost", ssh)
            return self._made[address, ssh]

    def close(self) -> None:
        """Ends every connection, and whatever hangs over it."""
        with self._lock:
            made, self._made, self._is_closed = self._made, {}, True
        for shell in made.values():
            shell.close()


class Repeated:
    """A question asked again and again in a thread of its own.

    Args:
        name: of the thread.
        ask: asks once and keeps the answer; may block.
        every_s: seconds until it is asked again.
    """

    def __init__(self, name: str, ask: Callable[[], None], every_s: Callable[[], float]) -> None:
        self._ask = ask
        self._every_s = every_s
        self._ended = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True, name=name)

    def start(self) -> None:
        """Begins to ask."""
        if not self._thread.is_alive():
            self._thread.start()

    def hurry(self) -> None:
        """Asks again at once, if nothing is being asked."""
        self._woken.set()

    def stop(self) -> None:
        """Asks no more; an answer that is waited for is not taken."""
        self._ended = True
        self._woken.set()

    @property
    def has_ended(self) -> bool:
        """Whether nobody waits for an answer any more."""
        return self._ended

    def _go_on(self) -> None:
        while not self._ended:
            self._woken.clear()
            self._ask()
            if not self._ended:
                self._woken.wait(self._every_s())


class Watch:
    """Questions that are asked side by side over the same shells, which end with them."""

    def __init__(self, shells: Shells, questions: Iterable[Repeated]) -> None:
        self._shells = shells
        self._questions = tuple(questions)

    def start(self) -> None:
        """Begins to ask."""
        for question in self._questions:
            question.start()

    def stop(self) -> None:
        """Asks no more, and ends what hangs."""
        for question in self._questions:
            question.stop()
        self._shells.close()
