"""What broke, by the text of a log: entries of the catalogue, what only looks like a failure, what came first."""

import pytest

from tests.monitor.reading import found, read
from wizard.knowledge.diagnoses import catalogue
from wizard.model.finding import Edit, EditKind
from wizard.monitor.diagnosis import Diagnosis, first

AT = "[2026-03-04 05:06:{second:02d}{ranks}] "
FRAMES = '  File "/x/sglang/srt/managers/x.py", line 1, in run\n    raise RuntimeError("Not enough memory. Please")\n'


def stamp(second: int = 7, ranks: str = "") -> str:
    """A prefix."""
    return AT.format(second=second, ranks=ranks)


def crash(exception: str, second: int = 7, ranks: str = " TP0", frames: str = FRAMES) -> str:
    """A scheduler that ends with an exception, on the fourth line."""
    return (
        f"{stamp(second, ranks)}Scheduler hit an exception: Traceback (most recent call last):\n{frames}{exception}\n\n"
    )


ONE_LINE = [
    ("kv_oom_runtime", "Prefill out of memory. Try to lower your batch size."),
    ("kv_oom_runtime", "Decode out of memory. Try to lower your batch size."),
    ("kv_pressure", "KV cache pool is full. Retract requests. #retracted_reqs: 3, #new_token_ratio: 0.4"),
    ("port_in_use", "ERROR:    [Errno 98] error while attempting to bind on address ('::', 30000): already in use"),
    ("port_in_use", "port_base at 30133 is not available in 30 seconds. process.cmdline()=['NPU out of memory']"),
    ("port_in_use", "PanicException: FailedToCreateHTTPListener(\"Address already in use (os error 98)\")"),
    ("hccl_timeout", "EI0006: Getting socket times out. Reason: the remote does not answer"),
    ("hccl_timeout", "Watchdog caught collective operation timeout: WorkHCCL(SeqNum=4, OpType=BROADCAST)"),
    ("hccl_port_in_use", "EJ0003: Failed to bind the IP port. Reason: the port 16666 have already been bound"),
    ("hccl_residual_process", "EJ0001: Failed to initialize the HCCP process. Reason: one is running"),
    ("hccl_buffsize_small", "HCCL_BUFFSIZE is too SMALL, NEEDED_HCCL_BUFFSIZE: (a * b) = 812MB, HCCL_BUFFSIZE=200MB"),
    ("deepep_error", "call aclnnMoeDistributeDispatchV2 failed, detail: no buffer"),
    ("aicore_exception", "EZ9999: The error from device(0), an exception of aivec error, core id is 1"),
    ("npu_graph_error", "call aclrtLaunchKernelWithHostArgs failed, runtime result = 107003"),
    ("device_not_found", "Can't get ascend_hal device count"),
    ("device_not_found", "[drv api] halGetDeviceInfo failed: drvRetCode=87"),
    ("device_busy", "EL0005: Resource_Busy(EL0005): The resources are busy."),
    ("cann_env_missing", "ImportError: libhccl.so: cannot open shared object file: No such file or directory"),
    ("hal_lib_missing", "ImportError: libascend_hal.so: cannot open shared object file: No such file or directory"),
    ("torch_npu_missing", "ModuleNotFoundError: No module named 'torch_npu'"),
    ("model_path_not_found", "OSError: Can't load the configuration of '/models/x'. If you were trying to load it"),
    ("weights_missing", "RuntimeError: Cannot find any model weights with `/models/x`"),
    ("unknown_argument", "launch_server.py: error: unrecognized arguments: --no-such-flag"),
    ("invalid_argument_value", "launch_server.py: error: argument --dtype: invalid choice: 'x' (choose from 'auto')"),
    ("unknown_architecture", "ValueError: The checkpoint has a type that this does not recognize this architecture."),
    ("dist_init_timeout", "torch.distributed.DistStoreError: Timed out after 61 seconds waiting for clients. 1/2"),
    ("gloo_interface", "RuntimeError: Unable to find address for: eth9"),
    ("gloo_preamble_abort", "terminate: op.preamble.length <= op.nbytes. 64 vs 4"),
    ("watchdog_timeout", "Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)"),
    ("sched_killed", "Subprocess scheduler_0 (pid=77) crashed with exit code -9. Triggering SIGQUIT for cleanup..."),
    ("sched_killed", "Killed"),
    ("pd_bootstrap_timeout", "Prefill bootstrap failed for request rank=0 with exception timed out after 300s"),
    ("pd_waiting_timeout", "Request 7 timed out after 300s in KVPoll.WaitingForInput"),
    ("pd_peer_lost", "Failed to get kvcache from prefill instance, it might be dead"),
    ("pd_prefill_unreachable", "Error fetching prefill info from bootstrap: HTTPConnectionPool"),
    ("memfabric_error", "Failed create mf store, invalid ascend_url: None"),
    ("mooncake_missing", "ImportError: Please install mooncake by following the instructions"),
    ("router_circuit_open", "Circuit breaker state transition: closed -> open worker=http://127.0.0.1:1"),
    ("docker_name_in_use", 'docker: Error response from daemon: Conflict. The container name "/x" is already in use.'),
    ("docker_daemon_down", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?"),
    ("docker_image_missing", "docker: Error response from daemon: pull access denied for x, repository does not exist"),
    ("ssh_refused", "ssh: connect to host 10.0.0.9 port 22: Connection refused"),
    ("ssh_dns", "ssh: Could not resolve hostname x: Name or service not known"),
    ("ssh_timeout", "ssh: connect to host 10.0.0.9 port 22: Connection timed out"),
    ("ssh_host_key_unknown", "Host key verification failed."),
    ("ssh_auth", "root@10.0.0.9: Permission denied (publickey,password)."),
    ("child_failed", "Received sigquit from a child process. It usually means the child failed."),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "line"), ONE_LINE)
