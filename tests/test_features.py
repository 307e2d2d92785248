"""Features as views of a role's settings: what counts as on, and that a switch changes its own settings only."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import features, presets
from wizard.errors import UsageError
from wizard.features import State
from wizard.knowledge import facts, spelling
from wizard.knowledge.releases import known_releases, release
from wizard.model.notes import Feature
from wizard.model.selection import Role

SWITCHES = [feature for feature in facts.features() if not feature.decided_by]
EACH_SWITCH = pytest.mark.parametrize("feature", SWITCHES, ids=lambda feature: feature.id)


def role(options: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Role:
    return Role(options=dict(options or {}), environment=dict(environment or {}))


def both(item: Role) -> tuple[dict[str, Any], dict[str, str]]:
    return dict(item.options), dict(item.environment)


def state(feature: str, item: Role, role_name: str = "server", version: str | None = None) -> State:
    return features.state(facts.feature(feature), role_name, item, release(version) if version else None)


OTHERS = ("host", "dist-init-addr", "tp-size", "disable-radix-cache", "cuda-graph-backend-decode", "attn-dp-size")
OTHER_VARIABLES = ("GLOO_SOCKET_IFNAME", "HCCL_BUFFSIZE")
VALUES = st.sampled_from(
    [
        True,
        False,
        -1,
        0,
        1,
        2,
        16,
        0.8,
        8192,
        "auto",
        "none",
        "deepep",
        "NEXTN",
        "disabled",
        "full",
        "in-seq-split",
        (1, 2),
    ]
)
WORDS = st.sampled_from(["0", "1", "2", "", "true", "no", "AIV", "1000", "expandable_segments:True,x:1"])


@cache
def spelled(feature: str) -> tuple[str, ...]:
    """Every option that belongs to a feature, under all names that releases have for it."""
    options = {option.name for version in known_releases() for option in release(version).options}
    return tuple(sorted(name for name in options if feature in features.features_of(name) and name != "api-key"))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Feature, Role]:
    """A feature, and a role that holds some of its settings, in any spelling and with any value, among others."""
    feature = draw(st.sampled_from(SWITCHES))
    variables = [name for name in features.names(feature) if name.isupper() and name != "HF_TOKEN"]
    options = draw(st.dictionaries(st.sampled_from((*OTHERS, *spelled(feature.id))), VALUES, max_size=6))
    environment = draw(st.dictionaries(st.sampled_from((*OTHER_VARIABLES, *variables)), WORDS, max_size=3))
    return feature, role(options, environment)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_a_switch_does_what_it_says(case: tuple[Feature, Role]) -> None:
    """Whatever was set before, afterwards the feature is on or off; and a second press changes nothing."""
    feature, item = case
    name = feature.roles[0]
    on, off = features.switch_on(feature, item), features.switch_off(feature, item)
    assert features.state(feature, name, on) is State.ON
    assert features.state(feature, name, off) is State.OFF
    assert both(features.switch_on(feature, on)) == both(on)
    assert both(features.switch_off(feature, off)) == both(off)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_a_switch_touches_its_own_settings_only(case: tuple[Feature, Role]) -> None:
    """Settings of others stay, except those that are said to be taken away."""
    feature, item = case
    taken = features.taken_away(feature, item)
    for after, gone in ((features.switch_on(feature, item), taken), (features.switch_off(feature, item), ())):
        for before, now in zip(both(item), both(after), strict=True):
            differing = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
            assert all(feature.id in features.features_of(name) or name in gone for name in differing)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_on_and_off_again_gives_the_role_back(case: tuple[Feature, Role]) -> None:
    """A role without any of its settings is the same again, in the same order; what was taken away stays away."""
    feature, item = case
    own = {name for name in (*item.options, *item.environment) if feature.id in features.features_of(name)}
    bare = item.evolve(
        options={name: value for name, value in item.options.items() if name not in own},
        environment={name: value for name, value in item.environment.items() if name not in own},
    )
    if feature.on_by_default:
        bare = features.switch_off(feature, bare)
    again = features.switch_off(feature, features.switch_on(feature, bare))
    kept = {name: value for name, value in bare.options.items() if name not in features.taken_away(feature, bare)}
    assert both(again) == (kept, dict(bare.environment))
    if not feature.on_by_default:
        assert list(again.options) == list(kept)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_off_after_on_is_off(case: tuple[Feature, Role]) -> None:
    """Nothing of a feature is left behind, however it was spelled before."""
    feature, item = case
    after = features.switch_off(feature, features.switch_on(feature, item))
    left = [name for name, value in after.options.items() if value is not False] + list(after.environment)
    if not feature.on_by_default:
        assert not [name for name in left if feature.id in features.features_of(name)]


@given(cases(), st.sampled_from(known_releases()))
def test_all_states_at_once_are_the_states_one_by_one(case: tuple[Feature, Role], version: str) -> None:
    _, item = case
    found = features.states("decode", item, release(version))
    assert found == {each.id: features.state(each, "decode", item, release(version)) for each in facts.features()}


def test_no_setting_belongs_to_two_features() -> None:
    """Otherwise switching one would touch the other."""
    every = [name for feature in facts.features() for name in features.names(feature)]
    assert sorted(every) == sorted(set(every))


@pytest.mark.parametrize(
    ("feature", "options", "environment"),
    [
        ("tensor-parallelism", {"tp-size": 16}, {}),
        ("data-parallelism", {"dp-size": 16, "enable-dp-attention": True}, {}),
        ("expert-parallelism", {"ep-size": 16, "moe-a2a-backend": "deepep", "deepep-mode": "auto"}, {}),
        ("pd-disaggregation", {"disaggregation-mode": "prefill", "disaggregation-transfer-backend": "ascend"}, {}),
        ("quantization", {"quantization": "modelslim"}, {}),
        ("chunked-prefill", {"chunked-prefill-size": 16384}, {}),
        ("npu-graph", {"cuda-graph-bs": 16}, {}),
        (
            "speculative-decoding",
            {
                "speculative-algorithm": "NEXTN",
                "speculative-num-steps": 3,
                "speculative-eagle-topk": 1,
                "speculative-num-draft-tokens": 4,
                "speculative-draft-model-quantization": "unquant",
            },
            {},
        ),
        ("overlap-plan-stream", {}, {"SGLANG_ENABLE_OVERLAP_PLAN_STREAM": "1"}),
        ("dp-lm-head", {"enable-dp-lm-head": True}, {}),
    ],
)
def test_the_tutorials_features(feature: str, options: dict[str, Any], environment: dict[str, str]) -> None:
    """Every row of the tutorial's feature table is a feature that its example switches on."""
    found = facts.feature(feature)
    assert features.state(found, found.roles[0], role(options, environment)) is State.ON
    assert {*options, *environment} <= {
        name for name in (*options, *environment) if feature in features.features_of(name)
    } | {"disaggregation-transfer-backend"}


