"""The bottom line tells what a key does now, and nothing that it does not."""

import pytest
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.widgets.key_bar import KeyBar
from screens.widgets.rows import RowList
from tests.screens.standins import MemoryLog
from tests.screens.test_choose import choosing, found, page_of, turn_to, wizard
from tests.screens.test_monitor import app_of
from tests.screens.walking import an_app, settle
from wizard.model.finding import Edit, EditKind
from wizard.session import started


def told(app: WizardApp) -> dict[str, str]:
    """Key → words, as shown."""
    return {key.shown: key.words for key in app.screen.query_one(KeyBar).shown}


async def keys_on(pilot: Pilot[int], app: WizardApp, page: str, row: str) -> dict[str, str]:
    turned = await turn_to(pilot, app, page)
    assert turned.list.point_at(row)
    await settle(pilot)
    return told(app)


@pytest.mark.asyncio
async def test_enter_and_space_are_called_what_they_do() -> None:
    """Into fields, choosing, or nothing at all; only switches are switched."""
    app = wizard("a3-pd", "a3-pair")
    async with app.run_test(size=(80, 24)) as pilot:
        scenario = await keys_on(pilot, app, "scenario", "a3-single")
        assert scenario["⏎"] == "choose"
        assert "space" not in scenario
        assert (await keys_on(pilot, app, "model", "path"))["⏎"] == "edit"
        assert "⏎" not in await keys_on(pilot, app, "model", "memory decode")
        assert (await keys_on(pilot, app, "hosts", "0"))["⏎"] == "edit"
        role = await keys_on(pilot, app, "role-decode", "max-running-requests")
        assert (role["⏎"], role["space"]) == ("edit", "switch")
        await keys_on(pilot, app, "model", "quantization 1")
        await pilot.press("space")
        await settle(pilot)
        assert app.session.selection.model.quantization == "W4A8"


@pytest.mark.asyncio
async def test_in_a_field_no_letter_is_called_a_key_and_f1_is_help() -> None:
    """What would be typed does nothing else there."""
    app = wizard("a3-pd", "a3-pair")
    async with app.run_test(size=(80, 24)) as pilot:
        await keys_on(pilot, app, "hosts", "0")
        assert told(app)["+"] == "swap"
        await pilot.press("enter")
        await settle(pilot)
        shown = told(app)
        assert shown["F1"] == "help"
        assert not {"+", "-", "/", "?", "u"} & set(shown)


@pytest.mark.asyncio
async def test_launch_is_offered_only_where_it_can_be() -> None:
    """Not while something is not filled in, not on recordings; as soon as it can be, it is."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "launch" not in told(app).values()
        full = an_app("launch", filled=True).session
        app.session = full
        await settle(pilot)
        assert told(app)["⏎"] == "launch"
        app.session = started(full.selection, found("a3-pair"))
        await settle(pilot)
        assert "launch" not in told(app).values()


@pytest.mark.asyncio
@pytest.mark.parametrize("width", [80, 120, 160, 200])
async def test_the_monitor_always_says_how_to_leave(width: int) -> None:
    """Whatever else there is room for."""
    app = app_of(MemoryLog("prefill"), MemoryLog("decode"))
    async with app.run_test(size=(width, 24)) as pilot:
        await settle(pilot)
        shown = [key.words for key in app.screen.query_one(KeyBar).shown]
        assert shown[-2:] == ["quit", "help"]


@pytest.mark.asyncio
async def test_a_finding_leads_to_the_role_it_is_about() -> None:
    """The tab that is marked, and the page that `g` and Enter lead to, is decode's."""
    app = wizard("a3-pd")
    app.set_reactive(WizardApp.session, app.session.edited([Edit(EditKind.SET, "decode.tp-size=7")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        tabs = app.screen._compositor.render_strips()[1].text
        assert "Decode!" in tabs
        assert "Prefill!" not in tabs
        await pilot.press("f", "g")
        await settle(pilot)
        assert choosing(app).page == "role-decode"
        await pilot.press("3", ">")
        await settle(pilot)
        assert app.screen.query_one("#page-commands", RowList).point_at("decode-0 option max-running-requests")
        await pilot.press("enter")
        await settle(pilot)
        assert page_of(app).list.key == "max-running-requests"


@pytest.mark.asyncio
async def test_in_ascii_keys_have_names() -> None:
    """An arrow would become `>`, which turns the page, and Enter an `E`, which would be a key."""
    app = wizard("a3-pd", "a3-pair")
    async with app.run_test(size=(80, 24)) as pilot:
        assert (await keys_on(pilot, app, "scenario", "a3-single"))["⏎"] == "choose"
        app.toggle_ascii()
        await settle(pilot)
        shown = told(app)
        assert (shown["enter"], shown["right"], shown[">"]) == ("choose", "read on", "page")
        assert all(key.isascii() for key in shown)
