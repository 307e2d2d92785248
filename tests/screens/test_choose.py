"""Choose: from a recorded pair of hosts to an exported script by keys alone; switches, fields, search, hosts, sizes."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.base import TooSmall
from screens.choose import ChooseScreen
from screens.choose.options import OptionsPage
from screens.choose.page import ListPage
from screens.choose.scenario import ScenarioPage
from screens.choose.switches import SwitchesPage
from screens.settings import Settings
from screens.terminal import Terminal
from screens.widgets.blanks import BlankField, Typed
from screens.widgets.page_bar import PageBar
from tests.exporting import bash_script
from tests.screens.walking import SIZES, an_app, settle, type_in
from wizard import presets, session
from wizard.detect import command
from wizard.export import EXPORTERS
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Host

"""The small size always; the large one where everything is run."""
HOSTILE = "[/x][red]模型 \x1b[31m`id` $(reboot) " + "长" * 300


def found(*machines: str) -> tuple[Host, ...]:
    """The hosts of bundled recordings."""
    hosts: list[Host] = []
    for name in machines:
        hosts += command.recorded(Path(name))
    return tuple(hosts)


def wizard(preset: str = "a3-single", *machines: str, stage: str = "choose") -> WizardApp:
    start = session.started(presets.preset(preset).selection, found(*machines))
    return WizardApp(start, stage, terminal=Terminal(), settings=Settings())


def choosing(app: WizardApp) -> ChooseScreen:
    assert isinstance(app.screen, ChooseScreen)
    return app.screen


def page_of(app: WizardApp) -> ListPage:
    screen = choosing(app)
    return screen.query_one(f"#page-{screen.page}", ListPage)


async def turn_to(pilot: Pilot[int], app: WizardApp, page: str) -> ListPage:
    await settle(pilot)
    for _ in range(8):
        if choosing(app).page == page:
            break
        await pilot.press(">")
        await settle(pilot)
    assert choosing(app).page == page
    return page_of(app)


def field(app: WizardApp, label: str) -> Typed:
    fields = {item.blank.label: item.field for item in page_of(app).query(BlankField) if item.blank}
    return fields[label]


WALKS = [
    ("a3-single", ("a3-pair",), "192.0.2.11", 0),
    ("a2-single", ("a2-idle",), "", 1),
    ("a3-multi", ("a3-pair",), "192.0.2.11,192.0.2.12", 2),
    ("a3-pd", ("a3-pair",), "192.0.2.11,192.0.2.12", 3),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("preset", "machines", "hosts", "row"), WALKS)
async def test_walking_to_a_scenario_exports_what_the_command_line_exports(
    size: tuple[int, int], preset: str, machines: tuple[str, ...], hosts: str, row: int
) -> None:
    """Choose the scenario, type the folder; hosts and interfaces come from what was detected. The same bytes."""
    other = "a3-single" if preset != "a3-single" else "a3-pd"
    app = wizard(other, *machines)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("home", *["down"] * row, "enter")
        await settle(pilot)
        assert choosing(app).page == "model"
        await pilot.press("enter")
        await type_in(pilot, "/models/glm")
        await pilot.press("enter")
        await settle(pilot)
    expected = bash_script(
        preset, **{"hosts": hosts, "interface": "enp67s0f0" if hosts else "", "model-path": "/models/glm"}
    )
    request = app.session.export_request()
    assert request.is_recorded
    assert EXPORTERS["bash"](replace(request, is_recorded=False)) == expected


@pytest.mark.asyncio
async def test_going_to_another_scenario_and_back_loses_nothing() -> None:
    """The selection is the first again; undo walks all the way back too."""
    app = wizard("a3-single")
    app.set_reactive(WizardApp.session, app.session.edited([Edit(EditKind.SET, "mem-fraction-static=0.66")]))
    first = app.session.selection
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in (("home", "down", "down", "down", "space"), ("home", "space")):
            await settle(pilot)
            await pilot.press(*keys)
        await settle(pilot)
        assert app.session.selection == first
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert app.session.selection.preset == "a3-pd"
        assert app.session.selection.role("prefill").options["mem-fraction-static"] == 0.66


@pytest.mark.asyncio
async def test_what_cannot_be_kept_is_said() -> None:
    """Before and after: on the card, and as a notice."""
    app = wizard("a3-single")
    app.set_reactive(WizardApp.session, app.session.edited([Edit(EditKind.SET, "tp-size=8")]))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("end", "home", "down", "down")
        await settle(pilot)
        page = page_of(app)
        assert isinstance(page, ScenarioPage)
        assert "not kept: server: tp-size = 8" in page.about(app.session, page.list.key).plain
        await pilot.press("space")
        await settle(pilot)
        assert any("tp-size = 8" in note.message for note in app._notifications)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_a_switch_switches_and_its_numbers_are_typed(size: tuple[int, int]) -> None:
    """Space switches; what is typed counts at once and is one step of undo; what is out of range waits for Enter."""
    app = wizard("a3-pd")
    async with app.run_test(size=size) as pilot:
        page = await turn_to(pilot, app, "role-decode")
        assert page.list.point_at("metrics")
        await pilot.press("space")
        await settle(pilot)
        assert app.session.selection.role("decode").options["enable-metrics"] is True
        assert "enable-metrics" not in app.session.selection.role("prefill").options
        assert page.list.point_at("max-running-requests")
        await pilot.press("enter")
        await settle(pilot)
        asked = app.focused
        assert isinstance(asked, Typed)
        assert asked.value == "128"
        steps = len(app.session.past)
        await pilot.press("backspace", "backspace", "backspace")
        await type_in(pilot, "64")
        assert app.session.selection.role("decode").options["max-running-requests"] == 64
        assert len(app.session.past) == steps + 1
        await type_in(pilot, "x")
        assert app.session.selection.role("decode").options["max-running-requests"] == 64
        message = asked.parent.parent.query_one(".message").content  # type: ignore[union-attr]
        assert "`64x` is no 1 or more requests" in str(message)
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert app.session.selection.role("decode").options["max-running-requests"] == 128
        assert asked.value == "128"
        await pilot.press("escape")
        await settle(pilot)
        assert app.focused is page.list


@pytest.mark.asyncio
@pytest.mark.parametrize("unfinished", ["300", "30\b\b"])
async def test_a_field_that_is_left_with_what_cannot_be_holds_what_it_held(unfinished: str) -> None:
    """`300` devices are refused, but `30` on the way there was not: leaving brings back what held before one came."""
    app = wizard("a3-pd")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "role-prefill")
        held = app.session.selection
        for text in ("24", unfinished):
            assert page.list.point_at("tensor-parallelism")
            await pilot.press("enter", "ctrl+u")
            for sign in text:
                await pilot.press("backspace" if sign == "\b" else sign)
            await pilot.press("escape")
            await settle(pilot)
            assert app.session.selection.role("prefill").options["tp-size"] == 24
        field = next(one for one in page.query(BlankField) if one.blank is not None)
        assert field.field.value == "24"
        await pilot.press("enter", "ctrl+u", *"300", "ctrl+p")
        await settle(pilot)
        assert app.session.selection.role("prefill").options["tp-size"] == 24
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert not field.has_class("-wrong")
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert app.session.selection == held


@pytest.mark.asyncio
async def test_a_blocked_switch_says_why_and_its_way_out_works() -> None:
    """It stays as it is; `w` switches it on with what it needs."""
    app = wizard("a3-single")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        page = await turn_to(pilot, app, "role-server")
        assert page.list.point_at("dp-lm-head")
        await settle(pilot)
        row = next(row for row in page.list.rows if row.key == "dp-lm-head")
        assert row.text.plain.startswith(" - ")
        before = app.session.selection
        await pilot.press("space")
        await settle(pilot)
        assert app.session.selection == before
        assert any("Data parallelism" in note.message for note in app._notifications)
        await pilot.press("w")
        await settle(pilot)
        options = app.session.selection.role("server").options
        assert options["enable-dp-lm-head"] is True
        assert options["enable-dp-attention"] is True


@pytest.mark.asyncio
async def test_a_conflict_stands_on_its_row_and_x_fixes_it() -> None:
    """The mark is on the very row that caused it, on its page, and goes with the fix."""
    app = wizard("a3-single")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "role-server")
        app.change(lambda now: now.edited([Edit(EditKind.SET, "speculative-eagle-topk=2")]), "x")
        await settle(pilot)
        marked = [row.key for row in page.list.rows if "!!" in row.text.plain[:5]]
        assert "speculative-decoding" in marked
        assert "!" in choosing(app).query_one(PageBar).marks["role-server"]
        count = len(app.session.blocking)
        assert page.list.point_at("speculative-decoding")
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert len(app.session.blocking) < count


@pytest.mark.asyncio
async def test_search_filters_as_one_types_and_escape_shows_everything() -> None:
    """Names, meanings and groups are searched; nothing found harms nothing."""
    app = wizard("a3-single")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "options")
        whole = len(page.list.rows)
        await pilot.press("slash")
        await type_in(pilot, "graph bs")
        keys = [row.key for row in page.list.rows]
        assert any("cuda-graph" in key for key in keys)
        assert len(keys) < whole
        await type_in(pilot, " nothing of the sort")
        await pilot.press("down", "home", "end", "enter", "space", "x", "pageup", "pagedown")
        await settle(pilot)
        assert [row for row in page.list.rows if not row.is_heading] == []
        await pilot.press("escape")
        await settle(pilot)
        assert len(page.list.rows) == whole
        assert page.list.has_focus


@pytest.mark.asyncio
async def test_every_option_can_be_added_and_unset() -> None:
    """Enter goes to the value; `d` leaves it to SGLang; `s` shows what is set; `o` turns to another role."""
    app = wizard("a3-pd")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "options")
        assert isinstance(page, OptionsPage)
        await pilot.press("o")
        await settle(pilot)
        assert page.role == "decode"
        assert page.list.point_at("option schedule-conservativeness")
        await pilot.press("enter")
        await type_in(pilot, "0.9")
        await pilot.press("enter")
        await settle(pilot)
        assert app.session.selection.role("decode").options["schedule-conservativeness"] == 0.9
        await pilot.press("s")
        await settle(pilot)
        assert all(row.is_heading or "[x]" in row.text.plain for row in page.list.rows)
        assert page.list.point_at("option schedule-conservativeness")
        await pilot.press("d")
        await settle(pilot)
        assert "schedule-conservativeness" not in app.session.selection.role("decode").options


@pytest.mark.asyncio
async def test_hosts_are_filled_swapped_and_typed() -> None:
    """`u` puts detected hosts in, `+` swaps, a typed address counts at once; blanks are marked on the page bar."""
    app = wizard("a3-pd", "a3-pair")
    async with app.run_test(size=(80, 24)) as pilot:
        await turn_to(pilot, app, "hosts")
        assert choosing(app).query_one(PageBar).marks["hosts"] == "…"
        await pilot.press("u")
        await settle(pilot)
        assert [host.address for host in app.session.selection.hosts] == ["192.0.2.11", "192.0.2.12"]
        assert {host.interface for host in app.session.selection.hosts} == {"enp67s0f0"}
        await pilot.press("plus")
        await settle(pilot)
        assert [host.address for host in app.session.selection.hosts] == ["192.0.2.12", "192.0.2.11"]
        await pilot.press("enter", *["backspace"] * 12)
        await type_in(pilot, "node2")
        await settle(pilot)
        assert app.session.selection.hosts_of("decode")[0].address == "node2"


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_resizing_in_mid_work_keeps_focus_and_text(size: tuple[int, int]) -> None:
    """Smaller, too small, large again: the same field, the same text, the same page."""
    app = wizard("a3-pd")
    async with app.run_test(size=size) as pilot:
        page = await turn_to(pilot, app, "role-decode")
        page.list.point_at("max-running-requests")
        await pilot.press("enter")
        await type_in(pilot, "9")
        for width, height in ((60, 20), (40, 10), (200, 60), size):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            assert app.screen.query_one(TooSmall).display is (width < 60 or height < 20)
        asked = app.focused
        assert isinstance(asked, Typed)
        assert asked.value == "1289"
        assert page.list.key == "max-running-requests"


@pytest.mark.asyncio
async def test_what_is_short_of_memory_is_said_in_the_smallest_terminal_and_of_its_own_role() -> None:
    """The bar may be cut, not what it comes to; decode's row says nothing of prefill."""
    app = wizard("a3-pd", "a3-pair")
    async with app.run_test(size=(60, 20)) as pilot:
        page = await turn_to(pilot, app, "model")
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "about 12.1 GiB short" in shown
        await turn_to(pilot, app, "role-decode")
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "about 12.1 GiB short" in shown
        page = await turn_to(pilot, app, "model")
        assert page.list.point_at("memory decode")
        await settle(pilot)
        _, told = page.help_text()
        assert "(decode)" in told
        assert "(prefill)" not in told


