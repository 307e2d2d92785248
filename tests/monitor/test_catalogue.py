# ruff: noqa: E501 (lines of logs stand as they are)
"""Every failure of the catalogue as it shows in logs of several releases, carried in many ways; and healthy logs.

Generated data: prefixes, tracebacks, ranks and consequences as SGLang, CANN and torch write them.
"""

import re
from collections.abc import Callable

import pytest

from tests.monitor.reading import read
from wizard.monitor.reader import Reading

S = "[2026-09-22 06:50:{s:02d}{r}] "


def st(s=7, r=" TP0"):
    return S.format(s=s, r=r)


FR = '  File "/sgl-workspace/sglang/python/sglang/srt/managers/scheduler.py", line 3130, in run_scheduler_process\n    scheduler = Scheduler(\n                ^^^^^^^^^^\n  File "/sgl-workspace/sglang/python/sglang/srt/model_executor/model_runner.py", line 410, in initialize\n    self.load_model()\n'
ARGS16 = "[2026-09-22 06:50:01] server_args=ServerArgs(model_path='/m', mem_fraction_static=0.8, port=30000, disaggregation_mode='null', watchdog_timeout=300, crash_dump_folder=None)\n"
ARGS23 = "[2026-09-22 06:50:01] server_args={'model_path': '/m', 'mem_fraction_static': 0.8, 'disaggregation_mode': 'null', 'port': 30000}\n"
NOISE = "/usr/local/python3.11.13/lib/python3.11/site-packages/torch_npu/contrib/transfer_to_npu.py:347: ImportWarning: \n    *************************************************************************************************************\n    The torch.Tensor.cuda and torch.nn.Module.cuda are replaced with torch.Tensor.npu and torch.nn.Module.npu now..\n    The backend in torch.distributed.init_process_group set to hccl now..\n    *************************************************************************************************************\n    \n  warnings.warn(msg, ImportWarning)\n[2026-09-22 06:50:03] Ignore import error when loading sglang.srt.models.x: No module named 'mooncake'\n[rank0]:[W107 07:00:29.2 compiler_depend.ts:198] Warning: Driver Version: \"\" is invalid or not supported yet. (function operator())\n"
START = [
    f"{st(4)}Init torch distributed begin.\n",
    f"{st(5)}Init torch distributed ends. mem usage=0.00 GB\n",
    f"{st(6)}Load weight begin. avail mem=60.80 GB\n",
]


def exc(line, s=20, r=" TP0", fr=FR):
    return f"{st(s, r)}Scheduler hit an exception: Traceback (most recent call last):\n{fr}{line}\n\n"


TAIL = f"{st(25, '')}Received sigquit from a child process. It usually means the child failed.\nKilled\n"
TBE = "[ERROR] TBE Subprocess[task_distribute] raise error[], main process disappeared!\n" * 4


