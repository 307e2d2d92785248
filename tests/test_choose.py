"""Edits: what each flag changes, and what it refuses, with the nearest names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporting import PRESETS, hosts_for, selection_of
from tests.strategies import NASTY
from wizard import choose, presets, reproduce
from wizard.errors import UsageError
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Origin


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("tp-size=8", "tp-size", 8),
        ("--tp-size=8", "tp-size", 8),
        ("tensor-parallel-size=8", "tp-size", 8),
        ("mem-fraction-static=0.75", "mem-fraction-static", 0.75),
        ("mem-fraction-static=0.70", "mem-fraction-static", "0.70"),
        ("served-model-name=7", "served-model-name", "7"),
        ("context-length=64k", "context-length", "64k"),
        ("cuda-graph-bs=1 2 4", "cuda-graph-bs", (1, 2, 4)),
        ("enable-metrics", "enable-metrics", True),
        ("enable-metrics=yes", "enable-metrics", True),
        ("served-model-name=a=b", "served-model-name", "a=b"),
    ],
)
def test_set_gives_the_value_its_kind(text: str, name: str, value: object) -> None:
    """A value has the option's kind, keeps its text exactly, and is marked as the operator's."""
    role = selection_of("a3-single", set=text).role("server")
    assert role.options[name] == value
    assert type(role.options[name]) is type(value)
    assert role.origin(name) is Origin.OPERATOR


@pytest.mark.parametrize(
    ("kind", "text", "message", "hint"),
    [
        ("set", "tp-sise=8", "no option `tp-sise`", "`tp-size`"),
        ("set", "pp=8", "could mean several", "--pp-size"),
        ("set", "tp-size", "needs a value", "tp-size=VALUE"),
        ("set", "enable-metrics=perhaps", "is a switch", "--unset enable-metrics"),
        ("set", "decode.tp-size=8", "no role `decode`", "`server`"),
        ("unset", "tp-sise", "no option", "`tp-size`"),
        ("env", "HCCL_BUFFSIZE", "not NAME=VALUE", "--env"),
        ("env", "a b=1", "not NAME=VALUE", "--env"),
        ("runtime", "vm", "no runtime", "container"),
        ("series", "A9", "no known series", "A2"),
        ("quantization", "w4a9", "weights are", "W4A8"),
        ("hosts", "a b", "no address", "--hosts"),
        ("hosts", "a,b", "takes 1 hosts", "a3-multi"),
        ("hosts", "decode=a", "no role", "`server`"),
        ("interface", "eth 0", "no network interface", "ip -br addr"),
        ("feature", "npu-grapf", "npu-grapf", "npu-graph"),
        ("preset", "a3-singel", "unknown preset", "a3-single"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(kind: str, text: str, message: str, hint: str) -> None:
    """Every refusal says what is wrong and what would have been right."""
    with pytest.raises(UsageError) as caught:
        selection_of("a3-single", **{kind: text})
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_setting_without_a_role_goes_to_every_server() -> None:
    """Prefill and decode both get it; the router's own options need no prefix; a prefix means one role."""
    both = selection_of("a3-pd", set="max-running-requests=7")
    assert [both.role(name).options["max-running-requests"] for name in both.server_roles] == [7, 7]
    assert selection_of("a3-pd", set="policy=random").role("router").options["policy"] == "random"
    one = selection_of("a3-pd", set="decode.max-running-requests=7")
    assert one.role("prefill").options["max-running-requests"] == 64


def test_switching_off_and_unsetting_remove() -> None:
    """A switch set to no, and an option unset, leave the command line."""
    assert "trust-remote-code" not in selection_of("a3-single", set="trust-remote-code=no").role("server").options
    assert "tp-size" not in selection_of("a3-single", unset="tp-size").role("server").options
    assert "HCCL_BUFFSIZE" not in selection_of("a3-single", **{"unset-env": "HCCL_BUFFSIZE"}).role("server").environment


