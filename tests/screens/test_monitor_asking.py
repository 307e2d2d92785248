"""What the monitor asks of hosts beside their logs: NPUs and /metrics, never in anybody's way."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from screens.monitor.around import NOBODY, Asking, asking
from screens.monitor.asked import Shells
from screens.monitor.entries import npus
from screens.monitor.npus import EVERY_S, NpuWatch, hosts_of
from screens.monitor.served import OLD_S, ServedWatch, Server, servers_of
from tests.screens.standins import MemoryLog
from tests.screens.test_monitor import STEADY, app_of, rows
from tests.screens.walking import until
from tests.waiting import eventually
from wizard import presets, selection_file
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Device
from wizard.model.run import Run, RunProcess
from wizard.session import started

TABLE = Path(__file__).parents[2] / "wizard" / "simulate" / "machines" / "a2-idle" / "0-localhost" / "npu-smi-info.txt"
DEVICE = Device(3, 1, 7, health="OK", power_w=312.4, temp_c=48, hbm_used_mb=58123, hbm_total_mb=65536)
METRICS = (
    '# TYPE sglang:gen_throughput gauge\nsglang:gen_throughput{tp_rank="0"} 4321.5\n'
    "sglang:num_running_reqs 17.0\nsglang:num_queue_reqs 2\nsglang:token_usage 0.25\n"
)


def stand_in(folder: Path, script: str) -> None:
    """An ``npu-smi`` of our own."""
    tool = folder / "npu-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


def test_files_alone_show_this_machine_where_there_is_a_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing where there is none; hosts that are named are asked in any case."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asking([("", "")], None) == NOBODY
    assert hosts_of([("", ""), ("10.0.0.1", ""), ("10.0.0.1", "")]) == (("10.0.0.1", ""),)
    stand_in(tmp_path, f"cat {TABLE}")
    assert hosts_of([("", "")]) == (("", ""),)


def test_a_real_tool_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the shell of the host."""
    stand_in(tmp_path, f"cat {TABLE}")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    watch = NpuWatch([("", "")])
    watch.start()
    try:
        assert eventually(lambda: len(watch.readings[0].devices) == 8)
        assert watch.readings[0].address == "this machine"
    finally:
        watch.stop()


def test_a_tool_that_hangs_is_ended_with_the_monitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left behind on the host."""
    stand_in(tmp_path, f"echo $$ >{tmp_path}/pid; exec sleep 600")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    watch = NpuWatch([("", "")])
    watch.start()
    assert eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip() != "")
    pid = int((tmp_path / "pid").read_text())
    watch.stop()
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())


@pytest.mark.asyncio
async def test_a_hung_tool_greys_the_table_with_its_age_and_slows_nothing() -> None:
    """The last readings stay, older and older; the log goes on."""
    now, hangs, asked = [1000.0], threading.Event(), []

    def ask(*_: str) -> tuple[tuple[Device, ...], str]:
        asked.append(1)
        if len(asked) > 1:
            hangs.wait(30)
        return (DEVICE,), ""

    watch = NpuWatch([("10.0.0.1", "")], ask=ask, clock=lambda: now[0])
    log = MemoryLog("server", STEADY)
    app = app_of(log, npus=watch)
    try:
        async with app.run_test(size=(160, 48)) as pilot:
            app.body.clock = lambda: now[0]
            await until(pilot, lambda: bool(watch.readings[0].devices))
            await pilot.press("u")
            await until(pilot, lambda: len(asked) == 2, "opening the table asks at once")
            now[0] += 95
            log.write("still going on\n")
            await until(pilot, lambda: rows(app.body)[-1] == "  still going on")
            await until(pilot, lambda: "read 95 s ago" in app.body.tables.drawer._entries[0].text)
            assert app.body.tables.drawer._entries[1].style == "$text-muted"
            await pilot.press("u")
            assert not watch.is_seen
    finally:
        hangs.set()


def test_one_host_that_fails_says_why_and_others_are_shown() -> None:
    """Whatever goes wrong while asking."""

    def ask(address: str, _: str) -> tuple[tuple[Device, ...], str]:
        if address == "b":
            raise OSError(24, "Too many open files")
        return (DEVICE,), ""

    watch = NpuWatch([("a", ""), ("b", "")], ask=ask)
    watch.start()
    assert eventually(lambda: bool(watch.readings[0].devices) and bool(watch.readings[1].fault))
    watch.stop()
    text = "\n".join(entry.text for entry in npus(watch.readings, time.monotonic(), EVERY_S))
    assert "a  1 devices" in text
    assert "b  cannot be asked: Too many open files" in text


@contextmanager
def serving(status: int, body: str) -> Iterator[int]:
    """A server on a port of this machine that answers every question alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run_of(port: int, *flags: str) -> Run:
    """A run of one prefill and one decode server, with changes made by flags."""
    edits = tuple(Edit(EditKind.SET, flag) for flag in flags)
    selection = started(presets.preset("a3-pd").selection).edited(edits).selection if flags else None
    return Run(
        name="r", created="2026-01-07T07:00:00+00:00", plan="x",
        selection=selection_file.dumps(selection) if selection else "",
        processes=(
            RunProcess(name="prefill0", role="prefill", port=port, bind="0.0.0.0"),
            RunProcess(name="decode0", role="decode", port=port, bind="127.0.0.1"),
            RunProcess(name="router", role="router", port=port),
        ),
    )  # fmt: skip


