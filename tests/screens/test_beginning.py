"""How the full screen begins and ends: what it starts from, what is kept, where it refuses."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.dialogs import ChoosePath, Pick, ShowText
from screens.settings import Settings, load
from screens.terminal import Ascii, NoColors, Terminal, ascii_text, is_utf8
from screens.themes import NAMES, PLAIN
from tests.screens.walking import an_app, settle, type_in
from tests.terminals import on_terminal
from tests.waiting import LIMIT_S
from wizard import cli, drafts, presets, selection_file, session
from wizard.model.finding import Edit, EditKind
from wizard.words import screen

CHANGE = (Edit(EditKind.SET, "decode.max-running-requests=64"),)
WIZARD = (sys.executable, "-m", "wizard.cli", "--preset", "a3-pd")


def shown(
    words: Sequence[str] = WIZARD, *, until: bytes = b"Choose", talk: Path | None = None, **variables: str
) -> tuple[bytes, int]:
    """What the wizard wrote on a terminal until it was left, once ``until`` was seen, and its exit code."""
    with on_terminal(words, talk=talk, variables=variables) as seen:
        seen.until(until)
        while seen.read():
            pass  # until nothing is new for a moment: it waits for keys
        seen.press("q")
        code = seen.ended()
    return seen.seen, code


def test_no_color_means_not_one_colour() -> None:
    """NO_COLOR: bold and reversed text only."""
    written, code = shown(NO_COLOR="1")
    assert code == 0
    import re

    kinds = set(re.findall(rb"\x1b\[([0-9;:]*)m", written))
    assert kinds
    assert not [kind for kind in kinds if set(kind.split(b";")) - {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"9"}]


def test_a_terminal_that_is_not_utf_8_gets_ascii() -> None:
    """LC_ALL=C: not one byte above 127."""
    written, code = shown(LC_ALL="C", PYTHONUTF8="0")
    assert code == 0
    assert written.isascii()


def test_what_is_said_beside_the_screen_can_go_into_a_file(tmp_path: Path) -> None:
    """`2>FILE`: the screen is drawn all the same, and not one escape code is in the file."""
    said = tmp_path / "said"
    written, code = shown(talk=said)
    assert code == 0
    assert b"Scenario" in written
    assert b"\x1b" not in said.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["window closed", "program ended"])
def test_when_nobody_is_there_any_more_what_was_chosen_is_kept(way: str, tmp_path: Path) -> None:
    """As when one leaves by a key, and the terminal is as it was before."""
    said, state = tmp_path / "said", tmp_path / "state"
    with on_terminal(WIZARD, talk=said, variables={"XDG_STATE_HOME": str(state)}) as seen:
        seen.until(b"Scenario")
        seen.press("\x1b[B ")
        seen.until(b"scenario glm51")
        if way == "window closed":
            seen.hang_up()
        else:
            seen.process.terminate()
            seen.until(b"\x1b[?1049l")
        assert seen.process.wait(LIMIT_S) == 4, "as on Ctrl-C"
    assert "what was chosen is kept in" in said.read_text()
    assert [file.name for file in state.rglob("*.toml")]


def test_without_a_terminal_it_refuses_at_once_and_names_the_flags() -> None:
    """Exit 2, no escape code, within a second or so."""
    done = subprocess.run(
        [sys.executable, "-m", "wizard.cli"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=20
    )
    assert done.returncode == 2
    assert b"--export" in done.stderr
    assert b"\x1b" not in done.stderr + done.stdout


def test_a_dumb_terminal_is_asked_line_by_line() -> None:
    """With a message that says so."""
    assert screen.why_not({"TERM": "dumb"}) is not None
    assert screen.why_not({}) is not None
    assert screen.why_not({"TERM": "xterm"}) is None


@pytest.mark.parametrize(
    ("words", "stage"),
    [([], "detect"), (["--preset", "a3-pd"], "choose"), (["--set", "tp-size=8"], "choose")],
)
def test_what_is_given_decides_what_it_starts_from(words: list[str], stage: str) -> None:
    """Nothing given: the first preset, at Detect. Anything given: at Choose."""
    begun = screen.begun(cli.parse(words))
    assert begun.stage == stage
    if "--preset" in words:
        assert begun.session.selection == presets.preset("a3-pd").selection


def test_a_recorded_machine_is_what_was_detected() -> None:
    """`--machine` fills the hosts."""
    begun = screen.begun(cli.parse(["--machine", "a3-idle"]))
    assert begun.session.hosts
    assert all(host.is_recorded for host in begun.session.hosts)


def test_recorded_hosts_stand_in_the_places_that_nobody_named() -> None:
    """As if the scenario had been chosen there; it is said, undo takes it back, and `--hosts` is left alone."""
    begun = screen.begun(cli.parse(["--preset", "a3-pd", "--machine", "a3-pair"]))
    assert [host.address for host in begun.session.selection.hosts] == ["192.0.2.11", "192.0.2.12"]
    assert begun.notes[-1] == "Placed on 192.0.2.11, 192.0.2.12, as recorded. Ctrl+Z takes it back."
    assert begun.session.undone.selection == presets.preset("a3-pd").selection
    named = screen.begun(cli.parse(["--preset", "a3-pd", "--machine", "a3-pair", "--hosts", "n1,n2"]))
    assert [host.address for host in named.session.selection.hosts] == ["n1", "n2"]
    alone = screen.begun(cli.parse(["--preset", "a3-pd", "--machine", "a3-idle"]))
    assert not alone.session.selection.hosts
    assert not alone.notes


@pytest.mark.asyncio
async def test_a_preset_that_is_exported_as_it_is_leaves_other_work_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where recorded hosts were put into its places at the start."""
    monkeypatch.chdir(tmp_path)
    waiting = presets.preset("a3-multi").selection
    drafts.keep(waiting)
    begun = screen.begun(cli.parse(["--machine", "a3-pair", "--preset", "a3-pd"]))
    app = WizardApp(begun.session, "review", notes=begun.notes, terminal=Terminal(), settings=Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert (tmp_path / "launch.sh").exists()
    found = drafts.unfinished()
    drafts.discard()
    assert found is not None
    assert found.selection == waiting


@pytest.mark.asyncio
async def test_many_notes_on_a_script_stay_until_they_are_read(tmp_path: Path) -> None:
    """A few toasts would hide each other and go; the list is closed with Escape, and the stage is there."""
    script = tmp_path / "old.sh"
    script.write_text("while true; do\npython3 -m sglang.launch_server --model-path /m --tp-sise 8\n", encoding="utf-8")
    begun = screen.begun(cli.parse(["--import", str(script)]))
    assert len(begun.notes) > 2
    app = WizardApp(begun.session, begun.stage, notes=begun.notes, terminal=Terminal(), settings=Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ShowText)
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "`--tp-sise` is not an option" in shown
        await pilot.press("escape")
        await settle(pilot)
        assert app.stage == "choose"
        assert app.screen.focused is not None


@pytest.mark.asyncio
async def test_an_unfinished_selection_is_kept_and_taken_up() -> None:
    """Change something, leave; at the next start Enter goes on with it."""
    drafts.discard()
    app = an_app("choose")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.change(lambda held: held.edited(CHANGE), "changed")
        await pilot.press("q")
        await settle(pilot)
    assert app.keep() == drafts.path()
    begun = screen.begun(cli.parse([]))
    assert begun.draft is not None
    again = WizardApp(begun.session, begun.stage, draft=begun.draft, terminal=Terminal(), settings=Settings())
    async with again.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(again.screen, Pick)
        await pilot.press("enter")
        await settle(pilot)
        assert again.session.selection == app.session.selection
        assert again.stage == "choose"
    drafts.discard()


@pytest.mark.asyncio
async def test_selections_are_opened_and_saved_from_the_palette(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Save writes what is chosen, open brings it back, undo brings back what was; the star tells what is not saved."""
    monkeypatch.chdir(tmp_path)
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.change(lambda held: held.edited(CHANGE), "changed")
        changed = app.session.selection
        assert app.work_title.endswith("*")
        app.action_file("save")
        await settle(pilot)
        assert isinstance(app.screen, ChoosePath)
        await pilot.press("enter")
        await settle(pilot)
        assert selection_file.load(tmp_path / "selection.toml") == changed
        assert not app.work_title.endswith("*")
        await pilot.press("ctrl+z")
        await settle(pilot)
        app.action_file("open")
        await settle(pilot)
        await type_in(pilot, "sel")
        await settle(pilot)
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert app.session.selection == changed


@pytest.mark.asyncio
async def test_the_command_that_gives_the_same_is_one_key_away() -> None:
    """`r` shows it and copies it."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.change(lambda held: held.edited(CHANGE), "changed")
        await pilot.press("r")
        await settle(pilot)
        assert isinstance(app.screen, ShowText)
        line = "glm-wizard --preset a3-pd --set decode.max-running-requests=64"
        assert app.screen.text == line
        assert app.clipboard == line


@pytest.mark.asyncio
async def test_a_theme_is_remembered() -> None:
    """Every theme can be shown; the last one is there at the next start."""
    app = an_app("launch")
    async with app.run_test(size=(80, 24)) as pilot:
        for name in NAMES:
            app.use_theme(name)
            await settle(pilot)
            assert load().theme == name
    assert load().theme == PLAIN
    app.use_theme("dark")


@pytest.mark.asyncio
async def test_the_palette_has_every_stage_preset_and_key() -> None:
    """Nothing is only a key."""
    app = an_app("review", filled=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        titles = {command.title for command in app.get_system_commands(app.screen)}
    assert {f"Preset: {name}" for name in presets.files()} <= titles
    assert {
        "Go to Launch",
        "Export",
        "Undo",
        "Findings",
        "Command",
        "Reproduce",
        "Quit",
        "Save the selection",
    } <= titles | {"Undo"}


def test_signs_become_ascii_as_wide_as_they_were() -> None:
    """Chinese is two cells, a box corner one."""
    assert ascii_text("╭─模型─╮…") == "+-????-+~"
    assert is_utf8({"LANG": "de_DE.UTF-8"})
    assert not is_utf8({"LC_ALL": "C", "LANG": "de_DE.UTF-8"})
    assert NoColors()
    assert Ascii()


def test_the_session_begins_where_the_command_line_says() -> None:
    """The same selection as --plan would show."""
    begun = screen.begun(cli.parse(["--preset", "a3-single", "--model-path", "/m"]))
    assert begun.session.selection.model.path == "/m"
    assert session.started(begun.session.selection).selection == begun.session.selection


LOADED = """
import sys
from pathlib import Path
from textual.drivers.linux_driver import LinuxDriver
from wizard.cli import main
place, mark, write = Path(sys.argv[1]), sys.argv[2], LinuxDriver.write
def written(driver, text):
    if mark in text and not place.exists():
        place.write_text(" ".join(sys.modules))
    write(driver, text)
LinuxDriver.write = written
sys.exit(main(sys.argv[3:]))
"""


@pytest.mark.parametrize(("mark", "words"), [("Looking", []), ("clients", ["--preset", "a3-pd"])])
def test_what_the_first_screen_does_not_show_is_loaded_once_it_is_in_view(
    mark: str, words: list[str], tmp_path: Path
) -> None:
    """Checks, dialogs, panels, probes and the other pages."""
    command = [sys.executable, "-c", LOADED, str(tmp_path / "loaded"), mark, *words]
    _, code = shown(command, until=mark.encode(), XDG_STATE_HOME=str(tmp_path))
    assert code == 0
    later = {
        "wizard.check", "wizard.detect.probe", "wizard.detect.command", "wizard.launch", "wizard.monitor",
        "screens.dialogs", "screens.detect.dialogs", "screens.widgets.findings", "screens.widgets.command_preview",
        "screens.choose.options", "screens.choose.model", "screens.help", "screens.keymap", "questionary", "plumbum",
        "importlib.metadata",
    }  # fmt: skip
    loaded = set((tmp_path / "loaded").read_text().split())
    assert "screens.stage" in loaded
    assert not later & loaded
