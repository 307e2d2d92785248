"""What a server writes when it fails: for every entry of the failure catalogue the lines that tell of it.

Lines are as the programs print them. ``{rank}`` stands for the first rank, ``{stamp}`` for a whole prefix.
"""

from __future__ import annotations

from typing import NamedTuple

_SITE = "/usr/local/python3.11.13/lib/python3.11/site-packages"
_FRAMES = {
    "load": ("sglang/srt/model_executor/model_runner.py", 1280, "load_model", "self.model = get_model("),
    "run": ("sglang/srt/managers/scheduler.py", 1544, "event_loop_overlap", "batch_result = self.run_batch(batch)"),
    "args": ("sglang/srt/server_args.py", 6120, "check_server_args", "assert self.tp_size % self.dp_size == 0"),
    "config": ("sglang/srt/configs/model_config.py", 388, "_derive_context_length", "raise ValueError("),
    "draft": ("sglang/srt/speculative/eagle_worker_v2.py", 210, "__init__", "self.draft_worker = ..."),
    "dist": ("torch/distributed/distributed_c10d.py", 1769, "init_process_group", "store, rank, world_size = next("),
    "retract": ("sglang/srt/managers/schedule_batch.py", 1779, "retract_decode", "self.release_req(idx, ...)"),
    "import": ("sglang/srt/utils/common.py", 100, "get_device", "import torch_npu"),
}


class Story(NamedTuple):
    """How a failure shows."""

    phase: str
    """When it usually happens."""
    lines: tuple[str, ...]
    """``{stamp}`` begins a line with a prefix; others stand as they are."""
    frames: str = ""
    """Key of the traceback's frame: the first line is its exception."""
    ends: bool = True
    """Whether the process ends."""
    is_scheduler: bool = True
    """Whether a child of the server fails, which the server then tells, too."""
    code: int = 137


def _cause(phase: str, exception: str, frames: str, *more: str) -> Story:
    return Story(phase, (exception, *more), frames)


def _plain(phase: str, *lines: str, code: int = 1) -> Story:
    return Story(phase, lines, is_scheduler=False, code=code)


def _stays(phase: str, *lines: str) -> Story:
    return Story(phase, lines, ends=False, is_scheduler=False)


_HCCL = "[ERROR] 2026-01-07-07:00:29 (PID:{pid}, Device:0, RankID:0) ERR02200 DIST call hccl api failed."
_OOM = (
    "torch.OutOfMemoryError: NPU out of memory. Tried to allocate 2.25 GiB (NPU 0; 60.97 GiB total capacity; 58.31 GiB "
    "already allocated; 58.31 GiB current active; 1.12 GiB free; 58.90 GiB reserved in total by PyTorch)"
)

