# ruff: noqa: E501 (lines of logs stand as they are)
"""Which line is quoted where several tell of the same failure, and causes that shells, podman and HCCL write."""

import pytest

from tests.monitor.reading import found

S = "[2026-03-04 05:06:07 TP3] "
TRACE = (
    'Traceback (most recent call last):\n  File "/x/sglang/srt/managers/scheduler.py", line 1, in run\n    self.go()\n'
)
HCCL = "RuntimeError: create_config:x.ts:148 HCCL function error: hcclCommInitRootInfoConfig(a, b), error code is 1\n[ERROR] 2026-03-04-05:06:07 (PID:7, Device:3, RankID:3) ERR02200 DIST call hccl api failed.\n"


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("hccl_env_invalid", "[PID: 7] 2026-03-04-05:06:07.1 Config_Error_Invalid_Environment_Variable(EI0001): Value [x] for environment variable [HCCL_BUFFSIZE] is invalid."),
        ("hccl_mismatch", "EI0005: 2026-03-04-05:06:07.1 The arguments for collective communication are inconsistent between ranks: parameter[count], local[1], remote [2]"),
        ("hccl_mismatch", "[PID: 7] 2026-03-04-05:06:07.1 Value Disable for config \"tls\" is invalid(EI0016): Expected value: all ranks are consistent."),
        ("npu_oom", "[PID: 7] 2026-03-04-05:06:07.1 Allocation_Failure(EI0007): Failed to allocate resource[qp]. Reason: Memory resources are exhausted."),
        ("hccl_timeout", "[PID: 7] 2026-03-04-05:06:07.1 Execution_Error_ROCE_CQE(EI0013): An error CQE occurred during operator execution."),
        ("hccl_init_failed", "EI9999: 2026-03-04-05:06:07.1 something that no table knows yet"),
    ],
)  # fmt: skip
def test_a_code_below_a_wrapper_is_quoted(expected: str, line: str) -> None:
    """With the meaning of the code where it has one, and alone as well."""
    log = f"{S}Scheduler hit an exception: {TRACE}{HCCL}{line}\n        Solution: look.\n"
    assert found(log) == (expected, 6)
    if expected != "hccl_init_failed":
        assert found(f"hello\n{line}\n") == (expected, 2)


