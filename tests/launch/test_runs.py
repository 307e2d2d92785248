"""The record of runs: whole or absent, found by name, held by one wizard at a time."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.launch.making import run_of
from wizard.errors import ExitCode, LaunchError, UsageError
from wizard.launch import events, runs
from wizard.model.run import Identity, Run, RunEvent, State
from wizard.words import launch
from wizard.words.acting import Outcome

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def _made(name: str, created: str = "2026-11-26T03:12:00+00:00") -> Run:
    return runs.create(run_of("a3-pd").evolve(name=name, created=created), {"launch.sh": "true\n"})


def test_a_record_comes_back_as_it_was() -> None:
    """Identities, states and facts survive the file."""
    made = _made("one")
    first = made.processes[0].evolve(identity=Identity(pid=7, start_ticks=99, boot_id="b"), state=State.READY)
    changed = made.evolve(processes=(first, *made.processes[1:]), facts={"h": {"driver": "25.5.2"}})
    runs.save(changed)
    assert runs.find("one") == changed
    assert runs.script(changed) == "true\n"


def test_the_newest_comes_first_and_is_meant_without_a_name() -> None:
    """By date of the record, whatever the names."""
    _made("b-old", "2026-11-25T03:12:00+00:00")
    _made("a-new", "2026-11-26T03:12:00+00:00")
    assert [run.name for run in runs.load_all()] == ["a-new", "b-old"]
    assert runs.find().name == "a-new"
    assert runs.find("b").name == "b-old"


def test_a_taken_name_gets_a_number() -> None:
    """Two launches within a minute are two runs."""
    assert [_made("x").name, _made("x").name, _made("x").name] == ["x", "x-2", "x-3"]


def test_an_exact_name_wins_over_longer_ones() -> None:
    """`x` is a run of its own, though `x-2` begins so too; `x-` is only the other."""
    _made("x")
    _made("x")
    assert runs.find("x").name == "x"
    assert runs.find("x-").name == "x-2"


def test_a_run_whose_record_is_broken_is_not_another_one() -> None:
    """`--stop x` must not end `x-2` because nothing is known of `x` any more."""
    _made("x")
    _made("x")
    (runs.folder("x") / runs.RECORD).write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="record of `x`"):
        runs.find("x")
    assert runs.find("x-").name == "x-2"


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [("a3-pd-11", "2 runs begin", "a3-pd-1126"), ("a3-dp-1126", "no run", "a3-pd-112"), ("zzz", "no run", "--runs")],
)
def test_a_name_that_is_none_gets_the_next_step(asked: str, message: str, hint: str) -> None:
    """Several, misspelt, unknown."""
    _made("a3-pd-1126")
    _made("a3-pd-1127")
    with pytest.raises(UsageError, match=message) as raised:
        runs.find(asked)
    assert hint in (raised.value.hint or "")


def test_without_any_run_the_hint_says_how_to_start_one() -> None:
    """No folder at all is no error of its own."""
    assert runs.load_all() == ()
    with pytest.raises(UsageError, match="no run yet") as raised:
        runs.find()
    assert "--launch" in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not the record"),
        ('{"format": 99}', "newer"),
        ('{"name": "broken"}', "not the record"),
        (None, "no such file"),
    ],
)
def test_a_broken_record_is_told_and_takes_nothing_from_the_others(text: str | None, reason: str) -> None:
    """Cut, of another shape, of a newer version, missing."""
    _made("good")
    (runs.home() / "broken").mkdir()
    if text is not None:
        (runs.home() / "broken" / "run.json").write_text(text, encoding="utf-8")
    assert [run.name for run in runs.load_all()] == ["good"]
    (one,) = runs.broken()
    assert one.name == "broken"
    assert reason in one.reason
    with pytest.raises(UsageError, match="cannot be read"):
        runs.find("broken")


def test_a_full_disk_leaves_no_half_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder goes again, the message says what to do."""

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LaunchError, match="no space left") as raised:
        _made("x")
    assert "free some space" in (raised.value.hint or "")
    assert list(runs.home().iterdir()) == []


def test_a_full_disk_keeps_the_old_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before stays whole."""
    made = _made("x")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(LaunchError):
        runs.save(made.evolve(state=State.READY))
    assert runs.find("x").state is State.PLANNED
    assert sorted(path.name for path in runs.folder("x").iterdir()) == ["launch.sh", "run.json"]


WRITER = """
import sys
from wizard.launch import runs
run = runs.find("x")
print("go", flush=True)
for number in range(100000):
    runs.save(run.evolve(title=str(number) * 2000))
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9 in the middle of writing: the old record or the new one, never a part."""
    _made("x")
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, cwd=ROOT) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == b"go\n"
            seen = runs.find("x").title
            deadline = time.monotonic() + 10
            while runs.find("x").title == seen and time.monotonic() < deadline:
                pass
            writer.send_signal(signal.SIGKILL)
        title = json.loads((runs.folder("x") / "run.json").read_bytes())["title"]
        assert title == title[: len(title) // 2000] * 2000


def test_only_one_wizard_acts_on_a_run() -> None:
    """The second is told who, and the hold ends with the first."""
    _made("x")
    with runs.held("x"), pytest.raises(LaunchError, match=f"pid {os.getpid()}"), runs.held("x"):
        pass
    with runs.held("x"):
        pass


def test_only_one_wizard_launches_a_plan() -> None:
    """Also in the moment before there is a run that could be held."""
    with runs.held_plan("abc"), pytest.raises(LaunchError, match="launching the same plan"), runs.held_plan("abc"):
        pass
    with runs.held_plan("abc"), runs.held_plan("def"):
        assert runs.load_all() == ()


def test_events_come_back_and_can_be_followed() -> None:
    """Whoever comes later sees the timeline; a cut last line is left out until it is whole."""
    _made("x")
    follower = events.follower("x")
    assert follower.new() == ()
    first = RunEvent(1.5, "start", "server started [/red] ü", "server", "h", State.STARTING)
    second = RunEvent(2.5, "ready", "it failed", is_problem=True)
    events.append("x", first)
    assert follower.new() == (first,)
    path = runs.folder("x") / "events.jsonl"
    with path.open("ab") as file:
        file.write(b'{"time": 3')
    assert follower.new() == ()
    with path.open("ab") as file:
        file.write(b"\nnoise\n")
    events.append("x", second)
    assert follower.new() == (second,)
    assert events.read("x") == (first, second)


def test_an_event_that_a_full_disk_cut_off_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as an error; the next one stands on a line of its own."""
    _made("x")
    first, second, third = (RunEvent(float(number), "start", f"number {number}") for number in range(3))
    events.append("x", first)
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
        with pytest.raises(OSError, match="No space left"):
            events.append("x", second)
    events.append("x", third)
    assert events.read("x") == (first, third)


def test_a_launch_that_is_left_after_its_server_failed_says_where_the_log_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Something was started, even if nothing of it is left."""
    run = run_of("a3-single")
    identity = Identity(pid=7, start_ticks=1, boot_id="b")
    over = [one.evolve(state=State.FAILED, identity=identity) for one in run.processes]
    outcome = Outcome(run.evolve(state=State.FAILED, processes=over), is_interrupted=True)
    assert launch._told(outcome, as_json=False) == ExitCode.INTERRUPTED
    said = capsys.readouterr().err
    assert f"`--monitor {run.name}` shows the logs" in said
    assert "nothing was started" not in said