@pytest.mark.parametrize(
    ("feature", "options", "environment", "expected"),
    [
        # sizes of one are no parallelism, a backend that is none is no backend
        ("tensor-parallelism", {"tp-size": 1}, {}, State.OFF),
        ("pipeline-parallelism", {"pp-size": 1}, {}, State.OFF),
        ("expert-parallelism", {"moe-a2a-backend": "none"}, {}, State.OFF),
        ("expert-parallelism", {"moe-a2a-backend": "ascend_fuseep"}, {}, State.ON),
        ("expert-parallelism", {"ep-size": 16}, {}, State.OFF),
        # half of it
        ("data-parallelism", {"dp-size": 8}, {}, State.PARTIAL),
        ("data-parallelism", {"dp-size": 1, "enable-dp-attention": True}, {}, State.PARTIAL),
        # the spellings of other releases
        ("data-parallelism", {"attn-dp-size": 8}, {}, State.ON),
        ("data-parallelism", {"attn-dp-size": 1}, {}, State.PARTIAL),
        ("npu-graph", {"cuda-graph-backend-decode": "disabled"}, {}, State.OFF),
        ("npu-graph", {"cuda-graph-backend-decode": "full"}, {}, State.ON),
        ("npu-graph", {"disable-decode-cuda-graph": True}, {}, State.OFF),
        ("hicache", {"enable-hicache": True}, {}, State.ON),
        (
            "context-parallelism",
            {"attn-cp-size": 4, "enable-nsa-prefill-context-parallel": True, "nsa-prefill-cp-mode": "in-seq-split"},
            {},
            State.ON,
        ),
        # on by default
        ("npu-graph", {}, {}, State.ON),
        ("chunked-prefill", {"chunked-prefill-size": -1}, {}, State.OFF),
        ("chunked-prefill", {"chunked-prefill-size": 0}, {}, State.OFF),
        ("prefix-cache", {"disable-radix-cache": True}, {}, State.OFF),
        ("prefix-cache", {"disable-radix-cache": False}, {}, State.ON),
        ("nz-weight-format", {}, {"SGLANG_NPU_DISABLE_ACL_FORMAT_WEIGHT": "true"}, State.OFF),
        ("nz-weight-format", {}, {"SGLANG_NPU_DISABLE_ACL_FORMAT_WEIGHT": "0"}, State.ON),
        # words of variables
        ("mlapo", {}, {"SGLANG_NPU_USE_MLAPO": "True"}, State.ON),
        ("mlapo", {}, {"SGLANG_NPU_USE_MLAPO": "0"}, State.OFF),
        ("zero-buffer", {}, {"SGLANG_ZBAL_LOCAL_MEM_SIZE": "0"}, State.OFF),
        ("zero-buffer", {}, {"SGLANG_ZBAL_LOCAL_MEM_SIZE": "61184"}, State.ON),
        (
            "expandable-segments",
            {},
            {"PYTORCH_NPU_ALLOC_CONF": "max_split_size_mb:64,expandable_segments:True"},
            State.ON,
        ),
        ("expandable-segments", {}, {"PYTORCH_NPU_ALLOC_CONF": "expandable_segments:False"}, State.OFF),
        ("task-queue", {}, {"TASK_QUEUE_ENABLE": "0"}, State.ON),
        ("tool-call-parser", {"tool-call-parser": "auto"}, {}, State.ON),
    ],
)
def test_what_counts_as_on(feature: str, options: dict[str, Any], environment: dict[str, str], expected: State) -> None:
    assert state(feature, role(options, environment)) is expected