def test_a_line_alone_is_enough(expected: str, line: str) -> None:
    """Each failure is recognised by its line, with and without a prefix, wrapped or coloured."""
    for before in ("", "2026-03-04T05:06:07.123456Z "):
        assert found(f"hello\n{before}{line}\n") == (expected, 2)
    assert found(f"hello\n\x1b[31m{line}\x1b[0m\n") == (expected, 2)


EXCEPTIONS = [
    ("npu_oom", "RuntimeError: NPU out of memory. Tried to allocate 2.00 GiB (NPU 0; 60.97 GiB total capacity)"),
    ("kv_not_enough_memory", "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static."),
    ("kv_full_retract_crash", "AttributeError: 'NPUxKVPool' object has no attribute 'kv_buffer'"),
    ("weights_corrupt", "safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata"),
    ("quant_config_missing", "ValueError: Cannot find the config file for modelslim"),
    ("fp8_unsupported", "TypeError: Unexpected type fp8"),
    ("context_too_long", "ValueError: User-specified context_length (9) is greater than the derived context_length"),
    ("trust_remote_code", "ValueError: The repository contains custom code which must be executed to load the model."),
    ("tokenizer_error", "ValueError: Couldn't instantiate the backend tokenizer from one of:"),
    ("sched_exception", "ZeroDivisionError: division by zero"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "exception"), EXCEPTIONS)
def test_the_exception_of_the_first_rank_is_quoted(expected: str, exception: str) -> None:
    """Neither the wrapper above, nor source code inside the traceback, nor the other ranks, nor what follows."""
    after = f"{stamp(9)}Received sigquit from a child process. It usually means the child failed.\nKilled\n"
    log = crash(exception) + crash(exception, 8, " TP1") + after
    assert found(log) == (expected, 4)


