"""The memory of a device: published figures in, terms and what fits out; what was measured decides."""

from dataclasses import replace

import pytest

from wizard import check, choose, presets
from wizard.check.budget import GIB, Basis, Budget
from wizard.check.facts import Facts
from wizard.model.finding import Edit, EditKind, Finding, Severity
from wizard.model.hardware import Device, Fault, Host, Weights
from wizard.model.selection import Origin, Selection, Series

PATH = "/models/glm"
MEASURED_PRESETS = [name for name in presets.files() if presets.preset(name).selection.model.quantization == "W4A8"]
"""Launches whose source prints measured figures; all of them use W4A8 weights."""


def chosen(name: str, *edits: Edit) -> Selection:
    """A preset with its weights in a folder."""
    return choose.apply_all(presets.preset(name).selection, (Edit(EditKind.MODEL_PATH, PATH), *edits))


def put(text: str) -> Edit:
    """A setting."""
    return Edit(EditKind.SET, text)


def only(selection: Selection, role: str = "server", **more: object) -> Budget:
    """The budget of one role."""
    facts = replace(Facts(selection), **more)  # type: ignore[arg-type]
    return next(budget for budget in facts.budgets if budget.role == role)


def of(found: tuple[Finding, ...], code: str) -> list[Finding]:
    """The findings of a code."""
    return [item for item in found if item.code == code]