@pytest.mark.parametrize(
    ("feature", "role_name", "version", "expected"),
    [
        ("prefix-cache", "decode", None, State.UNAVAILABLE),
        ("decode-prefix-cache", "server", None, State.UNAVAILABLE),
        ("context-parallelism", "decode", None, State.UNAVAILABLE),
        ("prefix-cache", "prefill", "0.5.23", State.ON),
        ("npu-graph", "decode", "0.5.23", State.ON),
        ("context-parallelism", "prefill", "0.5.13.post1", State.OFF),
    ],
)
def test_where_a_feature_is_unavailable(feature: str, role_name: str, version: str | None, expected: State) -> None:
    assert state(feature, role(), role_name, version) is expected


def test_what_is_set_shows_where_it_does_not_belong() -> None:
    """An option that an operator put into the wrong role must not hide behind `unavailable`."""
    assert state("hicache", role({"enable-hierarchical-cache": True}), "decode") is State.ON


@pytest.mark.parametrize(
    ("changes", "version", "there"),
    [
        ({"options": {"fuseep-mode": 2}}, "0.5.14", False),
        ({"options": {"fuseep-mode": 2}}, "0.5.16", True),
        ({"options": {"cuda-graph-max-bs": 4}}, "0.5.23", True),
        ({"options": {}, "environment": {"SGLANG_ENABLE_SPEC_V2": "1"}}, "0.5.13.post1", True),
        ({"options": {}, "environment": {"SGLANG_ENABLE_SPEC_V2": "1"}}, "0.5.14", False),
        ({"options": {"prefill-round-robin-balance": True}}, "0.5.23", False),
    ],
)
def test_whether_a_release_has_a_feature(changes: dict[str, Any], version: str, there: bool) -> None:
    """Renamed is there; unknown, without effect or no longer read is not."""
    feature = facts.feature("metrics").evolve(**changes)
    assert features.is_in(feature, release(version)) is there
    assert features.state(feature, "server", role(), release(version)) is (State.OFF if there else State.UNAVAILABLE)