NOISE = [
    "server_args=ServerArgs(watchdog_timeout=300, x='NPU out of memory. Tried to allocate', crash_dump_folder=None)",
    "Ignore import error when loading sglang.srt.models.x: No module named 'torch_npu'",
    "Receive: obj=GenerateReqInput(text='why NPU out of memory. Tried to allocate? Address already in use')",
    "/x/y.py:3: UserWarning: may not take effect or report error in max-autotune mode: No module named 'mooncake'",
    "Subprocess scheduler_0 (pid=77) crashed with exit code -15. Triggering SIGQUIT for cleanup...",
    '127.0.0.1:5 - "GET /health HTTP/1.1" 503 Service Unavailable',
    "modelslim quantization is not fully optimized yet. The speed can be slower than non-quantized models.",
    "[Gloo] Rank 3 is connected to 15 peer ranks. Expected number of connected peer ranks is : 15",
    "export GLOO_SOCKET_IFNAME=eth0",
]


@pytest.mark.parametrize("line", NOISE)
def test_noise_is_no_failure(line: str) -> None:
    """Words of failures in lines that mean nothing."""
    assert found(f"{stamp()}{line}\n") is None
    assert found(f"{line}\n") is None


def test_a_failed_request_does_not_fail_the_server() -> None:
    """A traceback of one request is left alone."""
    trace = "Traceback (most recent call last):\n" + FRAMES + "KeyError: 'x'\n"
    assert found("ERROR:    Exception in ASGI application\n" + trace) is None
    assert found("ERROR:    Exception in ASGI application\n" + f"{stamp()}x\n" * 9 + trace) == ("unknown_exception", 14)


def test_who_presses_ctrl_c_finds_no_failure() -> None:
    """The traceback of an interrupt is no failure."""
    assert found("Traceback (most recent call last):\n" + FRAMES + "KeyboardInterrupt\n") is None


def test_a_traceback_of_another_program_does_not_fail_a_server_that_serves() -> None:
    """A benchmark that writes to the same log fails alone."""
    trace = 'Traceback (most recent call last):\n  File "/x/bench.py", line 1, in x\nAssertionError: slow\n'
    assert found(f"{stamp()}The server is fired up and ready to roll!\n{trace}") is None
    assert found(trace) == ("unknown_exception", 3)


def test_consequences_below_an_unknown_exception_do_not_hide_it() -> None:
    """Compiler processes complain right below the traceback."""
    orphan = "[ERROR] TBE Subprocess[task_distribute] raise error[], main process disappeared!\n"
    assert found(crash("ZeroDivisionError: division by zero") + orphan * 9) == ("sched_exception", 4)


def test_ranks_before_every_line_of_a_traceback_do_not_matter() -> None:
    """torch writes ``[rank0]: `` before each."""
    trace = "Traceback (most recent call last):\n" + FRAMES + "ZeroDivisionError: x\n"
    assert found("".join(f"[rank0]: {line}\n" for line in trace.splitlines())) == ("unknown_exception", 4)


def test_an_operator_who_stops_the_server_breaks_nothing() -> None:
    """What processes say while they end on request is no failure."""
    assert found(
        f"{stamp()}SIGTERM received. signum=None frame=None. Draining requests and shutting down...\n"
        f"{stamp()}SIGQUIT received. signum=None, frame=None. It usually means one child failed.\n"
    ) is None  # fmt: skip


def test_the_code_inside_a_report_is_quoted_rather_than_the_wrapper() -> None:
    """HCCL's own line below the Python exception names the cause."""
    log = crash(
        "RuntimeError: createHCCLComm: hcclCommInitRootInfoConfig(x), error code is 4\n"
        "[ERROR] 2026-03-04-05:06:07 (PID:1, Device:0, RankID:0) ERR02200 DIST call hccl api failed.\n"
        "EI0006: Getting socket times out. Reason: the remote does not answer\n"
        "        Solution: check the other ranks\n"
        "        TraceBack (most recent call last):\n"
    )
    assert found(log) == ("hccl_timeout", 6)
    assert found(log.replace("EI0006: Getting socket times out", "something")) == ("hccl_init_failed", 4)


