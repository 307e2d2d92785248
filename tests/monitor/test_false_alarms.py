# ruff: noqa: E501 (lines of logs stand as they are)
"""Healthy logs full of frightening words, and reports that are carried in unusual ways."""

import json

import pytest

from tests.monitor.reading import found, read
from wizard.monitor.reader import LogReader

S = "[2026-03-04 05:06:07] "
READY = f"{S}The server is fired up and ready to roll!\n"
FRAMES = '  File "/x/sglang/srt/x.py", line 1, in run\n    self.go()\n'
TRACE = "Traceback (most recent call last):\n" + FRAMES
OOM = "RuntimeError: NPU out of memory. Tried to allocate 2 GiB"


QUIET = [
    f"{S}Receive: obj=GenerateReqInput(rid='7', text='Traceback (most recent call last): {OOM} EI0006')\n",
    f"{S}Receive: obj=GenerateReqInput(rid='7', text='please mend:\n{TRACE}OSError: Address already in use\n', n=1)\n",
    f"{S}Finish: obj=GenerateReqInput(rid='7'), out={{'text': 'No such container: x'}}\n",
    f'{S}{{"error": {{"message": "{OOM}", "type": "BadRequest"}}}}\n',
    f'data: {{"id": "7", "object": "text_completion", "text": "{OOM}"}}\n',
    f"{S}Can not initialize OpenAIServingResponses, error: {TRACE}ModuleNotFoundError: No module named 'harmony'\n\n",
    f"{S}TokenizerManager watchdog timeout (self.watchdog_timeout=300, self.soft=True)\n",
    f"{S}Beam search group aborted: KV cache pool is full. Beam members were let go\n",
    f"{S}The input (300000 tokens) is longer than the model's context length (9 tokens). Truncating the input.\n",
    f"{S}Mooncake's tensor allocator requires mooncake >= 0.3.8. Please upgrade Mooncake. Fallback to the default\n",
    f'{S}INFO:     10.0.0.9:1 - "GET /no_such_container/error_timeout HTTP/1.1" 404 Not Found\n',
    'INFO:     10.0.0.9:1 - "POST /v1/chat/completions HTTP/1.1" 400 Bad Request\n',
]  # fmt: skip


@pytest.mark.parametrize("text", QUIET)
def test_what_only_sounds_like_a_failure_is_none(text: str) -> None:
    """Neither while the server starts nor while it serves; what fails after it is still seen."""
    assert found(text) is None
    assert found(READY + text + f"{S}hello\n") is None
    after = READY + text + f"{S}Scheduler hit an exception: {TRACE}{OOM}\n"
    assert found(after) == ("npu_oom", len(after.splitlines()))


def test_a_pool_that_is_full_is_a_warning_in_old_words_as_well() -> None:
    """Requests are set aside, the service goes on."""
    told = read(
        f"{READY}{S}Decode out of memory happened. #retracted_reqs: 1, #new_token_ratio: 0.1 -> 0.9\n"
    ).diagnosis
    assert told is not None
    assert (told.id, told.is_failure) == ("kv_pressure", False)


def test_a_launcher_that_kills_its_tree_does_not_hide_what_failed() -> None:
    """``Killed`` right below a traceback is no part of it."""
    assert found(f"{S}Scheduler hit an exception: {TRACE}KeyError: 'layers.3'\n\nKilled\n") == ("sched_exception", 4)


def test_a_code_without_a_word_is_not_quoted() -> None:
    """``Inner Error!`` says less than the exception."""
    log = f"{S}Scheduler hit an exception: {TRACE}RuntimeError: OPS function error: X, error code is 500002\nE{{}}: {{}}\n"
    assert found(log.format("Z9999", "Inner Error!")) == ("sched_exception", 4)
    assert found(log.format("Z1001", "unsupported head dim")) == ("sched_exception", 5)


