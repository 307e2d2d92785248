"""What goes wrong on real hosts: nothing is lost, nothing else is touched, and the message says what to do."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.detect.layouts import a3, table
from tests.detect.standins import SCRIPTS
from tests.launch.cluster import Cluster, Launched, is_alive, only_run, order, program, stopped, wait_for
from wizard.errors import LaunchError, UsageError
from wizard.launch import live, runs, stopping, supervisor
from wizard.model.run import RunEvent, State
from wizard.words import launch as launch_word
from wizard.words.acting import Outcome

pytestmark = [pytest.mark.ssh, pytest.mark.slow]


def booted(cluster: Cluster, count: int = 2) -> None:
    for number in range(count):
        cluster.boot(number)


@pytest.mark.parametrize("phase", ["init", "dist", "load", "cache", "graph"])
def test_a_rank_that_dies_is_named_with_its_last_words(cluster: Cluster, phase: str) -> None:
    """State, exit status, log and diagnosis of it; the other rank is left running until the operator says stop."""
    booted(cluster)
    cluster.fault("server-rank1", f"die-{phase}")
    cluster.fault("server-rank0", "hold-load")
    launched = Launched(order(cluster, "a3-multi"))
    run = launched.done()
    states = {process.name: process.state for process in run.processes}
    assert states == {"server-rank0": State.STARTING, "server-rank1": State.FAILED}
    rank1 = run.processes[1]
    assert rank1.exit_code == 3
    assert "exit status 3" in rank1.detail
    assert "NPU out of memory" in launched.told()
    assert any(event.stage == "diagnosis" for event in launched.events), launched.told()
    assert run.state is State.FAILED
    with pytest.raises(LaunchError, match="still runs") as refused:
        Launched(order(cluster, "a3-multi")).done()
    assert f"--stop {run.name}" in (refused.value.hint or "")
    after, _ = stopped(run)
    assert after.state is State.STOPPED


def test_a_launch_that_is_left_before_the_first_start_starts_nothing(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the copy: it is told that nothing was started, and the same launch goes on with the run."""
    booted(cluster, 1)
    asked, cancelled = order(cluster, "a3-single"), threading.Event()
    told: list[str] = []

    def tell(event: RunEvent) -> None:
        told.append(event.message)
        if event.stage == "copy":
            cancelled.set()

    run = supervisor.launch(asked, tell, cancelled)
    assert run.state is State.PLANNED
    assert told[-1] == "the launch was left; nothing was started yet"
    assert not cluster.servers()
    assert launch_word._told(Outcome(run, is_interrupted=True), as_json=False) == 4
    assert "nothing was started" in capsys.readouterr().err
    again = Launched(asked).done()
    assert (again.name, again.state) == (run.name, State.READY)
    stopped(again)


def test_a_router_is_never_started_when_a_server_fails(cluster: Cluster) -> None:
    """The reason is there at once, and the router stays planned."""
    booted(cluster)
    cluster.fault("decode-0", "die-load")
    run = Launched(order(cluster, "a3-pd")).done()
    assert {process.name: process.state for process in run.processes}["router"] is State.PLANNED
    after, _ = stopped(run)
    assert after.state is State.STOPPED


def test_a_server_that_dies_later_is_seen(cluster: Cluster) -> None:
    """Ready, then gone: the live state says so, a new launch starts a new run."""
    booted(cluster, 1)
    run = Launched(order(cluster, "a3-single")).done()
    cluster.fault("server", "die-serve")
    wait_for(lambda: live.live(run).state is State.FAILED, "the failure")
    cluster.fault("server")
    assert live.live(run).processes[0].detail == "it was ended by signal 9"
    again = Launched(order(cluster, "a3-single")).done()
    assert again.name != run.name
    assert again.state is State.READY
    stopped(again)


def test_a_cut_connection_while_starting_is_told_and_mended(cluster: Cluster) -> None:
    """The server goes on loading; the launch finds the host again and goes on as well."""
    booted(cluster, 1)
    cluster.fault("server", "hold-load")
    launched = Launched(order(cluster, "a3-single"))
    launched.until("loading weights")
    address = cluster.address(0)
    cluster.cut(address, closed=True)
    launched.until("trying again")
    cluster.open(address)
    launched.until("answers again")
    cluster.fault("server")
    run = launched.done()
    assert run.state is State.READY, launched.told()
    cluster.cut(address)
    assert live.live(run).state is State.READY
    stopped(run)