def test_an_option_that_no_release_knows_can_be_unset() -> None:
    """What came in by a file goes out by its name; a name that nobody holds or knows is refused."""
    base = selection_of("a3-single")
    role = base.role("server")
    strange = base.evolve(roles={"server": role.evolve(options={**role.options, "no-such-option": 1})})
    cleaned = choose.apply(strange, Edit(EditKind.UNSET, "no-such-option"))
    assert dict(cleaned.role("server").options) == dict(role.options)


def test_the_image_says_the_release_and_the_release_brings_an_image() -> None:
    """A tag with a version sets the release; another release changes the image of the series."""
    assert selection_of("a3-single", image="quay.io/ascend/sglang:v0.5.13.post1-cann9.0.0-a3").release == "0.5.13.post1"
    assert "0.5.16" in selection_of("a3-single", release="0.5.16").runtime.image
    assert "910b" in selection_of("a3-single", series="A2").runtime.image


@pytest.mark.parametrize("preset", ["a3-single", "a3-pd"])
def test_an_interface_replaces_lo_and_auto(preset: str) -> None:
    """An interface given by name reaches the variables, with hosts and without."""
    selection = selection_of(preset, interface="bond0")
    for name in selection.server_roles:
        assert selection.role(name).environment["HCCL_SOCKET_IFNAME"] == "bond0"


FLAGS = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"), st.sampled_from(["tp-size=8", "enable-metrics", "context-length=64k", "policy=random"])
        ),
        st.tuples(st.just("set"), NASTY.map(lambda text: f"served-model-name={text}")),
        st.tuples(st.just("unset"), st.sampled_from(["mem-fraction-static", "trust-remote-code"])),
        st.tuples(st.just("env"), NASTY.map(lambda text: f"X={text}")),
        st.tuples(st.just("unset-env"), st.just("HCCL_BUFFSIZE")),
        st.tuples(st.just("model-path"), NASTY),
        st.tuples(st.just("release"), st.sampled_from(["0.5.16", "0.5.23"])),
        st.tuples(st.just("runtime"), st.sampled_from(["host", "container"])),
        st.tuples(st.just("accept"), st.just("memory.weights")),
        st.tuples(st.just("interface"), st.just("eth0")),
        st.tuples(st.just("hosts"), st.just("")),
    ),
    max_size=5,
)


@given(st.sampled_from(PRESETS), FLAGS)
@settings(max_examples=80, deadline=None)
def test_the_reproduce_line_gives_the_same_selection(preset: str, flags: list[tuple[str, str]]) -> None:
    """Whatever was changed, the flags of the reproduce line lead from the preset to the same selection."""
    base = presets.preset(preset).selection
    selection = base
    for kind, text in flags:
        value = hosts_for(preset) if kind == "hosts" else text
        try:
            selection = choose.apply(selection, Edit(EditKind(kind), value))
        except UsageError:
            continue
    edits = reproduce.edits_between(base, selection)
    if edits is None:
        assert reproduce.command_line(base, selection) == ("glm-wizard", "--config", "selection.toml")
        return
    assert reproduce.same(choose.apply_all(base, edits), selection)


def test_a_change_that_flags_cannot_say_names_the_file() -> None:
    """A changed sysctl has no flag: the line then names the selection file."""
    base = presets.preset("a3-single").selection
    tuned = base.evolve(tuning=base.tuning.evolve(scaling_governor="powersave"))
    assert reproduce.command_line(base, tuned) == ("glm-wizard", "--config", "selection.toml")


@pytest.mark.parametrize("preset", ["a3-single", "a3-pd"])
def test_the_path_of_the_weights_knows_who_gave_it(preset: str) -> None:
    """A path by flag is the operator's in every server's command; before, it is the preset's."""
    before, after = presets.preset(preset).selection, selection_of(preset, **{"model-path": "/models/glm"})
    for name in set(after.roles) - {"router"}:
        assert before.role(name).origin("model-path") is Origin.PRESET
        assert after.role(name).origin("model-path") is Origin.OPERATOR
