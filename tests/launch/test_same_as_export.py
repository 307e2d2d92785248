"""Export is launch: what a launch starts on a host is what the exported script starts there, words and variables."""

import os
import re
from pathlib import Path

import pytest

from tests.exporting import PRESETS, hosts_for, request_of
from tests.launch.cluster import wait_for
from tests.recording import Host, Started, recorded
from wizard.export import EXPORTERS
from wizard.launch import starting
from wizard.launch.order import Order, planned_run
from wizard.launch.places import Places, place_of
from wizard.launch.runs import SCRIPT
from wizard.launch.starting import Started as Begun
from wizard.reach.local import LocalShell

OWN = {"GLM_WIZARD_PLAN", "GLM_WIZARD_RUN", "GLM_WIZARD_PROCESS"}
FAST = ("a3-single", "a3-pd")


def launched(folder: Path, order: Order, name: str) -> tuple[Started, ...]:
    """What a launch starts as a process, on a host of stand-ins that is reached as every host is."""
    host = Host(folder)
    record = folder / "launched"
    record.mkdir()
    base = {
        "PATH": f"{host.programs}:/usr/bin:/bin",
        "HOME": str(folder),
        "RECORD_FOLDER": str(record),
        "LANG": "C.UTF-8",
    }
    text, run = order.files()[SCRIPT], planned_run(order, "2026-11-26T03:12:00+00:00")
    process = next(one for one in run.processes if one.name == name)
    unset = [variable.name for variable in order.flow.variables]
    with Places(lambda address, _: LocalShell(address, environment=base)) as places:
        copied = starting.copied(places, place_of(process), run, text, str(folder / "run"))
        assert isinstance(copied, str), copied
        outcome = starting.started(places, run, process.evolve(folder=copied), text, unset, {})
        assert isinstance(outcome, Begun), outcome
    wait_for((folder / "run" / f"{name}.exit").exists, "the end of the stand-in", 30)
    return recorded(record, base)


@pytest.mark.parametrize(
    "preset", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in PRESETS]
)
@pytest.mark.parametrize("runtime", ["host", "container"])
def test_a_launch_starts_what_the_exported_script_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str, runtime: str
) -> None:
    """Every process of every preset, in both runtimes; only the marks of the run are added."""
    for name in [name for name in os.environ if name not in ("PATH", "HOME")]:  # a login shell has none of them
        monkeypatch.delenv(name)
    (tmp_path / "glm 5").mkdir()
    flags = {"hosts": hosts_for(preset), "model-path": str(tmp_path / "glm 5"), "interface": "enp1s0"}
    request = request_of(preset, runtime=runtime, **flags)
    order = Order(request)
    for number, process in enumerate(request.flow.processes):
        by_hand = Host(tmp_path / f"h{number}").run(EXPORTERS["bash"](request), process.name).started
        by_launch = launched(tmp_path / f"l{number}", order, process.name)
        assert by_hand
        assert [cleaned(one, tmp_path) for one in by_launch] == [cleaned(one, tmp_path) for one in by_hand]


def cleaned(one: Started, folder: Path) -> Started:
    """Without what differs because it is another host's folder, and without the marks of the run."""
    variables = {name: placeless(value, folder) for name, value in one.environment.items() if name not in OWN}
    return Started(tuple(placeless(word, folder) for word in one.argv), variables)


def placeless(word: str, folder: Path) -> str:
    return re.sub(rf"{re.escape(str(folder))}/[hl]\d+/(run|record\d+)\b", "FOLDER", word)
