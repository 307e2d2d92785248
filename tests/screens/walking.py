"""Short ways to walk through the full screen in tests."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from screens.ahead import TypedAhead
from screens.app import WizardApp
from screens.settings import Settings
from screens.terminal import Terminal
from tests.waiting import LIMIT_S
from wizard import presets, session
from wizard.model.finding import Edit, EditKind

SIZES = [(80, 24), pytest.param((160, 48), marks=pytest.mark.slow)]
FILLED = (
    Edit(EditKind.HOSTS, "10.0.0.1,10.0.0.2"),
    Edit(EditKind.INTERFACE, "eth0"),
    Edit(EditKind.MODEL_PATH, "/models/glm-5.2"),
)


def an_app(stage: str = "review", preset: str = "a3-pd", *, filled: bool = False) -> WizardApp:
    """The wizard with a preset, at a stage, as on a terminal that can do everything."""
    start = session.started(presets.preset(preset).selection)
    start = session.started(start.edited(FILLED).selection) if filled else start
    return WizardApp(start, stage, terminal=Terminal(), settings=Settings())


async def settle(pilot: Pilot[int]) -> None:
    """Everything that was asked for is done and shown."""
    for _ in range(3):
        await pilot.pause()
    while isinstance(pilot.app, TypedAhead) and not pilot.app.is_at_rest:
        await pilot.pause()
    # an empty list would mean all workers, also those that wait for an answer
    while short := [worker for worker in pilot.app.workers if worker.group in ("fill", "keep", "list")]:
        with suppress(WorkerCancelled):  # a newer one took its place
            await pilot.app.workers.wait_for_complete(short)
            break
    await pilot.pause()


async def until(pilot: Pilot[int], holds: Callable[[], bool], what: str = "") -> None:
    """Waits for what other threads and processes do, in nobody's way; fails with what it was when it never comes."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline, what
        await pilot.pause(0.02)


_NAMES = {"\r": "enter", "/": "slash", ".": "full_stop", "-": "minus", " ": "space"}


def at_once(app: App[Any], text: str) -> None:
    """Keys as a fast typist, or a terminal that pastes as keys, sends them: none waits for the one before."""
    for sign in text:
        app.post_message(events.Key(_NAMES.get(sign, sign), None if sign == "\r" else sign))


async def type_in(pilot: Pilot[int], text: str) -> None:
    """Types a text into what has the focus."""
    at_once(pilot.app, text)
    for _ in range(3):
        await pilot.pause()
