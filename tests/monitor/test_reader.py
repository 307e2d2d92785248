"""What a log says: phases, readiness, figures, roles; and that no bytes upset the reader."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.monitor.reading import read
from wizard.monitor.phases import Phase
from wizard.monitor.reader import LogReader, Reading
from wizard.monitor.view import phase_words

SAMPLES = Path(__file__).parents[2].parent / "shared" / "reference" / "logs"
S = "[2026-03-04 05:06:07] "
DECODE = (
    "[2026-03-04 05:06:07 DP{dp} TP{dp}] Decode batch, #running-req: {n}, #token: 90, token usage: 0.5{dp}, "
    "npu graph: True, gen throughput (token/s): 10{n}.5, #queue-req: {dp}{tail}\n"
)
PREFILL = "[2026-03-04 05:06:07] Prefill batch, #new-seq: 1, #new-token: 9, #cached-token: 0, token usage: 0.25, "
SERVER = (
    S + "server_args={{'disaggregation_mode': '{mode}', 'node_rank': {rank}}}\n"
    f"{S}Init torch distributed begin.\n{S}Load weight begin. avail mem=60 GB\n{S}KV Cache is allocated. #tokens: 1\n"
    f"{S}Capture npu graph begin. This can take long\n{S}max_total_num_tokens=9, context_len=4\n"
)
START = SERVER.format(mode="null", rank=0)
READY = f"{S}The server is fired up and ready to roll!\n"
ROUTER = "2026-03-04 05:06:07  INFO smg::server: src/server.rs:1: "


def figures(reading: Reading) -> tuple[float | None, ...]:
    """Throughput, running, queued, usage."""
    last = reading.last
    if last is None:
        return (None,) * 4
    return (reading.throughput_tok_s, last.running_req, last.queue_req, last.token_usage)


def test_phases_are_told_in_order_and_never_go_back() -> None:
    """A draft model loads and captures again after the first capture."""
    draft = f"{S}Init torch distributed begin.\n{S}Load weight begin. avail mem=6 GB\n"
    reading = read(START.replace("max_total", draft.removeprefix(S) + S + "max_total", 1) + READY)
    assert reading.phases == ("init", "dist_init", "load_weights", "kv_cache", "graph_capture", "serve")
    assert (reading.ready, reading.ready_line, reading.phase) == (True, 9, "serve")


def test_phases_of_the_newer_release() -> None:
    """0.5.23 words them differently."""
    text = (
        f"{S}Init parallel begin.\n{S}Init parallel ends. elapsed=0.04 s\n{S}Load weight end. elapsed=1 s, type=X\n"
        f"{S}KV Cache is allocated. dtype: torch.bfloat16, #tokens: 1, KV size: 1 GB\n"
        f"{S}Capture target decode NPU graph begin. backend=full, num_tokens_per_req=1, avail mem=8 GB\n"
    )
    assert read(text).phases == ("dist_init", "load_weights", "kv_cache", "graph_capture")


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", "no lines yet"),
        ("hello\n", "phase unknown"),
        (START, "warming up"),
        (f"{ROUTER}Starting router on 10.0.0.1:1\n{ROUTER}Activated 1 worker(s)\n", "taking in the servers"),
        (START + READY, "ready"),
    ],
)  # fmt: skip
def test_what_a_process_is_doing_is_said_of_what_it_is(log: str, words: str) -> None:
    """A router warms nothing up, and of a log that tells no phase none is made up."""
    reading = read(log.encode())
    is_router = reading.role == "router"
    assert phase_words(reading._replace(phase="serve", ready=False) if is_router else reading) == words


def test_a_warm_up_is_not_ready_yet() -> None:
    """Neither the port nor the warm-up request says that the server serves."""
    warm = f"{S}INFO:     Uvicorn running on http://127.0.0.1:1\n{PREFILL}#running-req: 0, #queue-req: 0, \n"
    reading = read(START + warm)
    assert (reading.ready, reading.ready_line, figures(reading)) == (False, None, (None, 0, 0, 0.25))
    assert read(PREFILL + "#running-req: 0, #queue-req: 0, \n").ready


def test_another_node_serves_without_saying_so() -> None:
    """Only the first node prints the ready line."""
    reading = read(SERVER.format(mode="null", rank=1))
    assert (reading.ready, reading.ready_line) == (True, None)
    assert not read(START).ready


@pytest.mark.parametrize("piece", [1, 7, 100, 1 << 20])
def test_figures_are_those_of_the_last_line_and_summed_over_ranks(piece: int) -> None:
    """The latest line of each rank counts once; a line that is cut off does not count."""
    lines = [DECODE.format(dp=dp, n=n, tail=", ") for n in (1, 2) for dp in (0, 1, 2)]
    reading = read("".join(lines) + lines[0][:150], piece)
    assert figures(reading) == (102.5, 2, 2, 0.52)
    assert reading.instance is not None
    assert reading.instance._asdict() == {
        "dp_ranks": 3, "throughput_tok_s": 307.5, "running_req": 6, "queue_req": 3,
    }  # fmt: skip
    assert reading.lines == 7


FIELDS = [
    (("Decode batch, #running-req: 3, #full token: 9, full token usage: 0.40, #swa token: 1, swa token usage: 0.90, "
     "cuda graph: False, gen throughput (token/s): 8.00, #queue-req: 1"), (8.0, 3, 1, 0.4)),
    (("Decode batch, #running-req: 3, #full token: 9, full token usage: 0.40, mamba num: 1, mamba usage: 0.90, "
     "npu graph: True, gen throughput (token/s): 8.00, #queue-req: 1"), (8.0, 3, 1, 0.4)),
    (("Decode batch, #running-req: 3, #gpu token: 9, gpu token usage: 0.40, #cpu token: 1, cpu token usage: 0.90, "
     "npu graph: True, gen throughput (token/s): 8.00, #queue-req: 1, fwd occupancy: 20.00%"), (8.0, 3, 1, 0.4)),
    (("Decode batch [77], #running-req: 3, #token: 9, token usage: 0.40, accept len: 2.5, accept rate: 0.8, "
     "block accept len: 9, cpu graph: True, gen throughput (token/s): 8.00, #queue-req: 1, e: 1"), (8.0, 3, 1, 0.4)),
    (("Prefill batch, #new-seq: 1, #new-token: 9, #cached-token: 0, token usage: 0.40, #running-req: 3, #queue-req: 1, "
     "#bootstrap-req: 2, #inflight-req: 4, npu graph: False, input throughput (token/s): 8.00"), (8.0, 3, 1, 0.4)),
    ("Prefill batch, #new-seq: 1, #new-token: 9, #cached-token: 0, token usage: 0.40, #running-req: 3, #queue-req: 1, ",
     (None, 3, 1, 0.4)),
]  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), FIELDS)
@pytest.mark.parametrize(
    "before", ["[2026-03-04 05:06:07 TP0] ", "[2026-03-04 05:06:07.123 DP1 PP0 TP1 EP1] ", "x:9:[2026-03-04 05:06:07] "]
)
def test_batch_lines_of_all_releases(message: str, expected: tuple[float | None, ...], before: str) -> None:
    """Throughput, running, queued and usage, whatever else a line carries."""
    assert figures(read(f"{before}{message}\n")) == expected


def test_roles_are_told_by_arguments_queues_or_the_routers_name() -> None:
    """And nothing is guessed about text that is no log of SGLang."""
    assert read(SERVER.format(mode="decode", rank=0)).role == "decode"
    assert read(START).role == "single"
    assert read(f"{S}{FIELDS[4][0]}\n").role == "prefill"
    assert read(DECODE.format(dp=0, n=1, tail="").replace("npu graph", "#transfer-req: 1, npu graph")).role == "decode"
    assert read(f"{ROUTER}Starting router on 127.0.0.1:1 | mode: Regular\n").role == "router"
    assert read("launch_router.py: error: ambiguous option: --prefil\n").role == "router"
    assert read("hello\nworld\n").role is None
    assert read("").role is None


def test_unknown_is_none_and_never_zero() -> None:
    """A log without a batch line has no figures."""
    reading = read(START)
    assert (reading.last, reading.instance, reading.throughput_tok_s, reading.diagnosis) == (None,) * 4


def test_progress_of_loading_sits_on_one_line_between_carriage_returns() -> None:
    """The last state counts; ranks that are through are counted."""
    reader = LogReader()
    state = "\rMulti-thread loading shards:  {}% Completed | {}/4 [00:0{}<00:0{},  1.0s/it]"
    bar = state.format(25, 1, 1, 3) + state.format(50, 2, 2, 2) + "\n"
    reader.feed(
        f"{S[:-2]} TP0] Load weight begin. avail mem=1\n{S[:-2]} TP1] Load weight begin. avail mem=1\n{bar}".encode()
    )
    assert tuple(reader.phases.progress or ()) == ("load_weights", 2, 4, 2.0)
    reader.feed(f"{S[:-2]} TP1] Load weight end. type=X\n".encode())
    assert reader.phases.ranks(Phase.LOAD_WEIGHTS) == (2, 1)


def test_progress_is_told_while_its_line_still_grows() -> None:
    """In a file the bar is one line, which ends only when all is loaded."""
    reader = LogReader()
    reader.feed(f"{S}Load weight begin. avail mem=1\n".encode())
    for done in (1, 2, 3):
        reader.feed(f"\rMulti-thread loading shards:  {done}% Completed | {done}/4 [00:01<00:03,  1.0s/it]".encode())
        assert reader.reading().progress == ("load_weights", done, 4, 3.0)


def test_time_left_of_a_capture_is_not_taken_from_its_slow_start() -> None:
    """The first, largest batch takes eighteen seconds, each later one takes one."""
    reader = LogReader()
    reader.feed(b"Capturing batches (bs=192 avail_mem=7.95 GB):  11%|#         | 1/9 [00:18<02:29, 18.71s/it]\n")
    assert tuple(reader.phases.progress or ()) == ("graph_capture", 1, 9, None)
    reader.feed(b"Capturing batches (bs=172 avail_mem=6.40 GB):  33%|###       | 3/9 [00:20<00:35,  5.99s/it]\n")
    assert tuple(reader.phases.progress or ()) == ("graph_capture", 3, 9, 6.0)


def test_answers_are_counted_by_status() -> None:
    """With and without a time stamp."""
    lines = [
        f'{before}INFO:     127.0.0.1:4 - "POST /v1/x HTTP/1.1" {status}\n'
        for before in (S, "")
        for status in ("200 OK", "500 Internal Server Error")
    ]
    assert read("".join(lines)).requests == (("200", 2), ("500", 2))


def test_a_router_is_ready_when_every_role_has_a_worker() -> None:
    """Being up with no workers is not ready."""
    start = f"{ROUTER}Starting router on 127.0.0.1:1 | mode: PrefillDecode {{ }}\n{ROUTER}Router ready | workers: []\n"
    why = "Both HTTP and gRPC health checks failed for x: 503 Service Unavailable"
    failing = f'{ROUTER}Step failed instance_id=a1 error="{why}" will_retry=true\n'
    one = f"{ROUTER}Activated 1 worker(s) (marked as healthy)\n"
    assert not read(start + failing + one).ready
    reading = read(start + failing + one + one)
    assert (reading.ready, reading.ready_line, reading.phases, reading.diagnosis) == (True, 5, ("init", "serve"), None)


def test_a_router_that_gave_up_quotes_the_first_attempt_of_that_worker() -> None:
    """Other workers were retried as well, and came up."""
    step = '{r}Step failed instance_id={i} error="Both HTTP and gRPC health checks failed for x" will_retry=true\n'
    log = (
        f"{ROUTER}Starting router on 127.0.0.1:1 | mode: Regular\n" + step.format(r=ROUTER, i="good")
        + step.format(r=ROUTER, i="bad") + f"{ROUTER}Workflow completed instance_id=good\n"
        + f"{ROUTER}Activated 1 worker(s)\n{ROUTER}Workflow failed instance_id=bad failed_step=detect_connection_mode\n"
    )  # fmt: skip
    coloured = read(log.replace("INFO", "\x1b[32m INFO\x1b[0m"))
    for reading, ready in ((coloured, True), (read(log.replace(f"{ROUTER}Activated 1 worker(s)\n", "")), False)):
        assert reading.diagnosis is not None
        assert (reading.diagnosis.id, reading.diagnosis.root_line, reading.ready) == ("router_no_workers", 3, ready)


def test_long_lines_and_long_unfinished_lines_are_kept_within_bounds() -> None:
    """A megabyte without a line feed, and a failure at its end."""
    reading = read(b"x" * 1_000_000 + b" NPU out of memory. Tried to allocate\n" + b"y" * 9_000_000, 65536)
    assert reading.lines == 2
    assert reading.diagnosis is not None
    assert len(reading.diagnosis.text) < 20_000
    reader = LogReader()
    for _ in range(20):
        reader.feed(b"z" * 1_000_000)
    assert len(reader._unfinished) <= 5_000_000


@pytest.mark.parametrize("words", ["rror aclrtMalloc ", "SMEM ", "no_available_workers ", "rror HYBM IpcOpenMemory "])
def test_words_of_a_signature_over_and_over_do_not_stop_the_reader(words: str) -> None:
    """Whoever asks something can write them into the log."""
    began = time.process_time()
    read((words * (16_000 // len(words)) + "\n").encode())
    assert time.process_time() - began < 5


def test_a_failure_at_the_very_end_is_seen_before_the_log_goes_on() -> None:
    """A log that is being written tells what it says so far."""
    reader = LogReader()
    reader.feed(
        b"[2026-03-04 05:06:07] Scheduler hit an exception: Traceback (most recent call last):\n  x\nKeyError: 1\n"
    )
    told = reader.reading().diagnosis
    assert told is not None
    assert (told.id, told.root_line) == ("sched_exception", 3)


PIECES = [
    DECODE.format(dp=1, n=1, tail=""), START, READY, "\x1b[31mred\x1b[0m\n", "Traceback (most recent call last):\n",
    "  File x\n", "ValueError: NPU out of memory\n", "\r10%\r20%\n", "2026-03-04T05:06:07Z ",
    f"{ROUTER}Workflow failed instance_id=a\n",
    "[rank0]:[W107 07:00:29.2 x.ts:1] Warning\n", "EI0006: x\n", "[/red] [a=1]\n", "\x00\n", "\x1b]8;;x", "\x9b31m\n",
    '[2026-03-04 05:06:07] INFO:     1 - "', 'INFO:     - " \x80', "Capturing batches (x): 1%|x| 1/0 [99:99<??",
    "Decode batch, #running-req: 1e9",
]  # fmt: skip
LOGS = st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([piece.encode() for piece in PIECES]))).map(b"".join)


@given(LOGS, st.integers(min_value=1, max_value=60))
@settings(max_examples=150, deadline=None)
def test_any_bytes_in_any_pieces_say_the_same_and_upset_nothing(data: bytes, piece: int) -> None:
    """Never an exception, and lines are counted at line feeds only."""
    whole = read(data)
    assert read(data, piece) == whole
    assert whole.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the labelled samples are not part of the project")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_labelled_samples(path: Path) -> None:
    """Phases, readiness, figures, diagnosis and its line are those an expert gave."""
    expected = json.loads(path.read_text(encoding="utf-8"))
    reading = read(path.with_suffix(".log").read_bytes())
    told, last, sums = reading.diagnosis, reading.last, reading.instance
    got = {
        "role": reading.role,
        "ready": reading.ready,
        "ready_line": reading.ready_line,
        "phases": list(reading.phases),
        "last_throughput_tok_s": reading.throughput_tok_s,
        "last_running_req": last.running_req if last else None,
        "last_queue_req": last.queue_req if last else None,
        "last_token_usage": last.token_usage if last else None,
        "accept_len": last.accept_len if last else None,
        "diagnosis": told.id if told else None,
        "root_line": told.root_line if told else None,
        "lines": reading.lines,
        "dp_ranks_seen": sums.dp_ranks if sums else None,
        "sum_latest_per_dp_throughput": sums.throughput_tok_s if sums else None,
        "sum_latest_per_dp_running": sums.running_req if sums else None,
    }
    assert {key: value for key, value in got.items() if key in expected} == {
        key: value for key, value in expected.items() if key in got
    }


@pytest.mark.parametrize(
    "wrapped",
    [
        "2026-01-01T01:02:03.123456Z {}",
        "2026-01-01T01:02:03.123456+08:00 stdout F {}",
        "(SGLangEngine pid=12) {}",
        "server-1  | {}",
        "\x1b[32m{}\x1b[0m",
        "{}\r",
    ],
)
def test_whoever_carried_the_log_changes_nothing(wrapped: str) -> None:
    """Container runtimes, Ray, colours and foreign line ends."""
    trace = "Scheduler hit an exception: Traceback (most recent call last):\n  File x\nKeyError: 1\n"
    log = START + "".join(DECODE.format(dp=dp, n=7, tail="") for dp in (0, 1)) + S + trace
    carried = read("".join(wrapped.format(line) + "\n" for line in log.splitlines()))
    plain = read(log)
    for reading in (carried, plain):
        assert reading.diagnosis is not None
        assert (reading.diagnosis.id, reading.diagnosis.root_line) == ("sched_exception", 11)
    assert carried._replace(diagnosis=None, last=None) == plain._replace(diagnosis=None, last=None)
    assert figures(carried) == figures(plain)
