"""What must be equal or fit between the processes of a launch: one field changed at a time is always caught."""

import re
from pathlib import Path

import pytest

from wizard import check, choose, presets
from wizard.check import together
from wizard.model.finding import Edit, EditKind, Finding, Severity
from wizard.model.selection import Origin, Selection

PD = "10.0.0.1,10.0.0.2"
STORE = "ASCEND_MF_STORE_URL"
MUTATIONS = [
    ("a3-pd", "topology.pd-page", "set", "decode.page-size=64"),
    ("a3-pd", "topology.pd-page", "set", "prefill.page-size=64"),
    ("a3-pd", "topology.pd-cache-type", "set", "decode.kv-cache-dtype=fp8_e4m3"),
    ("a3-pd", "topology.pd-transfer", "set", "decode.disaggregation-transfer-backend=mooncake"),
    ("a3-pd", "topology.pd-transfer", "set", "prefill.disaggregation-transfer-backend=mooncake"),
    ("a3-pd", "topology.pd-name", "set", "decode.served-model-name=other"),
    ("a3-pd", "topology.pd-name", "set", "prefill.served-model-name=other"),
    ("a3-pd", "topology.pd-weights", "unset", "decode.quantization"),
    ("a3-pd", "topology.pd-dtype", "set", "decode.dtype=float16"),
    ("a3-pd", "topology.store", "env", f"decode.{STORE}=tcp://10.0.0.9:24707"),
    ("a3-pd", "topology.store", "env", f"prefill.{STORE}=tcp://10.0.0.1:24708"),
    ("a3-pd", "topology.store", "env", f"{STORE}=tcp://127.0.0.1:24707"),
    ("a3-pd", "network.loopback", "env", "HCCL_SOCKET_IFNAME=lo"),
    ("a3-pd", "network.loopback", "env", "decode.GLOO_SOCKET_IFNAME=lo"),
    ("a3-pd", "network.loopback", "set", "prefill.host=127.0.0.1"),
    ("a3-pd", "network.loopback", "set", "decode.host=localhost"),
    ("a3-pd", "network.port-twice", "set", "prefill.disaggregation-bootstrap-port=8000"),
    ("a3-pd", "network.port-twice", "set", "prefill.port=24707"),
    ("a3-pd", "network.port-twice", "set", "router.port=8000"),
    ("a3-pd", "topology.router-url", "set", "router.prefill=http://10.0.0.1:8001 8998"),
    ("a3-pd", "topology.router-url", "set", "router.prefill=http://10.0.0.1:8000 8999"),
    ("a3-pd", "topology.router-url", "set", "router.decode=http://10.0.0.2:8004"),
    ("a3-pd", "topology.router-url", "set", "router.decode=http://10.0.0.7:8003"),
    ("a3-pd", "topology.role-mode", "set", "prefill.disaggregation-mode=decode"),
    ("a3-pd", "topology.role-mode", "set", "decode.disaggregation-mode=prefill"),
    ("a3-pd", "topology.role-mode", "unset", "decode.disaggregation-mode"),
    ("a3-pd", "topology.role-mode", "unset", "router.pd-disaggregation"),
    ("a3-pd", "topology.ranks", "set", "decode.node-rank=1"),
    ("a3-pd", "topology.ranks", "set", "decode.nnodes=2"),
    ("a3-multi", "topology.ranks", "set", "nnodes=4"),
    ("a3-multi", "topology.ranks", "set", "node-rank=1"),
    ("a3-multi", "network.loopback", "set", "host=127.0.0.1"),
    ("a3-multi", "network.loopback", "env", "GLOO_SOCKET_IFNAME=lo"),
    ("a3-multi", "topology.address-twice", "hosts", "10.0.0.1,10.0.0.1"),
    ("a3-multi", "topology.address-loopback", "hosts", "127.0.0.1,10.0.0.2"),
]


def selected(name: str, *edits: tuple[str, str]) -> Selection:
    given = [("hosts", PD), ("model-path", "/models/GLM"), *edits]
    return choose.apply_all(presets.preset(name).selection, tuple(Edit(EditKind(kind), text) for kind, text in given))


def errors(selection: Selection) -> dict[str, Finding]:
    return {item.code: item for item in check.findings(selection) if item.severity is Severity.ERROR}


@pytest.mark.parametrize("name", sorted({mutation[0] for mutation in MUTATIONS}))
def test_the_unchanged_preset_has_no_error(name: str) -> None:
    assert not errors(selected(name))


@pytest.mark.parametrize(("name", "code", "kind", "text"), MUTATIONS)
def test_one_changed_field_is_caught_and_mended(name: str, code: str, kind: str, text: str) -> None:
    """An error of that code names what it is about; each way out removes it and adds none."""
    changed = selected(name, (kind, text))
    found = errors(changed)
    assert code in found, sorted(found)
    assert found[code].options or found[code].hosts
    for way in found[code].fixes:
        after = errors(choose.apply_all(changed, way.edits, Origin.FIX))
        assert after.keys() <= found.keys()
        if len([item for item in check.findings(changed) if item.code == code]) == 1:
            assert code not in after, way


def test_every_code_is_mutated() -> None:
    """No rule of that kind without a launch that breaks it."""
    source = Path(together.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'"((?:topology|network)\.[a-z-]+)"', source)) <= {mutation[1] for mutation in MUTATIONS}


@pytest.mark.parametrize("role", ["prefill", "decode"])
def test_a_store_that_the_plan_adds_is_no_difference(role: str) -> None:
    assert not errors(selected("a3-pd", ("unset-env", f"{role}.{STORE}")))


def test_ports_of_servers_that_share_a_host_are_kept_apart_by_the_plan() -> None:
    """Two servers on one host get ports of their own: no false alarm."""
    hosts = "prefill=10.0.0.1,decode=10.0.0.1"
    assert "network.port-twice" not in errors(selected("a3-pd", ("hosts", hosts)))
