"""The plan: who runs where, on which ports, with which words."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporting import PRESETS, hosts_for, selection_of
from wizard.errors import PlanError, UsageError
from wizard.model.selection import Origin
from wizard.plan import launch_flow


def option(argv: tuple[str, ...], name: str) -> str | None:
    """The word after a flag."""
    return argv[argv.index(name) + 1] if name in argv else None


def test_ranks_addresses_and_rendezvous() -> None:
    """Each rank of a server over several hosts has its own address and rank, and all meet at rank 0."""
    flow = launch_flow(selection_of("a3-multi", hosts="10.0.0.1,10.0.0.2,10.0.0.3"))
    argvs = [flow.argv(process) for process in flow.processes]
    assert [process.name for process in flow.processes] == ["server-rank0", "server-rank1", "server-rank2"]
    assert [option(argv, "--node-rank") for argv in argvs] == ["0", "1", "2"]
    assert {option(argv, "--nnodes") for argv in argvs} == {"3"}
    assert {option(argv, "--dist-init-addr") for argv in argvs} == {"10.0.0.1:5000"}
    assert [option(argv, "--host") for argv in argvs] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


def test_several_prefill_instances_and_the_router() -> None:
    """Bootstrap ports count up by instance, the router knows each, and the store is on the first prefill host."""
    flow = launch_flow(selection_of("a3-pd", hosts="prefill=p1,prefill=p2,prefill=p3,decode=d1,decode=d2,router=r1"))
    assert [process.name for process in flow.processes] == [
        "prefill-0",
        "prefill-1",
        "prefill-2",
        "decode-0",
        "decode-1",
        "router",
    ]
    boots = [option(flow.argv(process), "--disaggregation-bootstrap-port") for process in flow.processes[:3]]
    assert boots == ["8998", "8999", "9000"]
    stores = {flow.environment(process)["ASCEND_MF_STORE_URL"] for process in flow.servers}
    assert stores == {"tcp://p1:24707"}
    router = flow.argv(flow.process("router"))
    words = " ".join(router)
    assert "--prefill http://p1:8000 8998 --prefill http://p2:8000 8999 --prefill http://p3:8000 9000" in words
    assert "--decode http://d1:8003 --decode http://d2:8003" in words
    assert option(router, "--host") == "r1"
    assert set(flow.process("router").waits_for) == {process.name for process in flow.servers}


def test_instances_over_several_hosts() -> None:
    """Two prefill instances on two hosts each: ranks, rendezvous and bootstrap port by instance."""
    flow = launch_flow(selection_of("glm51-a3-pd-2p1d-128k", hosts=hosts_for("glm51-a3-pd-2p1d-128k")))
    second = flow.argv(flow.process("prefill-1-rank1"))
    assert option(second, "--dist-init-addr") == "10.0.0.3:5000"
    assert option(second, "--node-rank") == "1"
    assert option(second, "--disaggregation-bootstrap-port") == "8999"


def test_a2_disaggregation_transfers_over_rdma() -> None:
    """On A2 the transfer protocol is added by rule, with the reason; on A3 it is not."""
    flow = launch_flow(selection_of("a3-pd", series="A2", hosts="a,b"))
    added = {setting.name: setting for setting in flow.processes[0].environment}["ASCEND_MF_TRANSFER_PROTOCOL"]
    assert (added.words, added.origin) == ((("device_rdma",),), Origin.RULE)
    assert added.note
    on_a3 = launch_flow(selection_of("a3-pd", hosts="a,b"))
    assert "ASCEND_MF_TRANSFER_PROTOCOL" not in on_a3.environment(on_a3.processes[0])


def test_the_release_spells_the_options() -> None:
    """0.5.23 takes no --cuda-graph-max-bs and no --prefill-round-robin-balance; the plan says what became of them."""
    flow = launch_flow(selection_of("a3-pd", release="0.5.23", hosts="a,b"))
    decode = flow.process("decode-0")
    argv = flow.argv(decode)
    assert "--cuda-graph-max-bs" not in argv
    assert option(argv, "--cuda-graph-max-bs-decode") == "4"
    assert "--prefill-round-robin-balance" not in argv
    notes = {setting.name: setting.note for setting in decode.options if setting.note}
    assert set(notes) == {"cuda-graph-max-bs-decode", "prefill-round-robin-balance"}


def test_addresses_of_ipv6_get_brackets_in_urls() -> None:
    """An IPv6 address is bracketed in front of a port, and bare as --host."""
    flow = launch_flow(selection_of("a3-pd", hosts="fd00::1,fd00::2"))
    assert option(flow.argv(flow.process("prefill-0")), "--host") == "fd00::1"
    assert flow.environment(flow.process("decode-0"))["ASCEND_MF_STORE_URL"] == "tcp://[fd00::1]:24707"
    assert "http://[fd00::1]:8000" in flow.argv(flow.process("router"))


def test_two_servers_on_one_host_share_nothing() -> None:
    """The second server moves its ports and devices out of the way, by rule, and the router follows."""
    selection = selection_of("a3-pd", set="tp-size=8", hosts="prefill=a,prefill=a,decode=b")
    flow = launch_flow(selection)
    first, second = flow.argv(flow.process("prefill-0")), flow.argv(flow.process("prefill-1"))
    assert option(first, "--port") != option(second, "--port")
    assert option(second, "--base-gpu-id") == "8"
    assert f"http://a:{option(second, '--port')}" in flow.argv(flow.process("router"))


@given(st.sampled_from(PRESETS), st.integers(1, 65000), st.lists(st.sampled_from("abc"), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_no_two_processes_of_a_host_open_the_same_port(preset: str, port: int, names: list[str]) -> None:
    """Whatever the ports and however hosts are shared, servers on one host open different ports."""
    from wizard import presets as store

    count = store.preset(preset).selection.host_count
    selection = selection_of(preset, set=f"port={port}", hosts=",".join(names[:count]))
    flow = launch_flow(selection)
    for one, other in itertools.combinations(flow.servers, 2):
        if one.address and flow.values()[one.address[0].name] == flow.values()[other.address[0].name]:  # type: ignore[union-attr]
            assert not {p.number for p in one.ports} & {p.number for p in other.ports}


def test_the_hash_covers_what_runs_and_nothing_else() -> None:
    """Any option, variable, host or image changes the hash; who set it does not."""
    base = launch_flow(selection_of("a3-pd", hosts="a,b")).plan_hash()
    assert base == launch_flow(selection_of("a3-pd", hosts="a,b", set="prefill.tp-size=16")).plan_hash()
    changes = [
        {"set": "decode.tp-size=8"},
        {"env": "X=1"},
        {"image": "other:1"},
        {"runtime": "host"},
        {"model-path": "/m"},
    ]
    others = {launch_flow(selection_of("a3-pd", hosts="a,b", **change)).plan_hash() for change in changes}
    assert len(others | {base, launch_flow(selection_of("a3-pd", hosts="a,c")).plan_hash()}) == len(changes) + 2


@pytest.mark.parametrize("hosts", ["a", "a,b,c", "decode=a,decode=b", "prefill=a"])
def test_hosts_that_do_not_fit_are_refused(hosts: str) -> None:
    """More or fewer hosts than roles take is an error that counts them."""
    with pytest.raises((UsageError, PlanError)) as caught:
        launch_flow(selection_of("a3-pd", hosts=hosts))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("-x", True),
        ("--host", True),
        ("--host=1 2", True),
        ("-1", False),
        ("-0.5", False),
        ("-", False),
        ("-a b", False),
        ("a-b", False),
    ],
)
def test_a_value_that_argparse_takes_for_an_option_is_refused(value: str, refused: bool) -> None:
    """As SGLang's own parser would: the plan refuses exactly the values that argparse does."""
    import argparse

    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--served-model-name")
    parser.add_argument("--host")
    if refused:
        with pytest.raises((SystemExit, argparse.ArgumentError)):
            parser.parse_args(["--served-model-name", value])
        with pytest.raises(PlanError, match="for an option"):
            launch_flow(selection_of("a3-single", set=f"served-model-name={value}"))
    else:
        assert parser.parse_args(["--served-model-name", value]).served_model_name == value
        flow = launch_flow(selection_of("a3-single", set=f"served-model-name={value}"))
        assert option(flow.argv(flow.processes[0]), "--served-model-name") == value
