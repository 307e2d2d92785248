"""Features as switches, their fields, and the table of everything: what they say and what they do."""

import pytest

from tests.exporting import PRESETS, selection_of
from wizard import check, choose, features
from wizard.features import State
from wizard.knowledge import facts
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Origin
from wizard.offers import fields, preview, table
from wizard.offers.switches import GROUPS, Switch, about, switches


def switch(preset: str, role: str, name: str, **changes: str) -> Switch:
    """One switch of a preset."""
    found = switches(selection_of(preset, **changes), role)
    return next(item for item in found if item.feature.id == name)


@pytest.mark.parametrize("name", PRESETS)
def test_every_feature_is_shown_for_every_server(name: str) -> None:
    """None is hidden; groups stand together in the tutorial's order; a router has none."""
    selection = selection_of(name)
    for role in selection.server_roles:
        found = switches(selection, role)
        assert {item.feature.id for item in found} == {feature.id for feature in facts.features()}
        groups = list(dict.fromkeys(item.feature.group for item in found))
        assert groups == list(GROUPS)
    assert switches(selection, "router") == ()


@pytest.mark.parametrize("name", PRESETS)
def test_what_can_be_switched_can_be_switched_and_back_up(name: str) -> None:
    """A switch that is not blocked does what it says; a blocked one says why, and its way works."""
    selection = selection_of(name)
    for role in selection.server_roles:
        for item in switches(selection, role):
            if item.blocked:
                assert item.blocked[-1] != "."
                if item.way is not None:
                    after = choose.apply_all(selection, item.way.edits)
                    assert features.state(item.feature, role, after.role(role)) is State.ON
                continue
            after = choose.apply(selection, item.edit)
            wanted = State.OFF if item.state in (State.ON, State.PARTIAL) else State.ON
            assert features.state(item.feature, role, after.role(role)) is wanted


BLOCKED = [
    ("a3-pd", "decode", "context-parallelism", {}, "not for the role decode"),
    ("a3-pd", "prefill", "pd-disaggregation", {}, "the scenario decides it"),
    ("a3-single", "server", "pd-disaggregation", {}, "the scenario decides it"),
    ("a3-single", "server", "mixed-chunk", {}, "does not go with `Speculative decoding"),
    ("a3-single", "server", "dp-lm-head", {}, "needs `Data parallelism (attention DP)`, which is off"),
]


@pytest.mark.parametrize(("preset", "role", "name", "changes", "reason"), BLOCKED)
def test_a_blocked_switch_names_what_blocks_it(
    preset: str, role: str, name: str, changes: dict[str, str], reason: str
) -> None:
    """Role, release, scenario, a partner that is missing, an opponent that is on."""
    assert reason in switch(preset, role, name, **changes).blocked


def test_a_partly_set_feature_says_what_is_missing() -> None:
    """And it is not blocked: switching removes it."""
    found = switch("a3-single", "server", "data-parallelism", set="dp-size=4")
    assert (found.state, found.partly) == (State.PARTIAL, "missing: --enable-dp-attention")
    assert found.edit == Edit(EditKind.NO_FEATURE, "server.data-parallelism")
    assert found.summary == "4 groups"


OBJECTIONS = [
    ("tp-size", "8", ""),
    ("tp-size", "", ""),
    ("tp-size", "eight", "`eight` is no 2 to 256 devices"),
    ("tp-size", "1.5", "`1.5` is no"),
    ("tp-size", "1000", "1000 is outside 2 to 256 devices"),
    ("moe-a2a-backend", "deepep", ""),
    ("moe-a2a-backend", "deep", "`deep` is none of deepep, ascend_fuseep"),
    ("mem-fraction-static", "0.7", ""),
    ("mem-fraction-static", "7", "outside"),
    ("context-length", "64k", ""),
    ("context-length", "64x", "is no"),
    ("HCCL_BUFFSIZE", "0", "outside 1 to 8192 MB"),
]


