"""Fixes over all rules and presets: whatever is offered removes its finding and adds no error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.check.cases import CASES, changed
from tests.check.test_machines import CASES as DEFECTS
from tests.check.test_machines import pair
from tests.check.test_machines import selection as with_hosts
from wizard import check, choose, presets, session, solve
from wizard.model.finding import Finding, Severity
from wizard.model.hardware import Host
from wizard.model.selection import Origin, Selection

OFFERED = 0.97
"""Part of the fixes that rules offer and that hold as they are, over all rules and presets."""


def combined(name: str, code: str) -> Selection | None:
    """A preset with the changes of a rule's case; None where it has no role of that kind."""
    _, role, release, changes = CASES[code]
    roles = presets.preset(name).selection.roles
    if role not in roles:
        role = "prefill" if role == "server" and "prefill" in roles else ""
    return changed(name, role, release, changes) if role else None


def places(found: tuple[Finding, ...]) -> set[tuple[str, str]]:
    """Code and message of each finding."""
    return {(item.code, item.message) for item in found}


def hold(selection: Selection, hosts: tuple[Host, ...] = ()) -> tuple[int, int]:
    """How many fixes the rules offer, and how many are left after proof; each of these is tried."""
    found = check.findings(selection, hosts)
    proven = solve.proven(selection, found, lambda after: check.findings(after, hosts))
    before = {item.code for item in found if item.severity is Severity.ERROR}
    for item in proven:
        for way in item.fixes:
            after = check.findings(choose.apply_all(selection, way.edits, Origin.FIX), hosts)
            assert (item.code, item.message) not in places(after), way
            assert {other.code for other in after if other.severity is Severity.ERROR} <= before, way
    return sum(len(item.fixes) for item in found), sum(len(item.fixes) for item in proven)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(presets.files())), st.sampled_from(sorted(CASES)))
def test_what_is_offered_holds(name: str, code: str) -> None:
    """A rule's case on any preset: every fix that is left after proof holds."""
    selection = combined(name, code)
    if selection is not None:
        offered, left = hold(selection)
        assert left <= offered


@pytest.mark.slow
def test_nearly_all_that_rules_offer_holds() -> None:
    """Over every rule and preset: of what rules offer by themselves, hardly anything has to be left out."""
    offered = left = 0
    for name in presets.files():
        for code in CASES:
            selection = combined(name, code)
            if selection is not None:
                more = hold(selection)
                offered, left = offered + more[0], left + more[1]
    print(f"\n{offered} fixes offered, {left} hold")
    assert offered > 3000
    assert left >= OFFERED * offered


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(sorted(DEFECTS)), min_size=2, max_size=4, unique=True))
def test_what_is_offered_holds_on_hosts_with_several_defects(codes: list[str]) -> None:
    """Several defects of one host at once."""
    edits = tuple(edit for code in codes for edit in DEFECTS[code][2])
    selection = with_hosts("a3-multi", *edits)
    first, second = pair(selection)
    for code in codes:
        if first.weights is not None and first.containers.images and first.devices[3:]:
            first = DEFECTS[code][1](first)
    hold(selection, (first, second))


def test_five_independent_faults_are_five_findings() -> None:
    """All rules speak in one run; the first error hides no other."""
    selection = changed(
        "a3-single", "server", "0.5.23",
        "tp-size=16.0 deepep-mode=AUTO grpc-port=8001 tokenizer-worker-num=2 log-level=verbose no-such-option=1",
    )  # fmt: skip
    codes = {item.code for item in check.findings(selection) if item.severity is Severity.ERROR}
    assert codes >= {
        "sglang.option-type", "sglang.option-choice", "sglang.port-grpc-with", "sglang.log-level",
        "sglang.option-unknown",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "role", "changes"),
    [
        ("a3-pd", "decode", "tp-size=7"),
        ("a3-pd", "decode", "tp-size=12 dp-size=12"),
        ("a3-pd", "prefill", "tp-size=12"),
        ("a3-single", "server", "tp-size=6"),
        ("a3-single", "server", "moe-a2a-backend=none ep-size=3 tp-size=12"),
        ("a3-multi", "server", "tp-size=24"),
    ],
)
def test_no_size_leads_into_a_dead_end(name: str, role: str, changes: str) -> None:
    """Every error of a mistyped size has a way out that holds, and one after the other they leave none."""
    now = session.started(changed(name, role, presets.preset(name).selection.release, changes))
    for _ in range(4):
        errors = [item for item in now.proven if item.severity is Severity.ERROR]
        assert all(item.fixes for item in errors)
        if errors:
            now = now.fixed(errors[0].fixes[0])
    assert not now.blocking
