"""What a host said about processes, and what follows: whose a pid, a port and a container is. No host is asked."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.launch.making import run_of
from wizard.launch import live, sighting
from wizard.launch.stopping import waves
from wizard.model.hardware import Fault
from wizard.model.run import Identity, RunProcess, State

BOOT = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
ONE = Identity(pid=100, start_ticks=5000, boot_id=BOOT)


def process(**changes: object) -> RunProcess:
    """A server of the single preset on a host, its folder known."""
    first = run_of("a3-single", {"hosts": "10.0.0.1", "set": "host=10.0.0.1"}).processes[0]
    return first.evolve(**{"folder": "/s/run", "identity": ONE, **changes})


def seen(text: str, one: RunProcess | None = None) -> sighting.Seen:
    """What follows from the words of a host."""
    asked = one or process()
    return sighting.read(f"boot {BOOT}\nprocess {asked.name}\n{text}", [asked]).seen[asked.name]


ALIVE = "pid 100 5000 " + BOOT + "\nstat S 1 100 100 5000 python3\n"
LISTENS = "answer server 200\nlistener 8000 0100000A {}\n"
"""On 10.0.0.1, as the kernel writes it."""


@pytest.mark.parametrize(
    ("text", "state", "detail"),
    [
        ("", State.FAILED, "pid 100 is gone; its exit status is not known"),
        ("pid 100 5000 " + BOOT + "\nexit 3\n", State.FAILED, "it ended with exit status 3"),
        ("pid 100 5000 " + BOOT + "\nexit 137\n", State.FAILED, "it was ended by signal 9"),
        ("pid 200 9000 " + BOOT + "\nexit 3\n", State.FAILED, "pid 100 is gone; its exit status is not known"),
        ("stat S 1 100 100 7777 bash\n", State.FAILED, "pid 100 is gone"),
        ("stat Z 1 100 100 5000 python3\n", State.FAILED, "pid 100 is gone"),
        (ALIVE + "answer server 0\n", State.STARTING, "it does not answer yet"),
        (ALIVE + "answer server 503\n", State.STARTING, "it answers 503"),
        (ALIVE + LISTENS.format("100 5000 python3 100 1"), State.READY, "port 8000 answers"),
        (ALIVE + LISTENS.format("150 5100 python3 100 100"), State.READY, "port 8000 answers"),
        (ALIVE + LISTENS.format("150 5100 python3 150 140 100"), State.READY, "port 8000 answers"),
        (ALIVE + LISTENS.format("90 400 python3 90 1"), State.STARTING, "served by pid 90 (python3), not by this run"),
        (ALIVE + LISTENS.format("-"), State.STARTING, "a process that this user may not see"),
        (ALIVE + "answer server 200\n", State.STARTING, "nobody seen on port 8000"),
    ],
)
def test_a_state_follows_from_what_was_seen(text: str, state: State, detail: str) -> None:
    """Alive is not ready, an answer of somebody else is not ours, a reused pid is nobody's."""
    found = sighting.standing(process(), seen(text))
    assert found.state is state
    assert detail in found.detail


def test_another_boot_means_that_nothing_is_left() -> None:
    """The same pid and the same ticks after the host was started anew are another process."""
    old = process(identity=ONE.evolve(boot_id="another"))
    text = "stat S 1 100 100 5000 python3\nmember 100 S 1 100 100 5000 python3\n"
    found = seen(text, old)
    assert sighting.standing(old, found).detail == "its host was started anew since"
    assert sighting.left(old, found) == ()


def test_what_was_asked_to_end_has_stopped_or_is_still_there() -> None:
    """By whether anything of it is left, named."""
    asked = process(state=State.STOPPING)
    assert sighting.standing(asked, seen("", asked)).state is State.STOPPED
    found = sighting.standing(asked, seen("member 140 S 1 100 100 6000 sglang::schedul\n", asked))
    assert found.state is State.STOPPING
    assert "140 (sglang::schedul)" in found.detail


def test_members_that_are_older_or_of_a_reused_session_are_not_ours() -> None:
    """A session belongs to the recorded process only while its number does."""
    members = "member 90 S 1 100 100 4000 old\nmember 140 S 1 100 100 6000 new\nmember 150 S 1 140 140 6000 logs\n"
    assert [kin.pid for kin in sighting.left(process(), seen(members))] == [140, 150]
    reused = "stat S 1 100 100 7777 bash\n" + members
    assert [kin.pid for kin in sighting.left(process(), seen(reused))] == [150]


