"""What Review shows is what runs: words, variables, origins, ports and differences, in whatever state one is."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screens.review.flow import overview
from screens.review.rows import ORIGINS, change_rows, command_rows
from screens.widgets.command_preview import lines_of
from tests.exporting import hosts_for
from tests.recording import Host
from tests.strategies import NASTY
from wizard import presets, session
from wizard.errors import WizardError
from wizard.export import EXPORTERS
from wizard.model.finding import Edit, EditKind
from wizard.model.flow import LaunchFlow, Process
from wizard.session import Session
from wizard.words.plan import changes
from wizard.words.start import Started

NAMES = ["a3-single", "a2-single", "a3-multi", "a3-pd"]
EDITS = st.one_of(
    st.builds(Edit, st.just(EditKind.MODEL_PATH), NASTY),
    st.builds(lambda text: Edit(EditKind.SET, f"served-model-name={text}"), NASTY),
    st.builds(lambda text: Edit(EditKind.ENV, f"HCCL_BUFFSIZE={text}"), NASTY),
    st.sampled_from(
        [
            Edit(EditKind.UNSET, "mem-fraction-static"),
            Edit(EditKind.SET, "enable-metrics"),
            Edit(EditKind.NO_FEATURE, "speculative"),
            Edit(EditKind.RUNTIME, "host"),
            Edit(EditKind.INTERFACE, "eth0"),
            Edit(EditKind.RELEASE, "0.5.23"),
        ]
    ),
)


def with_hosts(name: str) -> Session:
    return session.started(presets.preset(name).selection).edited((Edit(EditKind.HOSTS, hosts_for(name)),))


def changed(start: Session, edits: list[Edit]) -> Session:
    """As far as the edits can be made."""
    for edit in edits:
        try:
            start = start.edited((edit,))
        except WizardError:
            continue
    return start


def planned(state: Session) -> LaunchFlow:
    assert not isinstance(state.planned, WizardError)
    return state.planned


def words(flow: LaunchFlow, process: Process) -> tuple[dict[str, str], tuple[str, ...]]:
    """The shown lines as bash reads them: variables and argv."""
    shown = list(lines_of(flow, process))
    variables = [line.text for line in shown if line.key.startswith("variable ")]
    rest = " ".join(line.text for line in shown if not line.key.startswith("variable "))
    names = [text.partition("=")[0] for text in variables]
    script = "\n".join([*variables, *(f"printf '%s\\0' \"${name}\"" for name in names), f"printf '%s\\0' {rest}"])
    told = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout.decode().split("\0")[:-1]
    return dict(zip(names, told, strict=False)), tuple(told[len(names) :])


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.lists(EDITS, max_size=4))
def test_the_preview_is_the_argv_in_every_state(name: str, edits: list[Edit]) -> None:
    """Token by token, whatever the values hold; every line says who set it."""
    state = changed(with_hosts(name), edits)
    flow = planned(state)
    for process in flow.processes:
        assert words(flow, process) == (flow.environment(process), flow.argv(process))
    for row in command_rows(flow):
        if not row.is_heading and not row.key.endswith(" program"):
            assert row.right.plain.strip().split("  ")[-1] in ORIGINS.values(), row.key


@pytest.mark.parametrize("name", ["a3-single", "a3-pd"])
def test_the_script_starts_what_was_shown(name: str, tmp_path: Path) -> None:
    """The export of a changed state, run against stand-in executables."""
    edits = [Edit(EditKind.MODEL_PATH, "/m/$(id) 'x' 模型"), Edit(EditKind.RUNTIME, "host"),
             Edit(EditKind.INTERFACE, "eth0"), Edit(EditKind.SET, "served-model-name=a b\"c")]  # fmt: skip
    state = changed(with_hosts(name), edits)
    flow = planned(state)
    process = flow.processes[0]
    outcome = Host(tmp_path, hosts_for(name).split(",")[0], "eth0").run(
        EXPORTERS["bash"](state.export_request()), process.name
    )
    assert outcome.returncode == 0, outcome.stderr
    shown = words(flow, process)[1]
    assert outcome.started[0].argv == shown[1 if shown[0] == "python3" else 0 :]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.lists(EDITS.filter(lambda edit: edit.kind is not EditKind.RELEASE), max_size=4))
def test_every_difference_of_the_plan_is_shown(name: str, edits: list[Edit]) -> None:
    """What `--plan --json` lists stands on the page, role by role; the preset itself differs in nothing."""
    state = changed(session.started(presets.preset(name).selection), edits)
    preset = presets.preset(name)
    listed = {(str(one["role"]), str(one["name"])) for one in changes(Started(state.selection, preset, ()))}
    rows = [row.key.split(" ") for row in change_rows(preset.selection, state.selection) if not row.is_heading]
    assert listed <= {(role, words[-1]) for role, *words in rows}
    fresh = session.started(preset.selection)
    assert all(row.is_heading for row in change_rows(preset.selection, fresh.selection))


@pytest.mark.parametrize("name", NAMES)
def test_every_port_and_reason_stands_in_the_start_order(name: str) -> None:
    """Ports that were asked for one by one, derived ones as a span; what each process waits for."""
    state = with_hosts(name)
    flow = planned(state)
    text = overview(state, flow).plain
    for process in flow.processes:
        for port in process.ports:
            derived = [other.number for other in process.ports if other.derived]
            shown = f"{port.number}: {port.purpose}" if not port.derived else f"{min(derived)}"
            assert shown in text
        for other in process.waits_for:
            assert other in text
