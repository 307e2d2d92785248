"""The export dialog: format, place, what is in the way, what cannot be written, copying, and what comes next."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from screens.app import WizardApp
from screens.dialogs import Confirm, ShowText
from screens.review.export import ExportDialog
from screens.review.screen import ReviewScreen
from tests.screens.walking import SIZES, an_app, settle
from wizard import presets, session
from wizard.export import EXPORTERS
from wizard.model.finding import Edit, EditKind


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def opened(pilot: Pilot[int]) -> None:
    await settle(pilot)
    await pilot.press("e")
    await settle(pilot)
    assert isinstance(pilot.app.screen, ExportDialog)


async def written_to(pilot: Pilot[int], path: str) -> None:
    """Writes to a place that is typed."""
    pilot.app.screen.query_one(Input).value = path
    pilot.app.screen.query_one(Input).focus()
    await pilot.pause()
    await pilot.press("enter")
    await settle(pilot)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def problem(app: WizardApp) -> str:
    assert isinstance(app.screen, ExportDialog)
    return str(app.screen.query_one(".problem", Static).content)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_after_writing_it_is_said_what_comes_next(size: tuple[int, int], folder: Path) -> None:
    """Copy to the hosts, start, the router, ask; `y` copies that, Escape is back at Review."""
    app = an_app("review", filled=True)
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert isinstance(app.screen, ShowText)
        for words in (
            f"written: {folder}/launch.sh",
            f"scp {folder}/launch.sh 10.0.0.2:",
            "bash launch.sh router",
            "glm-wizard --verify http://10.0.0.1:6688",
        ):
            assert words in app.screen.text
        assert not app.is_dirty
        await pilot.press("y")
        assert app.clipboard == app.screen.text
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, ReviewScreen)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_a_place_that_cannot_be_written_is_asked_for_again(size: tuple[int, int], folder: Path) -> None:
    """Below a file, of nobody's home, too long: said in the dialog, and mending it is enough."""
    (folder / "file").write_text("x")
    app = an_app("review", filled=True)
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        for path, words in (
            (f"{folder}/file/x.sh", "cannot be written"),
            ("~nobody-of-that-name/x.sh", "no home folder"),
            (f"{folder}/{'x' * 300}.sh", "cannot be written"),
            ("", "a path is needed"),
        ):
            await written_to(pilot, path)
            assert words in problem(app)
            assert "--output" not in problem(app)
        await written_to(pilot, f"{folder}/y.sh")
        assert isinstance(app.screen, ShowText)
    assert names_in(folder) == ["file", "y.sh"]


@pytest.mark.asyncio
async def test_home_is_expanded_and_an_identical_file_stays_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~` is the home folder; the same text again changes nothing; a private file stays private when it is replaced."""
    monkeypatch.setenv("HOME", str(folder))
    app = an_app("review", filled=True)
    text = EXPORTERS["bash"](app.session.export_request())
    place = folder / "launch.sh"
    place.write_text(text)
    place.chmod(0o600)
    before = place.stat()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await written_to(pilot, "~/launch.sh")
        assert isinstance(app.screen, ShowText)
        assert f"unchanged: {place}" in app.screen.text
        assert place.stat().st_mtime_ns == before.st_mtime_ns
        await pilot.press("escape")
        place.write_text("mine")
        await opened(pilot)
        await written_to(pilot, "~/launch.sh")
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        await settle(pilot)
        assert "kept as it is" in problem(app)
        assert place.read_text() == "mine"
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert isinstance(app.screen, ShowText)
    assert place.read_text() == text
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.asyncio
@pytest.mark.parametrize("row", [0, 1, 2])
async def test_y_copies_the_format_under_the_cursor(row: int) -> None:
    """The script or the JSON, whole; a folder cannot be copied, which is said."""
    app = an_app("review", filled=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press(*["down"] * row, "y")
        await settle(pilot)
        if row == 1:
            assert "several files" in problem(app)
        else:
            form = "bash" if row == 0 else "json"
            assert app.clipboard == EXPORTERS[form](app.session.export_request(form))


HOSTILE = "/[/x] [red]\x1b[31m模型 $(reboot) `id` " + "y" * 10_000


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_hostile_values_and_paths_are_shown_as_text(size: tuple[int, int], folder: Path) -> None:
    """Markup, escapes, Chinese and ten thousand signs, in the selection and in the place; the file holds them."""
    start = session.started(presets.preset("a3-pd").selection)
    edits = (Edit(EditKind.MODEL_PATH, HOSTILE), Edit(EditKind.SET, f"served-model-name={HOSTILE}"))
    app = WizardApp(start.edited(edits), "review", terminal=an_app().terminal, settings=an_app().settings)
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        assert "\x1b" not in app.export_screenshot()
        await written_to(pilot, f"{folder}/[red]\x1b[31m模型.sh")
        answers: dict[type, Callable[[], str]] = {Confirm: lambda: "y"}
        while type(app.screen) in answers:
            await pilot.press(answers[type(app.screen)]())
            await settle(pilot)
        assert isinstance(app.screen, ShowText), problem(app)
        assert "\x1b" not in app.export_screenshot()
    assert "模型" in (folder / "[red]\x1b[31m模型.sh").read_text()