def test_the_first_exception_of_a_chain_is_quoted_below_a_wrapper() -> None:
    """What was raised last only says that something could not be loaded."""
    wrapped = "The above exception was the direct cause of the following exception:\n\n"
    last = f"{TRACE}RuntimeError: Failed to load the backend extension: torch_npu. You can disable it\n"
    assert found(f"{TRACE}ImportError: libodd.so.3: wrong ELF class\n\n{wrapped}{last}") == ("cann_env_missing", 4)
    undefined = "ImportError: /x/torch_npu/lib/libtorch_npu.so: undefined symbol: _ZN3c10"
    assert found(f"{TRACE}{undefined}\n\n{wrapped}{last}") == ("torch_npu_missing", 4)
    assert found(last) == ("cann_env_missing", 4)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("docker_name_in_use", 'Error: creating container storage: the container name "glm" is already in use by 3f1c. You have to remove that container'),
        ("docker_no_container", 'Error: no container with name or ID "glm" found: no such container'),
        ("docker_image_missing", "Error: initializing source docker://r.invalid/x:1: pinging container registry r.invalid: no such host"),
        ("docker_device_missing", "Error: stat /dev/davinci0: no such file or directory"),
        ("docker_runtime_missing", 'Error: default OCI runtime "ascend" not found: invalid argument'),
        ("model_path_not_found", "Error: statfs /weights/GLM-5.2: no such file or directory"),
        ("sched_killed", "/root/launch.sh：行 42：  4711 已杀死               python3 -m sglang.launch_server --tp-size 16"),
        ("pd_prefill_unreachable", "Prefill instance failed to register to bootstrap server after 5 retries"),
        ("pd_prefill_unreachable", "Failed to get prefill server info: 404, not found"),
        ("sched_killed", "      Reason:       OOMKilled"),
        ("sched_killed", "glm52.service: A process of this unit has been killed by the OOM killer."),
        ("sched_killed", "glm52 exited with code 137"),
        ("child_failed", "launch.sh：行 42：  4711 段错误               (核心已转储) python3 -m sglang.launch_server"),
        ("sglang_missing", "/usr/bin/python3: Error while finding module specification for 'sglang.launch_server' (ModuleNotFoundError: No module named 'sglang')"),
        ("sglang_missing", "bash: line 1: python3: command not found"),
        ("device_not_found", "[ERROR] RUNTIME(42,x):2026-03-04-05:06:07.1 [api_error.cc:2350]58 SetDevice:Set visible device failed, invalid device=0, input visible devices:4"),
        ("device_not_found", "RuntimeError: Initialize:x.ts:152 NPU function error: c10_npu::SetDevice(device_id_), error code is 507033"),
        ("gloo_interface", "[ERROR] HCCL(9,python3):2026-03-04-05:06:07.1 [sal.cc:501] [9][InitGroupStage][EnvConfig]set ifname to [eth7] by HCCL_SOCKET_IFNAME, but not found in the environment"),
        ("hccl_timeout", "[ERROR] HCCL(7,python3):2026-03-04-05:06:07.1 [topoinfo_exchange_agent.cc:190] [7]topo exchange agent get socket timeout! timeout[120]"),
        ("hccl_timeout", "there are(is) 1 abnormal device(s): Cluster Exception Location[IP/ID]:[10.0.0.2/1], ExceptionType:[Heartbeat Lost Occurred], Possible Reason:1. Process has exited, 2. Network Disconnected"),
        ("docker_image_missing", 'Error response from daemon: Get "https://quay.io/v2/": dial tcp: lookup quay.io on 127.0.0.53:53: server misbehaving'),
        ("docker_image_missing", 'docker: Error response from daemon: Get "https://quay.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)'),
        ("docker_image_missing", 'Error response from daemon: Get "https://quay.io/v2/": dial tcp 34.1.2.3:443: i/o timeout'),
        ("docker_image_missing", 'Error response from daemon: Get "https://quay.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority'),
        ("docker_image_missing", 'FATA[0000] failed to resolve reference "quay.io/x:1": failed to do request: Head: dial tcp: lookup quay.io: no such host'),
        ("docker_daemon_down", "docker: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Head: dial unix /var/run/docker.sock: connect: permission denied."),
        ("docker_daemon_down", "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running"),
        ("docker_failed", 'docker: Error response from daemon: failed to create task for container: error mounting "/usr/local/dcmi" to rootfs: not a directory'),
        ("ssh_auth", "root@10.0.0.7: Permission denied (password)."),
        ("ssh_auth", "root@10.0.0.7: Permission denied (gssapi-keyex,gssapi-with-mic,keyboard-interactive)."),
        ("ssh_timeout", "Timeout, server 10.0.0.7 not responding."),
        ("ssh_closed", "client_loop: send disconnect: Broken pipe"),
        ("ssh_closed", "kex_exchange_identification: read: Connection reset by peer"),
        ("ssh_closed", "Connection reset by 10.0.0.7 port 22"),
    ],
)  # fmt: skip
def test_what_others_than_sglang_write(expected: str, line: str) -> None:
    """Podman, a shell that speaks Chinese, HCCL and the runtime below it."""
    assert found(f"hello\n{line}\n") == (expected, 2)


@pytest.mark.parametrize(
    "last", ["Killed", "glm52 exited with code 137", "launch.sh: line 3:  77 Killed   python3 -m sglang.launch_server",
             "glm52.service: Main process exited, code=killed, status=9/KILL"],
)  # fmt: skip
def test_a_launcher_that_was_killed_is_no_cause_after_a_failure(last: str) -> None:
    """It kills itself with all its processes, whatever failed."""
    assert found(f"hello\n{last}\n") == ("sched_killed", 2)
    assert found(f"{S}Received sigquit from a child process. It usually means the child failed.\n{last}\n") == (
        "child_failed",
        1,
    )
    assert found(f"{S}Scheduler hit an exception: {TRACE}KeyError: 'x'\n\n{last}\n") == ("sched_exception", 4)