@pytest.mark.parametrize("kernel", ["Dispatch", "DispatchV2", "Combine", "CombineV3"])
def test_an_exchange_of_experts_that_failed_is_named_unless_its_cause_is_seen(kernel: str) -> None:
    """The kernel's own word for it is the least that can be said; what stands below it says more."""
    log = crash(f"RuntimeError: call aclnnMoeDistribute{kernel} failed, detail: no buffer")
    assert found(log) == ("deepep_error", 4)
    assert found(log + "EZ9999: HCCL_BUFFSIZE is too SMALL, maxBs = 128\n") == ("hccl_buffsize_small", 6)
    assert found(crash("RuntimeError: NPU out of memory. Tried to allocate 2 GiB") + log) == ("npu_oom", 4)


def test_a_peer_complains_later_than_the_cause() -> None:
    """A timeout on another rank is not the root when one rank failed on its own within the minute."""
    timeout = crash("RuntimeError: EI0006: Getting socket times out", 1, " TP1")
    assert found(timeout + crash("RuntimeError: NPU out of memory. Tried to allocate", 40)) == ("npu_oom", 9)
    late = "[2026-03-04 05:09:07] ERROR:    [Errno 98] error while attempting to bind on address ('x', 1): in use\n"
    assert found(timeout + late) == ("hccl_timeout", 4)


def test_an_assertion_about_the_sizes_is_told_from_any_other() -> None:
    """The frames decide, as the message is often empty."""
    frames = '  File "/x/sglang/srt/server_args.py", line 9, in check\n    assert a % b == 0\n'
    trace = "Traceback (most recent call last):\n"
    assert found(trace + frames + "AssertionError\n") == ("server_args_assert", 4)
    assert found(trace + FRAMES + "AssertionError\n") == ("unknown_exception", 4)
    assert found(trace + FRAMES + frames + "ValueError: a port is out of bounds\n") == ("server_args_assert", 6)
    assert found(trace + frames + FRAMES + "ValueError: the model is odd\n") == ("unknown_exception", 6)


def test_a_chain_of_exceptions_is_one_report() -> None:
    """The first exception of a chain is the cause."""
    chain = (
        "Traceback (most recent call last):\n" + FRAMES + "ImportError: libascend_hal.so: cannot open shared object\n"
        "\nThe above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\n" + FRAMES + "RuntimeError: Failed to load the backend extension: torch"
    )  # fmt: skip
    assert found(chain) == ("hal_lib_missing", 4)


def test_a_server_that_came_up_after_all_is_healthy() -> None:
    """What happened before it was ready is past, and so is an earlier run in the same file."""
    ready = f"{stamp(30)}server_args=ServerArgs(port=1)\n{stamp(40)}The server is fired up and ready to roll!\n"
    assert found("[W304 05:06:07 socket.cpp:1] The client socket has timed out after 60s\n" + ready) is None
    assert found(crash("RuntimeError: NPU out of memory. Tried to allocate") + ready) is None


def test_a_server_whose_port_is_taken_is_not_excused_by_its_ready_line() -> None:
    """The warm-up may have been answered by whoever holds the port."""
    log = "ERROR: [Errno 98] error while attempting to bind on address ('x', 30000): address already in use\n"
    assert found(log + f"{stamp()}The server is fired up and ready to roll!\n") == ("port_in_use", 1)
    other = "Port 30001 is already in use, taking the next one\n"
    assert found(other + f"{stamp()}The server is fired up and ready to roll!\n") is None


def test_exception_lines_are_preferred_to_what_torch_says_before() -> None:
    """The C++ side announces a timeout lines before Python raises it."""
    log = "[W304 05:06:07 socket.cpp:1] [c10d] The client socket has timed out after 60000ms\n" * 3
    trace = (
        "Traceback (most recent call last):\n"
        + FRAMES
        + "torch.distributed.DistNetworkError: The client socket has timed out\n"
    )
    assert found(log + trace) == ("dist_init_timeout", 7)


def test_further_failures_are_listed_behind_the_root() -> None:
    """Several failures: the root, then the others with their lines."""
    told = read(
        crash("RuntimeError: NPU out of memory. Tried to allocate")
        + f"{stamp(8)}Failed to get kvcache from prefill instance, it might be dead\n{stamp(9)}SIGQUIT received.\n"
    ).diagnosis
    assert told is not None
    assert (told.id, told.others) == ("npu_oom", (("pd_peer_lost", 6), ("child_failed", 7)))