@EACH_SWITCH
def test_every_feature_is_in_some_release(feature: Feature) -> None:
    """What the switch writes is known, under whatever name, in the tutorial's release at least."""
    assert features.is_in(feature, release("0.5.14"))


def test_switching_on_keeps_sensible_values_and_places() -> None:
    """Numbers the operator chose stay; a value that meant off is replaced where it stands."""
    before = role({"tp-size": 8, "moe-a2a-backend": "none", "deepep-mode": "normal", "port": 8000})
    after = features.switch_on(facts.feature("expert-parallelism"), before)
    assert list(after.options.items()) == [
        ("tp-size", 8),
        ("moe-a2a-backend", "deepep"),
        ("deepep-mode", "normal"),
        ("port", 8000),
    ]


def test_switching_on_fills_what_is_missing() -> None:
    after = features.switch_on(facts.feature("speculative-decoding"), role({"speculative-num-steps": 1}))
    assert after.options["speculative-num-steps"] == 1
    assert after.options["speculative-algorithm"] == "NEXTN"


def test_switching_off_knows_the_other_spellings() -> None:
    after = features.switch_off(facts.feature("data-parallelism"), role({"attn-dp-size": 8, "tp-size": 16}))
    assert dict(after.options) == {"tp-size": 16}


def test_switching_the_graph_on_undoes_every_spelling_of_off() -> None:
    options = {"disable-cuda-graph": True, "cuda-graph-backend-decode": "disabled", "cuda-graph-max-bs": 4}
    assert dict(features.switch_on(facts.feature("npu-graph"), role(options)).options) == {"cuda-graph-max-bs": 4}


def test_what_is_taken_away_is_reported() -> None:
    """HiCache cannot be without the prefix cache, so it takes the option that switches that off, and says so."""
    before = role({"disable-radix-cache": True, "tp-size": 16})
    hicache = facts.feature("hicache")
    assert features.taken_away(hicache, before) == ("disable-radix-cache",)
    assert dict(features.switch_on(hicache, before).options) == {"tp-size": 16, "enable-hierarchical-cache": True}
    assert features.taken_away(hicache, role()) == ()


def test_disaggregation_is_no_switch() -> None:
    """Prefill and decode apart is a scenario: a switch could not make the second server."""
    feature = facts.feature("pd-disaggregation")
    there = role({"disaggregation-mode": "prefill"})
    assert features.switch_on(feature, there) is there
    for switch, item in ((features.switch_on, role()), (features.switch_off, there)):
        with pytest.raises(UsageError, match="the scenario decides it"):
            switch(feature, item)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("tp-size", ("tensor-parallelism",)),
        ("attn-dp-size", ("data-parallelism",)),
        ("cuda-graph-max-bs-decode", ("npu-graph",)),
        ("nsa-prefill-cp-mode", ("context-parallelism",)),
        ("disable-radix-cache", ("prefix-cache",)),
        ("HCCL_BUFFSIZE", ("hccl-buffer",)),
        ("dist-init-addr", ()),
        ("NO_SUCH_VARIABLE", ()),
    ],
)
def test_the_features_of_a_setting(name: str, ids: tuple[str, ...]) -> None:
    assert features.features_of(name) == ids


@pytest.mark.parametrize("version", known_releases())
@pytest.mark.parametrize("preset", list(presets.files()))
def test_respelling_changes_no_state(preset: str, version: str) -> None:
    """A preset written for another release has the same features on."""
    selection = presets.preset(preset).selection
    for name in selection.server_roles:
        before = selection.role(name)
        after = before.evolve(options=spelling.respell(before.options, release(version)).options)
        assert features.states(name, after) == features.states(name, before)
