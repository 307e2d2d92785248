"""Detect: this machine, more hosts, recorded ones; nothing waits, everything can be stopped and asked again."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.detect import DetectScreen
from screens.detect.card import HostCard, Waiting, lines_of
from screens.detect.dialogs import AddHosts, HostDetails, Rehearse
from screens.settings import Settings
from screens.terminal import Terminal
from screens.text import printable
from tests.screens.walking import SIZES, settle, type_in
from wizard import presets, session
from wizard.detect import command, recording, summary
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Fault, Host

"""The small size always; the large one where everything is run."""


def recorded(name: str) -> tuple[Host, ...]:
    return command.recorded(Path(name))


class Asked:
    """A host whose answer waits until the test lets it go."""

    held: bool = False
    all: list["Asked"]

    def __init__(self, target: str, model_path: str | None) -> None:
        self.address = target.rpartition("@")[2]
        self.ssh = target if "@" in target else ""
        self.gate = threading.Event()
        self.is_cancelled = False
        type(self).all.append(self)
        if not self.held:
            self.gate.set()

    def answer(self) -> Host:
        assert self.gate.wait(20)
        if self.is_cancelled:
            fault = Fault("cancelled", "asking was stopped", "ask again when you like")
            return Host(self.address, fault=fault, was_reached=False)
        if self.address.startswith("bad"):
            fault = Fault("unreachable", "ssh: [/x] no route \x1b[31m" + "模" * 90, "is it on?")
            return Host(self.address, fault=fault, was_reached=False, ssh=self.ssh)
        return replace(recorded("a3-pair")[0], address=self.address, is_recorded=False, ssh=self.ssh)

    def cancel(self) -> None:
        self.is_cancelled = True
        self.gate.set()


class Held(Asked):
    held = True


def an_app(asked: type[Asked], machine: str = "") -> WizardApp:
    asked.all = []

    hosts = recorded(machine) if machine else ()
    start = session.started(presets.preset("a3-single").selection, hosts)
    app = WizardApp(start, "detect", terminal=Terminal(), settings=Settings())
    screen = DetectScreen(ask=asked)
    app.add_mode = _with(app.add_mode, screen)  # type: ignore[method-assign]
    return app


def _with(add, screen):  # type: ignore[no-untyped-def]
    return lambda name, base: add(name, (lambda: screen) if name == "detect" else base)


def cards(app: WizardApp) -> dict[str, HostCard]:
    return {card.address: card for card in app.screen.query(HostCard)}


async def answered(pilot: Pilot[int]) -> None:
    await pilot.app.workers.wait_for_complete()
    await settle(pilot)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_this_machine_is_asked_first_and_nothing_waits_for_it(size: tuple[int, int]) -> None:
    """A card shows at once; keys work while it waits; its answer goes into the session."""
    app = an_app(Held)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert isinstance(cards(app)["localhost"].state, Waiting)
        await pilot.press("2")
        await settle(pilot)
        assert app.stage == "choose"
        await pilot.press("1")
        await settle(pilot)
        Held.all[0].gate.set()
        await answered(pilot)
        assert app.session.hosts[0].address == "localhost"
        assert isinstance(cards(app)["localhost"].state, Host)
        assert app.focused is cards(app)["localhost"]


@pytest.mark.asyncio
async def test_hosts_are_added_by_a_pasted_list_asked_side_by_side_and_removed() -> None:
    """Comments go, users stay as ssh targets; a host that cannot be reached says so beside the others."""
    app = an_app(Held)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        Held.all[0].gate.set()
        await answered(pilot)
        await pilot.press("a")
        await settle(pilot)
        dialog = app.screen
        assert isinstance(dialog, AddHosts)
        dialog.query_one("HostsText").text = "# rack\n10.0.0.1 a3-01\nroot@10.0.0.2, bad1\n"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await settle(pilot)
        waiting = [card.address for card in cards(app).values() if isinstance(card.state, Waiting)]
        assert waiting == ["10.0.0.1", "10.0.0.2", "bad1"]
        for question in Held.all[1:]:
            question.gate.set()
        await answered(pilot)
        found = {host.address: host for host in app.session.hosts}
        assert found["10.0.0.2"].ssh == "root@10.0.0.2"
        assert found["bad1"].fault is not None
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "\x1b" not in text
        cards(app)["bad1"].focus()
        await pilot.press("d")
        await settle(pilot)
        assert "bad1" not in {host.address for host in app.session.hosts}
        assert isinstance(app.focused, HostCard)


@pytest.mark.asyncio
async def test_asking_can_be_stopped_and_begun_again() -> None:
    """`x` stops waiting and says so; `r` asks again; a late answer of the first does not count."""
    app = an_app(Held)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        cards(app)["localhost"].focus()
        await pilot.press("x")
        await answered(pilot)
        fault = app.session.hosts[0].fault
        assert fault is not None
        assert fault.kind == "cancelled"
        cards(app)["localhost"].focus()
        await pilot.press("r")
        await settle(pilot)
        assert isinstance(cards(app)["localhost"].state, Waiting)
        Held.all[-1].gate.set()
        await answered(pilot)
        assert app.session.hosts[0].fault is None


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("machine", recording.bundled())
async def test_every_recorded_machine_is_replayed_and_shown_in_full(size: tuple[int, int], machine: str) -> None:
    """RECORDED stands on the card and in the status line; Enter shows all about a host."""
    app = an_app(Asked)
    async with app.run_test(size=size) as pilot:
        await answered(pilot)
        await pilot.press("m")
        await settle(pilot)
        dialog = app.screen
        assert isinstance(dialog, Rehearse)
        assert dialog.query_one("RowList").point_at(machine)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await answered(pilot)
        assert app.session.hosts == recorded(machine)
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert text.count("RECORDED") >= 2
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, HostDetails)
        told = app.screen._content().plain
        assert all(printable(row.found) in told for row in summary.rows(app.session.hosts[0]))
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, DetectScreen)


def test_a_card_names_container_engine_disk_and_network() -> None:
    """Beside devices, driver and system: what a launch depends on is seen without opening anything."""
    told = "\n".join(line.plain for line in lines_of(recorded("a3-pair")[0]))
    assert "driver 25.2.0" in told
    assert "docker 26.1.3, 774 GiB free for images, network enp67s0f0 25 Gbit/s" in told


@pytest.mark.asyncio
async def test_a_folder_that_is_no_recording_is_said() -> None:
    """A sentence with the names that come along; the list stays as it is."""
    app = an_app(Asked)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await answered(pilot)
        before = app.session.hosts
        await pilot.press("m", "tab")
        await type_in(pilot, "/no[/x]")
        await pilot.press("enter")
        await answered(pilot)
        assert app.session.hosts == before
        assert any("no recorded machine" in note.message for note in app._notifications)


@pytest.mark.asyncio
async def test_found_hosts_go_into_the_places_in_one_step() -> None:
    """`u` fills what fits and goes on; what does not fit is said."""
    app = an_app(Asked, "a3-pair")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await answered(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert app.stage == "choose"
        assert [host.address for host in app.session.selection.hosts] == ["192.0.2.11"]
    app = an_app(Asked, "a2-idle")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await answered(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert app.session.selection.hosts == ()
        assert any("takes 1 x A3, 0 found" in note.message for note in app._notifications)


class Bare(Asked):
    def answer(self) -> Host:
        return replace(recorded("no-npu")[0], address=self.address, is_recorded=False)


@pytest.mark.asyncio
async def test_a_machine_without_npus_is_shown_and_stands_in_nobodys_way() -> None:
    """What was looked for, and three ways on; no finding blocks a script that is meant for other hosts."""
    app = an_app(Bare)
    async with app.run_test(size=(80, 24)) as pilot:
        await answered(pilot)
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "No NPU can be used here" in text
        assert "npu-smi is not installed" in text
        assert app.session.hosts == ()
        assert app.session.blocking == ()
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, HostDetails)
        await pilot.press("escape", "d")
        await settle(pilot)
        assert cards(app) == {}


@pytest.mark.asyncio
async def test_hosts_that_were_named_are_asked_instead_of_this_machine() -> None:
    """With their ssh targets; one that is named later is offered by `a`."""
    app = an_app(Asked)
    edits = [Edit(EditKind.PRESET, "a3-pd"), Edit(EditKind.HOSTS, "root@10.0.0.1,10.0.0.2")]
    app.set_reactive(WizardApp.session, app.session.edited(edits))
    async with app.run_test(size=(80, 24)) as pilot:
        await answered(pilot)
        assert sorted((asked.address, asked.ssh) for asked in Asked.all) == [
            ("10.0.0.1", "root@10.0.0.1"),
            ("10.0.0.2", ""),
        ]
        assert sorted(host.address for host in app.session.hosts) == ["10.0.0.1", "10.0.0.2"]
        app.change(lambda now: now.edited([Edit(EditKind.HOSTS, "10.0.0.1,10.0.0.9")]), "hosts")
        await settle(pilot)
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "chosen, but not asked yet: 10.0.0.9" in text
        await pilot.press("a", "enter")
        await answered(pilot)
        assert Asked.all[-1].address == "10.0.0.9"
