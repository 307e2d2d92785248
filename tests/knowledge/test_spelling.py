"""Options of one release in the spelling of another: what changes, what does not, and that nothing is lost."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.knowledge.releases import Option, Release, known_releases, release
from wizard.knowledge.spelling import Change, Rename, respell, spellings

OLDEST, NEWEST = known_releases()[0], known_releases()[-1]
ANY = [pytest.param(release(version), id=version) for version in known_releases()]

# Gone without a successor, though they had an effect: a check has to say so, no other spelling would do.
WITHOUT_SUCCESSOR = {"enforce-piecewise-cuda-graph", "piecewise-cuda-graph-compiler"}


def sample(option: Option) -> Any:
    """Some value that the option takes."""
    if option.kind == "flag":
        return True
    value = option.choices[0] if option.choices else {"float": 0.5, "str": "x", "json": "{}"}.get(option.kind, 8)
    return (value,) if option.nargs in {"+", "*"} else value


@pytest.mark.parametrize(
    ("given_options", "version", "expected"),
    [
        # the tutorial's spellings, in the release of its images, and in the newest one
        ({"cuda-graph-bs": 16}, "0.5.14", {"cuda-graph-bs": 16}),
        ({"cuda-graph-bs": (8, 16)}, "0.5.16", {"cuda-graph-bs": (8, 16)}),
        ({"cuda-graph-bs": (8, 16)}, "0.5.23", {"cuda-graph-bs-decode": (8, 16)}),
        ({"cuda-graph-max-bs": 32}, "0.5.23", {"cuda-graph-max-bs-decode": 32}),
        ({"moe-dense-tp": 1}, "0.5.13.post1", {"moe-dense-tp-size": 1}),
        ({"moe-dense-tp": 1}, "0.5.23", {"moe-dense-tp-size": 1}),
        ({"prefill-round-robin-balance": True}, "0.5.16", {"prefill-round-robin-balance": True}),
        ({"prefill-round-robin-balance": True}, "0.5.23", {}),
        ({"enable-nsa-prefill-context-parallel": True}, "0.5.16", {"enable-nsa-prefill-context-parallel": True}),
        ({"enable-nsa-prefill-context-parallel": True}, "0.5.23", {"enable-prefill-cp": True}),
        ({"nsa-prefill-cp-mode": "in-seq-split"}, "0.5.23", {"cp-strategy": "zigzag"}),
        ({"nsa-prefill-cp-mode": "round-robin-split"}, "0.5.23", {"cp-strategy": "interleave"}),
        ({"prefill-cp-mode": "in-seq-split"}, "0.5.23", {"cp-strategy": "zigzag"}),
        ({"disable-cuda-graph": True}, "0.5.23", {"disable-cuda-graph": True}),
        ({"enable-dp-attention": True, "dp-size": 4}, "0.5.23", {"enable-dp-attention": True, "dp-size": 4}),
        ({"disable-piecewise-cuda-graph": True}, "0.5.23", {"cuda-graph-backend-prefill": "disabled"}),
        ({"enable-breakable-cuda-graph": True}, "0.5.23", {"cuda-graph-backend-prefill": "breakable"}),
        ({"elastic-ep-rejoin": True}, "0.5.23", {"elastic-ep-join-mode": "recover"}),
        # new spellings, for an older release
        ({"cuda-graph-bs-decode": 16}, "0.5.13.post1", {"cuda-graph-bs": 16}),
        ({"cuda-graph-bs-decode": 16}, "0.5.14", {"cuda-graph-bs-decode": 16}),
        ({"cuda-graph-max-bs-decode": 16}, "0.5.13.post1", {"cuda-graph-max-bs": 16}),
        ({"enable-prefill-cp": True}, "0.5.13.post1", {"enable-dsa-prefill-context-parallel": True}),
        ({"cp-strategy": "zigzag"}, "0.5.13.post1", {"dsa-prefill-cp-mode": "in-seq-split"}),
        ({"cp-strategy": "interleave"}, "0.5.13.post1", {"dsa-prefill-cp-mode": "round-robin-split"}),
        ({"cuda-graph-backend-prefill": "disabled"}, "0.5.13.post1", {"disable-piecewise-cuda-graph": True}),
        ({"cuda-graph-backend-prefill": "tc_piecewise"}, "0.5.13.post1", {"enforce-piecewise-cuda-graph": True}),
        ({"cuda-graph-backend-decode": "disabled"}, "0.5.13.post1", {"disable-cuda-graph": True}),
        ({"disable-decode-cuda-graph": True}, "0.5.13.post1", {"disable-cuda-graph": True}),
        ({"attn-dp-size": 4}, "0.5.16", {"dp-size": 4, "enable-dp-attention": True}),
        ({"attention-data-parallel-size": 4}, "0.5.14", {"dp-size": 4, "enable-dp-attention": True}),
        ({"attn-dp-size": 4}, "0.5.23", {"attn-dp-size": 4}),
        ({"enable-hicache": True}, "0.5.16", {"enable-hierarchical-cache": True}),
        ({"smg-http-sidecar-port": 9000}, "0.5.14", {"grpc-http-sidecar-port": 9000}),
        # declared aliases are spellings like any other
        ({"tensor-parallel-size": 8, "ep": 8}, "0.5.23", {"tensor-parallel-size": 8, "ep": 8}),
        # nothing stands for these: they stay, for the checks to report
        ({"nonsense": 1}, "0.5.23", {"nonsense": 1}),
        ({"pp": 2}, "0.5.16", {"pp": 2}),
        ({"tp_size": 2}, "0.5.16", {"tp_size": 2}),
        ({"enforce-piecewise-cuda-graph": True}, "0.5.23", {"enforce-piecewise-cuda-graph": True}),
        ({"nsa-prefill-cp-mode": "sideways"}, "0.5.23", {"nsa-prefill-cp-mode": "sideways"}),
        ({"elastic-ep-rejoin": 1}, "0.5.23", {"elastic-ep-rejoin": 1}),
        ({"cuda-graph-backend-prefill": "full"}, "0.5.13.post1", {"cuda-graph-backend-prefill": "full"}),
        ({"dcp-size": 2}, "0.5.13.post1", {"dcp-size": 2}),
        # nothing is merged
        (
            {"cuda-graph-bs": 8, "cuda-graph-bs-decode": 16},
            "0.5.23",
            {"cuda-graph-bs": 8, "cuda-graph-bs-decode": 16},
        ),
        (
            {"nsa-prefill-cp-mode": "in-seq-split", "dsa-prefill-cp-mode": "in-seq-split"},
            "0.5.23",
            {"cp-strategy": "zigzag", "dsa-prefill-cp-mode": "in-seq-split"},
        ),
        ({"attn-dp-size": 4, "data-parallel-size": 1}, "0.5.16", {"attn-dp-size": 4, "data-parallel-size": 1}),
        ({"moe-dense-tp": 1, "moe-dense-tp-size": 2}, "0.5.16", {"moe-dense-tp": 1, "moe-dense-tp-size": 2}),
    ],
)
def test_respell(given_options: dict[str, Any], version: str, expected: dict[str, Any]) -> None:
    """Kept, renamed with its value, written in full, split, left out, or left for the checks."""
    assert respell(given_options, release(version)).options == expected


def test_a_role_of_the_tutorial_keeps_its_order() -> None:
    """Replaced options stay where the old ones stood, and every change says what it is about."""
    role: dict[str, Any] = {
        "tp-size": 32,
        "enable-nsa-prefill-context-parallel": True,
        "nsa-prefill-cp-mode": "round-robin-split",
        "cuda-graph-bs": (8, 16),
        "prefill-round-robin-balance": True,
        "moe-dense-tp": 1,
        "port": 8000,
    }
    respelled = respell(role, release("0.5.23"))
    assert list(respelled.options) == [
        "tp-size",
        "enable-prefill-cp",
        "cp-strategy",
        "cuda-graph-bs-decode",
        "moe-dense-tp-size",
        "port",
    ]
    assert [(change.old, change.new) for change in respelled.changes] == [
        ("enable-nsa-prefill-context-parallel", ("enable-prefill-cp",)),
        ("nsa-prefill-cp-mode", ("cp-strategy",)),
        ("cuda-graph-bs", ("cuda-graph-bs-decode",)),
        ("prefill-round-robin-balance", ()),
        ("moe-dense-tp", ("moe-dense-tp-size",)),
    ]
    assert respelled.changes[3] == Change(
        "prefill-round-robin-balance", (), "it had no effect, and 0.5.23 does not know it"
    )


@pytest.mark.parametrize("target", ANY)
def test_what_a_release_accepts_is_never_touched(target: Release) -> None:
    """Every declared spelling of every option stays as it is, deprecated or not."""
    options = {flag[2:]: sample(option) for option in target.options for flag in option.flags if not option.refused}
    respelled = respell(options, target)
    assert respelled.options == options
    assert respelled.changes == ()


names = st.sampled_from(
    sorted({flag[2:] for version in known_releases() for o in release(version).options for flag in o.flags})
)
values = st.one_of(st.just(True), st.integers(0, 64), st.sampled_from(["disabled", "zigzag", "in-seq-split", "x"]))


@given(options=st.dictionaries(names, values, max_size=12), version=st.sampled_from(known_releases()))
def test_respelling_is_stable(options: Mapping[str, Any], version: str) -> None:
    """A second time changes nothing more, nothing is overwritten, and untouched options keep their order and value."""
    target = release(version)
    once = respell(options, target)
    assert respell(once.options, target).options == once.options
    changed = {change.old for change in once.changes}
    kept = [option for option in options.items() if option[0] not in changed]
    assert [option for option in once.options.items() if option[0] in dict(kept)] == kept
    assert len(once.options) == len(kept) + sum(len(change.new) for change in once.changes)


@pytest.mark.parametrize("entry", spellings().renames, ids=lambda entry: f"{entry.old[0]}-{entry.new}")
def test_renames_lead_there_and_back(entry: Rename) -> None:
    """Both names are options of some release, and what goes both ways arrives where it came from."""
    declared = [release(version) for version in known_releases()]
    old, new = entry.old[0], entry.new
    assert all(any(known.option(word) for known in declared) for word in (*entry.old, new))
    if entry.one_way:
        return
    for before, after in entry.values or ((True, True),):
        assert (new, after) in entry.spellings(old, before)
        assert (old, before) in entry.spellings(new, after)


@pytest.mark.parametrize("version", known_releases()[:-1])
def test_no_deprecated_option_is_a_dead_end(version: str) -> None:
    """What a release deprecates has a spelling in the newest one, is left out there, or has no successor."""
    newest = release(NEWEST)
    lost = set()
    for option in release(version).options:
        respelled = respell({option.name: sample(option)}, newest).options
        if option.deprecated and not all(newest.option(word) for word in respelled):
            lost.add(option.name)
    assert lost <= WITHOUT_SUCCESSOR


def test_only_options_without_effect_are_dropped() -> None:
    """Every dropped option is a deprecated switch, not an alias of anything, wherever it is still accepted."""
    for word in spellings().dropped:
        found = [option for version in known_releases() if (option := release(version).option(word))]
        assert found
        assert all(option.deprecated and option.kind == "flag" and option.default is None for option in found)


def test_expansions_name_options_of_older_releases() -> None:
    """Each part is an option of every release that lacks the one it stands for."""
    for word, parts in spellings().expansions.items():
        lacking = [release(version) for version in known_releases() if not release(version).option(word)]
        assert lacking
        assert all(known.option(part) for known in lacking for part in parts)


def test_the_oldest_release_can_be_left_and_entered_again() -> None:
    """A role in the oldest release's own spelling is the same after a detour through the newest."""
    role: dict[str, Any] = {
        "cuda-graph-bs": (8, 16),
        "cuda-graph-max-bs": 16,
        "dsa-prefill-cp-mode": "round-robin-split",
        "enable-dsa-prefill-context-parallel": True,
        "disable-piecewise-cuda-graph": True,
    }
    there = respell(role, release(NEWEST)).options
    assert not set(there) & set(role)
    assert respell(there, release(OLDEST)).options == role