STORIES: dict[str, Story] = {
    "kv_not_enough_memory": _cause(
        "kv_cache",
        "RuntimeError: Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.7. "
        "Raise --mem-fraction-static above 0.8131",
        "load",
    ),
    "hccl_buffsize_small": _cause(
        "graph_capture",
        "RuntimeError: call aclnnMoeDistributeDispatch check: HCCL_BUFFSIZE is too SMALL, NEEDED_HCCL_BUFFSIZE("
        "(maxBs * tokenNeedSizeDispatch * ep) / 1024 / 1024) = 1024MB, HCCL_BUFFSIZE=650MB",
        "run",
    ),
    "npu_oom": _cause("graph_capture", _OOM, "run"),
    "kv_full_retract_crash": _cause(
        "request", "AttributeError: 'NPUMLATokenToKVPool' object has no attribute 'kv_buffer'", "retract",
        "", "[ERROR] TBE Subprocess[task_distribute] raise error[], main process disappeared!",
    ),
    "kv_oom_runtime": Story("request", (
        "{stamp}Prefill out of memory. Try to lower your batch size.",
        "{stamp}Try to allocate 8192 tokens. Available: 128, evictable: 0",
    )),
    "kv_pressure": _stays(
        "request", "{stamp}KV cache pool is full. Retract requests. #retracted_reqs: 3, #new_token_ratio: 0.4310",
    ),
    "router_port_in_use": _plain(
        "init",
        "thread '<unnamed>' panicked at src/metrics.rs:120:10:",
        'failed to install Prometheus metrics exporter: FailedToCreateHTTPListener("Address already in use (os error '
        '98)")',
    ),
    "hccl_port_in_use": _cause(
        "dist_init", "RuntimeError: hcclCommInitRootInfoConfig, error code is 7", "dist", _HCCL,
        "EJ0003: Failed to bind the IP port. Reason: the IP port 16666 have already been bound.",
    ),
    "port_in_use": _stays(
        "serve",
        "{plain}ERROR:    [Errno 98] error while attempting to bind on address ('{host}', {port}): "
        "address already in use",
    ),
    "hccl_residual_process": _cause(
        "dist_init", "RuntimeError: hcclCommInitRootInfoConfig, error code is 4", "dist", _HCCL,
        "EJ0001: Failed to initialize the HCCP process. Reason: Maybe the last training process is running.",
    ),
    "hccl_env_invalid": _cause(
        "dist_init", "RuntimeError: hcclCommInitRootInfoConfig, error code is 1", "dist", _HCCL,
        "EI0001: Value [x] for environment variable [HCCL_BUFFSIZE] is invalid. Expected value: a whole number.",
    ),
    "hccl_mismatch": _cause(
        "dist_init", "RuntimeError: hcclCommInitRootInfoConfig, error code is 1", "dist", _HCCL,
        "EI0005: The arguments for collective communication are inconsistent between ranks: parameter[count], "
        "local[1], remote[2]",
    ),
    "deepep_error": _cause(
        "request", "RuntimeError: call aclnnMoeDistributeDispatchV2 failed, detail: error code is 561002", "run",
    ),
    "npu_graph_error": _cause(
        "graph_capture", "RuntimeError: npuGraph capture: the NPU function error, error code is 507000", "run",
        "EZ9903: rtStreamCreate failed: the number of streams is used up",
    ),
    "aicore_exception": _cause(
        "request", "RuntimeError: The Inner error is reported as above. ASCEND kernel errors may come late", "run",
        "EZ9999: Inner Error! The error from device(chipId:0, dieId:0), serial number is 4, there is an exception of "
        "aivec error, core id is 12, error code: 507035",
    ),
    "hal_lib_missing": _cause(
        "init", "ImportError: libascend_hal.so: cannot open shared object file: No such file or directory", "import",
    ),
    "device_not_found": _cause("init", "RuntimeError: Initialize: Can't get ascend_hal device count", "import"),
    "device_busy": _cause(
        "dist_init", "RuntimeError: Initialize:build/NPUSysCtrl.cpp:217 NPU function error: aclrtSetDevice", "dist",
        "Resource_Busy(EL0005): The resources are busy. Possible Cause: the device is used by another process",
    ),
    "cann_env_missing": _cause(
        "init", "ImportError: libhccl.so: cannot open shared object file: No such file or directory", "import",
    ),
    "cann_env_wrapper": _cause(
        "init", "RuntimeError: Failed to load the backend extension: torch_npu. You can disable extension "
        "auto-loading with TORCH_DEVICE_BACKEND_AUTOLOAD=0.", "import",
    ),
    "sglang_missing": _plain(
        "init",
        "/usr/bin/python3: Error while finding module specification for 'sglang.launch_server' (ModuleNotFoundError: "
        "No module named 'sglang')",
    ),
    "torch_npu_mismatch": _cause(
        "init", "ImportError: /usr/local/lib/torch_npu/lib/libtorch_npu.so: undefined symbol: _ZN3c10", "import",
    ),
    "torch_npu_missing": _cause("init", "ModuleNotFoundError: No module named 'torch_npu'", "import"),
    "quant_config_missing": _cause(
        "load_weights", "ValueError: Cannot find the config file for modelslim", "draft",
    ),
    "fp8_unsupported": _cause("load_weights", "TypeError: Unexpected type fp8", "load"),
    "weights_missing": _cause(
        "load_weights", "RuntimeError: model.safetensors.index.json references 3 shard file(s) missing from "
        "{model}: model-00041-of-00163.safetensors", "load",
    ),
    "weights_corrupt": _cause(
        "load_weights", "safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata, "
        "file not fully covered", "load",
    ),
    "tokenizer_error": _cause("init", "ValueError: Couldn't instantiate the backend tokenizer from one of:", "config"),
    "model_path_not_found": _cause(
        "init", "OSError: {model} does not appear to have a file named config.json.", "config",
    ),
    "context_too_long": _cause(
        "init", "ValueError: Warning: User-specified context_length (2000000) is greater than the derived "
        "context_length (202752). This may lead to incorrect model outputs or CUDA errors.", "config",
    ),
    "trust_remote_code": _cause(
        "init", "ValueError: The repository {model} contains custom code which must be executed to correctly load the "
        "model. Please pass the argument `trust_remote_code=True` to allow custom code to be run.", "config",
    ),
    "unknown_architecture": _cause(
        "init", "ValueError: The checkpoint you are trying to load has model type `glm_moe_dsa` but Transformers does "
        "not recognize this architecture.", "config",
    ),
    "unknown_argument": _plain(
        "init", "launch_server.py: error: unrecognized arguments: --no-such-option", code=2,
    ),
    "invalid_argument_value": _plain(
        "init", "launch_server.py: error: argument --dtype: invalid choice: 'bf16' (choose from 'auto', 'half', "
        "'float16', 'bfloat16', 'float', 'float32')", code=2,
    ),
    "server_args_assert": Story("init", ("AssertionError",), "args", is_scheduler=False, code=1),
    "mooncake_missing": _cause(
        "kv_cache", "ImportError: Please install mooncake by following the instructions at https://kvcache-ai.github.io",
        "run",
    ),
    "memfabric_error": _cause(
        "kv_cache", "RuntimeError: Ascend Transfer Engine initialization failed. Failed create mf store, invalid "
        "ascend_url: tcp://127.0.0.1:24707", "run",
    ),
    "gloo_preamble_abort": Story("request", (
        "terminate called after throwing an instance of 'gloo::EnforceNotMet'",
        "  what():  [enforce fail at gloo/transport/tcp/pair.cc:446] op.preamble.length <= op.nbytes. 8 vs 4",
    )),
    "gloo_interface": _cause("dist_init", "RuntimeError: Unable to find address for: eth9", "dist"),
    "gloo_mesh": _cause(
        "dist_init", "RuntimeError: Gloo connectFullMesh failed with [/pytorch/third_party/gloo/gloo/transport/tcp/"
        "pair.cc:144] no error", "dist",
    ),
    "hccl_timeout": _cause(
        "dist_init", "RuntimeError: hcclCommInitRootInfoConfig, error code is 9", "dist", _HCCL,
        "EI0006: Getting socket times out. Reason: Remote Rank did not send the data in time. Please check whether the "
        "rank is stuck or the network between the ranks is down",
    ),
    "hccl_init_failed": _cause(
        "dist_init", "RuntimeError: hcclCommInitRootInfoConfig, error code is 15", "dist", _HCCL,
    ),
    "dist_port_in_use": _cause(
        "dist_init", "torch.distributed.DistNetworkError: The server socket has failed to listen on any local network "
        "address. port: 5000, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use", "dist",
    ),
    "dist_init_timeout": _cause(
        "dist_init", "torch.distributed.DistStoreError: Timed out after 601 seconds waiting for clients. 1/2 clients "
        "joined.", "dist",
    ),
    "watchdog_timeout": Story("request", (
        "{stamp}Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)",
    )),
    "sched_killed": _plain(
        "load_weights", "{stamp}Subprocess scheduler_0 (pid={pid}) crashed with exit code -9. Triggering SIGQUIT for "
        "cleanup...", code=137,
    ),
    "pd_bootstrap_timeout": _stays(
        "request", "{stamp}Prefill bootstrap failed for request rank=0 req.rid='{pid}' req.bootstrap_room=7 with "
        "exception KVTransferError(bootstrap_room=7): Request 7 timed out after 600.0s in KVPoll.Bootstrapping",
    ),
    "pd_waiting_timeout": _stays(
        "request", "{stamp}Decode transfer failed for request rank=0 decode_req.req.rid='{pid}' with exception "
        "KVTransferError(bootstrap_room=7): Request 7 timed out after 300.0s in KVPoll.WaitingForInput",
    ),
    "pd_peer_lost": _stays(
        "request", "{stamp}Losing connection with prefill instance (bootstrap_addr: {host}:8998), affected 1 requests",
        "{stamp}Failed to get kvcache from prefill instance, it might be dead",
    ),
    "pd_prefill_unreachable": _stays(
        "request", "{stamp}Error fetching prefill info from bootstrap: HTTPConnectionPool(host='{host}', port=8998): "
        "Max retries exceeded",
        "{stamp}Could not fetch prefill parallel info from bootstrap_addr: {host}:8998",
    ),
    "router_circuit_open": _stays(
        "request", "{router} WARN smg::core::circuit_breaker: src/core/circuit_breaker.rs:187: Circuit breaker state "
        "transition: closed -> open worker=http://{host}:8000",
    ),
    "router_no_workers": _stays(
        "init", "{router}ERROR smg::core::job_queue: src/core/job_queue.rs:210: Failed job: type=AddWorker "
        "worker=http://{host}:8000 error=Workflow failed: Both HTTP and gRPC health checks failed",
    ),
    "docker_name_in_use": _plain(
        "init", 'docker: Error response from daemon: Conflict. The container name "/glm-wizard-server" is already in '
        "use by container \"4f2c\". You have to remove that container to be able to reuse that name.", code=125,
    ),
    "docker_no_container": _plain("init", "Error response from daemon: No such container: glm-wizard-server"),
    "docker_image_missing": _plain(
        "init", "docker: Error response from daemon: manifest for example/sglang:none not found: manifest unknown.",
        code=125,
    ),
    "docker_no_space": _plain(
        "init", "docker: failed to register layer: write /usr/local/lib/libtorch_cpu.so: no space left on device",
        code=125,
    ),
    "docker_gpu_runtime": _plain(
        "init", 'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
        code=125,
    ),
    "docker_runtime_missing": _plain(
        "init", "docker: Error response from daemon: unknown or invalid runtime name: ascend.", code=125,
    ),
    "docker_device_missing": _plain(
        "init", 'docker: Error response from daemon: error gathering device information while adding custom device '
        '"/dev/davinci8": no such file or directory.', code=125,
    ),
    "docker_daemon_down": _plain(
        "init", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ),
    "docker_cmd_missing": _plain(
        "init", 'docker: Error response from daemon: failed to create task: exec: "bash": executable file not found in '
        "$PATH", code=127,
    ),
    "docker_failed": _plain(
        "init", "docker: Error response from daemon: failed to create task for container: error during container init: "
        'error mounting "/usr/local/dcmi" to rootfs at "/usr/local/dcmi": not a directory', code=125,
    ),
    "ssh_host_key_changed": _plain("init", "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", code=255),
    "ssh_host_key_unknown": _plain("init", "Host key verification failed.", code=255),
    "ssh_key_permissions": _plain("init", "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @", code=255),
    "ssh_auth": _plain("init", "root@{host}: Permission denied (publickey).", code=255),
    "ssh_dns": _plain("init", "ssh: Could not resolve hostname a3-node: Name or service not known", code=255),
    "ssh_refused": _plain("init", "ssh: connect to host {host} port 22: Connection refused", code=255),
    "ssh_timeout": _plain("init", "ssh: connect to host {host} port 22: Connection timed out", code=255),
    "ssh_closed": _plain("init", "Connection to {host} closed by remote host.", code=255),
    "child_failed": _plain(
        "load_weights", "{stamp}Received sigquit from a child process. It usually means the child failed.", code=137,
    ),
    "sched_exception": _cause("request", "ZeroDivisionError: integer division or modulo by zero", "run"),
    "unknown_exception": _plain(
        "init", "Traceback (most recent call last):", '  File "/opt/start.py", line 3, in <module>', "    main()",
        "LookupError: nothing is known about this one",
    ),
}  # fmt: skip


def traceback(story: Story) -> list[str]:
    """The frames of a story, as Python prints them."""
    file, line, function, code = _FRAMES[story.frames]
    outer, number, name, call = _FRAMES["run"]
    written = []
    if story.frames not in ("args", "import", "config"):
        written += [
            f'  File "{_SITE}/{outer}", line {number + 1430}, in run_scheduler_process',
            "    scheduler = Scheduler(",
        ]
        if file != outer:
            written += [f'  File "{_SITE}/{outer}", line {number}, in {name}', f"    {call}"]
    return [*written, f'  File "{_SITE}/{file}", line {line}, in {function}', f"    {code}"]
