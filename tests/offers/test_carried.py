"""Going from one scenario to another: coming back gives the first, and what cannot be kept is said."""

import itertools

import pytest

from tests.exporting import selection_of
from wizard import choose, places, presets
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Host, Selection
from wizard.offers.carried import moved


def walked(names: list[str], start: Selection) -> Selection:
    """The selection after going to each preset in turn."""
    past: list[Selection] = []
    for name in names:
        after = moved(name, start, past).selection
        past, start = [*past, start], after
    return start


EDITED = {
    "a3-single": {"set": "mem-fraction-static=0.66", "model-path": "/w", "hosts": "10.0.0.1", "interface": "eth0"},
    "a2-single": {"quantization": "W4A8", "set": "tp-size=4", "model-path": "/w"},
    "a3-multi": {"hosts": "10.0.0.1,10.0.0.2", "feature": "metrics", "env": "HCCL_BUFFSIZE=2000"},
    "a3-pd": {"hosts": "10.0.0.1,10.0.0.2,router=10.0.0.3", "set": "decode.dp-size=8", "runtime": "host"},
}


@pytest.mark.parametrize(("one", "other"), itertools.permutations(EDITED, 2))
def test_there_and_back_gives_the_first_selection(one: str, other: str) -> None:
    """With everything that was changed in it."""
    first = selection_of(one, **EDITED[one])
    assert walked([other, one], first) == first


@pytest.mark.parametrize("way", itertools.permutations(EDITED))
def test_a_long_way_round_gives_the_first_selection(way: tuple[str, ...]) -> None:
    """Over all other scenarios and back."""
    first = selection_of(way[0], **EDITED[way[0]])
    assert walked([*way[1:], way[0]], first) == first


def test_unchanged_gives_the_preset() -> None:
    """So that a walk over the screens gives what the command line gives."""
    for one, other in itertools.permutations(presets.files(), 2):
        start = presets.preset(one).selection
        result = moved(other, start)
        assert result.selection == presets.preset(other).selection
        assert not result.lost


def test_what_makes_sense_is_kept() -> None:
    """Weights, runtime, release, hosts, and settings of one server for both; the shape stays the target's."""
    first = selection_of(
        "a3-multi",
        **{
            "hosts": "10.0.0.1,10.0.0.2",
            "interface": "eth0",
            "model-path": "/w",
            "runtime": "host",
            "release": "0.5.16",
            "set": "max-running-requests=7",
        },
    )
    first = choose.apply(first, Edit(EditKind.SET, "tp-size=16"))
    result = moved("a3-pd", first)
    now = result.selection
    assert (now.model.path, now.runtime.kind, now.release) == ("/w", "host", "0.5.16")
    assert [(h.address, h.interface, h.role) for h in now.hosts] == [
        ("10.0.0.1", "eth0", "prefill"),
        ("10.0.0.2", "eth0", "decode"),
    ]
    assert [now.role(name).options["max-running-requests"] for name in now.server_roles] == [7, 7]
    assert [item.what for item in result.lost] == ["server: tp-size = 16"]
    assert result.notice.startswith("1 setting could not be kept:\nserver: tp-size = 16: it follows from the number")


def test_what_cannot_be_kept_is_said() -> None:
    """Hosts that are too many, a router that is gone, roles that disagree."""
    first = selection_of("a3-pd", hosts="10.0.0.1,10.0.0.2,router=10.0.0.3", set="decode.max-running-requests=9")
    lost = {item.what: item.why for item in moved("a3-single", first).lost}
    assert lost["host 10.0.0.2"] == "this one takes 1"
    assert lost["router host 10.0.0.3"] == "there is no router here"
    assert "different things" in lost["decode: max-running-requests = 9"]


def test_what_was_changed_meanwhile_comes_along() -> None:
    """Coming back with another folder of weights keeps both: the old settings, the new folder."""
    first = selection_of("a3-single", set="mem-fraction-static=0.66")
    there = moved("a3-multi", first).selection
    changed = choose.apply(there, Edit(EditKind.MODEL_PATH, "/new"))
    back = moved("a3-single", changed, [first, there]).selection
    assert back == choose.apply(first, Edit(EditKind.MODEL_PATH, "/new"))


def test_places_are_filled_one_by_one() -> None:
    """A place is one host's; blank ones stay, and clearing all of them leaves no host."""
    selection = selection_of("a3-pd")
    assert [places.title(selection, place) for place in places.places(selection)] == ["prefill", "decode"]
    half = places.changed(selection, 1, address="10.0.0.2", ssh="two")
    assert [(host.address, host.ssh) for host in half.hosts] == [("", ""), ("10.0.0.2", "two")]
    swapped = places.swapped(half, 0, 1)
    assert [host.address for host in swapped.hosts] == ["10.0.0.2", ""]
    assert [host.role for host in swapped.hosts] == ["prefill", "decode"]
    routed = places.with_router(half, "10.0.0.9")
    assert places.router_host(routed) == Host(address="10.0.0.9", role="router")
    assert places.changed(half, 1, address="", ssh="").hosts == ()
    assert places.with_router(routed, "") == half
