"""``--monitor``: lines and events of real logs, from a real process that is told to stop."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import eventually
from wizard import cli
from wizard.launch import runs
from wizard.model.run import Identity, Run, RunProcess, State
from wizard.monitor.changes import Changes
from wizard.monitor.reader import LogReader
from wizard.monitor.source import Source
from wizard.monitor.tail import FileFollower
from wizard.monitor.watch import Watched
from wizard.words import monitor

STAMP = "[2026-03-04 05:06:07] "
ARGS = f"{STAMP}server_args=ServerArgs(mem_fraction_static=0.8)\n"
OOM = "RuntimeError: NPU out of memory. Tried to allocate [red] 2 GiB\n"
PROGRAM = [sys.executable, "-m", "wizard.cli"]


def piped(text: str, *flags: str) -> tuple[int, list[str]]:
    """What comes of a log that is piped in."""
    done = subprocess.run(
        [*PROGRAM, "--monitor", "-", *flags], input=text, capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stdout.splitlines()


def test_lines_carry_the_name_of_their_process_and_end_in_the_diagnosis() -> None:
    """What is piped in is read to its end; the failure is told with what to change."""
    code, lines = piped(f"{ARGS}hello [x]\x1b]0;owned\x07\n{OOM}", "--plain")
    assert code == 1
    assert lines[1] == "stdin | hello [x]"
    assert any(line.startswith("stdin ! npu_oom: RuntimeError") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_all_lines_of_a_pipe_are_printed() -> None:
    """None of them was there before."""
    _, lines = piped("".join(f"line {number}\n" for number in range(9_000)), "--plain")
    assert [line for line in lines if "|" in line] == [f"stdin | line {number}" for number in range(9_000)]


def test_of_a_file_the_last_lines_are_printed_and_all_that_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of one that was empty, or was not there, all; what comes faster than it can be kept is counted."""
    names = [str(tmp_path / name) for name in ("old.log", "empty.log", "late.log")]
    Path(names[0]).write_text("".join(f"{number}\n" for number in range(30)))
    Path(names[1]).touch()
    watching = monitor.begun(names)
    output = monitor._Plain(watching, color=False)

    def printed() -> list[str]:
        for one in watching.watched:
            while one.poll():
                output.lines(one, came=True)
            output.lines(one, came=False)
        return capsys.readouterr().out.splitlines()

    assert printed() == [f"old   | {number}" for number in range(20, 30)]
    for name in names:
        with Path(name).open("a") as file:
            file.writelines(f"{number}\n" for number in range(30, 90))
    assert printed() == [f"{name:<5} | {number}" for name in ("old", "empty", "late") for number in range(30, 90)]
    Path(names[1]).write_text("x\n" * 100_000)
    assert "empty * " in "\n".join(printed())
    for one in watching.watched:
        one.close()


