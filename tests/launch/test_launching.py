"""Launches of every shipped scenario on real hosts with stand-in servers, and stops that leave nothing."""

import pytest

from tests.launch.cluster import Cluster, Launched, order, stopped, wait_for
from wizard.launch import events, live, runs
from wizard.model.run import State

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
    assert all(process.times["ready"] > 0 for process in run.processes)
    assert live.live(run).state is State.READY
    assert [event.message for event in events.read(run.name)] == [event.message for event in launched.events]
    after, told = stopped(run)
    assert after.state is State.STOPPED, told
    wait_for(lambda: not cluster.servers(), "the end of every process", 5)  # the shell that kept the exit status
    ended = [event.process for event in told if event.message.startswith("ended")]
    assert ended[0] == run.processes[-1 if preset == "a3-pd" else 0].name
    assert sorted(ended) == sorted(process.name for process in run.processes)
    messages = [event.message for event in told]
    assert "no process of the run is left, its ports are closed" in messages
    assert sum("HBM on" in message and "is back" in message for message in messages) == len(
        {process.address for process in run.processes}
    )
