"""A log that a process writes to again after it was started once more: the last start counts."""

import pytest

from tests.monitor.reading import read

S = "[2026-03-04 05:{minute:02d}:07] "
ARGS = "server_args=ServerArgs(model_path='/m', port={port}, node_rank={rank}, disaggregation_mode='{mode}')\n"
DECODE = (
    "Decode batch, #running-req: 2, #token: 9, token usage: 0.42, gen throughput (token/s): {rate}, #queue-req: 1\n"
)
CRASH = (
    "Scheduler hit an exception: Traceback (most recent call last):\n"
    '  File "/x/sglang/srt/managers/scheduler.py", line 1, in run\n    self.go()\n{exception}\n\n'
)
OOM = "RuntimeError: NPU out of memory. Tried to allocate 2 GiB"
ROUTER = "2026-03-04 05:{minute:02d}:07  INFO smg::server: src/server.rs:1: "


def begun(minute: int, port: int = 30000, rank: int = 0, mode: str = "null") -> str:
    """A start up to the weights."""
    at = S.format(minute=minute)
    args = ARGS.format(port=port, rank=rank, mode=mode)
    return f"{at}{args}{at}Init torch distributed begin.\n{at}Load weight begin. avail mem=60 GB\n"


def served(minute: int, rate: float) -> str:
    """What follows a start that goes well."""
    at = S.format(minute=minute)
    return f"{at}max_total_num_tokens=9\n{at}The server is fired up and ready to roll!\n{at}{DECODE.format(rate=rate)}"


def crashed(minute: int, exception: str = OOM) -> str:
    """The end of it."""
    return S.format(minute=minute) + CRASH.format(exception=exception) + "Killed\n"


@pytest.mark.parametrize("piece", [1 << 20, 97])
def test_a_start_after_a_failure_is_healthy(piece: int) -> None:
    """Nothing of the first is left, whether it had served or not."""
    for first in (begun(0) + crashed(1), begun(0) + served(1, 99.5) + crashed(2)):
        reading = read(first + begun(10) + served(11, 44.5), piece)
        assert reading.diagnosis is None
        assert (reading.ready, reading.throughput_tok_s) == (True, 44.5)
        again = read(first + begun(10), piece)
        assert (again.ready, again.last, again.diagnosis) == (False, None, None)
        assert again.phases == ("init", "dist_init", "load_weights")


def test_the_failure_of_the_last_start_is_told() -> None:
    """With its line in the whole file."""
    reading = read(
        begun(0) + crashed(1) + begun(10) + crashed(11, "ValueError: Cannot find the config file for modelslim")
    )
    assert reading.diagnosis is not None
    assert (reading.diagnosis.id, reading.diagnosis.root_line) == ("quant_config_missing", 16)
    assert reading.diagnosis.others == ()


def test_a_start_at_another_port_after_a_failure_is_the_same_server() -> None:
    """The operator changed it; a server that did not fail is another one."""
    bind = "ERROR:    [Errno 98] error while attempting to bind on address ('x', 30000): address already in use\n"
    assert read(begun(0) + S.format(minute=1) + bind + begun(10, 31000) + served(11, 44.5)).diagnosis is None
    two = read(begun(0) + served(1, 99.5) + begun(10, 31000))
    assert (two.ready, two.throughput_tok_s) == (True, 99.5)


def test_another_rank_or_role_in_the_same_file_begins_nothing_again() -> None:
    """Logs put together hold several starts."""
    for other in (begun(10, rank=1), begun(10, mode="decode")):
        reading = read(begun(0) + served(1, 99.5) + crashed(2) + other)
        assert reading.ready
        assert reading.diagnosis is not None


def test_a_start_is_noticed_though_the_log_tells_no_arguments() -> None:
    """Its beginning may have been cut off, or the first start with it."""
    at = S.format(minute=10)
    assert not read(served(1, 99.5) + f"{at}Init torch distributed begin.\n").ready
    assert not read(served(1, 99.5) + begun(10)).ready
    assert read(begun(0) + served(1, 99.5) + f"{at}Init torch distributed begin.\n").ready  # a draft model may say so


def test_a_prompt_about_a_start_is_none() -> None:
    """Users paste logs as well."""
    at = S.format(minute=10)
    pasted = (
        f"{at}Receive: obj=GenerateReqInput(rid='7', text='why? {ARGS.format(port=30000, rank=0, mode='null')[:-1]}')\n"
    )
    assert read(begun(0) + served(1, 99.5) + pasted).throughput_tok_s == 99.5
    started = begun(0) + served(1, 99.5) + crashed(2)
    assert read(started + pasted).diagnosis is not None


def test_a_router_that_is_started_again_has_no_workers_yet() -> None:
    """It registers them anew."""
    at = ROUTER.format(minute=0)
    start = f"{at}Starting router on 127.0.0.1:1 | mode: Regular\n"
    assert read(f"{start}{at}Activated 1 worker(s)\n").ready
    assert not read(f"{start}{at}Activated 1 worker(s)\n{start}").ready