ARGS = f"{stamp()}server_args=ServerArgs(mem_fraction_static=0.85, port=30000, max_running_requests=40, node_rank=0)\n"
REMEDIES = [
    ("RuntimeError: NPU out of memory. Tried to allocate", None),
    (f"x\n{stamp()}Capture npu graph begin.\nRuntimeError: NPU out of memory.", "mem-fraction-static=0.8"),
    (("Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.5. "
     "Raise --mem-fraction-static above 0.71 or so"), "mem-fraction-static=0.73"),
    ("[Errno 98] error while attempting to bind on address ('0.0.0.0', 30000): address already in use", "port=30100"),
    (("torch.distributed.DistNetworkError: The server socket has failed to listen on any local network address. port: "
     "5000, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use"), "dist-init-addr=auto:5600"),
    ("Decode out of memory.", "max-running-requests=32"),
    ("context: User-specified context_length (9) is greater than the derived context_length (8).", "context-length=8"),
    ("watchdog timeout (self.watchdog_timeout=300)", "watchdog-timeout=900"),
    ("contains custom code which must be executed", "trust-remote-code"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), REMEDIES)
def test_remedies_carry_the_values_of_the_log(line: str, expected: str | None) -> None:
    """A change is computed from what the log says; without a change there are words alone."""
    told = read(f"{ARGS}{line}\n").diagnosis
    assert told is not None
    assert told.remedy.text
    if expected is None:
        assert told.remedy.edits == ()
    else:
        assert told.remedy.edits == (Edit(EditKind.SET, expected),)


def test_the_needed_size_is_taken_not_the_one_that_was_too_small() -> None:
    """Both stand in the line, the needed one first."""
    told = read(f"{dict(ONE_LINE)['hccl_buffsize_small']}\n").diagnosis
    assert told is not None
    assert told.remedy.edits == (Edit(EditKind.ENV, "HCCL_BUFFSIZE=812"),)


def test_a_remedy_is_left_out_where_it_would_not_help() -> None:
    """Too little memory while weights load is not cured by a smaller share for the KV cache."""
    loading = f"{ARGS}{stamp()}Load weight begin. avail mem=60 GB\n"
    told = read(loading + crash("RuntimeError: NPU out of memory. Tried")).diagnosis
    assert told is not None
    assert told.remedy.edits == ()


def test_the_first_cause_over_several_logs_is_the_one_that_blames_nobody() -> None:
    """Sixteen nodes complain about one."""
    logs = {str(rank): crash("RuntimeError: EI0006: Getting socket times out", rank) for rank in range(16)}
    logs["7"] = crash("RuntimeError: NPU out of memory. Tried", 30)
    told = {name: diagnosis for name, text in logs.items() if (diagnosis := read(text).diagnosis)}
    assert first(told) == "7"
    assert first({name: one for name, one in told.items() if name != "7"}) == "0"
    assert first({}) is None


def test_what_is_not_known_is_said_with_the_most_telling_lines() -> None:
    """An unknown exception is no known cause, and the lines around it are handed on."""
    reading = read(crash("ZeroDivisionError: division by zero") + f"{stamp(8)}SIGQUIT received. signum=None\n")
    assert isinstance(reading.diagnosis, Diagnosis)
    assert not reading.diagnosis.is_known
    assert [line for line, _ in reading.telling] == [6]


def test_every_entry_of_the_catalogue_says_what_to_do() -> None:
    """No entry without meaning, remedy and source; every signature can be reached."""
    for failure in catalogue().failures.values():
        assert failure.meaning, failure.key
        assert failure.remedy, failure.key
        assert failure.source, failure.key
    shown = {expected for expected, _ in (*ONE_LINE, *EXCEPTIONS)} | {"router_no_workers", "server_args_assert"}
    assert len(shown) >= 40
