"""Acting on a run at the command line: the work in a thread, what it tells on the terminal, and questions.

Ctrl-C and SIGTERM end the work, never a server. Progress is talk: it goes to stderr; events as JSON are data.
"""

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NamedTuple, Protocol

from wizard.errors import UsageError
from wizard.json_text import json_text
from wizard.launch import events, stopping
from wizard.launch.recorder import Tell
from wizard.model.run import Run, RunEvent

_TICK_S = 1.0
_TURN_S = 0.1
_END_S = 50.0
"""A look at a host that is under way may take so long; then it is left behind."""


class Screen(Protocol):
    """Where events are shown."""

    def show(self, event: RunEvent) -> None:
        """Shows an event."""
        ...

    def tick(self) -> None:
        """A second went by."""
        ...

    def close(self) -> None:
        """Nothing comes any more."""
        ...


class Outcome(NamedTuple):
    """What came of the work."""

    run: Run | None
    is_interrupted: bool


class JsonLines:
    """One object a line, on stdout."""

    def show(self, event: RunEvent) -> None:
        """Shows an event."""
        sys.stdout.write(json_text(events.as_data(event)) + "\n")
        sys.stdout.flush()

    def tick(self) -> None:
        """Nothing moves."""

    def close(self) -> None:
        """Nothing to put away."""


class PlainLines:
    """One line an event, on stderr: for logs, serial lines and screen readers."""

    def show(self, event: RunEvent) -> None:
        """Shows an event."""
        text = events.as_line(event)
        encoding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stderr.flush()

    def tick(self) -> None:
        """Nothing moves."""

    def close(self) -> None:
        """Nothing to put away."""


def screen(*, as_json: bool, color: bool, processes: Sequence[tuple[str, str]] = ()) -> Screen:
    """The way of showing that suits where the output goes.

    Args:
        as_json: whether events are data.
        color: whether there may be any.
        processes: name and host of those that will be told of, in the order in which they stand.
    """
    if as_json:
        return JsonLines()
    if not sys.stderr.isatty():
        return PlainLines()
    from wizard.words.progress import LiveTable

    return LiveTable(processes, color=color)


def follow(work: Callable[[Tell, threading.Event], Run], shown: Screen) -> Outcome:
    """Does the work in a thread and shows what it tells until it is over or somebody interrupts.

    Raises:
        WizardError: of the work.
    """
    told: queue.SimpleQueue[RunEvent | None] = queue.SimpleQueue()
    cancelled = threading.Event()
    results: list[Run] = []
    errors: list[BaseException] = []

    def act() -> None:
        try:
            results.append(work(told.put, cancelled))
        except BaseException as error:  # noqa: BLE001 (raised again where it can be said)
            errors.append(error)
        finally:
            told.put(None)

    thread = threading.Thread(target=act, name="acting", daemon=True)
    thread.start()
    try:
        is_interrupted = _shown(told, cancelled, shown)
    finally:
        shown.close()
    thread.join(0.1 if is_interrupted and not results else None)
    if errors:
        raise errors[0]
    return Outcome(results[0] if results else None, is_interrupted)


def _shown(told: "queue.SimpleQueue[RunEvent | None]", cancelled: threading.Event, shown: Screen) -> bool:
    """Shows events until the work is over; whether it was interrupted."""
    deadline, ticked = None, time.monotonic()
    with _interruptions() as pressed:
        while deadline is None or time.monotonic() < deadline:
            if pressed and deadline is None:
                cancelled.set()
                deadline = time.monotonic() + _END_S
            elif len(pressed) > 1:  # again: no more waiting
                return True
            with suppress(queue.Empty):
                event = told.get(timeout=_TURN_S)
                if event is None:
                    break
                shown.show(event)
            if time.monotonic() - ticked > _TICK_S:
                ticked = time.monotonic()
                shown.tick()
    return deadline is not None


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM, as a list that grows: neither breaks into what is being shown."""
    pressed: list[int] = []

    def press(number: int, _frame: FrameType | None) -> None:
        pressed.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    before = {number: signal.signal(number, press) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield pressed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def can_ask() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def asked(question: str, flag: str) -> bool:
    """Whether the operator says yes; no is the answer to everything else.

    Raises:
        UsageError: there is nobody to ask; the hint names the flag that says it.
    """
    if not can_ask():
        raise UsageError("there is no terminal to ask on", flag)
    try:
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return False


def stopped(run: Run, *, force: bool = False, as_json: bool = False, color: bool = True) -> Outcome:
    """Stops a run and shows it."""
    shown = screen(as_json=as_json, color=color, processes=[(one.name, one.address) for one in run.processes])
    return follow(lambda tell, cancelled: stopping.stop(run, tell, cancelled, force=force), shown)
