"""The mouse does what keys do; every size from 60x20 up serves; below that nothing acts; nothing typed is lost."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from screens.app import WizardApp
from screens.base import BaseDialog, TooSmall
from screens.choose import ChooseScreen
from screens.detect import DetectScreen
from screens.detect.card import HostCard
from screens.detect.dialogs import AddHosts, HostDetails, Rehearse
from screens.dialogs import Ask, ChoosePath, Confirm, Pick, ShowText
from screens.help import Explained, HelpScreen, about
from screens.settings import load
from screens.settings_dialog import SettingsDialog
from screens.stage import StageScreen
from screens.widgets.blanks import Typed
from screens.widgets.findings import FindingsList
from screens.widgets.key_bar import MOUSE_IS_FREE, KeyBar
from screens.widgets.page_bar import PageBar
from screens.widgets.rows import RowList
from screens.widgets.stepper import Stepper
from tests.screens.test_choose import HOSTILE, choosing, found, page_of, turn_to, wizard
from tests.screens.walking import an_app, settle, type_in
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Fault, Host

SMALL, LARGE, LEAST = (80, 24), (160, 48), (60, 20)
BOTH = [SMALL, pytest.param(LARGE, marks=pytest.mark.slow)]


def lines_of(app: WizardApp) -> list[str]:
    """What stands on the screen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def click_word(pilot: Pilot[int], widget: type, word: str) -> None:
    """Clicks on a word in a one-line widget."""
    bar = pilot.app.screen.query_one(widget)
    region = bar.region
    place = lines_of(pilot.app)[region.y][region.x : region.right].index(word)  # type: ignore[arg-type]
    await pilot.click(widget, offset=(place + 1, 0))
    await settle(pilot)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", BOTH)
async def test_scenarios_pages_stages_and_keys_are_clicked(size: tuple[int, int]) -> None:
    """The first click on a scenario looks at it, the second chooses it; tabs turn; the bottom line acts."""
    app = wizard("a3-single")
    async with app.run_test(size=size) as pilot:
        page = await turn_to(pilot, app, "scenario")
        number = next(n for n, row in enumerate(page.list.rows) if row.key == "a3-multi")
        await pilot.click(page.list, offset=(10, number))
        await settle(pilot)
        assert app.session.selection.preset == "a3-single"
        assert page.list.key == "a3-multi"
        await pilot.click(page.list, offset=(10, number))
        await settle(pilot)
        assert app.session.selection.preset == "a3-multi"
        await click_word(pilot, PageBar, "Hosts")
        assert choosing(app).page == "hosts"
        await click_word(pilot, KeyBar, "search")
        assert any("search names" in line for line in lines_of(app))
        await pilot.press("escape")
        await click_word(pilot, Stepper, "Launch")
        assert app.stage == "launch"


@pytest.mark.asyncio
@pytest.mark.parametrize("size", BOTH)
async def test_findings_are_clicked_and_buttons_too(size: tuple[int, int]) -> None:
    """A click on the verdict opens the findings; a click on one applies its fix, or asks which."""
    app = wizard("a3-single")
    app.set_reactive(WizardApp.session, app.session.edited([Edit(EditKind.SET, "speculative-eagle-topk=2")]))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.click("StatusLine")
        await settle(pilot)
        listed = app.screen.query_one(FindingsList)
        assert listed.has_focus
        before = app.session
        await pilot.click(FindingsList, offset=(4, 0))
        await settle(pilot)
        if isinstance(app.screen, Pick):
            await pilot.press("enter")
            await settle(pilot)
        assert before.findings[0] not in app.session.findings
        answers: list[bool | None] = []
        app.push_screen(Confirm("Sure?", "It matters."), answers.append)
        await settle(pilot)
        await pilot.click(app.screen.query_one("#yes", Button))
        await settle(pilot)
        assert answers == [True]


@pytest.mark.asyncio
async def test_a_click_on_a_card_looks_and_a_second_one_shows_all() -> None:
    """As Enter does."""
    app = an_app("detect")
    app.set_reactive(WizardApp.session, app.session.detected(found("a3-pair")))
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        second = list(app.screen.query(HostCard))[1]
        await pilot.click(second)
        await settle(pilot)
        assert second.has_focus
        await pilot.click(second)
        await settle(pilot)
        assert isinstance(app.screen, HostDetails)


