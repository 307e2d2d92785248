"""Review: what would run, filling in, the export. What it writes is what the command line writes."""

import json
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from screens.app import WizardApp
from screens.choose import ChooseScreen
from screens.dialogs import Confirm, ShowText
from screens.review.export import ExportDialog
from screens.review.screen import ReviewScreen
from screens.review.script import ScriptView
from screens.settings import Settings
from screens.terminal import Terminal
from screens.widgets.rows import RowList
from tests.screens.walking import FILLED, SIZES, an_app, settle, type_in
from wizard import cli, drafts, presets, session
from wizard.launch import runs
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run


def review_of(app: WizardApp) -> ReviewScreen:
    assert isinstance(app.screen, ReviewScreen)
    return app.screen


def exported(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command line prints."""
    capsys.readouterr()
    assert cli.main([*words, "--export"]) == 0
    return capsys.readouterr().out


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_filling_in_and_exporting_by_keys_alone_gives_what_the_command_line_gives(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Type what is missing, press `e` and Enter: the very bytes of `--export`."""
    monkeypatch.chdir(tmp_path)
    app = an_app("review")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        for text in ("/models/glm-5.2", "10.0.0.1", "eth0", "10.0.0.2", "eth0", None):
            if text is not None:
                await type_in(pilot, text)
            await pilot.press("enter")
            await settle(pilot)
        assert review_of(app).page == "flow"
        await pilot.press("e")
        await settle(pilot)
        assert isinstance(app.screen, ExportDialog)
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert isinstance(app.screen, ShowText)
        assert not app.is_dirty
    expected = exported(
        capsys, "--preset", "a3-pd", "--hosts", "10.0.0.1,10.0.0.2", "--interface", "eth0",
        "--model-path", "/models/glm-5.2",
    )  # fmt: skip
    assert (tmp_path / "launch.sh").read_text() == expected
    assert drafts.unfinished() is None


@pytest.mark.asyncio
async def test_what_was_measured_here_stands_beside_the_published_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With date, host and run, as soon as one comes back to the page."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    app = an_app("review", "glm51-a3-pd-64k")
    hosts = Edit(EditKind.HOSTS, "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4")
    app.session = app.session.edited((hosts, *FILLED[1:]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        overview = review_of(app).query_one("#overview", Static)
        assert "`--verify RUN --bench` measures them here" in str(overview.content)
        planned = app.session.export_request().flow
        run = Run(name="r1", created="2026-11-26T03:12:00+00:00", plan=planned.plan_hash(), title=planned.title)
        result = {"error": None, "at": "2026-11-26T04:12:00+00:00", "host": "10.0.0.2", "result": {"tpot_ms": 41.5}}
        (runs.folder(runs.create(run, {}).name) / "benchmark-20261126-041200.json").write_text(json.dumps(result))
        await pilot.press(">", "<")
        await settle(pilot)
        told = str(overview.content)
        assert re.search(r"time per output token, mean +41.5 ms +55.2 ms", told)
        assert "measured 2026-11-26 04:12 on 10.0.0.2, run r1 (this plan)" in told


@pytest.mark.asyncio
async def test_every_page_is_reached_and_says_something() -> None:
    """`>` turns; each page holds what it is for."""
    app = an_app("review", filled=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = review_of(app)
        assert screen.page == "flow"
        told = str(screen.query_one("#overview", Static).content)
        assert all(name in told for name in ("prefill-0", "decode-0", "router", "vm.swappiness"))
        await pilot.press(">", ">")
        await settle(pilot)
        commands = screen.query_one("#page-commands", RowList)
        planned = app.session.export_request().flow
        shown = [row.text.plain.strip() for row in commands.rows if not row.is_heading]
        for process in planned.processes:
            words = planned.argv(process)
            assert any(words[2] in line for line in shown)
        assert screen.focused is commands
        await pilot.press(">", ">")
        await settle(pilot)
        from wizard.export import EXPORTERS

        assert screen.query_one(ScriptView).text == EXPORTERS["bash"](app.session.export_request())


@pytest.mark.asyncio
async def test_differences_name_what_was_changed_and_enter_leads_to_the_choice() -> None:
    """A changed setting stands on its page; Enter goes to where it is chosen."""
    start = session.started(presets.preset("a3-pd").selection)
    changed = start.edited((Edit(EditKind.SET, "decode.max-running-requests=64"),))
    app = WizardApp(changed, "review", terminal=Terminal(), settings=Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        review_of(app).turn_to("changes")
        await settle(pilot)
        rows = review_of(app).query_one("#page-changes", RowList).rows
        assert [row.text.plain.strip() for row in rows if not row.is_heading] == ["~ --max-running-requests 128 -> 64"]
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, ChooseScreen)


@pytest.mark.asyncio
@pytest.mark.parametrize(("form", "name"), [(1, "launch"), (2, "plan.json")])
async def test_the_other_formats_are_written(
    form: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with all that belongs to it, and JSON."""
    monkeypatch.chdir(tmp_path)
    app = an_app("review", filled=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        await pilot.press(*["down"] * form, "enter", "enter")
        await settle(pilot)
    place = tmp_path / name
    if form == 1:
        assert {path.name for path in place.iterdir()} == {
            "launch.sh",
            "selection.toml",
            "verify.sh",
            "bench.sh",
            "RUNBOOK.md",
        }
    else:
        assert json.loads(place.read_text())["title"] == "a3-pd"


async def export_until_asked(pilot: Pilot[int]) -> None:
    """The form and the place as they are offered; then a question stands in the way."""
    await settle(pilot)
    await pilot.press("e")
    await settle(pilot)
    await pilot.press("enter", "enter")
    await settle(pilot)
    assert isinstance(pilot.app.screen, Confirm)


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ["y", "n"])
async def test_a_different_file_is_overwritten_only_after_asking(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No keeps the file, yes replaces it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "launch.sh").write_text("mine")
    app = an_app("review", filled=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await export_until_asked(pilot)
        await pilot.press(answer)
        await settle(pilot)
    assert ((tmp_path / "launch.sh").read_text() == "mine") == (answer == "n")


@pytest.mark.asyncio
async def test_errors_are_named_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With error findings the export asks once more; No writes nothing."""
    monkeypatch.chdir(tmp_path)
    broken = session.started(presets.preset("a3-pd").selection).edited((Edit(EditKind.SET, "tp-size=7"),))
    assert broken.blocking
    app = WizardApp(broken, "review", terminal=Terminal(), settings=Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await export_until_asked(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert not (tmp_path / "launch.sh").exists()


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_hostile_text_is_shown_as_text_and_written_as_it_is(size: tuple[int, int]) -> None:
    """Markup, escape codes, Chinese and very long values on every page."""
    hostile = "/[/x] [red] [a=1]\x1b[31m模型" + "y" * 10_000
    start = session.started(presets.preset("a3-pd").selection)
    edits = (Edit(EditKind.MODEL_PATH, hostile), Edit(EditKind.SET, f"served-model-name={hostile}"))
    app = WizardApp(start.edited(edits), "review", terminal=Terminal(), settings=Settings())
    async with app.run_test(size=size) as pilot:
        for name in ("flow", "fill", "commands", "changes", "script", "preflight"):
            review_of(app).turn_to(name)
            await settle(pilot)
            assert review_of(app).page == name
            assert "\x1b" not in app.export_screenshot()
        await pilot.press("escape", "r")
        await settle(pilot)
        await pilot.press("?", "escape", "escape")
        await settle(pilot)


@pytest.mark.asyncio
async def test_esc_leaves_a_field_before_it_leaves_the_stage() -> None:
    """First Escape: letters are keys again. Second: one stage back, and what was typed is still there."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen.focused, Input)
        await type_in(pilot, "/models/x")
        await pilot.press("escape")
        await settle(pilot)
        assert app.stage == "review"
        await pilot.press("escape")
        await settle(pilot)
        assert app.stage == "choose"
        assert app.session.selection.model.path == "/models/x"