def test_a_host_that_vanishes_is_lost_and_taken_up_when_it_is_back(cluster: Cluster) -> None:
    """Not failed, not stopped: unknown. Stop says so; when the host is back, stop ends what is there."""
    booted(cluster)
    cluster.fault("server-rank1", "hold-load")
    launched = Launched(order(cluster, "a3-multi", lost_after_s=2.0))
    launched.until("loading weights")
    cluster.cut(cluster.address(1), closed=True)
    run = launched.done()
    assert run.state is State.LOST, launched.told()
    assert run.processes[1].state is State.LOST
    after, told = stopped(run)
    assert after.state is State.LOST
    assert after.processes[0].state is State.STOPPED
    assert any("can be reached" in event.message for event in told)
    cluster.open(cluster.address(1))
    after, _ = stopped(after)
    assert after.state is State.STOPPED


def test_a_port_that_is_taken_is_refused_before_anything_starts(cluster: Cluster) -> None:
    """Who has it, and how to use another port. No run, no script, no process."""
    booted(cluster, 1)
    with socket.create_server((cluster.address(0), 8000)):
        with pytest.raises(LaunchError, match=rf"port 8000 .*pid {os.getpid()} ") as refused:
            Launched(order(cluster, "a3-single")).done()
        assert "--set server.port=8010" in (refused.value.hint or "")
    assert runs.load_all() == ()


def test_a_port_that_is_taken_while_it_loads_ends_the_waiting(cluster: Cluster) -> None:
    """The server says so and lives on: who has the port, how to use another; stop ends it, and then it can start."""
    booted(cluster, 1)
    cluster.fault("server", "hold-load")
    launched = Launched(order(cluster, "a3-single", hopeless_after_s=0.5))
    launched.until("loading weights")
    with socket.create_server((cluster.address(0), 8000)):
        launched.until("port 8000 (API) is held by")
        cluster.fault("server")
        run = launched.done()
        (server,) = run.processes
        assert run.state is State.FAILED
        assert server.still_runs
        assert f"port 8000 (API) is taken by another process: pid {os.getpid()} " in server.detail
        assert "--set server.port=8010" in launched.told()
        assert live.live(run).processes == run.processes
        with pytest.raises(LaunchError, match="failed and still runs") as refused:
            Launched(order(cluster, "a3-single")).done()
        assert f"--stop {run.name}" in (refused.value.hint or "")
        after, _ = stopped(run)
        assert after.state is State.STOPPED
    again = Launched(order(cluster, "a3-single")).done()
    assert again.state is State.READY
    stopped(again)


def test_a_server_of_another_name_is_not_called_ready(cluster: Cluster) -> None:
    """Healthy, and it answers, but not under the name that clients ask for; left running, healed it is ready."""
    booted(cluster, 1)
    cluster.fault("server", "misnamed")
    launched = Launched(order(cluster, "a3-single"))
    run = launched.done()
    assert run.state is State.FAILED
    assert run.processes[0].still_runs
    assert "serves another, not glm-5" in run.processes[0].detail
    cluster.fault("server")
    again = Launched(order(cluster, "a3-single")).done()
    assert (again.name, again.state) == (run.name, State.READY)
    assert again.processes[0].identity == run.processes[0].identity
    stopped(again)


def test_a_port_of_another_run_names_that_run(cluster: Cluster) -> None:
    """The hint is how to stop it."""
    booted(cluster, 1)
    run = Launched(order(cluster, "a3-single")).done()
    with pytest.raises(LaunchError, match=f"server of run `{run.name}`") as refused:
        Launched(order(cluster, "a3-single", "set max-running-requests=7")).done()
    assert "port=8010" in (refused.value.hint or "")
    assert [known.name for known in runs.load_all()] == [run.name]
    stopped(run)


def test_what_runs_is_recognised(cluster: Cluster) -> None:
    """The same launch again starts nothing and ends well."""
    booted(cluster, 1)
    run = Launched(order(cluster, "a3-single")).done()
    launched = Launched(order(cluster, "a3-single"))
    again = launched.done()
    assert "already running" in launched.told()
    assert [p.identity for p in again.processes] == [p.identity for p in run.processes]
    stopped(run)


def test_two_wizards_at_once_start_one_server(cluster: Cluster) -> None:
    """The second is told who acts, and may watch."""
    booted(cluster, 1)
    cluster.fault("server", "hold-load")
    first = Launched(order(cluster, "a3-single"))
    first.until("loading weights")
    with pytest.raises(LaunchError, match="another wizard") as refused:
        Launched(order(cluster, "a3-single")).done()
    assert "--monitor" in (refused.value.hint or "")
    cluster.fault("server")
    stopped(first.done())