def multi(line):
    return "".join(exc(line, 20 + i // 4, f" TP{i}") for i in (5, 0, 3, 1))


WR = "[ERROR] 2026-09-22-06:50:20 (PID:1234, Device:0, RankID:0) ERR02200 DIST call hccl api failed.\n"
CASES: list[tuple[str, str, str]] = []


def add(expected, text, mark):
    CASES.append((expected, text, mark))


for args in (ARGS16, ARGS23):
    P = args + NOISE + "".join(START)
    add(
        "npu_oom",
        P
        + multi(
            "torch.OutOfMemoryError: NPU out of memory. Tried to allocate 2.00 GiB (NPU 0; 60.97 GiB total capacity; 58 GiB already allocated)"
        )
        + TAIL
        + TBE,
        "NPU out of memory",
    )
    add(
        "npu_oom",
        P
        + exc(
            "RuntimeError: NPU out of memory. Tried to allocate 20.00 MiB (NPU 3; 61.28 GiB total capacity; 57.10 GiB already allocated; 57.10 GiB current active; 13.9 MiB free)"
        )
        + TAIL,
        "NPU out of memory",
    )
    add(
        "npu_oom",
        P
        + exc(
            "RuntimeError: NPU error, error code is 207001. aclrtMalloc failed: memory allocation error 207001\n[ERROR] 2026-09-22-06:50:20 (PID:1, Device:0, RankID:0) ERR00100 PTA call acl api failed\nEL0004: Failed to allocate memory. Possible Cause: Available memory is insufficient."
        )
        + TAIL,
        "207001|EL0004",
    )
    add(
        "kv_not_enough_memory",
        P + exc("RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.") + TAIL,
        "RuntimeError: Not enough",
    )
    add(
        "kv_not_enough_memory",
        P
        + exc(
            "ValueError: Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.5. Raise --mem-fraction-static above 0.71 (weights 45 GB)."
        )
        + TAIL,
        "ValueError",
    )
    add(
        "kv_oom_runtime",
        P + exc("RuntimeError: Prefill out of memory. Try to lower your batch size.") + TAIL,
        "RuntimeError",
    )
    add(
        "kv_oom_runtime",
        P
        + f"{st(20)}Prefill out of memory. Try to lower your batch size.\n"
        + exc("RuntimeError: Prefill out of memory.", 21)
        + TAIL,
        "Prefill out of memory. Try",
    )
    add(
        "kv_oom_runtime",
        P
        + exc(
            "ValueError: Failed to retract: Out of memory even after retracting all other requests in the decode batch."
        )
        + TAIL,
        "ValueError",
    )
    add(
        "port_in_use",
        P
        + "[2026-09-22 06:51:00] INFO:     Application startup complete.\n[2026-09-22 06:51:00] ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 30000): address already in use\n[2026-09-22 06:51:00] INFO:     Waiting for application shutdown.\n",
        "Errno 98",
    )
    add(
        "port_in_use",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "zmq.error.ZMQError: Address already in use (addr='tcp://10.0.0.1:5001')\n",
        "zmq.error",
    )
    add(
        "port_in_use",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "ValueError: port_base at 30133 is not available in 30 seconds. process.pid=123 process.cmdline()=['python', '-m', 'x']\n",
        "ValueError",
    )
    for code, txt in (
        ("EI0006", "Getting socket times out. Reason: The remote does not initiate a connect request"),
        (
            "EI0002",
            "The wait execution of the Notify register times out. Reason: The Notify register has not received the Notify record from remote rank [3]",
        ),
        ("EI0015", "The ranktable or rank info check: not all ranks arrived within the timeout period"),
        ("EI0009", "Transport init error"),
    ):
        add(
            "hccl_timeout",
            P
            + exc(
                f"RuntimeError: create:build/CMakeFiles/torch_npu.dir/compiler_depend.ts:104 HCCL function error: hcclCommInitRootInfoConfig(numRanks, &rootInfo, rank, config, &(comm->hcclComm_)), error code is 4\n{WR}{code}: 2026-09-22-06:50:20.123.456 {txt}\n        Solution: 1. Check the rank service processes.\n        TraceBack (most recent call last):\n        Transport init error. Reason: [Create][DestLink]Create Dest error!\n"
            )
            + TAIL
            + TBE,
            f"^{code}",
        )
    add(
        "hccl_timeout",
        P
        + "[rank3]:[E922 06:50:20.1 compiler_depend.ts:444] [PG ID 0 PG GUID 0 Rank 3] Watchdog caught collective operation timeout: WorkHCCL(SeqNum=12, OpType=ALLREDUCE, NumelIn=1, Timeout(ms)=1800000) ran for 1800123 milliseconds before timing out.\n",
        "Watchdog caught",
    )
    add(
        "hccl_port_in_use",
        P
        + exc(
            f"RuntimeError: HCCL function error: hcclCommInitRootInfoConfig(x), error code is 7\n{WR}EJ0003: 2026-09-22-06:50:20.123.456 Failed to bind the IP port. Reason: The IP address and port have been bound already.\n        Solution: Kill the process that occupies the port"
        )
        + TAIL,
        "^EJ0003",
    )
    add(
        "hccl_residual_process",
        P
        + exc(
            "RuntimeError: Initialize:build/x.ts:115 NPU function error: aclInit(nullptr), error code is 507033\n[ERROR] 2026-09-22-06:50:20 (PID:1, Device:0, RankID:-1) ERR00100 PTA call acl api failed\nEJ0001: 2026-09-22-06:50:20.123 Failed to initialize the HCCP process. Reason: Maybe the last training process is running.\n        Solution: Wait for 10s"
        )
        + TAIL,
        "^EJ0001",
    )
    add(
        "hccl_init_failed",
        P
        + exc(
            f"RuntimeError: create:x.ts:104 HCCL function error: hcclCommInitRootInfoConfig(n, r), error code is 15\n{WR}        TraceBack (most recent call last):\n"
        )
        + TAIL,
        "error code is 15",
    )
    add(
        "hccl_buffsize_small",
        P
        + exc(
            "RuntimeError: call aclnnMoeDistributeDispatchV2 failed, detail:EZ9999: Inner Error!\nEZ9999: 2026-09-22 HCCL_BUFFSIZE is too SMALL, maxBs = 128, h = 7168, NEEDED_HCCL_BUFFSIZE(((maxBs * x))) = 1230MB, HCCL_BUFFSIZE=200MB.\n"
        )
        + TAIL,
        "BUFFSIZE|aclnnMoe",
    )
    add(
        "deepep_error",
        P + exc("RuntimeError: call aclnnMoeDistributeCombineV2 failed, detail:[PID: 1] error code is 561002") + TAIL,
        "RuntimeError",
    )
    add(
        "deepep_error",
        P
        + exc(
            "RuntimeError: call aclnnMoeDistributeDispatchV2 failed, detail:moeExpertNum is 256, in case of unlayered, it must no more than 24"
        )
        + TAIL,
        "RuntimeError",
    )
    add(
        "aicore_exception",
        P
        + exc(
            "RuntimeError: The Inner error is reported as above. The process exits for this inner error, and the current working operator name is aclnnX. error code is 507035\n[ERROR] 2026-09-22-06:50:20 (PID:1, Device:0, RankID:0) ERR00100 PTA call acl api failed\nEZ9999: Inner Error!\nEZ9999: [PID: 1] 2026-09-22-06:50:20 The error from device(chipId:0, dieId:0), serial number is 1, there is an exception of aivec error, core id is 0, error code = 0"
        )
        + TAIL,
        "507035|aivec",
    )
    add(
        "aicore_exception",
        P + exc("RuntimeError: ACL stream synchronize failed, error code:507015") + TAIL,
        "RuntimeError",
    )
    add(
        "npu_graph_error",
        P
        + f"{st(8)}Capture npu graph begin. This can take up to several minutes. avail mem=8 GB\n"
        + exc(
            "RuntimeError: NPU function error: aclmdlRICaptureEnd, error code is 507000\nEZ9903: Stream resources are insufficient"
        )
        + TAIL,
        "507000|EZ9903",
    )
    add(
        "npu_graph_error",
        P
        + f"{st(8)}Capture npu graph begin. avail mem=8 GB\n"
        + exc("RuntimeError: call aclrtLaunchKernelWithHostArgs failed, runtime result = 107003")
        + TAIL,
        "RuntimeError",
    )
    add(
        "device_not_found",
        NOISE
        + "[ERROR] RUNTIME(1,):2026 [driver.cc:65]1 GetDeviceCount:[drv api] drvGetDevNum failed: drvRetCode=87!\n"
        + "Traceback (most recent call last):\n"
        + FR
        + "RuntimeError: Initialize:build NPU function error: aclInit, error code is 507899\n",
        "drvRetCode|507899",
    )
    add(
        "device_not_found",
        "Traceback (most recent call last):\n" + FR + "RuntimeError: Can't get ascend_hal device count\n",
        "RuntimeError",
    )
    add(
        "device_busy",
        P
        + exc(
            "RuntimeError: NPU function error: aclrtSetDevice, error code is 507899\n[ERROR] x ERR00100\nEL0005: 2026 Resource_Busy(EL0005): The resources are busy.\n        Possible Cause: device is used by another"
        )
        + TAIL,
        "EL0005",
    )
    add(
        "cann_env_missing",
        "Traceback (most recent call last):\n"
        + FR
        + "ImportError: libhccl.so: cannot open shared object file: No such file or directory\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n"
        + FR
        + "RuntimeError: Failed to load the backend extension: torch_npu. You can disable extension auto-loading with TORCH_DEVICE_BACKEND_AUTOLOAD=0.\n",
        "libhccl",
    )
    add(
        "hal_lib_missing",
        "Traceback (most recent call last):\n"
        + FR
        + "ImportError: libascend_hal.so: cannot open shared object file: No such file or directory\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n"
        + FR
        + "RuntimeError: Failed to load the backend extension: torch_npu.\n",
        "libascend_hal",
    )
    add(
        "torch_npu_missing",
        "Traceback (most recent call last):\n" + FR + "ModuleNotFoundError: No module named 'torch_npu'\n",
        "Module",
    )
    add(
        "model_path_not_found",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/models/x'. Use `repo_type` argument if needed.\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n"
        + FR
        + "OSError: Can't load the configuration of '/models/x'. If you were trying to load it from 'https://huggingface.co/models', make sure\n",
        "HFVal|OSError",
    )
    add(
        "model_path_not_found",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.\n",
        "OSError",
    )
    add(
        "model_path_not_found",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "OSError: /models/x does not appear to have a file named config.json. Checkout 'https://huggingface.co//models/x/tree/None' for available files.\n",
        "OSError",
    )
    add(
        "weights_missing",
        P + exc("RuntimeError: Cannot find any model weights with `/models/x`") + TAIL,
        "RuntimeError",
    )
    add(
        "weights_missing",
        P
        + exc(
            "RuntimeError: model.safetensors.index.json references 1 shard file(s) missing from /models/x: model-00002-of-00004.safetensors"
        )
        + TAIL,
        "RuntimeError",
    )
    add(
        "weights_corrupt",
        P
        + exc(
            "safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata, file not fully covered"
        )
        + TAIL,
        "safetensors_rust",
    )
    add("quant_config_missing", P + exc("ValueError: Cannot find the config file for modelslim") + TAIL, "ValueError")
    add("fp8_unsupported", P + exc("TypeError: Unexpected type fp8") + TAIL, "TypeError")
    add(
        "unknown_argument",
        "usage: launch_server.py [-h] --model-path MODEL_PATH\n"
        + "                        [--x X]\n" * 300
        + "launch_server.py: error: unrecognized arguments: --deepep-modes\n",
        "unrecognized",
    )
    add(
        "unknown_argument",
        "usage: sglang serve [-h]\nsglang serve: error: ambiguous option: --cuda-graph-bs could match --cuda-graph-bs-decode, --cuda-graph-bs-prefill\n",
        "ambiguous",
    )
    add(
        "invalid_argument_value",
        "usage: x\nlaunch_server.py: error: argument --attention-backend: invalid choice: 'ascnd' (choose from 'ascend', 'triton')\n",
        "invalid",
    )
    add(
        "server_args_assert",
        'Traceback (most recent call last):\n  File "<frozen runpy>", line 198, in _run_module_as_main\n  File "/x/sglang/launch_server.py", line 40, in <module>\n    server_args = prepare_server_args(sys.argv[1:])\n  File "/x/sglang/srt/server_args.py", line 5000, in check_server_args\n    assert self.tp_size % self.dp_size == 0\n           ^^^^^^^^^^\nAssertionError\n',
        "AssertionError$",
    )
    add(
        "server_args_assert",
        'Traceback (most recent call last):\n  File "/x/sglang/srt/arg_groups/parallel_hook.py", line 50, in check\n    assert x, "tp_size must be divisible"\nAssertionError: tp_size must be divisible by nnodes\n',
        "AssertionError:",
    )
    add(
        "context_too_long",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "ValueError: Warning: User-specified context_length (300000) is greater than the derived context_length (202752). This may lead to incorrect model outputs or CUDA errors.\n",
        "ValueError",
    )
    add(
        "unknown_architecture",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "KeyError: 'glm_moe_dsa'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n"
        + FR
        + "ValueError: The checkpoint you are trying to load has model type `glm_moe_dsa` but Transformers does not recognize this architecture. This could be because\n",
        "ValueError",
    )
    add(
        "unknown_architecture",
        P
        + exc(
            "ValueError: Model architectures ['GlmMoeDsaForCausalLM'] are not supported for now. Supported architectures: dict_keys([])"
        )
        + TAIL,
        "ValueError",
    )
    add(
        "trust_remote_code",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "ValueError: The repository /m contains custom code which must be executed to correctly load the model. You can inspect the repository content at https://hf.co//m.\nPlease pass the argument `trust_remote_code=True` to allow custom code to be run.\n",
        "ValueError",
    )
    add(
        "tokenizer_error",
        args
        + "Traceback (most recent call last):\n"
        + FR
        + "OSError: Can't load tokenizer for '/m'. If you were trying to load it from 'https://huggingface.co/models', make sure you don't have a local directory\n",
        "OSError",
    )
    add(
        "dist_init_timeout",
        args
        + "[W922 06:50:20.1 socket.cpp:759] [c10d] The client socket has timed out after 600000ms while trying to connect to (10.0.0.1, 5000).\n"
        + exc(
            "torch.distributed.DistNetworkError: The client socket has timed out after 600000ms while trying to connect to (10.0.0.1, 5000)."
        )
        + TAIL,
        "DistNetworkError",
    )
    add(
        "dist_init_timeout",
        P
        + exc("torch.distributed.DistStoreError: Timed out after 601 seconds waiting for clients. 1/2 clients joined.")
        + TAIL,
        "DistStoreError",
    )
    add(
        "gloo_interface",
        P
        + exc(
            "RuntimeError: [../third_party/gloo/gloo/transport/tcp/device.cc:84] ifa != nullptr. Unable to find interface for: eth9"
        )
        + TAIL,
        "RuntimeError",
    )
    add(
        "gloo_interface",
        P
        + exc(
            "RuntimeError: Gloo connectFullMesh failed with [../third_party/gloo/gloo/transport/tcp/pair.cc:144] no error"
        )
        + TAIL,
        "RuntimeError",
    )
    add(
        "gloo_preamble_abort",
        P
        + "terminate called after throwing an instance of 'gloo::EnforceNotMet'\n  what():  [enforce fail at ../third_party/gloo/gloo/transport/tcp/pair.cc:446] op.preamble.length <= op.nbytes. 64 vs 4\n"
        + "Fatal Python error: Aborted\n\n"
        + TAIL,
        "preamble",
    )
    add(
        "watchdog_timeout",
        P + f"{st(30)}Watchdog timeout (self.watchdog_timeout=300, self.soft=False)\n" + TAIL,
        "atchdog timeout",
    )
    add(
        "watchdog_timeout",
        P + f"{st(30)}Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)\n" + TAIL,
        "atchdog timeout",
    )
    add(
        "sched_killed",
        P
        + "[2026-09-22 06:51:00] Subprocess scheduler_0 (pid=77) crashed with exit code -9. Triggering SIGQUIT for cleanup...\n[2026-09-22 06:51:00] SIGQUIT received. signum=None, frame=None. It usually means one child failed.\nKilled\n",
        "code -9",
    )
    add("sched_exception", P + exc("ZeroDivisionError: integer division or modulo by zero") + TAIL, "ZeroDiv")
    add(
        "kv_full_retract_crash",
        P
        + f"{st(19)}KV cache pool is full. Retract requests. #retracted_reqs: 1, #new_token_ratio: 0.5 -> 0.6\n"
        + exc(
            "AttributeError: 'NPUMLATokenToKVPool' object has no attribute 'kv_buffer'",
            fr=FR + '  File "/x/schedule_batch.py", line 1, in retract_decode\n    x()\n',
        )
        + TAIL
        + TBE,
        "AttributeError",
    )
    add(
        "pd_bootstrap_timeout",
        P
        + f"{st(30)}Prefill bootstrap failed for request rank=0 req.rid='x' req.bootstrap_room=1 with exception KVTransferError(bootstrap_room=1): Request 1 timed out after 300.0s in KVPoll.Bootstrapping\n",
        "Bootstrapping",
    )
    add(
        "pd_waiting_timeout",
        P
        + f"{st(30)}Decode transfer failed for request rank=0 with exception KVTransferError(bootstrap_room=1): Request 1 timed out after 300.1s in KVPoll.WaitingForInput\n",
        "WaitingForInput",
    )
    add(
        "pd_peer_lost",
        P + f"{st(30)}Losing connection with prefill instance (bootstrap_addr: 10.0.0.1:8998), 3 requests affected\n",
        "Losing",
    )
    add(
        "pd_prefill_unreachable",
        P
        + f"{st(30)}Error fetching prefill server info from bootstrap: HTTPConnectionPool(host='10.0.0.1', port=8998): Max retries exceeded\n",
        "Error fetching",
    )
    add("memfabric_error", P + exc("ValueError: Failed create mf store, invalid ascend_url: None") + TAIL, "ValueError")
    add(
        "memfabric_error", P + exc("RuntimeError: Ascend Transfer Engine initialization failed.") + TAIL, "RuntimeError"
    )
    add(
        "memfabric_error",
        P + exc("ImportError: Please install memfabric_hybrid by following the instructions") + TAIL,
        "ImportError",
    )
    add(
        "mooncake_missing",
        P
        + exc(
            "ImportError: Please install mooncake by following the instructions at https://kvcache-ai.github.io/Mooncake/getting_started/build.html to run SGLang with MooncakeTransferEngine."
        )
        + TAIL,
        "ImportError",
    )
HEALTH: list[str] = []
OK = f'{st(40)}Load weight end. type=X, avail mem=20 GB\n{st(41)}KV Cache is allocated. #tokens: 9, K size: 1 GB, V size: 1 GB\n{st(42)}max_total_num_tokens=9, chunked_prefill_size=4\n[2026-09-22 06:51:00] INFO:     127.0.0.1:4 - "GET /health HTTP/1.1" 503 Service Unavailable\n[2026-09-22 06:51:01] The server is fired up and ready to roll!\n'
HEALTH.append(ARGS16 + NOISE + "".join(START) + OK)
HEALTH.append(
    ARGS23
    + NOISE
    + "".join(START)
    + OK
    + "[2026-09-22 07:00:00] SIGTERM received. signum=None frame=None. Draining requests and shutting down...\n[2026-09-22 07:00:01] Subprocess scheduler_0 (pid=7) crashed with exit code -15. Triggering SIGQUIT for cleanup...\n[2026-09-22 07:00:01] SIGQUIT received. signum=None, frame=None. It usually means one child failed.\n[2026-09-22 07:00:01] Sleeping 5 seconds before crash diagnostics\n[2026-09-22 07:00:06] kill_process_tree called\nKilled\n"
)
HEALTH.append(
    ARGS16
    + "".join(START)
    + OK
    + "[2026-09-22 07:00:00] Endpoint '/get_server_info' is deprecated and will be removed in a future version. Please use '/server_info' instead.\n[2026-09-22 07:00:00] INFO:     Waiting for child process [7]\n[2026-09-22 07:00:00] INFO:     Child process [7] died\n"
)
HEALTH.append(
    ARGS16
    + "".join(START)
    + f"{st(7)}Setup Custom allreduce failed with Custom allreduce is not supported on NPU\n{st(7)}get env HCCL_BUFFSIZE = 200\n[W922 06:50:20 socket.cpp:200] [c10d] The hostname of the client socket cannot be retrieved. err=-3\n[Gloo] Rank 0 is connected to 15 peer ranks. Expected number of connected peer ranks is : 15\nFailed to import from vllm._C with ModuleNotFoundError(\"No module named 'vllm'\")\n"
    + OK
)
CARRIERS: dict[str, Callable[[str], str]] = {
    "plain": lambda line: line,
    "docker": lambda line: "2026-09-22T06:50:07.810123456Z " + line,
    "rankbr": lambda line: "[rank0] " + line,
    "host": lambda line: "host1 | " + line,
    "compose": lambda line: "sglang-server-1  | " + line,
    "kubectl": lambda line: "[pod/sglang-0/main] " + line,
    "journald": lambda line: "Sep 22 06:50:07 node1 docker[4711]: " + line,
    "journiso": lambda line: "2026-09-22T06:50:07+0800 node1 glm[4711]: " + line,
    "ray": lambda line: "(SGLangEngine pid=77) " + line,
    "crlf": lambda line: line + "\r",
    "ansi": lambda line: "\x1b[32m" + line + "\x1b[0m",
    "k8s": lambda line: "2026-09-22T06:50:07.8Z stdout F " + line,
    "grep": lambda line: "server.log:12:" + line,
    "stern": lambda line: "sglang-0 main " + line,
    "pipecolon": lambda line: "10.0.0.1: " + line,
    "ranktag": lambda line: "[decode-0] " + line,
    "dcj": lambda line: "[pod/sglang-0/main] 2026-09-22T06:50:07.8Z " + line,
    "sarang": lambda line: "rank3| " + line,
    "mpirun": lambda line: "[1,0]<stdout>:" + line,
    "srun": lambda line: "3: " + line,
}


def handed(text: str, carry: Callable[[str], str]) -> Reading:
    """The log with something done to each of its lines."""
    return read("".join(carry(line) + "\n" for line in text.split("\n")[:-1]))


def carried(text: str, carrier: str) -> Reading:
    """The log as that carrier hands it on."""
    return handed(text, CARRIERS[carrier])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_failure_is_recognised_with_its_line_whoever_carried_the_log(carrier: str) -> None:
    """The root is the cause, not the wrapper above, the other ranks, or what follows."""
    wrong = []
    for expected, text, mark in CASES:
        told = carried(text, carrier).diagnosis
        quoted = text.split("\n")[told.root_line - 1] if told else ""
        if told is None or told.id != expected or not re.search(mark, quoted):
            wrong.append((expected, told and told.id, quoted[:100]))
    assert wrong == []


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("log", range(len(HEALTH)))
def test_a_healthy_log_full_of_noise_triggers_nothing(carrier: str, log: int) -> None:
    """Import banners, 503 before it is ready, a clean stop, deprecated endpoints."""
    reading = carried(HEALTH[log], carrier)
    assert (reading.diagnosis, reading.ready, reading.phases[0]) == (None, True, "init")


@pytest.mark.parametrize("blanks", ["  ", "    ", "\t"])
def test_a_log_that_was_quoted_with_blanks_before_every_line_says_the_same(blanks: str) -> None:
    """As in a ticket or a chat; the blanks of a traceback are not taken for such."""
    for text in [case for _, case, _ in CASES if case.count("\n[20") > 1] + HEALTH:
        quoted, plain = handed(text, lambda line: blanks + line if line else line), read(text)
        assert (quoted.phases, quoted.ready) == (plain.phases, plain.ready)
        told = [(one.id, one.root_line) if one else None for one in (quoted.diagnosis, plain.diagnosis)]
        assert told[0] == told[1], text
