"""The shell of this machine: what scripts say arrives exactly, limits hold, nothing is left behind."""

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.waiting import eventually
from wizard import reach
from wizard.reach import TIMED_OUT, LocalShell


def is_running(word: str) -> bool:
    """Whether a process has the word on its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in words and int(folder.name) != os.getpid():
            return True
    return False


def test_output_errors_and_status_arrive_apart() -> None:
    """A last line without an end stays without."""
    assert LocalShell().run("printf out; echo wrong >&2; exit 3", limit_s=5) == (3, b"out", "wrong\n", None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=3000))
def test_a_script_reads_and_prints_any_bytes(data: bytes) -> None:
    """What is handed in as stdin comes out as it was."""
    assert LocalShell().run("cat", limit_s=5, stdin=data or b"x").output == (data or b"x")


def test_a_script_may_be_large_and_say_much() -> None:
    """More than a pipe holds, in both directions at once."""
    comment = "# " + "x" * 300_000
    answer = LocalShell().run(f"{comment}\nhead -c 3000000 /dev/zero; head -c 200000 /dev/zero >&2", limit_s=20)
    assert (answer.code, len(answer.output), len(answer.errors)) == (0, 3_000_000, 200_000)


def test_the_limit_holds_and_leaves_nothing() -> None:
    """What was said before the limit is kept; the rest is ended, in whatever group it runs."""
    started = time.monotonic()
    script = 'echo first\n(trap "" TERM; sleep 41.97) & timeout 60 sleep 42.97\n'
    answer = LocalShell("h").run(script, limit_s=0.7)
    assert (answer.code, answer.text, answer.fault and answer.fault.kind) == (None, "first\n", TIMED_OUT)
    assert time.monotonic() - started < 30, "it did not wait for what sleeps"
    assert eventually(lambda: not is_running("41.97"))
    assert eventually(lambda: not is_running("42.97"))


def test_a_script_that_ends_does_not_wait_for_what_it_left_in_the_background() -> None:
    """And what it left is ended."""
    started = time.monotonic()
    assert LocalShell().run("sleep 43.97 & echo done", limit_s=20).text == "done\n"
    assert time.monotonic() - started < 15
    assert eventually(lambda: not is_running("43.97"))


def test_a_session_of_its_own_outlives_the_script(tmp_path: Path) -> None:
    """That is how a server is started."""
    pid = tmp_path / "pid"
    LocalShell().run(f"setsid -f sh -c 'echo $$ >{pid}.new; mv {pid}.new {pid}; exec sleep 44.97'", limit_s=5)
    assert eventually(pid.exists)
    assert eventually(lambda: is_running("44.97"))
    os.kill(int(pid.read_text(encoding="ascii")), 9)


def test_variables_are_added() -> None:
    """A pretended host has a PATH of its own; everything else stays."""
    answer = LocalShell(environment={"PATH": "/pretended:/usr/bin:/bin"}).run('echo "$PATH"; echo "$HOME"', limit_s=5)
    assert answer.text.splitlines() == ["/pretended:/usr/bin:/bin", os.environ["HOME"]]


def test_everything_that_is_asked_can_be_ended_at_once() -> None:
    """For an operator who does not want to wait."""
    said: list[reach.Answer] = []
    thread = threading.Thread(target=lambda: said.append(LocalShell().run("sleep 45.97", limit_s=40)))
    thread.start()
    assert eventually(lambda: is_running("45.97"))
    reach.end_all()
    thread.join(30)
    assert said


def test_a_stream_goes_on_until_it_is_closed(tmp_path: Path) -> None:
    """Lines come as they are written; afterwards no reader is left."""
    log = tmp_path / "46.97.log"
    log.write_bytes(b"one\n")
    with LocalShell().open(f"exec tail -n +1 -F '{log}'") as stream:
        assert stream.read() == b"one\n"
        with log.open("ab") as more:
            more.write(b"two\n")
        assert stream.read() == b"two\n"
        assert stream.poll() is None
        assert stream.fault is None
    assert eventually(lambda: not is_running("46.97.log"))


def test_a_stream_that_was_forgotten_is_ended() -> None:
    """Nothing runs on, and nothing stays open; it is said, so that no test overlooks whoever forgets one."""
    streams = [LocalShell().open("exec sleep 97.46")]
    assert eventually(lambda: is_running("97.46"))
    with pytest.warns(ResourceWarning, match="never closed"):
        streams.clear()
    assert eventually(lambda: not is_running("97.46"))


def test_a_stream_that_ends_says_so() -> None:
    """At its end reads are empty, and its status is the script's."""
    with LocalShell().open("echo last; echo wrong >&2; exit 7") as stream:
        said = b""
        while piece := stream.read():
            said += piece
        assert said == b"last\n"
        assert eventually(lambda: stream.poll() == 7)
        assert stream.errors == "wrong\n"
        assert stream.fault is None


def test_closing_ends_what_is_running() -> None:
    """For whoever stops waiting: the answer comes at once, and nothing is left."""
    shell = LocalShell()
    said: list[reach.Answer] = []
    thread = threading.Thread(target=lambda: said.append(shell.run("echo first; sleep 47.97", limit_s=30)))
    thread.start()
    assert eventually(lambda: is_running("47.97"))
    shell.close()
    thread.join(5)
    assert said
    assert said[0].code != 0
    assert eventually(lambda: not is_running("47.97"))
