"""The played server: phases that the monitor recognises, endpoints, ports, ranks, stopping."""

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.simulate.playing import ask, free_port, play, server, wait_for
from wizard.detect.npu_smi import NpuTable, read_info
from wizard.monitor.phases import READY
from wizard.simulate.pretend import MACHINES, Pretended, environment

QUESTION = {"text": "The capital of France is", "sampling_params": {"max_new_tokens": 8, "temperature": 0}}
CHAT = {"model": "glm", "messages": [{"role": "user", "content": "What is the capital of France?"}], "max_tokens": 64}
PHASES = ("init", "dist_init", "load_weights", "kv_cache", "graph_capture", "serve")


@pytest.mark.parametrize("release", ["0.5.13.post1", "0.5.23"])
def test_the_monitor_sees_every_phase(tmp_path: Path, release: str) -> None:
    """In both ways of writing, with a draft model, and then the first request and its figures."""
    port = free_port()
    words = server("127.0.0.1", port, tp_size=4, speculative_algorithm="NEXTN", served_model_name="glm")
    with play(tmp_path, *words, release=release) as played:
        played.until(READY)
        told = played.reading()
        assert told.phases == PHASES
        assert told.ready
        assert told.diagnosis is None
        status, answer = ask(f"http://127.0.0.1:{port}/generate", QUESTION)
        assert status == 200
        assert "Paris" in json.loads(answer)["text"]
        wait_for(lambda: "Decode batch" in played.text)
        last = played.reading().last
        assert last is not None
        assert (last.kind, last.accept_len) == ("decode", 2.6)
        assert played.stop() == -signal.SIGKILL  # as the real one, which kills its own tree
        told = played.reading()
        assert told.diagnosis is None
        assert "SIMULATED" in played.text.splitlines()[0]


def test_the_endpoints_of_a_server(tmp_path: Path) -> None:
    """Health, names, chat with and without thinking, streams, figures, a key; each says that it is simulated."""
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    words = server(
        "127.0.0.1", port, served_model_name="glm", reasoning_parser="glm45", enable_metrics=True, api_key="k"
    )
    with play(tmp_path, *words) as played:
        played.until(READY)
        key = {"Authorization": "Bearer k"}
        assert ask(f"{at}/health")[0] == 200
        assert ask(f"{at}/generate", QUESTION)[0] == 401
        models = json.loads(ask(f"{at}/v1/models", headers=key)[1])
        assert [(card["id"], card["owned_by"]) for card in models["data"]] == [("glm", "SIMULATED")]
        message = json.loads(ask(f"{at}/v1/chat/completions", CHAT, key)[1])["choices"][0]["message"]
        assert "Paris" in message["content"]
        assert "SIMULATED" in message["reasoning_content"]
        quiet = {**CHAT, "chat_template_kwargs": {"enable_thinking": False}}
        message = json.loads(ask(f"{at}/v1/chat/completions", quiet, key)[1])["choices"][0]["message"]
        assert (message["reasoning_content"], "Paris" in message["content"]) == (None, True)
        stream = ask(f"{at}/v1/chat/completions", {**quiet, "stream": True}, key)[1]
        assert stream.startswith("data: {")
        assert stream.endswith("data: [DONE]\n\n")
        assert "sglang:num_requests_total" in ask(f"{at}/metrics")[1]
        for path in ("model_info", "get_model_info", "server_info", "get_server_info"):
            assert "SIMULATED" in ask(f"{at}/{path}", headers=key)[1]