def weights(total_gb: float, **more: object) -> Weights:
    """A complete folder of this size."""
    return replace(Weights(PATH, total_bytes=round(total_gb * 1e9), shard_count=100), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", presets.files())
def test_the_terms_add_up(name: str) -> None:
    """System, weights, copies, cache, graphs, buffers and what is left make up the HBM of a die; no negative terms."""
    for budget in Facts(presets.preset(name).selection).budgets:
        sizes = [term.size or 0 for term in budget.terms]
        assert sum(sizes) == budget.hbm
        assert min(sizes[:-1]) >= 0


def test_the_cache_of_a_token_is_latent_attention_and_index() -> None:
    """(512 + 64 + 128) x 2 bytes for each of 78 layers, and one more for the layer that drafts."""
    assert only(chosen("a2-single")).term("cache").what == f"{704 * 2 * 78} bytes a token"
    assert only(chosen("a3-single")).term("cache").what == f"{704 * 2 * 79} bytes a token"


@pytest.mark.parametrize("name", MEASURED_PRESETS)
def test_launches_that_were_measured_fit(name: str) -> None:
    """The arithmetic says of every launch with published measurements that it fits, within a fifth of its context."""
    for budget in Facts(presets.preset(name).selection).budgets:
        left = budget.term("left").size
        assert not budget.short, budget.role
        assert left is not None
        assert left > 0
        if budget.role == "decode":
            assert budget.tokens is not None
            assert budget.tokens > 0.8 * budget.context_tokens


def test_memory_weights_of_one_a2_host() -> None:
    """`a2-single`: published sizes warn, in GB and GiB, with three ways out of which each is proven."""
    selection = chosen("a2-single")
    (item,) = of(check.findings(selection), "memory.weights")
    assert item.severity is Severity.WARNING
    for text in ("774.08 GB", "720.9 GiB", "8 x 64 GiB = 512 GiB", "549.8 GB", "published"):
        assert text in item.message
    assert [fix.label.split(" (")[0] for fix in item.fixes] == [
        "use W4A8 weights",
        "use two A2 hosts",
        "use an A3 host",
    ]
    for fix in item.fixes:
        after = choose.apply_all(selection, fix.edits, Origin.FIX)
        found = check.findings(after)
        assert not of(found, "memory.weights")
        assert not check.blocking(found)


@pytest.mark.parametrize(("total_gb", "severity"), [(774.08, Severity.ERROR), (400.0, None)])
def test_measured_weights_decide(total_gb: float, severity: Severity | None) -> None:
    """Files of another size change the verdict, whichever kind of weights was named; too large ones block."""
    for host in (Host("10.0.0.1", weights=weights(total_gb)), None):
        hosts, here = ((host,), None) if host else ((), weights(total_gb))
        found = of(check.findings(chosen("a2-single"), hosts, weights=here), "memory.weights")
        assert [item.severity for item in found] == ([severity] if severity else [])
    budget = only(chosen("a2-single"), weights_here=weights(total_gb))
    assert budget.basis is Basis.MEASURED


@pytest.mark.parametrize(
    "folder",
    [
        Weights(PATH, fault=Fault("absent", "", "")),
        Weights("/models/other", total_bytes=10**9),
        weights(300, missing_shards=("model-00002.safetensors",)),
    ],
)
def test_another_or_an_incomplete_folder_measures_nothing(folder: Weights) -> None:
    """What was not read, was read elsewhere, or is not whole says nothing about the size."""
    budget = only(chosen("a2-single"), weights_here=folder)
    assert budget.basis is Basis.PUBLISHED


def test_memory_size() -> None:
    """Weights of unknown size: unknown is said, and nothing is called fitting."""
    selection = chosen("a3-single")
    selection = selection.evolve(model=selection.model.evolve(quantization=""))
    (item,) = of(check.findings(selection), "memory.size")
    assert item.severity is Severity.UNKNOWN
    budget = only(selection)
    assert (budget.term("weights").size, budget.tokens, budget.fits) == (None, None, ())


def test_memory_draft_layer() -> None:
    """Speculation on files without the MTP layer blocks; without speculation, or with the layer, it does not."""
    without, whole = weights(774, has_mtp_weights=False), weights(774, has_mtp_weights=True)
    selection = chosen("a3-single")
    (item,) = of(check.findings(selection, weights=without), "memory.draft-layer")
    assert item.fixes
    assert item.severity is Severity.ERROR
    after = choose.apply_all(selection, item.fixes[0].edits, Origin.FIX)
    assert not check.blocking(check.findings(after, weights=without))
    assert not of(check.findings(selection, weights=whole), "memory.draft-layer")
    assert not of(check.findings(selection), "memory.draft-layer")


def test_detected_devices_replace_the_published_ones() -> None:
    """Devices with less HBM leave less room, and the term says that it was measured."""
    half = tuple(Device(npu_id=n, phy_id=n, hbm_total_mb=32768) for n in range(16))
    budget = only(chosen("a3-multi"), hosts=(Host("10.0.0.1", devices=half),))
    assert budget.hbm == 32 * GIB
    assert budget.term("system").basis is Basis.MEASURED


@pytest.mark.parametrize(("tokens", "expected"), [(64_000, 64_000), (10**9, None)])
def test_a_limit_on_tokens_is_kept(tokens: int, expected: int | None) -> None:
    """`max-total-tokens` makes the cache smaller, never larger."""
    free = only(chosen("a3-multi")).tokens
    assert only(chosen("a3-multi", put(f"max-total-tokens={tokens}"))).tokens == (expected or free)


def test_the_same_weights_on_a3_and_two_a2_hosts() -> None:
    """Two A2 hosts have the devices of one A3 host, and the same budget."""
    pair = chosen("a3-multi", Edit(EditKind.SERIES, "A2"), put("tp-size=16"))
    single = chosen("a3-single", put("mem-fraction-static=0.8"))
    assert pair.series is Series.A2
    assert only(pair).term("weights") == only(single).term("weights")


def test_smaller_weights_instead_of_measured_ones_are_found_elsewhere() -> None:
    """After the fix the measured folder is no longer the one that is meant."""
    selection = chosen("a2-single")
    host = Host("10.0.0.1", weights=weights(774.08))
    (item,) = of(check.findings(selection, (host,)), "memory.weights")
    after = choose.apply_all(selection, item.fixes[0].edits, Origin.FIX)
    assert after.model.path == "Eco-Tech/GLM-5.2-w4a8"
    assert not check.blocking(check.findings(after, (host,)))
