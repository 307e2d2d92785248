"""The frame: stages, findings and command beside the form or one key away, keys, undo, help, sizes."""

import pytest

from screens.app import WizardApp
from screens.base import TooSmall
from screens.help import HelpScreen
from screens.messages import Edited
from screens.stage import StageScreen
from screens.widgets.command_preview import CommandPreview
from screens.widgets.findings import FindingsList
from screens.widgets.key_bar import KeyBar
from screens.widgets.stepper import STAGES, Stepper
from tests.screens.walking import SIZES, an_app, settle
from wizard.model.finding import Edit, EditKind


def stage_of(app: WizardApp) -> StageScreen:
    assert isinstance(app.screen, StageScreen)
    return app.screen


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_every_stage_is_reached_by_its_number_and_by_brackets(size: tuple[int, int]) -> None:
    """Digits go anywhere; brackets one on or back; the ends hold."""
    app = an_app("detect")
    async with app.run_test(size=size) as pilot:
        for number, name in enumerate(STAGES, start=1):
            await pilot.press(str(number))
            await pilot.pause()
            assert app.stage == name
            assert app.screen.query_one(Stepper).stage == name
        await pilot.press("]")
        await pilot.pause()
        assert app.stage == "monitor"
        for name in reversed(list(STAGES)[:-1]):
            await pilot.press("[")
            await pilot.pause()
            assert app.stage == name


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_undo_and_redo_walk_over_every_change(size: tuple[int, int]) -> None:
    """An edit shows in the session; undo takes it back; redo makes it again."""
    app = an_app("launch")
    first = app.session.selection
    async with app.run_test(size=size) as pilot:
        stage_of(app).post_message(Edited((Edit(EditKind.SET, "decode.max-running-requests=64"),)))
        await pilot.pause()
        changed = app.session.selection
        assert changed.role("decode").options["max-running-requests"] == 64
        assert app.work_title == "a3-pd *"
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert app.session.selection == first
        await pilot.press("ctrl+y")
        await pilot.pause()
        assert app.session.selection == changed


@pytest.mark.asyncio
async def test_an_edit_that_cannot_be_made_changes_nothing_and_is_said() -> None:
    """The hostile name is text, not markup."""
    app = an_app("launch")
    first = app.session.selection
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        stage_of(app).post_message(Edited((Edit(EditKind.SET, "[/x] [red]=1"),)))
        await pilot.pause()
        assert app.session.selection == first
        assert any("[/x] [red]" in note.message for note in app._notifications)


@pytest.mark.asyncio
async def test_on_a_narrow_terminal_the_panels_are_one_key_away() -> None:
    """`f` and `c` show them in place of the form, the same key or Escape goes back."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = stage_of(app)
        body, findings, command = (
            screen.query_one("#body"),
            screen.query_one(FindingsList),
            screen.query_one(CommandPreview),
        )
        assert body.region
        assert not findings.region
        await pilot.press("f")
        await pilot.pause()
        assert findings.region
        assert not body.region
        assert not command.region
        assert findings.has_focus
        await pilot.press("c")
        await pilot.pause()
        assert command.region
        assert command.has_focus
        assert not findings.region
        await pilot.press("escape")
        await pilot.pause()
        assert body.region
        assert not command.region
        assert app.stage == "launch"


@pytest.mark.asyncio
async def test_a_fix_is_one_key_away_and_can_be_undone() -> None:
    """`x` on a finding applies its first fix."""
    app = an_app("launch", "a2-single")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = app.session
        assert before.findings[0].fixes
        await pilot.press("f", "x")
        await pilot.pause()
        assert app.session.selection == before.fixed(before.findings[0].fixes[0]).selection
        assert before.findings[0] not in app.session.findings
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert app.session.selection == before.selection


@pytest.mark.asyncio
async def test_the_command_marks_what_the_last_change_changed() -> None:
    """The old value with a minus, the new one with a plus."""
    app = an_app("launch")
    async with app.run_test(size=(160, 48)) as pilot:
        stage_of(app).post_message(Edited((Edit(EditKind.SET, "decode.max-running-requests=64"),)))
        await pilot.pause()
        lines = [line for line in stage_of(app).query_one(CommandPreview).lines if line.mark != " "]
        assert [(line.mark, line.text.strip()) for line in lines] == [
            ("-", "--max-running-requests 128"),
            ("+", "--max-running-requests 64"),
        ]


@pytest.mark.asyncio
async def test_help_explains_the_focused_finding_and_lists_the_keys() -> None:
    """`?` opens it, `?` or Escape closes it."""
    app = an_app("launch", "a2-single")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f", "?")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert app.screen.explained.title == app.session.findings[0].code
        assert any(name == "meaning" for name, _ in app.screen.explained.entries)
        assert ("x", "Apply the first fix of this finding; what it changes stands below") in app.screen.explained.keys
        await pilot.press("?")
        await pilot.pause()
        assert isinstance(app.screen, StageScreen)


@pytest.mark.asyncio
async def test_a_terminal_that_is_too_small_gets_one_sentence() -> None:
    """Below 60x20 nothing but the sentence; larger again, everything is back."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        cover = app.screen.query_one(TooSmall)
        assert not cover.region
        await pilot.resize_terminal(59, 20)
        await pilot.pause()
        assert cover.region.size == app.size
        assert "60x20" in str(cover.content)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert not cover.region


@pytest.mark.asyncio
@pytest.mark.parametrize("width", [60, 80, 100, 160])
async def test_the_bottom_line_never_cuts_a_key(width: int) -> None:
    """What does not fit is left out; help stays."""
    app = an_app("launch")
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        bar = stage_of(app).query_one(KeyBar)
        assert sum(key.width for key in bar.shown) <= bar.content_size.width
        assert bar.shown[-1].words == "help"
        assert not any(key.words in {"undo", "redo"} for key in bar.shown)


@pytest.mark.asyncio
async def test_of_several_fixes_one_is_chosen_with_enter() -> None:
    """Enter on a finding with more than one way out asks which; the second one is applied."""
    app = an_app("launch", "a2-single")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = app.session
        place = next(n for n, finding in enumerate(before.findings) if len(finding.fixes) > 1)
        await pilot.press("f")
        await settle(pilot)
        app.screen.query_one(FindingsList).highlighted = place
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert app.session.selection == before.fixed(before.findings[place].fixes[1]).selection


@pytest.mark.asyncio
@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+c", 4)])
async def test_leaving_and_interrupting_have_their_exit_codes(key: str, code: int) -> None:
    """`q` is done; Ctrl-C is 4, as at every other word."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
    assert app.return_value == code


@pytest.mark.asyncio
async def test_the_command_at_the_top_is_the_one_that_is_copied() -> None:
    """Also where lines above it are wrapped."""
    app = an_app("launch", filled=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.change(lambda held: held.edited((Edit(EditKind.MODEL_PATH, "/models/" + "long" * 400),)), "path")
        await pilot.press("c")
        await settle(pilot)
        shown = app.screen.query_one(CommandPreview)
        heads = [number for number, line in enumerate(shown.lines) if not line.key]
        for head, word in zip(heads, ("mode prefill", "mode decode", "launch_router"), strict=True):
            shown.scroll_to(y=shown._starts()[head], animate=False)
            await pilot.press("y")
            await settle(pilot)
            assert word in app.clipboard