def test_a_container_is_ours_by_the_script_that_it_runs() -> None:
    """The same name with another run's script is somebody else's."""
    one = process(container="glm-wizard-server")
    ours = seen("container running 400 id image /s/run/launch.sh\n" + LISTENS.format("420 1 python3 1 410 400"), one)
    assert sighting.is_own_container(one, ours)
    assert sighting.owns(one, ours, ours.listeners[0])
    theirs = seen("container running 400 id image /other/launch.sh\n" + LISTENS.format("420 1 python3 1 410 400"), one)
    assert not sighting.is_own_container(one, theirs)
    assert len(sighting.foreign(one, theirs)) == 1


@pytest.mark.parametrize(
    ("address", "collides"),
    [
        ("0100000A", True),  # 10.0.0.1
        ("00000000", True),
        ("0200000A", False),
        ("0100007F", False),
        ("00000000000000000000000000000000", True),
        ("0000000000000000FFFF00000100000A", True),  # ::ffff:10.0.0.1
    ],
)
def test_a_listener_is_in_the_way_on_the_same_or_on_every_address(address: str, *, collides: bool) -> None:
    """The kernel's spelling, little-endian words."""
    assert bool(seen(f"listener 8000 {address} 7 1 nginx 7 1\n").listeners) is collides


def test_the_log_comes_in_pieces() -> None:
    """Bytes of any kind survive."""
    data = b"\x00\xff\nprocess server\n"
    found = seen(f"log 999\nsaid\npiece 980 {base64.b64encode(data).decode()}\n")
    assert (found.log_bytes, found.has_said, found.piece_at, found.piece) == (999, True, 980, data)


@given(st.text())
def test_no_output_of_a_host_is_too_strange(text: str) -> None:
    """Whatever it says, there is a state."""
    one = process()
    for found in sighting.read(f"boot {BOOT}\nprocess server\n{text}", [one]).seen.values():
        assert sighting.standing(one, found).state in State


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ("ready ready", State.READY),
        ("ready starting", State.STARTING),
        ("ready failed", State.FAILED),
        ("failed lost", State.LOST),
        ("ready planned", State.STARTING),
        ("stopped planned", State.STOPPED),
        ("stopped stopping", State.STOPPING),
        ("planned planned", State.PLANNED),
    ],
)
def test_a_run_stands_where_its_worst_process_does(states: str, whole: State) -> None:
    """One that failed makes it failed; one that cannot be asked makes it unknown."""
    assert live.run_state(process(state=State(word)) for word in states.split()) is whole


def test_a_host_that_cannot_be_asked_loses_nothing_that_is_known() -> None:
    """Lost is not failed: the identity stays."""
    found = live.standing(process(), Fault("refused", "`h` refuses", "is sshd running?"))
    assert (found.state, found.detail, found.identity) == (State.LOST, "`h` refuses", ONE)


def test_the_router_ends_first_and_rank_0_before_its_ranks() -> None:
    """Ranks wait for the word of rank 0."""
    multi = run_of("a3-multi", {"hosts": "10.0.0.1,10.0.0.2"})
    assert [[p.name for p in wave] for wave in waves(multi.processes)] == [["server-rank0"], ["server-rank1"]]
    pd = run_of("a3-pd", {"hosts": "10.0.0.1,10.0.0.2"})
    assert [[p.name for p in wave] for wave in waves(pd.processes)] == [["router"], ["prefill-0", "decode-0"]]


def test_a_failed_process_that_is_there_stays_failed_until_it_is_ready() -> None:
    """Why it failed is not forgotten by looking at it; that it answers after all is seen."""
    given_up = process(state=State.FAILED, detail="its port is taken")
    found = sighting.standing(given_up, seen(ALIVE + "answer server 0\n"))
    assert (found.state, found.detail, found.still_runs) == (State.FAILED, "its port is taken", True)
    healed = sighting.standing(found, seen(ALIVE + LISTENS.format("100 5000 python3 100 1")))
    assert (healed.state, healed.still_runs) == (State.READY, False)
    gone = sighting.standing(found, seen("pid 100 5000 " + BOOT + "\nexit 3\n"))
    assert (gone.state, gone.still_runs) == (State.FAILED, False)


def test_the_processes_of_its_container_may_be_out_of_sight() -> None:
    """An engine runs as root, the operator may not: the port belongs to the run's own container."""
    contained = process(container="glm-wizard-server")
    text = ALIVE + LISTENS.format("-") + "container running 300 abc sha256:1 {}\n"
    assert sighting.standing(contained, seen(text.format("/s/run/launch.sh"), contained)).state is State.READY
    assert sighting.standing(contained, seen(text.format("/other/launch.sh"), contained)).state is State.STARTING
