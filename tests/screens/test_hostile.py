"""Text from outside where no test of a single screen looks: own presets, folders, what was detected, toasts, drafts."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens import files
from screens.app import WizardApp
from screens.choose.folder import ChooseFolder
from screens.dialogs import ChoosePath, Pick
from screens.widgets.rows import RowList
from tests.screens.test_choose import HOSTILE, found, page_of, turn_to, wizard
from tests.screens.walking import an_app, settle, type_in, until
from wizard import drafts, presets
from wizard.model.hardware import Fault, Interface, Weights

NAME = "[/x][red]模型\x1b[31m" + "长" * 20
SHOWN = "[/x][red]模型\\x1b[31m"


def text_of(pilot: Pilot[int]) -> str:
    """Everything on the screen; no escape code is in it."""
    text = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
    assert "\x1b" not in text
    return text


@pytest.fixture
def own_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A preset of the operator with such a name, title, summary and source."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "glm-wizard" / "presets"
    folder.mkdir(parents=True)
    text = presets.files()["a3-single"].read_text(encoding="utf-8")
    quoted = HOSTILE.replace("\x1b", "\\u001b").replace("`", "")
    about, head = f'title = "{quoted}"\nsummary = "{quoted}"\nsource = "{quoted}"\ndate = "2026-01-01"\n', "[about]\n"
    before, _, rest = text.partition(head)
    (folder / f"{NAME.replace('/', '')}.toml").write_text(
        before + head + about + "\n[model]" + rest.partition("[model]")[2], encoding="utf-8"
    )
    return NAME.replace("/", "")


@pytest.mark.asyncio
async def test_own_presets_are_text_in_the_list_the_palette_and_the_title(own_preset: str) -> None:
    """Also while searching for one, and when it is chosen and compared with."""
    assert own_preset in presets.files()
    app = wizard("a3-single", "a3-pair")
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        page = await turn_to(pilot, app, "scenario")
        assert page.list.point_at(own_preset)
        await settle(pilot)
        assert text_of(pilot).count("[x][red]模型") >= 1
        await pilot.press("question_mark")
        await settle(pilot)
        text_of(pilot)
        await pilot.press("escape", "ctrl+p")
        await settle(pilot)
        await type_in(pilot, "preset: [x")
        await until(pilot, lambda: "Preset: [x]" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: app.session.selection.preset == own_preset)
        for key in ("3", "r", "escape", "4"):
            await pilot.press(key)
            await settle(pilot)
            text_of(pilot)


@pytest.mark.asyncio
async def test_folders_and_files_of_any_name_are_text(tmp_path: Path) -> None:
    """Where one looks for weights on a host, and in dialogs that ask for a path."""
    (tmp_path / "[red]模型\x1b[31m").mkdir()
    model = tmp_path / ("[b]" + "长" * 60)
    model.mkdir()
    (model / "config.json").write_text("{}")
    app = an_app("choose")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.push_screen(ChooseFolder("localhost", "", str(tmp_path)))
        await until(pilot, lambda: [len(listed.rows) for listed in app.screen.query(RowList)] == [3])
        await settle(pilot)
        assert "[red]模型\\x1b[31m" in text_of(pilot)
        assert "[b]长" in text_of(pilot)
        await pilot.press("escape")
        app.push_screen(ChoosePath("Open", f"{tmp_path}/"))
        await until(pilot, lambda: isinstance(app.screen, ChoosePath) and bool(app.screen.entries))
        await settle(pilot)
        assert "[b]长" in text_of(pilot)
        assert "[red]" not in text_of(pilot), "what cannot be typed is not offered"


@pytest.mark.asyncio
async def test_what_was_detected_is_text_on_every_page() -> None:
    """Interfaces, weights, their faults, versions, processes, notes, series evidence."""
    real = found("a3-pair")[0]
    odd = replace(
        real,
        interfaces=(Interface(NAME, (real.address,), True), *(real.interfaces or ())),
        weights=Weights(NAME, Fault("x", HOSTILE, HOSTILE), quantization=HOSTILE, model_type=HOSTILE),
        notes=(HOSTILE,),
        series_evidence=(HOSTILE,),
        unknown={HOSTILE: HOSTILE},
        system=replace(real.system, os_name=HOSTILE, hostname=HOSTILE),
        software=replace(real.software, driver_version=HOSTILE),
    )
    app = wizard("a3-single", "a3-pair")
    app.set_reactive(WizardApp.session, app.session.detected((odd,)))
    async with app.run_test(size=(160, 48)) as pilot:
        await settle(pilot)
        for page in ("model", "hosts"):
            turned = await turn_to(pilot, app, page)
            for row in page_of(app).list.rows:
                turned.list.point_at(row.key)
                await settle(pilot)
                text_of(pilot)
            await pilot.press("u")
            await settle(pilot)
        for key in ("1", "enter", "escape", "3", ">", ">", ">", "4"):
            await pilot.press(key)
            await settle(pilot)
            text_of(pilot)


@pytest.mark.asyncio
async def test_toasts_and_the_offer_to_go_on_are_text() -> None:
    """What is said in a corner, and the name and place of an unfinished selection."""
    app = an_app("choose")
    draft = drafts.Draft(app.session.selection.evolve(preset=NAME), 0.0, Path(f"/{HOSTILE}"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        app.run_worker(files.take_up(app, draft))
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await settle(pilot)
        assert SHOWN in text_of(pilot)
        app.say(HOSTILE, severity="error")
        app.copy(HOSTILE, HOSTILE[:40])
        await settle(pilot)
        assert "[/x][red]模型" in text_of(pilot)


@pytest.mark.asyncio
async def test_own_presets_that_cannot_be_read_are_listed_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, line and what was meant; Enter chooses nothing, and the others are there."""
    folder = tmp_path / "glm-wizard" / "presets"
    folder.mkdir(parents=True)
    (folder / "ty[red]po.toml").write_text('format = 1\nscenrio = "single"\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    app = wizard("a3-single")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "scenario")
        assert "a3-pd" in [row.key for row in page.list.rows]
        before = app.session.selection
        await pilot.press("end")
        await settle(pilot)
        assert " -  ty[red]po " in text_of(pilot)
        told, hint = page.help_text()
        assert told.endswith("ty[red]po.toml:2`: `scenrio` is not a known key")
        assert hint == "did you mean `scenario`"
        await pilot.press("enter", "space")
        await settle(pilot)
        assert app.session.selection == before
        assert page_of(app) is page