def test_reports_of_the_runtime_below_python() -> None:
    """Lines that HCCL, the driver and torch write without any traceback."""
    for expected, line in (
        ("hccl_port_in_use", ("[ERROR] HCCL(7,python3):2026-03-04-05:06:07.070.463 [hccl_socket.cc:100] [7][HcclSocket]"
         "[Listen] socket type[1], listen on ip[10.0.0.2] and specific port[16666] fail. Please check the port status")),
        ("hccl_timeout", ("[ERROR] HCCL(7,):2026-03-04-05:06:07.705.534 [hccl_socket_manager.cc:796] [7][Wait]"
         "[LinkEstablish]wait socket establish timeout, role[0] rank[0] timeout[120 s]")),
        ("hccl_timeout", "[PID: 7] 2026-03-04-05:06:07.356 Get_Socket_Timeout(EI0006): Getting socket times out."),
        ("hccl_init_failed", "RuntimeError: HCCL function error: HcclCommInitRootInfo(numRanks), error code is 2"),
        ("aicore_exception", "The error from device(chipId:4), there is an exception of fftsplus aivector error, core 0"),
        ("aicore_exception", "NPU function error: acl::AclQueryEventRecordedStatus(event_), error code is 507011"),
        ("aicore_exception", "wait for compute device to finish failed, runtime result = 507018."),
        ("npu_oom", "EI0011: Failed to allocate [4096] bytes of NPU memory."),
        ("npu_oom", "RuntimeError: Binary get function by entry Failed, error code is 207001"),
        ("npu_oom", "  what():  NPU out of memory. Tried to allocate 4.00 GiB (NPU 1; 61.28 GiB total capacity)"),
        ("device_busy", "ValueError: The memory capacity is unbalanced. Some GPUs may be occupied by other processes."),
        ("kv_oom_runtime", "RuntimeError: alloc_req_slots runs out of memory. Please set a smaller number"),
        ("dist_init_timeout", f"{S}Timeout waiting for worker ports from node 0"),
        ("sched_killed", f"{S}Scheduler or DataParallelController 1118 terminated with -9"),
        ("child_failed", f"{S}Scheduler or DataParallelController 1118 terminated with -3"),
    ):  # fmt: skip
        assert found(f"hello\n{line}\n") == (expected, 2), line
    assert found("hello\nScheduler or DataParallelController 1118 terminated with 0\n") is None


LOG = f"{S}Load weight begin. avail mem=60 GB\n[TP5 EP5] Scheduler hit an exception: {TRACE}{OOM}\n"


def test_colours_that_were_written_out_are_no_text() -> None:
    """As a pager shows them, and as they are pasted into reports."""
    pasted = "".join(f"^[[36m(SGLangEngine pid=9)^[[0m {line}\n" for line in LOG.splitlines())
    assert found(pasted) == ("npu_oom", 5)
    assert read(pasted).phases == ("load_weights",)


def test_files_that_docker_keeps_are_read_as_they_are() -> None:
    """One JSON object a line; what is none is left alone."""
    kept = "".join(
        json.dumps({"log": line + "\n", "stream": "stderr", "time": "2026-03-04T05:06:07.1Z"}, separators=(",", ":"))
        + "\n"
        for line in LOG.splitlines()
    )
    assert found(kept) == ("npu_oom", 5)
    assert read(kept).phases == ("load_weights",)
    assert found('{"log":"\\x, broken","stream":"stderr"}\n{"log":"fine\\n","stream":"stderr"}\n') is None


def test_a_carrier_is_learned_from_frames_alone() -> None:
    """Where no line begins with a time of its own."""
    bare = "".join(f"Mar 04 05:06:07 node-1 x[7]: {line}\n" for line in LOG.splitlines()[1:])
    assert found(bare) == ("npu_oom", 4)
    indented = f"{TRACE}KeyError: 'x'\n".replace("\n  ", "\n      ")
    assert found(f"{S}Scheduler hit an exception: {indented}") == ("sched_exception", 4)


def test_a_carrier_is_learned_from_a_log_that_grows_line_by_line() -> None:
    """As journald's does when its end is followed: figures of the same rank replace each other."""
    reader = LogReader()
    for second in range(30, 40):
        batch = (
            "Decode batch, #running-req: 2, #token: 9, token usage: 0.42, gen throughput (token/s): 10.0, #queue-req: 1"
        )
        for rank in (0, 1):
            stamp = f"[2026-03-04 05:06:{second} DP{rank} TP{rank}] "
            reader.feed(f"Mar 04 05:06:{second} node-1 glm52[77]: {stamp}{batch}\n".encode())
    instance = reader.reading().instance
    assert instance is not None
    assert (instance.dp_ranks, instance.throughput_tok_s) == (2, 20.0)
    assert sum(map(len, reader._latest.values())) <= 4, "the lines of the first second, and the latest of each rank"


def test_the_first_line_of_a_carried_log_has_its_time_however_it_comes() -> None:
    """Who carried it is only known from the second line on."""
    messages = (
        "server_args=ServerArgs(port=30000)",
        "Init torch distributed begin.",
        "Load weight begin. avail mem=60 GB",
    )
    lines = [
        f"Mar 04 05:06:{second:02} node-1 glm52[77]: [2026-03-04 05:06:{second:02} TP0] {message}\n".encode()
        for second, message in enumerate(messages, 1)
    ]
    one_by_one, whole = LogReader(), LogReader()
    for line in lines:
        one_by_one.feed(line)
    whole.feed(b"".join(lines))
    assert one_by_one.reading().times == whole.reading().times
    assert one_by_one.reading().times[0] == ("init", "2026-03-04 05:06:01")
