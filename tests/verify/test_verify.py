"""Verification against played servers, directly, through a host's shell, through the word; rubbish does not pass."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.playing import free_port, play, server
from wizard import cli, verify
from wizard.launch import runs
from wizard.model.run import Run, RunProcess
from wizard.monitor.phases import READY
from wizard.reach.local import LocalShell
from wizard.simulate.pretend import Pretended, environment
from wizard.verify import DirectAsker, HostAsker, Outcome, Target


def outcomes(report: verify.Report) -> list[str]:
    """How the steps ended."""
    return [result.outcome.value for result in report.results]


@pytest.mark.parametrize("way", [DirectAsker(), HostAsker(LocalShell())])
def test_a_server_answers(tmp_path: Path, way: Any) -> None:
    """Every step, with its time; the name is found out where it is not given."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port, served_model_name="glm", reasoning_parser="glm45")) as played:
        played.until(READY)
        told: list[verify.Result] = []
        report = verify.answers(Target(f"http://127.0.0.1:{port}"), way, told.append)
        assert report.answers, report
        assert (report.target.served_name, report.target.is_router) == ("glm", False)
        assert tuple(told) == report.results
        assert all(result.seconds for result in report.results)
        assert verify.one_request(report.target.url, asker=way).outcome is Outcome.OK
        assert verify.one_request(report.target.url, "glm", asker=way).outcome is Outcome.OK


@pytest.mark.parametrize("way", [DirectAsker(), HostAsker(LocalShell())])
def test_a_healthy_server_that_answers_rubbish_is_not_well(tmp_path: Path, way: Any) -> None:
    """Health is fine, the answer is not, and nothing further is asked."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port), fault="rubbish_answers") as played:
        played.until(READY)
        report = verify.answers(Target(f"http://127.0.0.1:{port}", "/models/GLM-5.2-w8a8"), way)
        assert outcomes(report) == ["ok", "ok", "failed", "not asked", "not asked"]
        assert "not Paris" in report.results[2].detail
        assert not report.answers


@pytest.mark.parametrize("way", [DirectAsker(), HostAsker(LocalShell())])
def test_a_key_is_needed_and_used(tmp_path: Path, way: Any) -> None:
    """Without it the step says so."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port, api_key="k'$x")) as played:
        played.until(READY)
        at = f"http://127.0.0.1:{port}"
        refused = verify.one_request(at, asker=way)
        assert (refused.outcome, refused.detail[:3], "key" in refused.hint) == (Outcome.FAILED, "401", True)
        assert verify.answers(Target(at, is_router=False, api_key="k'$x"), way).answers


@pytest.mark.parametrize("way", [DirectAsker(), HostAsker(LocalShell())])
def test_nothing_listens(way: Any) -> None:
    """One step failed, the others were not asked."""
    report = verify.answers(Target(f"http://127.0.0.1:{free_port()}", is_router=True), way)
    assert outcomes(report) == ["failed", *["not asked"] * 4]
    assert report.results[0].detail == "nothing listens there"


def plainly(door: socket.socket) -> None:
    """Answers whatever comes without TLS."""
    peer, _ = door.accept()
    with peer:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_https_where_none_is_spoken_says_so() -> None:
    """And what to type instead of it; not in the words of the library."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        answering = threading.Thread(target=plainly, args=(door,))
        answering.start()
        told = verify.one_request(f"https://127.0.0.1:{door.getsockname()[1]}", asker=DirectAsker())
        answering.join()
    assert told.outcome is Outcome.FAILED
    assert told.detail.startswith("TLS fails (")
    assert "http://" in told.detail


def drip(door: socket.socket, over: threading.Event) -> None:
    """Answers a byte now and then, for ever."""
    peer, _ = door.accept()
    with peer:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not over.wait(0.05):
            try:
                peer.sendall(b"x")
            except OSError:
                return


@pytest.mark.parametrize("way", [DirectAsker(), HostAsker(LocalShell())])
def test_the_limit_holds_against_an_answer_that_never_ends(way: Any) -> None:
    """A byte now and then resets nothing."""
    over = threading.Event()
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        thread = threading.Thread(target=drip, args=(door, over))
        thread.start()
        try:
            found = verify.one_request(f"http://127.0.0.1:{door.getsockname()[1]}", limit_s=1.0, asker=way)
        finally:
            over.set()
            thread.join()
    assert found.outcome is Outcome.FAILED
    assert found.seconds is not None
    assert found.seconds < 5


def test_the_word_tells_steps_and_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON, exit codes."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port, served_model_name="glm")) as played:
        played.until(READY)
        assert cli.main(["--verify", f"127.0.0.1:{port}"]) == 0
        said = capsys.readouterr().out
        assert "it answers" in said
        assert "Paris" in said
        assert cli.main(["--verify", f"http://127.0.0.1:{port}", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert [step["outcome"] for step in document["steps"]] == ["ok"] * 5
    assert cli.main(["--verify", f"127.0.0.1:{port}"]) == 1
    assert cli.main(["--verify", f"127.0.0.1:{port}", "--bench"]) == 2
    assert "need a run" in capsys.readouterr().err


def a_run(port: int) -> Run:
    """A run of one server on this machine."""
    from wizard import choose, presets
    from wizard.model.finding import Edit, EditKind
    from wizard.model.selection import Origin
    from wizard.selection_file import dumps

    edits = (Edit(EditKind.MODEL_PATH, "/models/glm"),)
    selection = choose.apply_all(presets.preset("a3-single").selection, edits, Origin.OPERATOR)
    process = RunProcess(name="server", role="server", address="127.0.0.1", port=port)
    return Run(
        name="a3-single-1126-0312", created="2026-11-26T03:12:00+00:00", plan="0" * 12, selection=dumps(selection),
        title="a3-single", release="0.5.14", is_simulated=True, processes=(process,), served_name="glm-5",
        endpoint=f"http://127.0.0.1:{port}",
    )  # fmt: skip


def test_a_benchmark_is_shown_made_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the very command that was shown, in the place of the server."""
    port = free_port()
    for name, value in environment(Pretended(tmp_path / "host")).items():
        monkeypatch.setenv(name, value)
    made = runs.create(a_run(port), {})
    words = ["--verify", made.name, "--bench"]
    with play(tmp_path, *server("127.0.0.1", port, served_model_name="glm-5")) as played:
        played.until(READY)
        assert cli.main([*words, "--dry-run"]) == 0
        shown = capsys.readouterr().out.splitlines()[-1]
        assert cli.main([*words, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["measured"]
        assert [one["command"] for one in found] == [shown]
        assert found[0]["result"]["requests"] == 8
        assert found[0]["simulated"] is True
        assert json.loads(Path(found[0]["file"]).read_text())["result"] == found[0]["result"]
        assert cli.main(words) == 0
        said = capsys.readouterr().out
        assert "SIMULATED" in said
        assert shown in said.replace("\n", " ")
        assert cli.main(["--verify", made.name, "--accuracy"]) == 1
        assert "pip install evalscope" in capsys.readouterr().out


def test_a_server_under_another_name_is_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An older server on the same port is told from the run's own."""
    port = free_port()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    runs.create(a_run(port), {})
    with play(tmp_path, *server("127.0.0.1", port, served_model_name="older")) as played:
        played.until(READY)
        assert cli.main(["--verify"]) == 1
        assert "serves older, not glm-5" in capsys.readouterr().out
