"""Keys that arrive in one piece, as over a slow link, do what they do one by one."""

import pytest
from textual import events

from screens import ahead
from screens.app import WizardApp
from screens.review.fill import FillPage
from screens.widgets.blanks import BlankField, Typed
from tests.screens.test_choose import wizard as choosing
from tests.screens.test_detect import Asked, answered
from tests.screens.test_detect import an_app as detecting
from tests.screens.walking import an_app, settle, until

NEXT = "right_square_bracket"


def send(app: WizardApp, *keys: str) -> None:
    """Hands over keys without waiting for any."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.asyncio
async def test_what_is_typed_ahead_goes_into_the_fields_it_was_meant_for() -> None:
    """Folder, address and interface of the first host in one piece: each in its own field, none lost."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.screen.query_one(FillPage).query(BlankField).first().take_focus()
        await settle(pilot)
        assert isinstance(app.focused, Typed)
        send(app, *"/m", "enter", *"n1", "enter", *"eth0", "enter", *"n2", "enter")
        for _ in range(8):
            await settle(pilot)
        selection = app.session.selection
        assert selection.model.path == "/m"
        assert [(host.address, host.interface) for host in selection.hosts] == [("n1", "eth0"), ("n2", "")]


@pytest.mark.asyncio
async def test_what_is_typed_behind_a_key_that_opens_a_dialog_goes_into_the_dialog() -> None:
    """`a`, a host and Enter in one piece: the digits turn no stage, the host is asked."""
    app = detecting(Asked)
    async with app.run_test(size=(80, 24)) as pilot:
        await answered(pilot)
        send(app, "a", *"1n2", "enter")
        for _ in range(8):
            await settle(pilot)
        await answered(pilot)
        assert app.stage == "detect"
        assert Asked.all[-1].address == "1n2"


@pytest.mark.asyncio
async def test_what_is_typed_ahead_of_stages_that_open_waits_for_them() -> None:
    """From Detect over a scenario into the first field of Review in one piece: every stage opens for the first time."""
    app = choosing("a3-single", "a3-pair", stage="detect")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        send(app, NEXT, "down", "down", "down", "enter", NEXT, "enter", *"/m", "enter")
        await until(pilot, lambda: app.session.selection.model.path == "/m" and app.is_at_rest)
        assert app.session.selection.preset == "a3-pd"
        assert app.stage == "review"


@pytest.mark.asyncio
async def test_a_word_that_is_lost_keeps_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever swallowed it: the next key is handed on, and the app comes to rest."""
    monkeypatch.setattr(ahead, "LONGEST_S", 0.02)
    monkeypatch.setattr(ahead.TypedAhead, "_send", lambda *_: None)
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        send(app, "2", "3")
        await until(pilot, lambda: app.stage == "review" and app.is_at_rest)


@pytest.mark.asyncio
async def test_an_app_that_is_leaving_is_at_rest() -> None:
    """What was typed behind `q` goes nowhere, and nobody waits for it."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        send(app, "q", "2", "f", "3")
        await until(pilot, lambda: app.return_value is not None)
        assert app.is_at_rest
