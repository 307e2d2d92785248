"""Every scenario from the first screen to a file, by keys alone; the same by questions and by JSON: the same bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from screens.app import WizardApp
from screens.choose import ChooseScreen
from screens.dialogs import ShowText
from screens.review.screen import ReviewScreen
from screens.settings import Settings
from screens.terminal import Terminal
from tests.screens.walking import at_once, settle, type_in
from wizard import cli, presets, session
from wizard.prompts import ask
from wizard.prompts.walk import Walk
from wizard.prompts.world import World

SCENARIOS = {"a3-single": 1, "a2-single": 1, "a3-multi": 2, "a3-pd": 2}
"""Scenario → hosts, in the order of the cards."""
PATH = "/models/glm-5.2"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def hosts(name: str) -> list[str]:
    return [f"10.0.0.{number}" for number in range(1, SCENARIOS[name] + 1)]


def by_flags(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line prints for the same values."""
    capsys.readouterr()
    words = ["--preset", name, "--hosts", ",".join(hosts(name)), "--interface", "eth0", "--model-path", PATH]
    assert cli.main([*words, "--export"]) == 0
    return capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
@pytest.mark.parametrize("name", SCENARIOS)
async def test_keys_alone_lead_from_the_start_to_the_file(
    name: str, size: tuple[int, int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Detect, Choose, Review with what is to fill in, the export dialog: no mouse, no flag, nothing read before."""
    app = WizardApp(session.started(presets.preset("a3-single").selection), terminal=Terminal(), settings=Settings())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("]")
        await settle(pilot)
        assert isinstance(app.screen, ChooseScreen)
        await pilot.press("home", *["down"] * list(SCENARIOS).index(name), "enter")
        await settle(pilot)
        await pilot.press("]")
        await settle(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.page == "fill"
        await pilot.press("enter")
        await type_in(pilot, f"{PATH}\r")
        for address in hosts(name):
            await type_in(pilot, f"{address}\reth0\r")
        at_once(app, "\r")
        await settle(pilot)
        assert app.screen.page == "flow"
        await pilot.press("e")
        await settle(pilot)
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert isinstance(app.screen, ShowText)
    assert (folder / "launch.sh").read_text() == by_flags(name, capsys)


def answers(name: str) -> list[str]:
    """What a person answers, question by question."""
    settings = ["option", "--interface eth0", ""]
    return [name, ",".join(hosts(name)), "no", PATH, "", "", *settings, "next", "next", "script", "launch.sh", "done"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_questions_lead_to_the_same_file(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line, as on a serial console."""
    lines = iter(answers(name))
    start = Walk(session.started(presets.preset("a3-single").selection), "scenario")
    walk = ask.run(start, World(), read=lambda _: next(lines), say=lambda _: None)
    assert walk.outcome == "done"
    assert (folder / "launch.sh").read_text() == by_flags(name, capsys)


def client(name: str, values: dict[str, list[str]]) -> dict[str, object]:
    """The whole of a client: it reads a question, answers by its page, and takes the default where it has nothing."""
    command = [sys.executable, "-m", "wizard.cli", "--prompt", "--json"]
    pipe = subprocess.PIPE
    # the source tree is what is tested, wherever the client stands
    variables = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=variables) as wizard:
        assert wizard.stdin is not None
        assert wizard.stdout is not None
        for line in wizard.stdout:
            question = json.loads(line)
            if "outcome" in question:
                break
            assert question["error"] is None, question
            waiting = values.get(question["page"], [])
            answer = waiting.pop(0) if waiting else question["default"]
            wizard.stdin.write(json.dumps({"answer": answer}) + "\n")
            wizard.stdin.flush()
    assert wizard.returncode == 0, name
    return dict(question)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_program_of_a_few_lines_gets_the_same_file(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--prompt --json` in a process of its own, answered by page."""
    values = {
        "scenario": [name], "hosts": [",".join(hosts(name))], "look": ["no"], "model": [PATH],
        "settings": ["option", "next"], "setting": ["--interface eth0", ""],
        "review": ["script", "done"], "path": ["launch.sh"],
    }  # fmt: skip
    assert client(name, values)["outcome"] == "done"
    assert (folder / "launch.sh").read_text() == by_flags(name, capsys)
