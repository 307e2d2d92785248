"""The preflight beside the launch key: who was looked at and when, what blocks, what could not be checked."""

import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Static

from screens.app import WizardApp
from screens.dialogs import Confirm
from screens.launch import before
from screens.launch.screen import LaunchScreen
from screens.looking import Looking
from screens.review.preflight import page
from screens.review.screen import ReviewScreen
from tests.screens.walking import SIZES, an_app, settle, until
from wizard.detect import command
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Fault, Host
from wizard.preflight import Look, preflight
from wizard.simulate.pretend import MACHINES


def pair() -> tuple[Host, ...]:
    """Two A3 hosts as they would answer under the addresses of the walks."""
    found = command.recorded(MACHINES / "a3-pair")
    names = ("10.0.0.1", "10.0.0.2")
    return tuple(
        replace(host, address=name, is_recorded=False, own_address=name)
        for host, name in zip(found, names, strict=True)
    )


class Answering:
    """A host that answers when a test lets it."""

    def __init__(self, target: str, host: Host, gate: threading.Event) -> None:
        self.address, self._host, self._gate = target, host, gate
        self.cancelled = False

    def answer(self) -> Host:
        assert self._gate.wait(20)
        return self._host

    def cancel(self) -> None:
        self.cancelled = True
        self._gate.set()


def app_with(gate: threading.Event, stage: str = "review") -> WizardApp:
    app = an_app(stage, filled=True)
    known = {host.address: host for host in pair()}
    app.looking = Looking(app, lambda target, _: Answering(target, known[target], gate))
    return app


def told(app: WizardApp) -> str:
    return str(app.screen.query_one("#preflight", Static).content)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_p_looks_at_every_host_and_the_page_says_when_and_what(size: tuple[int, int]) -> None:
    """Not looked at; being asked; then what each is and how long it took."""
    gate = threading.Event()
    app = app_with(gate)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("p")
        await settle(pilot)
        assert "Asking 2 of 2 hosts" in told(app)
        gate.set()
        await until(pilot, lambda: not app.looking.asked)
        await settle(pilot)
        text = told(app)
        assert text.count("16 devices") >= 2
        assert len(re.findall(r"took \d+\.\d s", text)) == 2
        assert not re.search("not looked at$", text, re.MULTILINE), "no host"


@pytest.mark.asyncio
async def test_p_again_stops_asking_and_nothing_is_called_ok() -> None:
    """Broken off: the hosts are not looked at, and the closing line says so."""
    app = app_with(threading.Event())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        assert not app.looking.asked
        assert "2 of 2 hosts not looked at" in told(app)
        assert not app.session.hosts


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_launch_names_all_it_touches_and_no_changes_nothing(size: tuple[int, int]) -> None:
    """Enter asks with hosts, devices, ports and what is done as root; No is back where one was."""
    app = an_app("launch", filled=True)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, LaunchScreen)
        assert "2 of 2 hosts not looked at" in str(app.screen.query_one("#verdict", Static).content)
        was = (app.session, str(app.screen.query_one("#told", Static).content))
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, Confirm)
        detail = app.screen.detail
        for word in ("10.0.0.1", "10.0.0.2", "16 devices", "6688", "vm.swappiness", "Nothing is stopped"):
            assert word in detail
        await pilot.press("enter")  # the answer that changes nothing comes first to hand
        await settle(pilot)
        assert isinstance(app.screen, LaunchScreen)
        assert (app.session, str(app.screen.query_one("#told", Static).content)) == was
        assert not app.progress.lines


def test_recordings_block_a_launch_and_the_hosts_of_a_rehearsal_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a recording nothing can be started; on a pretended host it can, and it is called SIMULATED."""
    hosts = tuple(replace(host, is_recorded=True) for host in pair())
    state = an_app(filled=True).session.detected(hosts)
    assert "recordings" in before.obstacle(state)
    known = preflight(state, {host.address: Look(host, 100.0) for host in hosts})
    assert page(state, known, (), 200.0).plain.count("RECORDED") == 2
    file = tmp_path / "hosts.json"
    file.write_text(json.dumps({host.address: {"GLM_WIZARD_SIMULATE_MACHINE": "x"} for host in hosts}))
    monkeypatch.setenv("GLM_WIZARD_PRETENDED", str(file))
    assert before.obstacle(state) == ""
    assert page(state, known, (), 200.0).plain.count("SIMULATED") == 2


def test_what_was_not_looked_at_is_never_called_ready() -> None:
    """Every host that is taken out moves to what could not be checked; a host that cannot be used is named."""
    session = an_app(filled=True).session
    hosts = pair()
    looks = {host.address: Look(host, 100.0) for host in hosts}
    whole = preflight(session.detected(hosts), looks)
    assert not any(seen.look is None for seen in whole.hosts)
    for host in hosts:
        rest = {name: look for name, look in looks.items() if name != host.address}
        left = preflight(session.detected([one for one in hosts if one is not host]), rest)
        assert left.closing.startswith("1 of 2 hosts not looked at")
        assert any(host.address in finding.hosts for finding in left.unchecked if finding.code == "hardware.not-looked")
        gone = replace(host, fault=Fault("unreachable", "no route", ""), was_reached=False, devices=())
        bad = preflight(session.detected([gone]), {**looks, host.address: Look(gone, 100.0)})
        assert bad.closing.startswith(f"nothing can be started on {host.address}")


def test_what_blocks_stands_there_with_its_code() -> None:
    """An error finding blocks; accepted it does not."""
    broken = an_app(filled=True).session.edited((Edit(EditKind.SET, "tp-size=7"),))
    known = preflight(broken, {})
    assert known.blocking
    codes = tuple(Edit(EditKind.ACCEPT, finding.code) for finding in known.blocking)
    assert not preflight(broken.edited(codes), {}).blocking
