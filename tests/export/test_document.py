"""The JSON export, the runbook and verify.sh: they say and start the same as the script."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.exporting import PRESETS, bash_script, hosts_for, request_of
from tests.recording import Host
from wizard.export.document import plan_json, runbook, verify_script

FILLED = {"model-path": "/models/a b", "runtime": "host"}
CONSUMER = """
import json, os, sys
plan = json.load(open(sys.argv[1]))
process = next(item for item in plan["processes"] if item["name"] == sys.argv[2])
for name in plan["preparation"]["unset"]:
    os.environ.pop(name, None)
os.execvpe(process["argv"][0], process["argv"], {**os.environ, **process["environment"]})
"""


@pytest.mark.parametrize("preset", ["a3-single", "a3-multi", "a3-pd"])
def test_the_json_starts_the_same_processes(tmp_path: Path, preset: str) -> None:
    """A few lines that read the JSON start what the script starts, argv and variables alike."""
    flags = {**FILLED, "interface": "enp1s0", "hosts": hosts_for(preset)}
    text = plan_json(request_of(preset, **flags))
    plan = tmp_path / "plan.json"
    plan.write_text(text, encoding="utf-8")
    (tmp_path / "start.py").write_text(CONSUMER, encoding="utf-8")
    for number, name in enumerate(json.loads(text)["order"]):
        import sys

        one = Host(tmp_path / f"s{number}", "10.0.0.1").run(bash_script(preset, **flags), name)
        line = f"exec {sys.executable} {tmp_path}/start.py {plan} {name}\n"
        other = Host(tmp_path / f"j{number}", "10.0.0.1").run(line)
        assert one.started == other.started
        assert one.started


@pytest.mark.parametrize("preset", PRESETS)
def test_every_setting_has_an_origin(preset: str) -> None:
    """The JSON names for each option and variable who set it."""
    data = json.loads(
        plan_json(request_of(preset, set="context-length=64k" if "pd" not in preset else "context-length=65536"))
    )
    for process in data["processes"]:
        for setting in [*process["options"], *process["variables"]]:
            assert setting["origin"] in {"preset", "operator", "rule"}
    servers = [process for process in data["processes"] if process["role"] != "router"]
    for process in servers:
        assert {"context-length"} == {item["name"] for item in process["options"] if item["origin"] == "operator"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_runbook_names_every_process_and_order(preset: str) -> None:
    """The runbook starts the router last and stops it first, and every command in it is bash."""
    text = runbook(request_of(preset, hosts=hosts_for(preset), **FILLED))
    names = [process.name for process in request_of(preset, hosts=hosts_for(preset)).flow.processes]
    starts = re.findall(r"exec bash launch\.sh (\S+)'", text)
    stops = re.findall(r"cat (\S+)\.pid", text)
    assert starts == names
    assert sorted(stops) == sorted(names)
    assert stops[0] == ("router" if "router" in names else names[0])
    for command in re.findall(r"```sh\n\s*(.*?)\n\s*```", text, re.DOTALL):
        subprocess.run(["/bin/bash", "-n", "-c", command], check=True)


def test_the_runbooks_start_and_stop_work(tmp_path: Path) -> None:
    """The start command of the runbook leaves a process group behind whose pid file the stop command ends."""
    host = Host(tmp_path / "h")
    host.program("python3", "#!/bin/sh\necho serving\nexec sleep 60\n")
    request = request_of("a3-single", **FILLED)
    text = runbook(request)
    (start,) = re.findall(r"(setsid .*)", text)
    (stop,) = re.findall(r"(kill .*)", text)
    work = tmp_path / "work"
    work.mkdir()
    (work / "launch.sh").write_text(bash_script("a3-single", **FILLED), encoding="utf-8")
    waiting = "until grep -q serving server.log 2>/dev/null; do read -rt 0.05 <> <(:) || :; done"
    gone = 'while kill -0 -- "-$(cat server.pid)" 2>/dev/null; do read -rt 0.05 <> <(:) || :; done'
    env = {"PATH": f"{host.programs}:/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["/bin/bash", "-c", f"{start}\n{waiting}\n{stop}\n{gone}\necho stopped"],
        cwd=work, env=env, timeout=30, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "stopped\n", done.stderr


@pytest.mark.parametrize(("answer", "status"), [('{"text": "It is Paris."}', 0), ('{"text": "London"}', 1)])
def test_verify_looks_for_paris(tmp_path: Path, answer: str, status: int) -> None:
    """verify.sh asks the router for PD, and ends with 0 only when the answer holds Paris."""
    host = Host(tmp_path / "h")
    host.program(
        "curl", f'#!/bin/sh\necho "$@" >>"$RECORD_FOLDER/calls"\ncase "$*" in *generate*) echo \'{answer}\';; esac\n'
    )
    script = verify_script(request_of("a3-pd", hosts=hosts_for("a3-pd")))
    outcome = host.run(script)
    assert outcome.returncode == status
    assert "http://10.0.0.1:6688/readiness: 200" in outcome.stdout