def test_a_log_that_is_read_over_ssh_is_that_of_another_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even at an address of this machine: what is there comes in pieces, and none of them is new."""
    path = tmp_path / "far.log"
    path.write_text("first\n")
    watched = Watched(Source("far", str(path), "localhost", "root@localhost"), FileFollower(str(path)))
    output = monitor._Plain(monitor.Watching((watched,)), color=False)
    output.lines(watched, came=watched.poll())
    assert not capsys.readouterr().out
    watched.close()


def test_names_and_levels_have_colours_where_there_may_be_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each process one of its own, errors and warnings as everywhere; without colours not one escape code."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.log").write_text(f"plain {name}\n{STAMP}WARNING x.py:1: odd\n{OOM}")
    shown = {}
    for color in (True, False):
        watching = monitor.begun([str(tmp_path / "one.log"), str(tmp_path / "two.log")])
        output = monitor._Plain(watching, color=color)
        for one in watching.watched:
            output.lines(one, came=one.poll())
            one.close()
        shown[color] = capsys.readouterr().out.splitlines()
    first, warning, error, second, *_ = shown[True]
    heads = [line.partition("m")[0] for line in (first, second)]
    assert heads[0] != heads[1]
    assert first.endswith("plain one")
    assert "\x1b[33m" in warning.partition("| ")[2]
    assert "\x1b[31m" in error.partition("| ")[2]
    assert "\x1b" not in "".join(shown[False])
    assert len(shown[False]) == len(shown[True]) == 6


def test_a_lost_connection_is_told_once() -> None:
    """Not again at every second of the wait; how it went on is."""
    changes, reading = Changes("x"), LogReader().reading()
    states = [f"connection lost: again in {left} s (closed)" for left in (3, 2, 1, 0)] + ["following"]
    told = [event.text for state in states for event in changes.new(reading, state, 0, 0)]
    assert told == [states[0], "following"]


def test_progress_bars_become_remarks() -> None:
    """A hundred states are not a hundred lines."""
    states = [f"Multi-thread loading shards: {n:3}% Completed | {n}/100 [00:10<00:10, 1.0s/it]" for n in range(1, 56)]
    _, lines = piped(f"{STAMP}Load weight begin. avail mem=6 GB\n" + "\r".join(states) + "\n", "--plain")
    assert lines[-1] == "stdin * loading weights 55 %, 10 s left"
    assert len(lines) < 8


def test_events_are_one_object_a_line() -> None:
    """For programs: phases, readiness, figures and failures, with a time."""
    batch = f"{STAMP}Decode batch, #running-req: 3, #token: 9, token usage: 0.25, npu graph: True, "
    code, lines = piped(
        f"{ARGS}{STAMP}The server is fired up and ready to roll!\n"
        f"{batch}gen throughput (token/s): 5.5, #queue-req: 1\n",
        "--json",
    )
    events = {found["event"]: found for found in map(json.loads, lines)}
    assert code == 0
    assert events.keys() == {"state", "phase", "ready", "figures"}
    assert (events["ready"]["line"], events["phase"]["phase"]) == (2, "serve")
    assert (events["figures"]["throughput_tok_s"], events["figures"]["running_req"]) == (5.5, 3)
    assert events["figures"]["accept_len"] is None
    assert all(found["time"] and found["process"] == "stdin" for found in events.values())


def test_without_a_terminal_the_full_screen_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    """And names the words that work."""
    assert cli.main(["--monitor", "x.log"]) == 2
    error = capsys.readouterr().err
    assert "--plain" in error
    assert "--json" in error


def test_a_run_that_is_not_there_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """Runs are found by name; files by how they look."""
    assert cli.main(["--monitor", "nothing", "--plain"]) == 2
    told = capsys.readouterr().err
    assert "there is no run" in told
    assert "`./nothing`" in told


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_several_files_are_followed_until_told_to_stop(tmp_path: Path, stop: signal.Signals) -> None:
    """The first cause over all of them is named; Ctrl-C ends in 4 and touches nothing."""
    first, second = tmp_path / "decode.log", tmp_path / "prefill.log"
    second.write_text(f"{STAMP}server_args=ServerArgs(disaggregation_mode='prefill')\n")
    out = tmp_path / "out"
    with out.open("w") as sink:
        process = subprocess.Popen(
            [*PROGRAM, "--monitor", str(first), str(second), "--plain"], stdout=sink, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        assert eventually(lambda: "decode  * waiting for the file" in out.read_text())
        first.write_text(f"[2026-03-04 05:06:01] begins\n{OOM}")
        with second.open("a") as file:
            file.write("[2026-03-04 05:06:30] Decode instance could be dead\n")
        assert eventually(lambda: "decode  ! first cause: npu_oom; 1 other failed after it" in out.read_text())
        assert "prefill | [2026-03-04 05:06:30] Decode instance could be dead" in out.read_text()
    finally:
        process.send_signal(stop)
        _, error = process.communicate(timeout=10)
    assert process.returncode == 4
    assert b"nothing was stopped" in error


def test_a_run_that_is_only_planned_is_watched_as_soon_as_its_logs_have_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever watches a launch from its beginning sees all of it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(monitor, "_RECORD_S", 0.0)
    planned = RunProcess(name="server", role="server")
    run = runs.create(Run(name="r1", created="2026-01-07T07:00:00+00:00", plan="x", processes=(planned,)), {})
    (watched,) = monitor.of_run(run).watched
    assert not watched.poll()
    assert watched.state == "not started yet"
    log = tmp_path / "server.log"
    runs.save(run.evolve(processes=(planned.evolve(log=str(log)),)))
    watched.poll()
    assert watched.state == "waiting for the file"
    log.write_text(ARGS)
    assert watched.poll()
    assert watched.reading.lines == 1
    watched.close()


def test_a_server_that_was_killed_is_told_although_its_log_says_ready(tmp_path: Path) -> None:
    """Its host knows; and whoever leaves is not told that it goes on."""
    log, state = tmp_path / "server.log", tmp_path / "state"
    log.write_text(f"{ARGS}{STAMP}The server is fired up and ready to roll!\n")
    gone = RunProcess(
        name="server", role="server", state=State.READY, log=str(log), folder=str(tmp_path),
        identity=Identity(pid=4_194_303, start_ticks=1, boot_id="another"),
    )  # fmt: skip
    run = Run(name="r1", created="2026-01-07T07:00:00+00:00", plan="x", processes=(gone,))
    folder = state / "glm-wizard" / "runs" / "r1"
    folder.mkdir(parents=True)
    (folder / runs.RECORD).write_text(run.model_dump_json(), encoding="utf-8")
    out = tmp_path / "out"
    with out.open("w") as sink:
        process = subprocess.Popen(
            [*PROGRAM, "--monitor", "r1", "--plain"], stdout=sink, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "XDG_STATE_HOME": str(state)},
        )  # fmt: skip
    try:
        assert eventually(lambda: "server ! ended: its host was started anew since\n" in out.read_text())
    finally:
        process.terminate()
        _, error = process.communicate(timeout=20)
    assert b"nothing of `r1` was stopped" in error
