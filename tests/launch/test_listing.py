"""--runs with hosts that are dead, slow or well: each asked once at a time, side by side, and how old the rest is."""

import json
import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest

from tests.launch.making import run_of
from wizard import cli
from wizard.launch import listing, runs
from wizard.model.hardware import Fault
from wizard.model.run import Identity, Run, State
from wizard.reach import Answer

BOOT = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
WELL = (
    f"boot {BOOT}\nprocess server\npid 100 5000 {BOOT}\nstat S 1 100 100 5000 python3\n"
    "answer server 200\nlistener 8000 00000000 100 5000 python3 100 1\n"
)


class Shell:
    """A host that answers as it is told, and counts how often it was asked."""

    asked: ClassVar[Counter[str]] = Counter()
    meeting = threading.Barrier(1)

    def __init__(self, address: str) -> None:
        self.address = address

    def run(self, script: str, *, limit_s: float, stdin: bytes = b"") -> Answer:
        self.asked[self.address] += 1
        self.meeting.wait(20)
        if self.address == "10.0.0.9":
            return Answer(None, b"", fault=Fault("timeout_connect", "10.0.0.9 does not answer", "is it up?"))
        return Answer(0, WELL.encode())

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(Shell, "asked", Counter())


def made(name: str, address: str, state: State = State.READY) -> Run:
    run = run_of("a3-single", {"hosts": address}).evolve(name=name, state=state)
    one = Identity(pid=100, start_ticks=5000, boot_id=BOOT)
    return runs.create(run.evolve(processes=(run.processes[0].evolve(identity=one, state=state, folder="/s"),)), {})


def asked(known: tuple[Run, ...]) -> dict[str, listing.Listed]:
    found = listing.listed(known, lambda address, _: Shell(address))  # type: ignore[arg-type,return-value]
    assert [one.run.name for one in found] == [run.name for run in known]
    return {one.run.name: one for one in found}


def test_a_dead_host_is_asked_once_for_all_its_runs() -> None:
    """The others are told; what is known of the dead one, and how old that is."""
    for number in range(6):
        made(f"dead-{number}", "10.0.0.9")
        made(f"well-{number}", "10.0.0.1")
    record = runs.folder("dead-3") / runs.RECORD
    os.utime(record, (record.stat().st_atime, record.stat().st_mtime - 3 * 3600))
    found = asked(runs.load_all())
    assert Shell.asked == {"10.0.0.9": 1, "10.0.0.1": 6}
    assert {one.run.state for name, one in found.items() if name.startswith("well")} == {State.READY}
    lost = found["dead-3"].run
    assert lost.state is State.LOST
    assert lost.processes[0].detail == "could not ask its host: 10.0.0.9 does not answer; ready 3 h ago"
    assert found["dead-3"].last["server"].state is State.READY


def test_hosts_are_asked_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three that wait for one another all answer."""
    monkeypatch.setattr(Shell, "meeting", threading.Barrier(3))
    for number in range(1, 4):
        made(f"run-{number}", f"10.0.0.{number}")
    assert {one.run.state for one in asked(runs.load_all()).values()} == {State.READY}


def test_what_was_seen_last_is_remembered() -> None:
    """The record says starting; a list since then saw it ready; then its host is gone."""
    run = made("x", "10.0.0.1", State.STARTING)
    record = runs.folder("x") / runs.RECORD
    os.utime(record, (record.stat().st_atime, record.stat().st_mtime - 60))
    assert asked((run,))["x"].run.state is State.READY
    gone = run.evolve(processes=(run.processes[0].evolve(address="10.0.0.9"),))
    assert re.search(r"; ready \d+ s ago", asked((gone,))["x"].run.processes[0].detail)
    (runs.folder("x") / "seen.json").write_text('{"server": {"state": 7}}', encoding="utf-8")
    assert re.search(r"; starting \d+ s ago", asked((gone,))["x"].run.processes[0].detail)


def test_a_stopped_run_is_not_asked_about() -> None:
    """Nothing of it is left anywhere."""
    assert asked((made("x", "10.0.0.9", State.STOPPED),))["x"].run.state is State.STOPPED
    assert not Shell.asked


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (720, "12 min"), (7200, "2 h"), (2e5, "2 days")]
)
def test_ages_are_told_in_one_unit(seconds: float, words: str) -> None:
    """Coarse is enough."""
    assert listing.ago(seconds) == words


def test_two_runs_are_compared_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    """Settings, facts of the hosts, times of the start and the newest benchmark that came to its end."""
    for name, number, tokens in (("a", "64", 1000.0), ("b", "48", 1100.0)):
        run = run_of("a3-single", {"hosts": "10.0.0.1", "set": f"max-running-requests={number}"})
        process = run.processes[0].evolve(times={"ready": 735.0 if name == "a" else 700.0})
        facts = {"10.0.0.1": {"driver": "25.2.0", "image": f"sha256:{name}"}}
        runs.create(run.evolve(name=name, processes=(process,), facts=facts, state=State.STOPPED), {})
        for at, error, value in (("20261126-031200", None, tokens), ("20261126-041200", "exit 1", 1.0)):
            data = {"error": error, "at": "2026-11-26T03:12:00+00:00", "host": "10.0.0.1"}
            text = json.dumps(data | {"result": {"output_tok_s": value}})
            (runs.folder(name) / f"benchmark-{at}.json").write_text(text, encoding="utf-8")
    assert cli.main(["--runs", "--diff", "a", "b", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == ["a", "b"]
    assert found["changes"] == [
        {"where": "server", "kind": "option", "name": "max-running-requests", "before": "64", "after": "48"},
        {"where": "10.0.0.1", "kind": "fact", "name": "image", "before": "sha256:a", "after": "sha256:b"},
    ]
    assert found["figures"] == [
        {"name": "start of server, ready (s)", "before": 735.0, "after": 700.0, "change_pct": -4.8},
        {"name": "benchmark: output_tok_s", "before": 1000.0, "after": 1100.0, "change_pct": 10.0},
    ]
    assert cli.main(["--runs", "--diff", "a", "b", "--no-color"]) == 0
    text = capsys.readouterr().out
    assert "max-running-requests" in text
    assert "+10.0 %" in text
    assert cli.main(["--runs", "--diff", "a", "a"]) == 0
    assert "nothing was set differently" in capsys.readouterr().out
    assert cli.main(["--runs", "--diff", "a", "nosuch"]) == 2
    assert "there is no run `nosuch`" in capsys.readouterr().err


def test_the_list_pins_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Image id, release, driver and fingerprint of the weights, as scripts read them; unknown is empty or null."""
    run = made("x", "10.0.0.1", State.STOPPED)
    facts = {
        "10.0.0.1": {"driver": "25.2.0", "image": "sha256:aa", "weights": "beef"},
        "10.0.0.2": {"driver": "25.2.0"},
    }
    runs.save(run.evolve(facts=facts, image="sglang:cann"))
    made("y", "10.0.0.1", State.STOPPED)
    assert cli.main(["--runs", "--json"]) == 0
    found = {one["run"]: one for one in json.loads(capsys.readouterr().out)["runs"]}
    assert found["x"]["image"] == "sglang:cann"
    assert found["x"]["image_ids"] == ["sha256:aa"]
    assert found["x"]["drivers"] == ["25.2.0"]
    assert found["x"]["weights_fingerprints"] == ["beef"]
    assert found["x"]["release"] == run.release
    assert (found["y"]["image_ids"], found["y"]["weights"]) == ([], run.weights or None)
