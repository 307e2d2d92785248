"""Prefill, decode and router together: the played router, the hand-over per request, and the real router's wheel."""

import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.routers import NO_ROUTER, router_python
from tests.simulate.playing import Played, ask, free_port, play, server, wait_for
from wizard import verify
from wizard.monitor.phases import READY
from wizard.verify import Target

PREFILL, DECODE = "127.0.0.31", "127.0.0.32"
QUESTION = {"text": "The capital of France is", "sampling_params": {"max_new_tokens": 8}}


@contextmanager
def pair(folder: Path, prefill_fault: str = "", **pretended: Any) -> Iterator[tuple[Played, Played, list[str]]]:
    """A prefill and a decode server that are ready, and the router's words."""
    ports = [free_port(PREFILL), free_port(DECODE), free_port(PREFILL), free_port(PREFILL), free_port(PREFILL)]
    common = {"tp_size": 4, "dp_size": 2, "enable_dp_attention": True, "served_model_name": "glm"}
    first = server(PREFILL, ports[0], disaggregation_mode="prefill", disaggregation_bootstrap_port=ports[2], **common)
    second = server(DECODE, ports[1], disaggregation_mode="decode", **common)
    router = [
        "--pd-disaggregation", "--prefill", f"http://{PREFILL}:{ports[0]}", str(ports[2]),
        "--decode", f"http://{DECODE}:{ports[1]}", "--host", PREFILL, "--port", str(ports[3]),
        "--prometheus-port", str(ports[4]), "--prometheus-host", "127.0.0.1",
    ]  # fmt: skip
    with ExitStack() as stack:
        prefill = stack.enter_context(play(folder, *first, fault=prefill_fault, **pretended))
        decode = stack.enter_context(play(folder, *second, **pretended))
        prefill.until(READY)
        decode.until(READY)
        yield prefill, decode, router


def at(router: list[str]) -> str:
    """The router's address."""
    return f"http://{PREFILL}:{router[router.index('--port') + 1]}"


def hung_up(host: str, port: int) -> None:
    """A client that goes away without a word, as one does that does not read its answer to the end."""
    with socket.create_connection((host, port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_paris_through_the_played_router(tmp_path: Path) -> None:
    """Ready only with both sides; both see the request; the monitor knows the roles."""
    with (
        pair(tmp_path) as (prefill, decode, words),
        play(tmp_path, *words, module="sglang_router.launch_router") as router,
    ):
        wait_for(lambda: ask(f"{at(words)}/readiness")[0] == 200, router.log)
        report = verify.answers(Target(at(words)))
        assert report.answers, report
        assert report.target.is_router
        assert router.reading().ready
        assert (router.reading().role, prefill.reading().role, decode.reading().role) == ("router", "prefill", "decode")
        assert "Decode batch" not in prefill.text
        hung_up(PREFILL, int(at(words).rpartition(":")[2]))
        assert verify.answers(Target(at(words))).answers
        assert router.stop() == 0
        assert "Traceback" not in router.text, "the real one writes nothing about clients that hang up"


def test_a_router_without_servers_is_alive_and_not_ready(tmp_path: Path) -> None:
    """As the real one: liveness says nothing about readiness."""
    port, figures = free_port(), free_port()
    words = ["--pd-disaggregation", "--prefill", f"http://{PREFILL}:1", "8998", "--decode", f"http://{DECODE}:1"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--prometheus-port", str(figures)]
    with play(tmp_path, *words, "--worker-startup-timeout-secs", "0", module="sglang_router.launch_router") as router:
        router.until("Failed job: type=AddWorker")
        assert [ask(f"http://127.0.0.1:{port}/{path}")[0] for path in ("liveness", "readiness", "v1/models")] == [
            200,
            503,
            503,
        ]
        told = router.reading().diagnosis
        assert told is not None
        assert told.id == "router_no_workers"


def test_a_prefill_server_is_not_asked_directly(tmp_path: Path) -> None:
    """Without a room from the router there is nothing to hand over."""
    with pair(tmp_path) as (_, _, words):
        prefill = words[words.index("--prefill") + 1]
        assert ask(f"{prefill}/generate", QUESTION)[0] == 400


def test_a_wrong_bootstrap_port_shows_in_the_decode_log(tmp_path: Path) -> None:
    """The router names the port; decode goes there and finds nobody."""
    with pair(tmp_path, wait_s=0.5) as (_, decode, words):
        words[words.index("--prefill") + 2] = str(free_port(PREFILL))
        with play(tmp_path, *words, module="sglang_router.launch_router") as router:
            wait_for(lambda: ask(f"{at(words)}/readiness")[0] == 200, router.log)
            assert ask(f"{at(words)}/generate", QUESTION)[0] == 500
            told = decode.reading().diagnosis
            assert told is not None
            assert told.id == "pd_prefill_unreachable"


@pytest.mark.slow
def test_paris_through_the_real_router(tmp_path: Path) -> None:
    """The wheel registers the played servers, sends both its bootstrap fields, and passes the answer on."""
    python = router_python()
    if python is None:
        pytest.skip(NO_ROUTER)
    with pair(tmp_path) as (prefill, decode, words):
        log = tmp_path / "router.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [python, "-m", "sglang_router.launch_router", *words],
                stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True, cwd=tmp_path,
            )  # fmt: skip
        router = Played(process, log)
        try:
            wait_for(lambda: ask(f"{at(words)}/readiness")[0] == 200, log)
            report = verify.answers(Target(at(words), "glm"))
            assert report.answers, report
            assert router.reading().ready
            assert prefill.reading().diagnosis is None
            assert decode.reading().diagnosis is None
            assert router.stop() == 0
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