def test_a_taken_port_shows_late_and_does_not_end_the_server(tmp_path: Path) -> None:
    """As with the real one: all phases, then the error, and the process stays."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        with play(tmp_path, *server("127.0.0.1", port)) as played:
            played.until("[Errno 98]")
            told = played.reading()
            assert told.diagnosis is not None
            assert (told.diagnosis.id, told.ready) == ("port_in_use", False)
            assert played.process.poll() is None


def ranks(node: int, port: int, rendezvous: int) -> list[str]:
    """One of two nodes, on an address of its own."""
    return server(
        f"127.0.0.{20 + node}", port, tp_size=8, nnodes=2, node_rank=node, dist_init_addr=f"127.0.0.20:{rendezvous}"
    )


def test_two_nodes_meet_and_end_together(tmp_path: Path) -> None:
    """Rank 1 waits for rank 0, answers health alone, and ends when rank 0 stops."""
    port, rendezvous = free_port("127.0.0.20"), free_port("127.0.0.20")
    with play(tmp_path, *ranks(1, port, rendezvous), release="0.5.23") as second:
        second.until("Init parallel begin")
        with play(tmp_path, *ranks(0, port, rendezvous), release="0.5.23") as first:
            first.until(READY)
            second.until("max_total_num_tokens=")
            wait_for(lambda: ask(f"http://127.0.0.21:{port}/health")[0] == 200)
            assert second.reading().ready
            assert READY not in second.text
            second.process.terminate()
            second.until("waiting for the rank-0 ShutdownReq")
            assert first.stop() == -signal.SIGKILL
            second.ended()
            assert second.reading().diagnosis is None


def test_a_node_that_dies_takes_the_others_along(tmp_path: Path) -> None:
    """The survivor blames a peer, so that the first cause is looked for elsewhere."""
    port, rendezvous = free_port("127.0.0.20"), free_port("127.0.0.20")
    with (
        play(tmp_path, *ranks(0, port, rendezvous)) as first,
        play(tmp_path, *ranks(1, port, rendezvous), fault="npu-oom@graph_capture:rank-1") as second,
    ):
        second.ended()
        first.ended()
        own, other = second.reading().diagnosis, first.reading().diagnosis
        assert own is not None
        assert other is not None
        assert (own.id, other.id, other.blames_others) == ("npu_oom", "hccl_timeout", True)


def test_a_node_that_never_comes(tmp_path: Path) -> None:
    """Rank 0 gives up and says who is missing."""
    with play(tmp_path, *ranks(0, free_port("127.0.0.20"), free_port("127.0.0.20")), wait_s=0.2) as alone:
        alone.ended()
        told = alone.reading().diagnosis
        assert told is not None
        assert told.id == "dist_init_timeout"


def test_the_devices_are_held_while_it_runs(tmp_path: Path) -> None:
    """The stand-in of npu-smi shows memory and pid, and nothing once the server is gone."""

    machine = next((MACHINES / "a3-pair").glob("0-*"))
    variables = environment(Pretended(tmp_path / "host", machine))

    def npu_smi() -> str:
        return subprocess.run(["npu-smi", "info"], env=variables, capture_output=True, text=True, check=True).stdout

    before = npu_smi()
    with play(tmp_path, *server("127.0.0.1", free_port(), tp_size=16)) as played:
        played.until(READY)
        assert f"| {played.process.pid}" in npu_smi()
        assert npu_smi().count("sglang::schedul") == 16
        played.stop()
        assert npu_smi() == before


@pytest.mark.parametrize(("name", "count"), [("a3-pair", 16), ("a2-idle", 8)])
def test_memory_shows_on_every_layout(tmp_path: Path, name: str, count: int) -> None:
    """The wizard's own reading of the table sees the servers' memory and processes."""
    machine = next((MACHINES / name).glob("0-*"))
    variables = environment(Pretended(tmp_path / "host", machine))
    with play(tmp_path, *server("127.0.0.1", free_port(), tp_size=count)) as played:
        played.until(READY)
        said = subprocess.run(["npu-smi", "info"], env=variables, capture_output=True, text=True, check=True).stdout
        table = read_info(said)
        assert isinstance(table, NpuTable)
        assert len(table.devices) == count
        assert all((device.hbm_used_mb or 0) > 30000 for device in table.devices)
        assert [one.pid for one in table.processes] == [played.process.pid] * count
