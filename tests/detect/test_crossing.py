"""The ways between hosts: what is tried, and what came of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.detect import crossing
from wizard.detect.sections import Section
from wizard.model.hardware import Crossing, Host, Reach, RocePing, RocePort

ROUTE = "10.0.0.2 dev enp67s0f0 src 10.0.0.1 uid 0 \\    cache \n"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (Section(f"to 10.0.0.2 5000\n{ROUTE}open\n"), Crossing("10.0.0.2", 5000, Reach.OPEN, "enp67s0f0")),
        (
            Section(f"to 10.0.0.2 5000\n{ROUTE}", "bash: line 1: connect: Connection refused\n", 1),
            Crossing("10.0.0.2", 5000, Reach.REFUSED, "enp67s0f0"),
        ),
        (
            Section(f"to 10.0.0.2 5000\n{ROUTE}", "bash: connect: No route to host\n", 1),
            Crossing("10.0.0.2", 5000, Reach.UNREACHABLE, "enp67s0f0"),
        ),
        (Section(f"to 10.0.0.2 5000\n{ROUTE}", "", 124), Crossing("10.0.0.2", 5000, Reach.FILTERED, "enp67s0f0")),
        (Section("to node-b 5000\nunresolved\n"), Crossing("node-b", 5000, Reach.UNRESOLVED)),
        (Section("to node-b 5000\n", "sh: python3: not found\n", 127), Crossing("node-b", 5000, None)),
    ],
)
def test_refused_is_reachable_and_silence_is_not(section: Section, expected: Crossing) -> None:
    """Each outcome is told apart; what could not be tried is unknown."""
    (found,) = crossing.ways({"cross-0": section})
    assert found == expected
    assert found.is_reachable is {None: None, Reach.OPEN: True, Reach.REFUSED: True}.get(found.reach, False)


def test_every_host_tries_every_other_one_by_the_name_the_launch_uses() -> None:
    """Not itself; and `localhost` is meant by its real address, which is known only later."""
    names = ["localhost", "10.0.0.2", "node-c"]
    assert crossing.calls(names, 0, 5000) == "cross 1 10.0.0.2 5000\ncross 2 node-c 5000"
    assert crossing.calls(names, 2, 7) == "cross 1 10.0.0.2 7"
    assert not crossing.calls(names[:1], 0, 5000)
    hosts = [Host("localhost", own_address="10.0.0.1"), Host("10.0.0.2"), Host("node-c", own_address="10.0.0.3")]
    assert not crossing.later_calls(hosts, 0, 7)
    assert crossing.later_calls(hosts, 2, 7) == "cross 0 10.0.0.1 7"


def test_dies_ping_their_likes_on_the_next_host() -> None:
    """Where both have an address."""
    one = Host("a", roce=(RocePort(0, address="29.0.0.1"), RocePort(1)))
    two = Host("b", roce=(RocePort(0, address="29.0.0.2"), RocePort(1, address="29.0.0.3")))
    assert crossing.later_calls([one, two], 0, 5000) == "ping_port 0 0 29.0.0.2"
    assert crossing.later_calls([one, two], 1, 5000) == "ping_port 0 0 29.0.0.1"
    said = "die 3 to 29.0.0.9\ndevice 3 PING 29.0.0.9\n3 packets transmitted, 2 received, 33.33% packet loss\n"
    assert crossing.pings({"roce-ping-0": Section(said), "roce-ping-1": Section("die 4 to 29.0.0.8\n", "", 124)}) == (
        RocePing(3, "29.0.0.9", 3, 2),
        RocePing(4, "29.0.0.8"),
    )


@given(st.text(), st.text(), st.sampled_from([0, 1, 124, None]))
def test_any_text_is_read(output: str, errors: str, status: int | None) -> None:
    """Nothing raises."""
    section = Section(output, errors, status)
    crossing.ways({"cross-0": section, "cross-x": section})
    crossing.pings({"roce-ping-0": section})
