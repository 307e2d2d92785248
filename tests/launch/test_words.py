"""--launch, --runs and --stop as their users meet them: killed at every step and gone on with, interrupted, refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.launch.cluster import LIMIT_S, Cluster, command, only_run, program, stopped, wait_for
from tests.terminals import on_terminal
from tests.verify.test_benchmark import EVALSCOPE
from wizard.launch import live, runs
from wizard.model.run import State

pytestmark = [pytest.mark.ssh, pytest.mark.slow]
ROOT = Path(__file__).parents[2]


@contextmanager
def wizard(words: list[str]) -> "Iterator[subprocess.Popen[str]]":
    """A wizard of its own; killed when the test is over."""
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]", word: str, *, on_stderr: bool = True) -> list[str]:
    """The lines up to the first with that word."""
    stream = process.stderr if on_stderr else process.stdout
    assert stream is not None
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        if word in line:
            return lines
    pytest.fail(f"`{word}` was never said:\n{''.join(lines)}")


def ran(*words: str) -> "subprocess.CompletedProcess[str]":
    """A wizard until its end."""
    return subprocess.run(
        [sys.executable, "-m", "wizard.cli", *words], capture_output=True, text=True, check=False, cwd=ROOT,
        timeout=LIMIT_S, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.usefixtures("real_router")
@pytest.mark.parametrize(
    "moment",
    ["asking", "script in", "started as pid", "loading weights", "ready: port 8000", "starting router", "What is the"],
)
def test_a_wizard_killed_at_any_step_is_gone_on_with(cluster: Cluster, moment: str) -> None:
    """kill -9, then the same command: one run, no server started twice, ready at the end."""
    for number in range(2):
        cluster.boot(number)
    words = command(cluster, "a3-pd")
    if moment == "loading weights":
        cluster.fault("prefill-0", "hold-load")
    with wizard(words) as process:
        said(process, moment)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    before = [run.name for run in runs.load_all()]
    cluster.fault("prefill-0")
    known = {p.name: p.identity.pid for run in runs.load_all() for p in run.processes if p.identity}
    again = ran(*words[3:])
    assert again.returncode == 0, again.stderr
    assert "ready: http://" in again.stdout
    run = only_run()
    assert before in ([], [run.name])
    after = {p.name: p.identity.pid for p in run.processes if p.identity}
    assert known.items() <= after.items()
    listed = json.loads(ran("--runs", "--json").stdout)
    assert [(one["run"], one["state"]) for one in listed["runs"]] == [(run.name, "ready")]
    end = ran("--stop", run.name, "--yes")
    assert end.returncode == 0, end.stderr
    assert end.stdout == f"stopped: {run.name}\n"


def test_a_wizard_killed_while_it_stops_is_gone_on_with(cluster: Cluster) -> None:
    """kill -9 after the first process was asked to end, then `--stop` again: nothing is left."""
    for number in range(2):
        cluster.boot(number)
    assert ran(*command(cluster, "a3-multi")[3:]).returncode == 0
    run = only_run()
    with wizard([sys.executable, "-m", "wizard.cli", "--stop", "--yes"]) as process:
        said(process, "asked pid")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert live.live(run).state is not State.STOPPED or not cluster.servers()
    end = ran("--stop", "--yes")
    assert end.returncode == 0, end.stderr
    assert only_run().state is State.STOPPED
    wait_for(lambda: not cluster.servers(), "the end of every process", 5)


def test_a_wizard_that_slept_meanwhile_goes_on(cluster: Cluster) -> None:
    """As on a laptop that was closed: its connections are gone when it wakes up, and the server became ready."""
    address = cluster.boot(0)
    cluster.fault("server", "hold-load")
    with wizard(command(cluster, "a3-single")) as process:
        said(process, "loading weights")
        process.send_signal(signal.SIGSTOP)
        cluster.cut(address)
        cluster.fault("server")
        wait_for(lambda: live.live(only_run()).state is State.READY, "ready")
        process.send_signal(signal.SIGCONT)
        assert process.wait(LIMIT_S) == 0
        assert process.stdout is not None
        assert process.stdout.read().startswith("ready: http://")
    stopped(only_run())


def test_another_terminal_watches_and_touches_nothing_while_one_launches(cluster: Cluster) -> None:
    """`--monitor RUN` shows the same phase; leaving it changes no file of the host; `--stop` is told who acts."""
    address = cluster.boot(0)
    cluster.fault("server", "hold-load")
    with wizard(command(cluster, "a3-single")) as first:
        said(first, "loading weights")
        run, before = only_run(), files_of(cluster.state(address))
        with wizard([sys.executable, "-m", "wizard.cli", "--monitor", run.name, "--plain"]) as second:
            said(second, "loading weights", on_stderr=False)
            second.send_signal(signal.SIGINT)
            _, talk = second.communicate(timeout=LIMIT_S)
        assert second.returncode == 4
        assert f"nothing of `{run.name}` was stopped" in talk
        assert files_of(cluster.state(address)) == before
        refused = ran("--stop", "--yes")
        assert refused.returncode == 1
        assert "another wizard" in refused.stderr
        assert "hint:" in refused.stderr
        now = live.live(run)
        assert now.state is State.STARTING
        assert [p.identity for p in now.processes] == [p.identity for p in run.processes]
        cluster.fault("server")
        assert first.wait(LIMIT_S) == 0
    stopped(run)


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below with its size and the time of its last change."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def test_a_benchmark_and_an_accuracy_run_are_made_on_the_host_of_the_server(cluster: Cluster) -> None:
    """With the command that was shown; the result is kept with the run and stands in the plan from then on."""
    address = cluster.boot(0)
    words = command(cluster, "a3-single")[3:]
    assert ran(*words).returncode == 0
    run = only_run()
    shown = ran("--verify", run.name, "--bench", "--dry-run").stdout.splitlines()
    done = ran("--verify", run.name, "--bench", "--json")
    (found,) = json.loads(done.stdout)["measured"]
    assert found["error"] is None
    assert found["command"] == shown[-1]
    assert found["host"] == address
    assert f"SIMULATED benchmark in {cluster.folder / address}\n" in Path(found["file"]).with_suffix(".log").read_text()
    program(cluster.tools(address) / "evalscope", f"echo in $HOME; cat <<'EOF'\n{EVALSCOPE}\nEOF")
    done = ran("--verify", run.name, "--accuracy", "--json")
    (score,) = json.loads(done.stdout)["measured"]
    assert (score["error"], score["host"], score["result"]) == (None, address, {"gsm8k": 0.953})
    assert f"in {cluster.folder / address}\n" in Path(score["file"]).with_suffix(".log").read_text()
    plan = [word for word in words if word not in ("--launch", "--force")]
    measured = json.loads(ran(*plan, "--plan", "--json").stdout)["measured"]
    assert (measured["run"], measured["host"], measured["result"]["output_tok_s"]) == (run.name, address, 123.45)
    stopped(run)


def test_a_host_that_cannot_be_reached_stops_the_launch_before_anything_is_begun(cluster: Cluster) -> None:
    """Exit code 3, the host and the next step by name; no run, and nothing on the host that answers."""
    answers = cluster.boot(0)
    done = ran(*command(cluster, "a3-multi")[3:])
    assert done.returncode == 3
    assert f"`{cluster.address(1)}` refuses ssh connections" in done.stderr
    assert "hint: is sshd running there" in done.stderr
    assert runs.load_all() == ()
    assert files_of(cluster.state(answers)) == {}


def test_an_interruption_before_anything_was_started_says_so(cluster: Cluster) -> None:
    """In the preflight: exit code 4, no run, and no word of anything that goes on."""
    cluster.boot(0)
    with wizard(command(cluster, "a3-single")) as process:
        told = said(process, "asking")
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 4, talk
    assert "left before anything was started" in talk
    assert "goes on" not in "".join(told) + talk
    assert runs.load_all() == ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_launch_leaves_its_servers_and_says_how_to_stop_them(cluster: Cluster, number: int) -> None:
    """Exit code 4; no server got a signal; the way back and the way to stop are named."""
    cluster.boot(0)
    cluster.fault("server", "hold-load")
    with wizard(command(cluster, "a3-single")) as process:
        said(process, "loading weights")
        process.send_signal(number)
        _, talk = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 4, talk
    run = only_run()
    assert f"--stop {run.name}" in talk
    assert "the same `--launch` goes on with it" in talk
    assert live.live(run).state is State.STARTING
    cluster.fault("server")
    stopped(run)


def test_a_stop_that_nobody_confirms_is_refused(cluster: Cluster) -> None:
    """What would be hit is named first; the flag is named; nothing is signalled."""
    cluster.boot(0)
    launched = subprocess.run(
        [*command(cluster, "a3-single"), "--json"], capture_output=True, text=True, check=False, cwd=ROOT,
        timeout=LIMIT_S, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert launched.returncode == 0, launched.stderr
    lines = [json.loads(line) for line in launched.stdout.splitlines()]
    assert lines[-1]["state"] == "ready"
    assert {"time", "stage", "message", "process", "host", "state", "is_problem"} == lines[0].keys()
    run = only_run()
    refused = ran("--stop")
    assert refused.returncode == 2
    assert f"`--stop {run.name} --yes`" in refused.stderr
    assert f"pid {run.processes[0].identity.pid}" in refused.stderr  # type: ignore[union-attr]
    assert live.live(run).state is State.READY
    shown = ran("--runs")
    assert "1 of 1 ready" in shown.stdout
    assert "release 0.5" in shown.stdout
    assert "driver 25.2.0" in shown.stdout
    broken = runs.home() / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{", encoding="utf-8")
    shown = ran("--runs")
    assert run.name in shown.stdout
    assert "the record of `broken` cannot be read: it is not JSON" in shown.stderr
    identity = run.processes[0].identity
    assert identity is not None
    ended = run.processes[0].evolve(identity=identity.evolve(start_ticks=1))
    gone = runs.create(run.evolve(name="gone", processes=(ended,)), {})  # its record does not know that it ended
    end = ran("--stop", "--yes", "--json")
    assert end.returncode == 0
    told = json.loads(end.stdout.splitlines()[-1])
    assert (told["run"], told["state"]) == (run.name, "stopped")
    shutil.rmtree(runs.folder(gone.name))
    again = ran("--stop", "--yes")
    assert again.returncode == 0
    assert "nothing that runs" in again.stderr


def test_a_dry_run_asks_no_host_and_writes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """Every command of every host, in order, and not one connection: its ssh fails the test."""
    ssh = cluster.folder / "bin" / "ssh"
    ssh.write_text(f"#!/bin/sh\ntouch {tmp_path}/connected\n", encoding="utf-8")
    done = ran(*command(cluster, "a3-pd")[3:], "--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Nothing was started. These")
    assert lines[-1] == "Nothing was started."
    starts = [line for line in lines if "setsid bash ./launch.sh" in line]
    assert [line.split("launch.sh ")[1].split()[0] for line in starts] == ["prefill-0", "decode-0", "router"]
    assert not (tmp_path / "connected").exists()
    assert not runs.home().exists()
    assert sum("becomes: " in line for line in lines) == 3
    assert sum("echo performance | tee /sys/" in line for line in lines) == 2


def test_this_machine_needs_no_ssh(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hosts the server is started here, outlives the wizard, and is stopped."""
    address = cluster.boot(0)
    (cluster.folder / "bin" / "ssh").unlink()
    monkeypatch.setenv("PATH", f"{cluster.tools(address)}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STUB_FOLDER", str(cluster.faults))
    words = [
        "--preset", "a3-single", "--runtime", "host", "--model-path", "/models/glm", "--set", f"host={address}",
        "--set", "port=8017", "--force",
    ]  # fmt: skip
    done = ran(*words, "--launch")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"ready: http://{address}:8017 serves glm-5\n"
    wait_for(lambda: live.live(only_run()).state is State.READY, "ready")
    end = ran("--stop", "--yes")
    assert end.returncode == 0, end.stderr


def test_a_server_outlives_the_terminal_it_was_launched_from(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window is closed while it loads: the wizard ends with it, the server goes on and is found."""
    address = cluster.boot(0)
    monkeypatch.setenv("PATH", f"{cluster.tools(address)}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STUB_FOLDER", str(cluster.faults))
    cluster.fault("server", "hold-load")
    words = command(cluster, "a3-single")
    words[words.index(f"--hosts={address}")] = "--set=port=8018"
    with on_terminal(words, folder=ROOT) as seen:
        seen.until(b"loading weights")
        seen.hang_up()
        assert seen.process.wait(LIMIT_S) != 0
    run = only_run()
    assert live.live(run).state is State.STARTING
    cluster.fault("server")
    wait_for(lambda: live.live(run).state is State.READY, "ready")
    after, _ = stopped(run)
    assert after.state is State.STOPPED
