"""From a failure to the option that caused it: every signature with a remedy, with the run's own selection."""

import pytest
from textual.pilot import Pilot

from screens.app import WizardApp
from screens.choose.page import ListPage
from screens.monitor.process import ProcessView
from screens.monitor.relaunch import changed, finding_of
from screens.settings import Settings
from screens.terminal import Terminal
from screens.widgets.rows import RowList
from tests.screens.standins import MemoryLog
from tests.screens.test_monitor import OOM, app_of
from tests.screens.walking import settle, until
from wizard import presets, selection_file
from wizard.errors import WizardError
from wizard.features import features_of
from wizard.knowledge.diagnoses import catalogue
from wizard.model.finding import Edit, EditKind, Finding
from wizard.model.run import Run, RunProcess
from wizard.monitor.diagnosis import Diagnosis, diagnose
from wizard.monitor.diagnosis import Run as Seen
from wizard.monitor.failures import Sighting
from wizard.session import started

CAPTURED = "[2026-01-07 06:59:59] server_args=ServerArgs(model_path='/m', mem_fraction_static=0.9)\n" + OOM.replace(
    "Load weight begin.", "Capture npu graph begin."
)


def a_run(*without: str, selection: str | None = None) -> Run:
    """A run of a preset in which some settings were left to SGLang."""
    begun = started(presets.preset("a3-pd").selection)
    for name in without:
        begun = begun.edited((Edit(EditKind.UNSET_ENV if name.rpartition(".")[2].isupper() else EditKind.UNSET, name),))
    return Run(
        name="a3-pd-0107", created="2026-01-07T07:00:00+00:00", plan="x",
        selection=selection_file.dumps(begun.selection) if selection is None else selection,
        processes=(RunProcess(name="prefill0", role="prefill"), RunProcess(name="decode0", role="decode")),
    )  # fmt: skip


def remedied() -> list[tuple[str, str, Finding]]:
    """Every change that the catalogue knows, as a decode server's log would bring it up: id, setting, finding."""
    options = {"mem_fraction_static": "0.8", "max_running_requests": "64", "port": "30000"}
    found = []
    for failure in catalogue().failures.values():
        for template in failure.edits:
            groups = (("least", "0.77"), ("needed", "2400"), ("port", "30000"), ("derived", "131072"))
            sighting = Sighting(9, failure, "it broke", None, phase="serve", frames="draft", groups=groups)
            alone = sighting._replace(failure=failure._replace(edits=(template,)))
            told = diagnose([alone], Seen(options=options))
            assert told is not None
            finding = finding_of(as_process(told))
            assert finding is not None, failure.id
            found.append((failure.id, finding.options[0], finding))
    return found


def as_process(told: Diagnosis) -> ProcessView:
    """A decode server whose log told this."""
    view = ProcessView(MemoryLog("decode0"), 1, RunProcess(name="decode0", role="decode"))
    view.reading = view.reading._replace(diagnosis=told)
    return view


def test_every_signature_with_a_change_gives_one_that_a_run_can_take_up() -> None:
    """The selection is the run's, the fix is in it, and the difference is one line that names the option."""
    found = remedied()
    for _, option, finding in found:
        one = changed(a_run(*finding.options), finding)
        assert started(one.selection).fixed(one.fix).selection != one.selection
        assert option.rpartition(".")[2] in one.fix.label
        assert "\n" not in one.fix.label
    assert len({code for code, _, _ in found}) >= 15


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
@pytest.mark.asyncio
async def test_choose_opens_at_the_option_of_every_signature(size: tuple[int, int]) -> None:
    """Of the role that failed."""
    start, *others = remedied()
    one = changed(a_run(*start[2].options), start[2])
    app = WizardApp(started(one.selection).fixed(one.fix), "choose", terminal=Terminal(), settings=Settings())
    app.aim = one.options
    async with app.run_test(size=size) as pilot:
        await points_at(pilot, start[1])
        for _, option, finding in others:
            one = changed(a_run(*finding.options), finding)
            app.session = started(one.selection).fixed(one.fix)
            app._reveal(one.options, ())
            await points_at(pilot, option)


async def points_at(pilot: Pilot[int], option: str) -> None:
    """The cursor is on the option, or on the feature that it belongs to."""
    name = option.rpartition(".")[2]

    def key() -> str:
        page = next((one for one in pilot.app.screen.query(ListPage) if one.display), None)
        return page.query_one(RowList).key.rpartition(" ")[2] if page is not None and page.is_ready else ""

    await until(pilot, lambda: key() in (name, *features_of(name)))
    await settle(pilot)
    assert key() in (name, *features_of(name)), "it stays there"


@pytest.mark.asyncio
async def test_enter_on_the_remedy_leaves_for_the_wizard_with_the_runs_selection() -> None:
    """The light monitor itself starts nothing."""
    app = app_of(MemoryLog("prefill0"), MemoryLog("decode0", CAPTURED), run=a_run())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.body.views[1].reading.diagnosis is not None)
        await pilot.press("d")
        await pilot.pause()
        place = next(n for n, one in enumerate(app.body.tables.drawer._entries) if one.text.startswith("Apply"))
        assert "--set decode.mem-fraction-static=0.85" in app.body.tables.drawer._entries[place].text
        app.body.tables.drawer._list.highlighted = place
        await pilot.press("enter")
        await pilot.pause()
    assert app.relaunched is not None
    assert app.relaunched.options == ("decode.mem-fraction-static",)
    assert app.relaunched.fix.label == "decode: mem-fraction-static 0.8 -> 0.85 (npu_oom)"


def test_a_remedy_that_is_there_already_is_no_remedy() -> None:
    """It is said, instead of launching the same again."""
    finding = finding_of(ProcessView(MemoryLog("decode0", CAPTURED), 1, RunProcess(name="decode0", role="decode")))
    assert finding is not None
    run = a_run()
    again = changed(run, finding)
    fixed = started(again.selection).fixed(again.fix).selection
    with pytest.raises(WizardError, match=r"was started with --set decode.mem-fraction-static=0.85 already"):
        changed(run.evolve(selection=selection_file.dumps(fixed)), finding)


@pytest.mark.parametrize("selection", ["", "format = [", "[about]\nx = 1\n"])
def test_a_run_whose_selection_cannot_be_read_says_so(selection: str) -> None:
    """Instead of opening something else."""
    view = ProcessView(MemoryLog("decode0", CAPTURED), 1)
    finding = finding_of(view)
    assert finding is not None
    with pytest.raises(WizardError):
        changed(a_run(selection=selection), finding)
