"""One engine, four faces: the full screen, the prompts, JSON questions and flags give the same script."""

import asyncio
import json
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from screens.choose.options import OptionsPage
from tests.prompts.test_walk import Nowhere, walked
from tests.prompts.test_walk import first as asked_first
from tests.screens.test_choose import choosing, page_of, turn_to, wizard
from tests.screens.walking import settle, type_in
from wizard import cli
from wizard.export import EXPORTERS
from wizard.prompts import protocol

PATH = "/models/glm"


class Case(NamedTuple):
    """A scenario with one setting changed."""

    scenario: str
    row: int
    hosts: str
    role: str
    option: str
    value: str


CASES = [
    Case("a3-single", 0, "10.0.0.1", "server", "max-running-requests", "24"),
    Case("a2-single", 1, "10.0.0.1", "server", "schedule-conservativeness", "0.9"),
    Case("a3-multi", 2, "10.0.0.1,10.0.0.2", "server", "served-model-name", "glm"),
    Case("a3-pd", 3, "10.0.0.1,10.0.0.2", "decode", "max-running-requests", "64"),
]


def by_flags(case: Case, capsys: pytest.CaptureFixture[str]) -> str:
    words = ["--preset", case.scenario, "--hosts", case.hosts, "--model-path", PATH]
    assert cli.main([*words, "--set", f"{case.role}.{case.option}={case.value}", "--export"]) == 0
    return capsys.readouterr().out


def answers(case: Case) -> list[str]:
    """What is answered line by line."""
    change = f"{case.role}.{case.option}={case.value}"
    return [case.scenario, case.hosts, "no", PATH, "", "", "option", change, "", "next", "next", "script", "launch.sh"]


async def by_keys(case: Case) -> str:
    """Scenario, folder, hosts and option, by keys alone."""
    app = wizard("a3-pd" if case.row != 3 else "a3-single")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("home", *["down"] * case.row, "enter")
        await settle(pilot)
        await pilot.press("enter")
        await type_in(pilot, PATH)
        await pilot.press("enter")
        await turn_to(pilot, app, "hosts")
        for number, host in enumerate(case.hosts.split(",")):
            page_of(app).list.point_at(str(number))
            await settle(pilot)
            await pilot.press("enter")
            await type_in(pilot, host)
            await pilot.press("escape")
        page = await turn_to(pilot, app, "options")
        assert isinstance(page, OptionsPage)
        while page.role != case.role:
            await pilot.press("o")
            await settle(pilot)
        assert page.list.point_at(f"option {case.option}")
        await settle(pilot)
        await pilot.press("enter", *["backspace"] * 12)
        await type_in(pilot, case.value)
        await pilot.press("enter")
        await settle(pilot)
        assert choosing(app)
        return EXPORTERS["bash"](app.session.export_request())


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.scenario, marks=[pytest.mark.slow] * (case.row != 3)) for case in CASES]
)
def test_every_face_gives_the_same_bytes(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Flags are the measure."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    expected = by_flags(case, capsys)
    walked(*answers(case))
    assert Path("launch.sh").read_text(encoding="utf-8") == expected
    Path("launch.sh").unlink()
    lines = "".join(json.dumps({"answer": answer}) + "\n" for answer in [*answers(case), "done"])
    protocol.run(asked_first(), Nowhere(), StringIO(), StringIO(lines))
    assert Path("launch.sh").read_text(encoding="utf-8") == expected
    assert asyncio.run(by_keys(case)) == expected
