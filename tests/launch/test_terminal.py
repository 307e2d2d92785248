"""A launch on a terminal: one line a process, and a question about what is to become of what was started."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.launch.cluster import Cluster, command, only_run, stopped
from tests.terminals import OnPty, on_terminal
from wizard.launch import live
from wizard.model.run import Run, State

pytestmark = [pytest.mark.ssh, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
QUESTION = b"No leaves it running [y/N]"


@contextmanager
def launching(cluster: Cluster) -> Iterator[OnPty]:
    """Two ranks on two hosts, launched on a terminal of its own; killed when the block ends."""
    for number in range(2):
        cluster.boot(number)
    with on_terminal(command(cluster, "a3-multi"), size=(100, 30), folder=ROOT) as seen:
        yield seen


def left(cluster: Cluster) -> Run:
    """The run with what is true of it now."""
    run = live.live(only_run())
    assert bool(cluster.servers()) is (run.state is not State.STOPPED)
    return run


@pytest.mark.parametrize(("answer", "state"), [("y", State.STOPPED), ("", State.STARTING), ("\x03", State.STARTING)])
def test_ctrl_c_asks_whether_to_stop_what_was_started(cluster: Cluster, answer: str, state: State) -> None:
    """Yes stops it; Enter, and Ctrl-C once more, leave it running, and how to stop it is said."""
    cluster.fault("server-rank0", "hold-load")
    with launching(cluster) as seen:
        seen.until(b"loading weights")
        for word in (b"process", b"phase", b"server-rank0", b"server-rank1", b"starting", b" 0:0"):
            assert word in seen.seen
        seen.press("\x03")
        seen.until(QUESTION)
        assert b"what was started goes on" in seen.seen
        assert b"stop what was started (server-rank0, server-rank1)?" in seen.seen
        seen.press(f"{answer}\r" if answer != "\x03" else answer)
        if state is not State.STOPPED:
            seen.until(f"--stop {only_run().name}".encode())
        assert seen.ended() == 4
    assert left(cluster).state is state
    cluster.fault("server-rank0")
    stopped(only_run())


def test_after_a_failure_the_rest_is_stopped_where_one_says_so(cluster: Cluster) -> None:
    """What failed is named with its last words before it is asked; the exit code is that of a failure."""
    cluster.fault("server-rank0", "hold-load")
    cluster.fault("server-rank1", "die-load")
    with launching(cluster) as seen:
        seen.until(QUESTION)
        for word in (
            b"exit status 3",
            b"server-rank1 | ",
            b"NPU out of memory",
            b"stop what was started (server-rank0)?",
        ):
            assert word in seen.seen
        seen.press("y\r")
        seen.until(b"its ports are closed")
        assert seen.ended() == 1
    assert left(cluster).state is State.STOPPED