@pytest.mark.asyncio
async def test_the_terminal_gets_the_mouse_with_one_key() -> None:
    """The bottom line says so, and how to get it back; so does the settings page."""
    app = an_app("choose")
    told: list[bool] = []

    class Way:
        waiting_bytes = sent_bytes = 0

        def use_mouse(self, wanted: bool) -> None:
            told.append(wanted)

    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        app.link = Way()  # type: ignore[assignment]
        await pilot.press("f3")
        await settle(pilot)
        assert MOUSE_IS_FREE in lines_of(app)[-1]
        await pilot.press("f2")
        await settle(pilot)
        assert any("[x] left to the terminal" in line for line in lines_of(app))
        await pilot.press("f3", "escape")
        await settle(pilot)
        assert MOUSE_IS_FREE not in lines_of(app)[-1]
        assert told == [False, True]


@pytest.mark.asyncio
async def test_settings_hold_at_once_and_are_remembered() -> None:
    """A theme, and signs; Escape leaves the page, not the choice."""
    app = an_app("choose")
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("f2")
        await settle(pilot)
        assert isinstance(app.screen, SettingsDialog)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert app.theme == "light"
        app.screen.query_one(RowList).point_at("ascii")
        await pilot.press("space", "escape")
        await settle(pilot)
        assert not isinstance(app.screen, SettingsDialog)
        assert app.is_ascii
        assert (load().theme, load().ascii_only) == ("light", True)
        app.toggle_ascii()
        app.use_theme("dark")


@pytest.mark.slow
@pytest.mark.asyncio
async def test_where_nothing_can_be_seen_no_key_acts() -> None:
    """Below 60x20 there is a sentence, and only leaving works; larger again, everything is as it was."""
    app = wizard("a3-pd")
    async with app.run_test(size=SMALL) as pilot:
        page = await turn_to(pilot, app, "role-decode")
        page.list.point_at("max-running-requests")
        await pilot.press("enter")
        await type_in(pilot, "9")
        before, focused = app.session, app.focused
        await pilot.resize_terminal(59, 19)
        await settle(pilot)
        assert app.screen.query_one(TooSmall).region.size == app.size
        assert "60x20" in " ".join(lines_of(app))
        await pilot.press("8", "enter", "escape", "ctrl+z", "4", "f", "down", "space")
        await settle(pilot)
        assert app.session is before
        assert app.focused is focused
        assert app.stage == "choose"
        await pilot.resize_terminal(*LEAST)
        await settle(pilot)
        await type_in(pilot, "8")
        assert isinstance(app.focused, Typed)
        assert app.focused.value == "12898"
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        await pilot.press("ctrl+q")
        await settle(pilot)
    assert app.return_code == 0


@pytest.mark.slow
@pytest.mark.asyncio
async def test_resizing_keeps_place_and_scroll() -> None:
    """160x48 → 80x24 → 60x20 → 160x48 with the cursor far down: it is in view all the time."""
    app = wizard("a3-pd")
    async with app.run_test(size=LARGE) as pilot:
        page = await turn_to(pilot, app, "options")
        await pilot.press(*["pagedown"] * 3)
        await settle(pilot)
        key = page.list.key
        for size in (SMALL, LEAST, LARGE):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert page.list.key == key
            assert page.list.has_focus
            top = page.list.scroll_offset.y
            assert top <= page.list.cursor < top + page.list.size.height


@pytest.mark.asyncio
@pytest.mark.parametrize("width", [60, pytest.param(72, marks=pytest.mark.slow)])
async def test_the_pages_stand_in_whole_words(width: int) -> None:
    """What does not fit is out of view, with the key that leads there; the current one is always there."""
    app = wizard("a3-pd")
    async with app.run_test(size=(width, 24)) as pilot:
        for name, title in {"scenario": "Scenario", "role-decode": "Decode", "options": "All options"}.items():
            await turn_to(pilot, app, name)
            line = lines_of(app)[1]
            assert f"[{title}" in line
            words = (
                line.replace("All options", "")
                .replace("…", " ")
                .replace("!", " ")
                .replace("[", " ")
                .replace("]", " ")
                .split()
            )
            assert set(words) <= {"Scenario", "Model", "Hosts", "Prefill", "Decode", "Router", "<", ">"}
        if width == 60:
            assert line.strip().startswith("<")
            await pilot.click(PageBar, offset=(1, 0))
            await settle(pilot)
            assert choosing(app).page != "options"