@pytest.mark.parametrize(("name", "text", "said"), OBJECTIONS)
def test_a_field_objects_while_one_types(name: str, text: str, said: str) -> None:
    """With what is allowed, unit included; what it takes, the edit makes."""
    selection = selection_of("a3-single")
    found = next(
        field
        for item in switches(selection, "server")
        for field in item.fields
        if name == field.name or name in features.spelled(field.name)
    )
    objection = found.objection(text)
    assert (said in objection) if said else objection == ""
    if not said:
        after = choose.apply(selection, found.edit(text)).role("server")
        held = after.environment.get(name) if found.is_variable else after.options.get(name)
        assert fields.written(held) == text


def test_fields_of_every_preset_hold_what_they_allow() -> None:
    """No published value is objected to."""
    for name in PRESETS:
        selection = selection_of(name)
        for role in selection.server_roles:
            for item in switches(selection, role):
                for field in item.fields:
                    assert field.objection(field.text + " ") == "", (name, role, field.name)


def test_the_table_holds_everything_once_and_finds_it() -> None:
    """What is set comes first in the order of the command; every word must be found, names win."""
    selection = selection_of("a3-pd", set="decode.watchdog-timeout=7")
    rows = table.entries(selection, "decode")
    names = [(row.name, row.is_variable) for row in rows]
    assert len(names) == len(set(names))
    held = selection.role("decode")
    assert [row.name for row in rows[: len(held.options)]] == list(held.options)
    assert all(row.is_set for row in rows[: len(held.options) + len(held.environment)])
    assert next(row for row in rows if row.name == "watchdog-timeout").origin is Origin.OPERATOR
    assert table.found(rows, "graph bs")[0].name.startswith("cuda-graph")
    assert {row.name for row in table.found(rows, "hccl buff")} >= {"HCCL_BUFFSIZE"}
    assert table.found(rows, "no such thing at all") == ()
    assert all(row.is_set for row in table.found(rows, "", only_set=True))
    assert {row.name for row in table.entries(selection, "router")} >= {"policy", "prefill"}


def test_what_the_release_does_not_spell_is_marked() -> None:
    """A setting that came from another release stays visible and says so."""
    selection = selection_of("a3-single", release="0.5.23")
    rows = {row.name: row for row in table.entries(selection, "server")}
    assert "not spelled like this" in rows["cuda-graph-bs"].remark or "deprecated" in rows["cuda-graph-bs"].remark


def test_a_change_is_told_before_it_is_made() -> None:
    """In the words of the command, with the findings it would bring or take away."""
    selection = selection_of("a3-single")
    now = check.findings(selection)
    told = preview.consequences(selection, [Edit(EditKind.SET, "tp-size=8")], now)
    assert [change.text for change in told.changes] == ["~ --tp-size 16 -> 8"]
    told = preview.consequences(selection, [Edit(EditKind.FEATURE, "eplb")], now)
    assert [change.text for change in told.changes] == ["+ --enable-eplb"]
    told = preview.consequences(selection, [Edit(EditKind.SET, "tp-size=7")], now)
    assert told.new[0].options == ("tp-size",)
    assert preview.consequences(selection, [Edit(EditKind.SET, "tp-sise=7")], now).refusal


def test_findings_are_shown_at_the_role_they_are_about() -> None:
    """A finding of decode is not shown at prefill."""
    selection = selection_of("a3-pd", set="decode.tp-size=7")
    found = check.findings(selection)
    assert about(found, "decode", ["tp-size"])
    mine = [item for item in found if item.fixes and "decode." in item.fixes[0].edits[0].value]
    assert not set(mine) & set(about(found, "prefill", ["tp-size"]))
    found = check.findings(selection_of("a3-pd"))
    for role in ("prefill", "decode"):  # without a fix, the message alone says so
        (told,) = (item for item in about(found, role, ["mem-fraction-static"]) if item.code == "memory.share")
        assert told.message.endswith(f" ({role})")
