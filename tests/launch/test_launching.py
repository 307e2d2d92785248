"""Launches of every shipped scenario on real hosts with stand-in servers, and stops that leave nothing."""

import os
import socket

import pytest

from tests.launch.cluster import Cluster, Launched, order, stopped, wait_for
from wizard import verify
from wizard.launch import events, live, runs
from wizard.model.run import State
from wizard.verify.steps import Outcome

pytestmark = pytest.mark.ssh


@pytest.mark.parametrize("preset", ["a3-single", "a2-single", "a3-multi", "a3-pd"])
def test_a_preset_is_launched_answers_and_is_stopped(
    cluster: Cluster, preset: str, request: pytest.FixtureRequest
) -> None:
    """Started over ssh, ready, one real request answered with Paris; stop leaves no process and no open port."""
    if preset == "a3-pd":
        request.getfixturevalue("real_router")
    for number in range(2):
        cluster.boot(number, series="A2" if preset == "a2-single" else "A3")
    launched = Launched(order(cluster, preset))
    run = launched.done()
    assert run.state is State.READY, launched.told()
    assert "Paris" in launched.told()
    assert {process.state for process in run.processes} == {State.READY}
    assert runs.find(run.name) == run
    for process in run.processes:
        assert process.identity is not None
        pid = process.identity.pid
        assert (os.getpgid(pid), os.getsid(pid)) == (pid, pid), "a process that is started is its own group and session"
    begun = [e.process for e in launched.events if e.stage == "start" and e.state is State.STARTING]
    first_ready = next(place for place, e in enumerate(launched.events) if e.state is State.READY)
    early = {e.process for e in launched.events[:first_ready] if e.stage == "start" and e.state is State.STARTING}
    servers = {process.name for process in run.processes if process.role != "router"}
    assert early == servers, "all ranks and instances are started before any is waited for, the router after them"
    assert begun[len(servers) :] == [process.name for process in run.processes if process.role == "router"]
    assert all(process.times["ready"] > 0 for process in run.processes)
    assert live.live(run).state is State.READY
    assert [event.message for event in events.read(run.name)] == [event.message for event in launched.events]
    report = verify.answers(verify.of_run(run, {}), verify.DirectAsker())
    asked = [(result.name, result.outcome) for result in report.results]
    first = "/readiness" if preset == "a3-pd" else "/health"
    names = (first, "/v1/models", "/generate", "chat, thinking", "chat, no thinking")
    assert asked == [(name, Outcome.OK) for name in names], report.results
    after, told = stopped(run)
    assert after.state is State.STOPPED, told
    wait_for(lambda: not cluster.servers(), "the end of every process", 5)  # the shell that kept the exit status
    ended = [event.process for event in told if event.message.startswith("ended")]
    assert ended[0] == run.processes[-1 if preset == "a3-pd" else 0].name
    assert sorted(ended) == sorted(process.name for process in run.processes)
    for process in run.processes:
        with socket.socket() as trial:
            assert trial.connect_ex((process.bind, process.port)) != 0 or not process.port
    messages = [event.message for event in told]
    assert "no process of the run is left, its ports are closed" in messages
    assert sum("HBM on" in message and "is back" in message for message in messages) == len(
        {process.address for process in run.processes}
    )
