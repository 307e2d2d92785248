"""The ways between hosts: which a launch needs, and what comes of trying them. Real sockets, no ssh."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.launch.cluster import program
from tests.launch.making import order_of
from wizard.errors import LaunchError
from wizard.launch import preflight, rehearsal, ways
from wizard.launch.order import planned_run
from wizard.launch.places import Place, Places
from wizard.launch.recorder import Recorder
from wizard.launch.ways import ANY, Way
from wizard.model.finding import Finding, Severity
from wizard.model.run import RunEvent
from wizard.reach.local import LocalShell

ONE, OTHER = Place("127.0.0.41"), Place("127.0.0.42")
FULL = """
import socket, sys, time
one = socket.create_server((sys.argv[1], 0), backlog=0)
kept = [socket.socket() for _ in range(3)]
for client in kept:
    client.setblocking(False)
    client.connect_ex(one.getsockname())
print("open 0", one.getsockname()[1])
print("listening", flush=True)
time.sleep(float(sys.argv[2]))
"""
"""A port whose queue is full: packets to it are dropped, as a firewall drops them."""


def reached(tmp_path: Path, python: str = "") -> Callable[[str, str], LocalShell]:
    """The way to hosts whose python3 is the given shell script, or that have none at all."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "bash", "timeout", "sed", "sleep", "cat", "perl"):
        if name != "perl" or python == "perl":
            (tools / name).symlink_to(shutil.which(name) or "/nonexistent")
    if python not in ("", "perl"):
        program(tools / "python3", python)
    variables = {**os.environ, "PATH": str(tools)}
    return lambda address, _: LocalShell(address, environment=variables)


def tried(tmp_path: Path, asked: tuple[Way, ...], python: str = "") -> tuple[Finding, ...]:
    """What comes of ways between such hosts."""
    with Places(reached(tmp_path, python)) as places:
        return ways.tried(places, asked)


def free_way(port: int = ANY) -> Way:
    return Way(ONE, OTHER, port, "rendezvous of the ranks")


def test_a_pair_needs_what_its_roles_ask_of_each_other() -> None:
    """The router asks the servers, decode asks prefill's bootstrap and store; nobody asks what only its host uses."""
    order = order_of("a3-pd", {"hosts": "10.0.0.1,10.0.0.2"})
    found = ways.needed(order.flow, planned_run(order, "2026-11-26T03:12:00+00:00").processes)
    asked = {(way.caller.address[-1], way.callee.address[-1], way.port) for way in found}
    assert asked == {("2", "1", 8998), ("2", "1", 24707), ("2", "1", ANY), ("1", "2", 8003), ("1", "2", ANY)}


def test_ranks_meet_on_rank_0_and_talk_both_ways() -> None:
    """Its rendezvous, and ports that the system chooses."""
    order = order_of("a3-multi", {"hosts": "10.0.0.1,10.0.0.2"})
    found = ways.needed(order.flow, planned_run(order, "2026-11-26T03:12:00+00:00").processes)
    asked = {(way.caller.address[-1], way.callee.address[-1], way.port) for way in found}
    assert asked >= {("2", "1", 5000), ("2", "1", ANY), ("1", "2", ANY)}
    assert ("1", "2", 5000) not in asked


def test_a_dry_run_shows_the_ways_as_what_changes_nothing() -> None:
    """Which ports are opened where, and who tries them."""
    order = order_of("a3-multi", {"hosts": "10.0.0.1,10.0.0.2"})
    steps = rehearsal.steps(order, planned_run(order, "2026-11-26T03:12:00+00:00"))
    shown = [(step.host, step.command) for step in steps if "port" in step.command or "connect" in step.command]
    assert ("10.0.0.1", "open ports for a moment: 5000, a free one") in shown
    assert ("10.0.0.2", "connect to 10.0.0.1: 5000, a free one") in shown
    assert all(step.is_read_only for step in steps if step.stage == "preflight")