@pytest.mark.asyncio
async def test_the_mouse_does_what_keys_do() -> None:
    """A click on a mark switches, on a page turns."""
    app = wizard("a3-single")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "role-server")
        number = next(n for n, row in enumerate(page.list.rows) if row.key == "eplb")
        await pilot.click(page.list, offset=(1, number))
        await settle(pilot)
        assert app.session.selection.role("server").options["enable-eplb"] is True
        await pilot.click(PageBar, offset=(3, 0))
        await settle(pilot)
        assert choosing(app).page == "scenario"


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_text_from_outside_is_only_text(size: tuple[int, int]) -> None:
    """Markup, escape codes, CJK and very long values in paths, names, options and hosts show on every page."""
    start = session.started(presets.preset("a3-pd").selection, found("a3-pair"))
    edits = [
        Edit(EditKind.MODEL_PATH, HOSTILE),
        Edit(EditKind.SET, f"served-model-name={HOSTILE}"),
        Edit(EditKind.ENV, f"STRANGE={HOSTILE}"),
        Edit(EditKind.IMAGE, HOSTILE),
    ]
    app = WizardApp(start.edited(edits), "choose", terminal=Terminal(), settings=Settings())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for _ in choosing(app).titles:
            page = page_of(app)
            for row in page.list.rows:
                page.list.point_at(row.key)
                if "served" in row.key or "STRANGE" in row.key or row.key in ("path", "image"):
                    await settle(pilot)
            text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
            assert "\x1b" not in text
            await pilot.press(">")
            await settle(pilot)
        assert app.session.selection.model.path == HOSTILE


@pytest.mark.asyncio
async def test_jumping_from_a_finding_goes_to_its_row() -> None:
    """The page turns and the cursor stands on the feature that the option belongs to."""
    app = wizard("a3-pd")
    async with app.run_test(size=(160, 48)) as pilot:
        await settle(pilot)
        choosing(app).reveal(("max-running-requests",), ())
        await settle(pilot)
        page = page_of(app)
        assert isinstance(page, SwitchesPage)
        assert page.list.key == "max-running-requests"


@pytest.mark.asyncio
async def test_question_mark_explains_every_row_of_a_role() -> None:
    """Nothing that can have the focus is without help."""
    from wizard import explanation

    app = an_app("choose", "a3-pd")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "role-prefill")
        for row in page.list.rows:
            if not row.is_heading:
                assert list(explanation.found(row.key)), row.key