BOXES: dict[str, Callable[[], BaseDialog]] = {  # type: ignore[type-arg]
    "confirm": lambda: Confirm(HOSTILE, HOSTILE),
    "pick": lambda: Pick(HOSTILE, [(HOSTILE, HOSTILE)] * 9, HOSTILE),
    "ask": lambda: Ask(HOSTILE, HOSTILE, HOSTILE, check=lambda text: text, hint="hint"),
    "path": lambda: ChoosePath(HOSTILE, f"/{HOSTILE}"),
    "text": lambda: ShowText(HOSTILE, f"{HOSTILE}\n" * 60),
    "add": lambda: AddHosts([HOSTILE, "node2"]),
    "recorded": Rehearse,
    "details": lambda: HostDetails(Host(HOSTILE[:80], fault=Fault("x", HOSTILE, HOSTILE), was_reached=False)),
    "settings": SettingsDialog,
    "help": lambda: HelpScreen(Explained("max-running-requests", (("kind", "option"),), ())),
    "help-text": lambda: HelpScreen(Explained(HOSTILE, (("", HOSTILE), (HOSTILE, HOSTILE)), ())),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", BOXES)
async def test_every_dialog_fits_every_size_and_shows_text_as_text(name: str) -> None:
    """Its frame is whole at every size, no escape code gets through, `?` says what it is for, Escape leaves it."""
    app = an_app("choose")
    async with app.run_test(size=LARGE) as pilot:
        await settle(pilot)
        before = app.screen
        app.push_screen(BOXES[name]())
        for size in (LARGE, SMALL, LEAST):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            box = app.screen.query(".box").first()
            assert app.screen.region.contains_region(box.region), size
            text = "\n".join(lines_of(app))
            assert "\x1b" not in text
            assert "╭" in text
            assert "╯" in text
            if "help" not in name:
                told = about("", app.screen)
                assert any(entry for _, entry in told.entries)
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen is before


@pytest.mark.slow
@pytest.mark.asyncio
async def test_nothing_that_can_have_the_focus_is_without_help() -> None:
    """Tab through every stage and page: `?` always has a title and something to say."""
    app = wizard("a3-pd", "a3-pair")
    async with app.run_test(size=LARGE) as pilot:
        await settle(pilot)
        seen = set()
        for stage in ("1", "2", "3", "4"):
            await pilot.press(stage)
            await settle(pilot)
            screen = app.screen
            assert isinstance(screen, StageScreen)
            pages = list(screen.query_one(PageBar).pages) if screen.query(PageBar) else [""]
            for _ in pages:
                for widget in screen.focus_chain:
                    screen.set_focus(widget)
                    app.action_explain()
                    await settle(pilot)
                    assert isinstance(app.screen, HelpScreen), widget
                    explained = app.screen.explained
                    assert explained.title, widget
                    assert any(text for _, text in explained.entries), widget
                    assert explained.keys, widget
                    seen.add(type(widget).__name__)
                    app.action_explain()
                    await settle(pilot)
                screen.focus_body()
                await settle(pilot)
                if len(pages) > 1:
                    await pilot.press(">" if stage == "2" else "ctrl+pagedown")  # a field would take the sign as text
                    await settle(pilot)
        assert {"HostCard", "ChoiceList", "SettingList", "FindingsList", "CommandPreview"} <= seen


@pytest.mark.asyncio
async def test_hosts_with_hostile_names_and_files_are_only_text() -> None:
    """Addresses, faults, hostnames on cards and in their details, at the smallest size as well."""
    app = an_app("detect")
    real = found("a3-pair")[0]
    from dataclasses import replace

    odd = replace(real, address="10.0.0.1", system=replace(real.system, hostname=HOSTILE, os_name=HOSTILE))
    bad = Host("10.0.0.2", fault=Fault("unreachable", HOSTILE, HOSTILE), was_reached=False)
    app.set_reactive(WizardApp.session, app.session.detected([odd, bad]))
    async with app.run_test(size=SMALL) as pilot:
        for size in (SMALL, LEAST):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert isinstance(app.screen, DetectScreen)
            for card in app.screen.query(HostCard):
                card.focus()
                await pilot.press("enter")
                await settle(pilot)
                assert isinstance(app.screen, HostDetails)
                assert "\x1b" not in "\n".join(lines_of(app))
                await pilot.press("escape")
                await settle(pilot)
                assert "\x1b" not in "\n".join(lines_of(app))


@pytest.mark.asyncio
async def test_hostile_settings_show_as_text_beside_the_form_and_in_the_title() -> None:
    """Findings, command, status line and title."""
    app = wizard("a3-pd")
    edits = [
        Edit(EditKind.MODEL_PATH, HOSTILE),
        Edit(EditKind.SET, f"served-model-name={HOSTILE}"),
        Edit(EditKind.ENV, f"STRANGE={HOSTILE}"),
    ]
    async with app.run_test(size=LARGE) as pilot:
        await settle(pilot)
        app.change(lambda now: now.edited(edits), HOSTILE)
        for key in ("f", "escape", "c", "escape"):
            await pilot.press(key)
            await settle(pilot)
            text = "\n".join(lines_of(app))
            assert "\x1b" not in text
            assert "[/x][red]" in text
        assert isinstance(app.screen, ChooseScreen)
        assert page_of(app)
