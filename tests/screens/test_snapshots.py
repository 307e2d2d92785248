"""What every screen looks like at both sizes. Look at what you renew with `pytest -m slow --snapshot-update`."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.settings import Settings
from screens.terminal import Terminal
from screens.themes import NAMES, PLAIN
from tests.screens import test_detect as detecting
from tests.screens.test_choose import found, page_of, turn_to, wizard
from tests.screens.walking import FILLED, SIZES, settle
from wizard import presets, session
from wizard.model.hardware import Host

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="pictures differ a little between Pythons"),
]
Steps = Callable[[Pilot[int], Any], Awaitable[None]]


class Shot(NamedTuple):
    """A screen and the way to it."""

    app: Callable[[], WizardApp]
    keys: Sequence[str] = ()
    page: str = ""
    row: str = ""


def filled(stage: str, *machines: str, theme: str = "dark") -> Callable[[], WizardApp]:
    """The wizard with everything filled in."""

    def made() -> WizardApp:
        start = session.started(presets.preset("a3-pd").selection, found(*machines))
        start = session.started(start.edited(FILLED).selection, start.hosts)
        terminal = Terminal(has_color=theme != PLAIN)
        return WizardApp(start, stage, terminal=terminal, settings=Settings(theme))

    return made


class Failing(detecting.Asked):
    def answer(self) -> Host:
        answer = super().answer()
        return replace(answer, is_recorded=False) if answer.fault is None else answer


def bad_host() -> WizardApp:
    app = detecting.an_app(Failing, "a3-pair")
    app.set_reactive(WizardApp.session, app.session.detected([Failing("bad1", None).answer()]))
    return app


SHOTS = {
    "detect-none": Shot(lambda: detecting.an_app(detecting.Bare)),
    "detect-a2": Shot(lambda: detecting.an_app(detecting.Asked, "a2-busy")),
    "detect-a3-pair": Shot(lambda: detecting.an_app(detecting.Asked, "a3-pair")),
    "detect-sick": Shot(lambda: detecting.an_app(detecting.Asked, "a3-sick-die")),
    "detect-fails": Shot(bad_host, ("down", "down")),
    "detect-details": Shot(lambda: detecting.an_app(detecting.Asked, "a2-busy"), ("enter",)),
    "detect-add": Shot(lambda: detecting.an_app(detecting.Asked, "a3-pair"), ("a", *"node3")),
    "detect-recorded": Shot(lambda: detecting.an_app(detecting.Bare), ("m",)),
    "choose-scenario": Shot(lambda: wizard("a3-single", "a3-pair"), ("down", "down", "down")),
    "choose-model": Shot(lambda: wizard("a3-pd", "a3-pair"), page="model"),
    "choose-hosts": Shot(filled("choose", "a3-pair"), page="hosts"),
    "choose-server": Shot(lambda: wizard("a3-single", "a3-pair"), page="role-server"),
    "choose-prefill": Shot(filled("choose"), page="role-prefill"),
    "choose-decode": Shot(filled("choose"), ("enter",), page="role-decode", row="max-running-requests"),
    "choose-router": Shot(filled("choose"), page="role-router"),
    "choose-options": Shot(filled("choose"), ("slash", *"graph"), page="options"),
    "choose-blocked": Shot(lambda: wizard("a3-single"), page="role-server", row="dp-lm-head"),
    "review": Shot(filled("review", "a3-pair")),
    "export": Shot(filled("review", "a3-pair"), ("e",)),
    "launch": Shot(filled("launch", "a3-pair")),
    "findings": Shot(lambda: wizard("a2-single", "a2-busy"), ("f",)),
    "command": Shot(filled("choose"), ("c",)),
    "palette": Shot(filled("choose"), ("ctrl+p",)),
    "help": Shot(filled("choose"), ("question_mark",), page="role-decode", row="max-running-requests"),
    "settings": Shot(filled("choose"), ("f2",)),
    "reproduce": Shot(filled("choose"), ("r",)),
}


def steps(shot: Shot) -> Steps:
    async def run(pilot: Pilot[int]) -> None:
        app = pilot.app
        assert isinstance(app, WizardApp)
        await settle(pilot)
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "probe"])
        await settle(pilot)
        if shot.page:
            page = await turn_to(pilot, app, shot.page)
            if shot.row:
                assert page_of(app).list.point_at(shot.row)
                await settle(pilot)
            assert page.list.has_focus
        for key in shot.keys:
            await pilot.press(key)
            await settle(pilot)
        if app.focused is not None and hasattr(app.focused, "cursor_blink"):
            app.focused.cursor_blink = False
            await settle(pilot)

    return run  # type: ignore[return-value]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SHOTS)
def test_it_looks_as_it_did(
    name: str, size: tuple[int, int], snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same picture as the one that was looked at."""
    monkeypatch.chdir("/")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/operator/.config")
    assert snap_compare(SHOTS[name].app(), terminal_size=size, run_before=steps(SHOTS[name]))


@pytest.mark.parametrize("theme", NAMES[1:])
def test_every_theme_looks_as_it_did(theme: str, snap_compare: Any) -> None:
    """A page with marks, a field in use, findings and a command beside it."""
    shot = Shot(filled("choose", "a3-pair", theme=theme), ("enter",), page="role-decode", row="max-running-requests")
    assert snap_compare(shot.app(), terminal_size=(160, 48), run_before=steps(shot))
