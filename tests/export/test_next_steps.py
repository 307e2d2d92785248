"""What comes after an export: the commands are those of the hosts that were chosen."""

import shlex

import pytest

from tests.exporting import selection_of
from wizard.export.next_steps import lines, next_steps
from wizard.plan import launch_flow


def test_a_script_for_several_hosts_is_copied_started_and_asked() -> None:
    """Each host as ssh reaches it; the router by name; the service's own address."""
    hosts = "root@10.0.0.1,10.0.0.2:2222"
    flow = launch_flow(selection_of("a3-pd", hosts=hosts, **{"model-path": "/models/x"}))
    steps = next_steps(flow, "bash", "/tmp/my out/launch.sh")
    commands = [shlex.split(command) for step in steps for command in step.commands]
    assert commands == [
        ["scp", "/tmp/my out/launch.sh", "root@10.0.0.1:"],
        ["scp", "-P", "2222", "/tmp/my out/launch.sh", "10.0.0.2:"],
        ["bash", "launch.sh"],
        ["bash", "launch.sh", "router"],
        ["glm-wizard", "--verify", "http://10.0.0.1:6688"],
    ]
    assert lines(steps).startswith("1. Copy the script")


def test_what_is_not_filled_in_is_said_first() -> None:
    """No command names a placeholder."""
    steps = next_steps(launch_flow(selection_of("a3-pd")), "folder", "out/")
    assert steps[0].words.startswith("Fill in MODEL_PATH")
    assert not [command for step in steps for command in step.commands if "<" in command]
    assert ("bash out/verify.sh",) in [step.commands for step in steps]


@pytest.mark.parametrize(("host", "target"), [("fd00::1", "[fd00::1]:"), ("root@node-1", "root@node-1:")])
def test_addresses_of_every_kind_are_copied_to(host: str, target: str) -> None:
    """IPv6 in brackets, a user as given."""
    flow = launch_flow(selection_of("a3-single", hosts=host, **{"model-path": "/m"}))
    assert next_steps(flow, "bash", "launch.sh")[0].commands == (f"scp launch.sh {shlex.quote(target)}",)
