"""Wherever keys lead in Choose: what is chosen can be planned, undo leads back to the first, flags say the same."""

import random
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from textual import events
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.choose import ChooseScreen
from screens.widgets.command_preview import Line, lines_of
from tests.screens.test_choose import wizard
from tests.screens.walking import settle
from wizard import cli, presets, selection_file
from wizard.errors import WizardError
from wizard.export import EXPORTERS
from wizard.model.finding import Edit, EditKind
from wizard.reproduce import SELECTION_FILE, same
from wizard.words.screen import begun

MOVES = ["up", "down", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "escape"]
ACTS = ["enter", "space", "x", "w", "u", "d", "s", "o", "plus", "minus", "ctrl+z", "ctrl+y", "f", "c", "g", "a"]
TURNS = [">", "<", "slash", "f2", "question_mark"]
TEXT = [*"019.-_/,= ab模", "backspace", "delete"]
KEYS = [*MOVES * 2, *ACTS, *TURNS, *TEXT]
"""Everything but the ways to other stages and to real hosts."""
NAMED = {"slash": "/", "space": " ", "plus": "+", "minus": "-", "question_mark": "?"}
PIECE = 20
"""Keys that are sent in one piece."""
IN_ALL, IN_ONE = 10_000, 200
START = ("a3-single", "a2-single", "a3-multi", "a3-pd")


async def press(pilot: Pilot[int], keys: Sequence[str]) -> None:
    """Sends keys as a terminal does, piece by piece, and waits for each piece."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    for start in range(0, len(keys), PIECE):
        for key in keys[start : start + PIECE]:
            character = NAMED.get(key, key if len(key) == 1 else None)
            app.post_message(events.Key(key, character))
        while not app.is_at_rest:
            await pilot.pause()
        await settle(pilot)


def shown(app: WizardApp) -> list[Line]:
    """The preview, line by line."""
    planned = app.session.planned
    assert not isinstance(planned, WizardError), planned
    return [line for process in planned.processes for line in lines_of(planned, process)]


def script(app: WizardApp) -> str:
    """What is exported of what was chosen; a walk through Detect may take hosts off its list, which is no choice."""
    alone = app.session.forgotten({host.address for host in app.session.hosts})
    return EXPORTERS["bash"](alone.export_request())


async def walk(preset: str, keys: Sequence[str]) -> None:
    """Walks; then everything that is promised of any walk."""
    app = wizard(preset, "a3-pair")
    first, preview, text = app.session.selection, shown(app), script(app)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ChooseScreen)
        await press(pilot, keys)
        assert shown(app)
        assert script(app)
        flags_say_the_same(app)
        while len(app.screen_stack) > 1:
            app.pop_screen()
        while app.session.past:
            app.action_undo()
        await settle(pilot)
    assert app.session.selection == first
    assert shown(app) == preview
    assert script(app) == text


def flags_say_the_same(app: WizardApp) -> None:
    """The reproduce line, run: the same selection, and the same script to the byte."""
    words = list(app.session.reproduce[1:])
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / SELECTION_FILE
        kept.write_text(selection_file.dumps(app.session.selection), encoding="utf-8")
        again = begun(cli.parse([str(kept) if word == SELECTION_FILE else word for word in words])).session
    assert same(again.selection, app.session.selection)
    assert EXPORTERS["bash"](again.export_request()) == script(app)


def seeded(seed: int, count: int) -> list[str]:
    """The same keys at every run."""
    return random.Random(seed).choices(KEYS, k=count)  # noqa: S311  no secret


@pytest.mark.asyncio
@pytest.mark.parametrize("preset", ["a3-pd"])
async def test_a_few_hundred_keys_lead_nowhere_bad(preset: str) -> None:
    """No traceback, no selection without a plan; undo and flags hold."""
    await walk(preset, seeded(7, IN_ONE))


@pytest.mark.slow
@settings(
    max_examples=IN_ALL // IN_ONE,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(START), st.lists(st.sampled_from(KEYS), min_size=IN_ONE, max_size=IN_ONE))
def test_ten_thousand_keys_lead_nowhere_bad(preset: str, keys: list[str]) -> None:
    """The same for all scenarios; the keys are the same at every run, so that a failure is one of the change."""
    import asyncio

    asyncio.run(walk(preset, keys))


@pytest.mark.asyncio
async def test_the_line_that_is_shown_gives_the_same_script_elsewhere() -> None:
    """`r` after a few changes; the words, run as a command, print the script of this session."""
    app = wizard("a3-pd")
    edits = [Edit(EditKind.SET, "decode.max-running-requests=64"), Edit(EditKind.HOSTS, "10.0.0.1,10.0.0.2")]
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.change(lambda now: now.edited(edits), "changed")
        await pilot.press("r")
        await settle(pilot)
        line = app.clipboard
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        assert cli.main([*line.split()[1:], "--export"]) == 0
    assert out.getvalue() == script(app)
    assert presets.preset("a3-pd").selection != app.session.selection