def test_an_older_script_is_not_started(cluster: Cluster) -> None:
    """What runs is what was shown, or nothing; both hashes are named before any engine starts."""
    booted(cluster)
    cluster.fault("prefill-0", "hold-load")
    launched = Launched(order(cluster, "a3-pd"))
    launched.until("loading weights")
    script = next(cluster.state(cluster.address(0)).rglob("launch.sh"))
    older = order(cluster, "a3-pd", "set router.port=6699")
    script.write_text(older.files()[runs.SCRIPT], encoding="utf-8")
    cluster.fault("prefill-0")
    run = launched.done()
    assert run.state is State.FAILED
    assert f"holds plan {older.flow.plan_hash()}, this launch is plan {run.plan}" in run.processes[-1].detail
    assert run.processes[-1].identity is None
    stopped(run)


def test_a_host_with_other_weights_stops_the_launch(cluster: Cluster, tmp_path: Path) -> None:
    """What differs was measured, so it blocks: both hosts are named, and nothing was copied to any."""
    booted(cluster)
    (tmp_path / "glm").mkdir()
    (tmp_path / "glm" / "config.json").write_text("{}", encoding="utf-8")
    other = cluster.address(1)
    answer = 'case "$*" in *config.json*) echo "beef config.json" ;; *) exec /usr/bin/sha256sum "$@" ;; esac'
    program(cluster.tools(other) / "sha256sum", answer)
    # the last: a server of another test at this moment, on its own address
    known = ("topology.address-loopback", "network.address", "host.cann", "host.sglang", "host.weights",
             "network.port-taken")  # fmt: skip
    asked = order(
        cluster, "a3-multi", f"model-path {tmp_path / 'glm'}", *(f"accept {code}" for code in known), is_forced=False
    )
    launched = Launched(asked)
    with pytest.raises(LaunchError, match="nothing was started") as refused:
        launched.done()
    assert "`--accept host.weights-differ`" in (refused.value.hint or "")
    (told,) = [event.message for event in launched.events if "host.weights-differ" in event.message]
    assert cluster.address(0) in told
    assert other in told
    assert runs.load_all() == ()
    assert not list(cluster.state(other).rglob("launch.sh"))


def test_a_full_disk_of_a_host_is_told(cluster: Cluster) -> None:
    """Nothing is started where no log could be written."""
    booted(cluster, 1)
    state = cluster.state(cluster.address(0))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(state)], check=False, timeout=20)
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        with pytest.raises(LaunchError, match="no space") as refused:
            Launched(order(cluster, "a3-single")).done()
        assert "free some" in (refused.value.hint or "")
        assert only_run().state is State.FAILED
    finally:
        subprocess.run(["umount", "-l", str(state)], check=True, timeout=20)


def test_a_full_disk_of_the_wizard_loses_no_server(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record cannot be written any more: said once; the server becomes ready and can be found and stopped."""
    booted(cluster, 1)
    cluster.fault("server", "hold-load")
    launched = Launched(order(cluster, "a3-single"))
    launched.until("loading weights")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        cluster.fault("server")
        run = launched.done()
    assert run.state is State.READY
    assert launched.told().count("no space left") == 1
    assert live.live(only_run()).state is State.READY
    stopped(only_run())


def test_a_clock_that_is_wrong_changes_nothing(cluster: Cluster) -> None:
    """Hosts a day apart: times are the wizard's, identities are ticks of each host's own boot."""
    booted(cluster)
    late = program
    late(cluster.tools(cluster.address(1)) / "date", 'exec /bin/date -d "1 day ago" "$@"')
    launched = Launched(order(cluster, "a3-multi"))
    run = launched.done()
    assert run.state is State.READY, launched.told()
    times = [event.time for event in launched.events]
    assert times == sorted(times)
    stopped(run)


ROUTER = """
import http.server, os, pathlib, sys
beside = pathlib.Path(os.environ["STUB_FOLDER"]) / "router-started"
first = not beside.exists()
beside.touch()
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if first else 200); self.send_header("Content-Length", "0"); self.end_headers()
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        text = b'{"text": " Paris"}'
        self.send_response(200); self.send_header("Content-Length", str(len(text))); self.end_headers()
        self.wfile.write(text)