@pytest.mark.parametrize(
    ("host", "way"), [("127.0.0.1", "here"), ("root@127.0.0.1", "ssh root@127.0.0.1"), ("10.0.0.1", "ssh 10.0.0.1")]
)
def test_a_dry_run_says_ssh_only_where_there_is_one(host: str, way: str) -> None:
    """An address of this machine needs none, unless the operator names whom to log in as."""
    order = order_of("a3-single", {"hosts": host})
    first = rehearsal.steps(order, planned_run(order, "2026-11-26T03:12:00+00:00"))[0]
    assert first.command.partition(": ")[0] == way


def test_one_host_needs_no_way() -> None:
    """Whatever it opens is for itself and for clients."""
    order = order_of("a3-single", {"hosts": "10.0.0.1"})
    assert ways.needed(order.flow, planned_run(order, "2026-11-26T03:12:00+00:00").processes) == ()


@pytest.mark.parametrize("python", [f'exec {sys.executable} "$@"', "perl"], ids=["python3", "perl"])
def test_an_open_way_is_well(tmp_path: Path, python: str) -> None:
    """Opened by whichever the host has, closed again when it is done."""
    if python == "perl" and not shutil.which("perl"):
        pytest.skip("needs perl")
    assert tried(tmp_path, (free_way(),), python) == ()


def test_a_way_that_is_refused_although_the_port_is_open_is_a_firewall(tmp_path: Path) -> None:
    """The host said that it listens; another one, or nobody, answers."""
    (found,) = tried(tmp_path, (free_way(4999),), 'echo "open 4999 4999"; echo listening; exec sleep 30')
    assert (found.severity, found.code) == (Severity.ERROR, "network.unreachable")
    assert found.message == "127.0.0.41 is refused by 127.0.0.42: port 4999 (rendezvous of the ranks)"
    assert "firewall rejects" in found.hint
    assert found.hosts == ("127.0.0.41", "127.0.0.42")


@pytest.mark.slow
def test_a_way_without_any_answer_is_told_apart(tmp_path: Path) -> None:
    """Packets are dropped; the hint says so."""
    (tmp_path / "full.py").write_text(FULL, encoding="utf-8")
    python = f'shift; shift; exec {sys.executable} {tmp_path}/full.py "$@"'
    (found,) = tried(tmp_path, (free_way(),), python)
    assert found.message == "127.0.0.41 gets no answer from 127.0.0.42: rendezvous of the ranks"
    assert "drops" in found.hint


def test_a_port_that_cannot_be_opened_is_not_called_well(tmp_path: Path) -> None:
    """Somebody came in between; refused says nothing then."""
    (found,) = tried(tmp_path, (free_way(4996),), 'echo "failed 4996 Address already in use"; echo listening')
    assert found.severity is Severity.UNKNOWN
    assert "port 4996 could not be opened on 127.0.0.42" in found.message


def test_where_no_port_can_be_opened_refused_proves_nothing(tmp_path: Path) -> None:
    """Not well, not wrong: it could not be checked, and why."""
    (found,) = tried(tmp_path, (free_way(4998), free_way()))
    assert found.severity is Severity.UNKNOWN
    assert "python3 or perl" in found.hint


def test_a_closed_way_stops_the_launch(tmp_path: Path) -> None:
    """Before anything is copied; accepted by its code, or forced, it goes on."""
    told: list[RunEvent] = []
    closed = 'shift 4; echo "open what ever"; for port; do echo "open $port 4997"; done; echo listening; exec sleep 30'
    order = replace(order_of("a3-multi", {"hosts": f"{ONE.address},{OTHER.address}"}), way=reached(tmp_path, closed))
    processes = planned_run(order, "2026-11-26T03:12:00+00:00").processes
    with Places(order.way) as places:
        with pytest.raises(LaunchError, match="nothing was started: 2 errors") as stopped:
            preflight.reaching(order, places, processes, Recorder(told.append))
        assert "--accept network.unreachable" in (stopped.value.hint or "")
        assert next(event.message for event in told if event.is_problem).startswith(
            f"error: {OTHER.address} is refused by {ONE.address}: port"
        )
        assert any("a firewall rejects" in event.message for event in told)
        preflight.reaching(replace(order, is_forced=True), places, processes, Recorder(told.append))