def test_servers_with_metrics_are_told_by_the_runs_selection() -> None:
    """Each role for itself; a run without them, and one that cannot be read, have none."""
    assert servers_of(run_of(1, "decode.enable-metrics")) == (Server("decode0", "", "", "http://127.0.0.1:1/metrics"),)
    assert len(servers_of(run_of(1, "enable-metrics"))) == 2
    assert servers_of(run_of(1, "decode.tp-size=16")) == ()
    assert servers_of(run_of(1).evolve(selection="enable-metrics = [")) == ()
    assert servers_of(None) == ()


@pytest.mark.asyncio
async def test_figures_come_from_metrics_with_their_origin_and_go_when_they_grow_old() -> None:
    """Asked on the server's own host, through its shell; what they do not say comes from the log."""
    with serving(200, METRICS) as port:
        run = run_of(port, "decode.enable-metrics")
        watch = ServedWatch(servers_of(run))
        app = app_of(MemoryLog("decode0", STEADY), run=run, asked=Asking(None, watch))
        async with app.run_test(size=(160, 48)) as pilot:
            body = app.body

            def figures() -> str:
                return body.pane._head.render_line(1).text

            await until(pilot, lambda: watch.of("decode0", time.monotonic()) is not None)
            app.body.views[0].log.write("more\n")  # type: ignore[attr-defined]
            await until(pilot, lambda: "by /metrics" in figures())
            assert "4,322 tok/s  17 running  2 queued  KV 25 %  accept 2.72" in figures()
            assert watch.of("decode0", time.monotonic() + OLD_S + 1) is None


@pytest.mark.parametrize(("status", "body"), [(404, "no"), (200, "<html>"), (200, "")])
def test_whoever_gives_no_figures_is_silent(status: int, body: str) -> None:
    """The log still speaks."""
    with serving(status, body) as port:
        watch = ServedWatch([])
        server = Server("s", "", "", f"http://127.0.0.1:{port}/metrics")
        watch._asker(server)()
        assert watch.of("s", time.monotonic()) is None
        watch.stop()


def test_nobody_listening_is_silent_too() -> None:
    """Also a shell that cannot run."""
    watch = ServedWatch([], shells=Shells())
    watch._asker(Server("s", "", "", "http://127.0.0.1:1/metrics"))()
    assert watch.of("s", time.monotonic()) is None
    watch.stop()