host, port = (sys.argv[sys.argv.index(name) + 1] for name in ("--host", "--port"))
http.server.ThreadingHTTPServer((host, int(port)), Answers).serve_forever()
"""


def test_a_router_that_gave_up_on_late_servers_is_started_anew(cluster: Cluster, tmp_path: Path) -> None:
    """It answers 503 for ever although every server is ready; once more, and it serves."""
    booted(cluster)
    package = tmp_path / "router" / "sglang_router"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "launch_router.py").write_text(ROUTER, encoding="utf-8")
    python = cluster.tools(cluster.address(0)) / "python3"
    python.write_text(python.read_text(encoding="utf-8").replace('PYTHONPATH="', f'PYTHONPATH="{package.parent}:'))
    launched = Launched(order(cluster, "a3-pd", router_patience_s=2.0))
    run = launched.done()
    assert "started anew" in launched.told()
    assert run.state is State.READY, launched.told()
    stopped(run)


def test_a_server_that_ignores_the_request_to_end_is_killed_only_by_force(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First told how long it is waited for and what is still there; with force nothing is."""
    monkeypatch.setattr(stopping, "_TELL_S", 0.1)
    booted(cluster, 1)
    cluster.fault("server", "ignore-term")
    run = Launched(order(cluster, "a3-single")).done()
    after, told = stopped(run, patience_s=1.0)
    assert after.state is State.STOPPING
    pid = run.processes[0].identity
    assert pid is not None
    assert "waiting for server (" in str(told)
    assert f"still there: pid {pid.pid}" in str(told)
    assert "--force" in str(told)
    assert is_alive(pid.pid)
    assert live.live(after).state is State.STOPPING
    after, told = stopped(after, patience_s=1.0, force=True)
    assert after.state is State.STOPPED
    assert "killed" in str(told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (f"cat <<'EOF'\n{table(a3(used=40000))}EOF", "is not back (NPU 0"),
        (SCRIPTS["driver"], "could not be checked"),
    ],
    ids=["held", "unread"],
)
def test_memory_that_does_not_come_back_is_told(cluster: Cluster, answer: str, told: str) -> None:
    """The run is stopped, and where it is still held or cannot be read is said, with the next step."""
    booted(cluster, 1)
    run = Launched(order(cluster, "a3-single")).done()
    program(cluster.tools(cluster.address(0)) / "npu-smi", answer)
    events: list[RunEvent] = []
    enough = threading.Event()

    def tell(event: RunEvent) -> None:
        events.append(event)
        if "its ports are closed" in event.message:
            enough.set()  # nobody waits for the driver

    after = stopping.stop(run, tell, enough)
    assert after.state is State.STOPPED
    (memory,) = [event for event in events if event.stage == "hbm"]
    assert f"HBM on {cluster.address(0)} {told}" in memory.message
    assert memory.is_problem is ("not back" in told)
    assert "npu-smi" in memory.message


def test_children_that_a_server_left_behind_are_ended_too(cluster: Cluster) -> None:
    """They write into its log: nothing else is needed to know whose they are."""
    booted(cluster, 1)
    cluster.fault("server", "orphan")
    run = Launched(order(cluster, "a3-single")).done()
    after, _ = stopped(run, patience_s=10.0)
    assert after.state is State.STOPPED


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(cluster: Cluster) -> None:
    """The number alone is nothing: start time and boot are compared."""
    booted(cluster, 1)
    run = Launched(order(cluster, "a3-single")).done()
    stopped(run)
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as other:
        try:
            identity = run.processes[0].identity
            assert identity is not None
            for wrong in (identity.evolve(pid=other.pid), identity.evolve(pid=other.pid, boot_id="another")):
                runs.save(run.evolve(processes=(run.processes[0].evolve(identity=wrong),)))
                assert live.live(runs.find(run.name)).state is State.FAILED
                after, told = stopped(runs.find(run.name), force=True, patience_s=1.0)
                assert after.state is State.STOPPED
                assert other.poll() is None
                assert "another program" in str(told) or "started anew" in str(told)
        finally:
            other.kill()


def command_lines_with(text: str) -> set[int]:
    """The processes whose command line, which everybody on the machine may read, holds a text."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if text.encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def test_a_secret_is_passed_on_and_written_nowhere(cluster: Cluster, tmp_path: Path) -> None:
    """Neither here nor there: no record, script, event or log holds it; the server asks for it."""
    booted(cluster, 1)
    secret = "planted-0123456789"
    with pytest.raises(UsageError, match="API_KEY is not in the environment"):
        Launched(order(cluster, "a3-single", "set api-key=env:API_KEY")).done()
    cluster.fault("server", "hold-load")
    launched = Launched(order(cluster, "a3-single", "set api-key=env:API_KEY", secrets={"API_KEY": secret}))
    holding: set[int] = set()

    def loads() -> bool:
        holding.update(command_lines_with(secret))
        return "loading weights" in launched.told() or not launched.thread.is_alive()

    wait_for(loads, "the loading of weights")
    cluster.fault("server")
    run = launched.done()
    assert run.state is State.READY, launched.told()
    assert run.processes[0].identity is not None
    # SGLang takes its key as an option and in no other way: its own command line holds it, no other does
    assert (holding | command_lines_with(secret)) <= {run.processes[0].identity.pid}
    held = [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert held == []
    assert secret not in launched.told()
    stopped(run)
