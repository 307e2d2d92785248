"""Every failure of the catalogue can be played, and the monitor tells which it was."""

import io
from pathlib import Path

import pytest

from tests.simulate.playing import ask, free_port, play, read, server
from wizard.knowledge.diagnoses import FailureKind, catalogue
from wizard.monitor.phases import READY
from wizard.simulate.standin.server.sglang import fault_lines, faults
from wizard.simulate.standin.server.sglang.log import Log
from wizard.simulate.standin.server.sglang.machine import memory, shape
from wizard.simulate.standin.server.sglang.options import given, parser
from wizard.simulate.standin.server.sglang.settings import settings
from wizard.simulate.standin.server.sglang.start import Failed, Start

WRAPPERS = {name for name, failure in catalogue().failures.items() if failure.kind is FailureKind.WRAPPER}
"""These only name a failure in a looser way; whoever played them would play one that has a story of its own."""


def started(fault: str, log: Path, *words: str) -> int | None:
    """Plays a start without a process; the exit code where the fault ended it."""
    asked = settings({})
    options = given(parser(asked.knowledge / "0.5.14.json", "x"), server("127.0.0.1", 1, tp_size=2) + list(words))
    form = shape(options)
    text = io.StringIO()
    start = Start(options, form, memory(options, form), log=Log(text), is_new=False)
    start.faults = faults.here(faults.asked(fault), options, {})
    try:
        start.run()
        for phase in ("serve", "request"):
            start.fail(phase)
        return None
    except Failed as failed:
        return failed.code
    finally:
        log.write_text(text.getvalue(), encoding="utf-8")


def test_the_catalogue_is_covered() -> None:
    """Neither a failure that cannot be played nor one that nobody knows."""
    assert set(fault_lines.STORIES) - WRAPPERS == set(catalogue().failures) - WRAPPERS


@pytest.mark.parametrize("name", sorted(set(fault_lines.STORIES) - {"port_in_use"}))
def test_a_played_failure_is_recognised(tmp_path: Path, name: str) -> None:
    """Whatever phase it belongs to."""
    log = tmp_path / "log"
    started(name, log)
    told = read(log).diagnosis
    assert told is not None
    assert told.id == catalogue().failures[name].id


@pytest.mark.parametrize("phase", ["init", "dist_init", "load_weights", "kv_cache", "graph_capture"])
def test_a_failure_happens_when_it_is_asked_for(tmp_path: Path, phase: str) -> None:
    """The monitor sees the phases up to that one; of the KV cache a server only tells when it is there."""
    log = tmp_path / "log"
    assert started(f"npu_oom@{phase}", log) == 137
    assert read(log).phase == ("load_weights" if phase == "kv_cache" else phase)


def test_where_and_condition() -> None:
    """A fault is for some process, and stays as long as its condition holds."""
    options = {"disaggregation_mode": "decode", "node_rank": 1, "port": 8003, "mem_fraction_static": 0.8}

    def count(text: str) -> int:
        return len(faults.here(faults.asked(text), options, {"HCCL_BUFFSIZE": "650"}))

    for text in ("exit", "exit:decode", "exit:rank-1", "exit:8003", "exit:decode/rank-1", "exit@serve:8003"):
        assert count(text) == 1, text
    for text in ("", "exit:prefill", "exit:router", "exit:decode/rank-0", "exit?mem-fraction-static>0.8"):
        assert count(text) == 0, text
    assert count("exit?mem-fraction-static>0.78, exit?HCCL_BUFFSIZE<800, exit?HCCL_BUFFSIZE<650") == 2
    assert count("exit?disable-cuda-graph=") == 1


@pytest.mark.parametrize("text", ["npu oom", "npu_oom@lunch", "npu_oom?x", "?"])
def test_what_is_no_fault_is_refused(text: str) -> None:
    """Rather than nothing happening."""
    with pytest.raises(ValueError, match=r"is no (fault|phase)"):
        faults.asked(text)


def test_a_failure_while_it_serves(tmp_path: Path) -> None:
    """The request gets an error, the server ends, the monitor knows why."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port), fault="kv_full_retract_crash") as played:
        played.until(READY)
        assert ask(f"http://127.0.0.1:{port}/generate", {"text": "x"})[0] in (0, 500)
        played.ended()
        told = played.reading().diagnosis
        assert told is not None
        assert told.id == "kv_full_retract_crash"


def test_a_server_that_ignores_term(tmp_path: Path) -> None:
    """It says so and goes on serving."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port), fault="ignore_term") as played:
        played.until(READY)
        played.process.terminate()
        played.until("it is ignored")
        assert ask(f"http://127.0.0.1:{port}/health")[0] == 200


def test_a_server_that_never_gets_ready_and_one_that_just_ends(tmp_path: Path) -> None:
    """The one is up and answers 503; the other leaves no word."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port), fault="never_ready") as played:
        played.until("Uvicorn running")
        assert ask(f"http://127.0.0.1:{port}/health")[0] == 503
    with play(tmp_path, *server("127.0.0.1", port), fault="exit@kv_cache") as played:
        assert played.ended() == 0 or played.process.returncode == 3
        assert played.reading().diagnosis is None


def test_rubbish_is_answered_in_good_health(tmp_path: Path) -> None:
    """What a check of health alone does not see."""
    port = free_port()
    with play(tmp_path, *server("127.0.0.1", port), fault="rubbish_answers") as played:
        played.until(READY)
        assert ask(f"http://127.0.0.1:{port}/health")[0] == 200
        status, answer = ask(f"http://127.0.0.1:{port}/generate", {"text": "The capital of France is"})
        assert (status, "Paris" in answer) == (200, False)
