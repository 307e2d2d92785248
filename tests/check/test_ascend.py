"""What the Ascend documents say: the matrix as published, every cell of it told, and options by their support."""

from itertools import combinations

import pytest

from wizard import check, choose, presets
from wizard.check.ascend import IS_ON
from wizard.check.facts import Facts
from wizard.check.resolved import Server
from wizard.knowledge.ascend import FULL, ITSELF, PARTIAL, UNTOLD, documents
from wizard.knowledge.releases import known_releases
from wizard.knowledge.releases import release as release_of
from wizard.model.finding import Edit, EditKind, Severity
from wizard.model.selection import Series


def test_the_matrix_is_square_and_symmetric() -> None:
    """16 features, each with each other: full, partial or untold; itself only on the diagonal."""
    known = documents()
    assert len(known.features) == len(known.cells) == 16
    for one, other in combinations(known.features, 2):
        assert known.cell(one, other) == known.cell(other, one)
        assert known.cell(one, other) in (FULL, PARTIAL, UNTOLD)
    assert all(known.cell(name, name) == ITSELF for name in known.features)
    counts = {letter: "".join(known.cells).count(letter) for letter in (PARTIAL, UNTOLD)}
    assert counts == {PARTIAL: 78, UNTOLD: 6}


def test_every_feature_of_the_matrix_is_recognised() -> None:
    """Nothing in the matrix that no settings switch on; and every preset has some of them."""
    assert IS_ON.keys() == set(documents().features)
    servers = [server for name in presets.files() for server in Facts(presets.preset(name).selection).servers]
    never = [name for name, test in IS_ON.items() if not any(test(server) for server in servers)]
    assert never == ["MLAPO", "EPLB"]


def _on(server: Server) -> set[str]:
    return {name for name, test in IS_ON.items() if test(server)}


@pytest.mark.parametrize("name", presets.files())
def test_every_pair_that_is_not_full_is_told(name: str) -> None:
    """Each pair of features that are on is named in the message of its kind, and no other pair is."""
    selection = presets.preset(name).selection
    found = check.findings(selection)
    known = documents()
    for server in Facts(selection).servers:
        where = f" ({server.launch.name})" if server.launch.prefix else ""
        for cell, code in ((PARTIAL, "ascend.partial"), (UNTOLD, "ascend.untold")):
            texts = [item.message for item in found if item.code == code and (not where or f"{where}:" in item.message)]
            pairs = [pair for pair in combinations(sorted(_on(server)), 2) if known.cell(*pair) == cell]
            assert bool(texts) is bool(pairs)
            for text in texts:
                parts = text.partition(": ")[2].split("; ")
                assert all(any(one in part and other in part for part in parts) for one, other in pairs)


def test_options_with_limited_support_exist() -> None:
    """Every option of the list is one of a release; no preset uses one."""
    known = {option.name for version in known_releases() for option in release_of(version).options}
    names = documents().support.keys()
    assert len([name for name in names if name not in known]) <= 3
    for preset in presets.files():
        assert not any(item.code == "ascend.support" for item in check.findings(presets.preset(preset).selection))


@pytest.mark.parametrize(
    ("option", "severity"), [("enable-nccl-nvls", Severity.WARNING), ("enable-attn-tp-input-scattered", Severity.INFO)]
)
def test_ascend_support(option: str, severity: Severity) -> None:
    """GPU options warn, experimental ones are told."""
    chosen = choose.apply(presets.preset("a3-single").selection, Edit(EditKind.SET, option))
    (item,) = [item for item in check.findings(chosen) if item.code == "ascend.support"]
    assert item.severity is severity


def test_ascend_transfer_protocol_of_a2() -> None:
    """On A2 prefill and decode need device_rdma; the fix sets it, and what is not set the plan sets."""
    chosen = presets.preset("a3-pd").selection.evolve(series=Series.A2)
    assert not [item for item in check.findings(chosen) if item.code == "ascend.transfer-protocol"]
    chosen = choose.apply(chosen, Edit(EditKind.ENV, "ASCEND_MF_TRANSFER_PROTOCOL=sdma"))
    found = [item for item in check.findings(chosen) if item.code == "ascend.transfer-protocol"]
    assert len(found) == 2
    after = choose.apply_all(chosen, [edit for item in found for edit in item.fixes[0].edits])
    assert not [item for item in check.findings(after) if item.code == "ascend.transfer-protocol"]
