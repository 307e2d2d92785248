"""Each rule: that it speaks, in words that can be looked up, and that its ways out lead out."""

import re
from pathlib import Path

import pytest

from tests.check.cases import CASES, NEW, WITHOUT_A_WAY, hosts, selection
from tests.check.test_machines import CASES as MACHINES
from tests.check.test_machines import OUTSIDE as OUTSIDE_THE_MACHINES
from tests.check.test_together import MUTATIONS as TOGETHER
from tests.check.verdicts import Parsed as Typed
from tests.check.verdicts import findings as verdict
from wizard import check, choose, presets
from wizard.check import arguments
from wizard.check.codes import CODES
from wizard.check.facts import Facts
from wizard.check.rule import Rule
from wizard.importing.arguments import parse_arguments
from wizard.knowledge.releases import release as release_of
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import Model, Origin, Role, Selection

SOURCES = Path(check.__file__).parent
OF_SELECTIONS = {code for code in CODES if not code.startswith("script.") and not code.endswith("-in-script")}
OUTSIDE_THE_CASES = {
    "sglang.option-refused",
    "sglang.option-required",
    "ascend.description",
    "topology.address-twice",
    "topology.address-loopback",
    "security.secret",
    "memory.size",
    "memory.draft-layer",
    *(mutation[1] for mutation in TOGETHER),
}
"""Codes with a test of their own below, in `test_budget` or in `test_together`."""


def found(chosen: Selection) -> tuple[Finding, ...]:
    """All findings, what the release changes by itself included."""
    return check.findings(chosen)


def codes(chosen: Selection, severity: Severity | None = None) -> set[str]:
    """The codes of all findings, or of those of one severity."""
    return {item.code for item in found(chosen) if severity in (None, item.severity)}


def applied(chosen: Selection, way: Fix) -> Selection:
    """The selection after a way out. A name that no release has, `choose` cannot take away: that is done here."""
    for edit in way.edits:
        held = chosen.roles.get("server")
        if edit.kind is EditKind.UNSET and held is not None and release_of(chosen.release).option(edit.value) is None:
            options = {option: value for option, value in held.options.items() if option != edit.value}
            chosen = chosen.evolve(roles={"server": held.evolve(options=options)})
        else:
            chosen = choose.apply(chosen, edit, Origin.FIX)
    return chosen


@pytest.mark.parametrize("code", CASES)
def test_a_rule_speaks(code: str) -> None:
    """The case of a code gives a finding of this code, with a message, a hint, a source and what it is about."""
    item = next((item for item in found(selection(code)) if item.code == code), None)
    assert item is not None, sorted(codes(selection(code)))
    assert item.message
    assert item.source
    assert item.hint or item.severity is Severity.INFO
    assert not item.message.endswith(".")


@pytest.mark.parametrize("code", CASES)
def test_a_way_out_leads_out(code: str) -> None:
    """Every fix of the case removes the finding and adds no error; an error has one, unless none is right for all."""
    chosen = selection(code)
    before = codes(chosen, Severity.ERROR)
    for item in found(chosen):
        if item.code != code:
            continue
        if item.severity is Severity.ERROR:
            assert bool(item.fixes) is (code not in WITHOUT_A_WAY)
        for way in item.fixes:
            after = applied(chosen, way)
            assert code not in codes(after), way
            assert codes(after, Severity.ERROR) <= before, way


RULES_AS_DATA = [rule for rule in check.RULES if isinstance(rule, Rule)]


@pytest.mark.parametrize("rule", RULES_AS_DATA, ids=lambda rule: rule.code)
def test_the_smallest_set_of_choices_is_named(rule: Rule) -> None:
    """With only the choices that a finding names the rule applies; without any one of them it does not."""
    for server in Facts(selection(rule.code)).servers if rule.code in CASES else ():
        if not rule.applies(server):
            continue
        named = rule.causes(server)
        others = set(rule.options) - set(named)
        assert rule.applies(server.without(others))
        if len([name for name in rule.options if server.launch.given(name)]) > 1:
            assert not any(rule.applies(server.without({*others, name})) for name in named)


def test_every_code_in_the_sources_can_be_explained() -> None:
    """`--explain CODE` knows every code that a finding may carry, with meaning, remedy and source."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.py")))
    written = set(re.findall(r'"((?:sglang|ascend|hardware|memory|topology|network|host|security)\.[a-z0-9-]+)"', text))
    assert written == OF_SELECTIONS
    assert all(all(entry) for entry in CODES.values())


def test_every_code_has_a_case() -> None:
    """No rule without a test named after its code."""
    about_hosts = MACHINES.keys() | OUTSIDE_THE_MACHINES
    assert CASES.keys() | OUTSIDE_THE_CASES | about_hosts == OF_SELECTIONS


@pytest.mark.parametrize("name", presets.files())
def test_no_preset_has_an_error(name: str) -> None:
    """With hosts given, for its own release; only the weights of `a2-single` are warned of."""
    chosen = presets.preset(name).selection
    addresses = ",".join(f"10.0.0.{number + 1}" for number in range(chosen.host_count))
    edits = (Edit(EditKind.HOSTS, addresses), Edit(EditKind.MODEL_PATH, "/models/GLM"))
    said = check.findings(choose.apply_all(chosen, edits))
    assert not check.blocking(said)
    assert [item.code for item in said if item.severity is Severity.WARNING] == (
        ["memory.weights"] if name == "a2-single" else []
    )


def test_an_option_of_another_release_is_respelt_and_no_error() -> None:
    """`cuda-graph-bs` of a preset is written as the newer release has it; typed for that release it is refused."""
    chosen = presets.preset("a3-single").selection.evolve(release=NEW)
    assert not codes(chosen, Severity.ERROR)
    parsed = parse_arguments(("--model-path", "/m", "--cuda-graph-bs", "16"), release_of(NEW))
    typed = Selection(release=NEW, model=Model(path="/m"), roles={"server": Role(options=dict(parsed.options))})
    (item,) = arguments.from_objections(typed, "server", parsed.problems)
    assert (item.code, item.severity) == ("sglang.option-ambiguous", Severity.ERROR)


def test_an_objection_is_settled_once_the_option_was_changed() -> None:
    """What was wrong in the imported words is no finding any more when the operator set the option since."""
    parsed = parse_arguments(("--disable-cuda-graph=true",), release_of(NEW))
    typed = Selection(release=NEW, roles={"server": Role(options=dict(parsed.options))})
    (item,) = arguments.from_objections(typed, "server", parsed.problems)
    assert item.code == "sglang.option-switch-value"
    after = choose.apply_all(typed, item.fixes[0].edits, Origin.FIX)
    assert not arguments.from_objections(after, "server", parsed.problems)


def test_option_required() -> None:
    """A typed command line without weights is refused, one with them is not."""
    assert [item.code for item in arguments.without_model({})] == ["sglang.option-required"]
    assert not list(arguments.without_model({"model-path": "/m"}))
    assert [item.severity for item in arguments.without_model({"config": "x.yaml"})] == [Severity.UNKNOWN]


def test_security_secret() -> None:
    """A key that was typed in clear is warned of, and its text is nowhere in what is said."""
    parsed = parse_arguments(("--model-path", "/m", "--api-key", "hunter2"), release_of(NEW))
    found = verdict(Typed(parsed.options, parsed.problems, router=False), NEW, {})
    assert [item.severity for item in found if item.code == "security.secret"] == [Severity.WARNING]
    assert "hunter2" not in str(found)


def test_option_refused() -> None:
    """An option that a release declares only to refuse it."""
    for version in ("0.5.14", "0.5.16", NEW):
        refused = [option for option in release_of(version).options if option.refused and option.kind == "flag"]
        for option in refused:
            chosen = Selection(release=version, roles={"server": Role(options={option.name: True})})
            assert "sglang.option-refused" in codes(chosen, Severity.ERROR)


def test_ascend_description() -> None:
    """ModelSlim is asked for, but the weights chosen are not quantised."""
    chosen = presets.preset("a3-multi").selection
    plain = chosen.evolve(model=chosen.model.evolve(quantization="BF16"))
    asked = choose.apply(plain, Edit(EditKind.SET, "quantization=modelslim"))
    assert "ascend.description" in codes(asked, Severity.ERROR)
    assert "ascend.description" not in codes(plain)


def test_topology_addresses() -> None:
    """Ranks on one host, and loopback addresses between hosts, are errors; hosts of their own are not."""
    chosen = presets.preset("a3-multi").selection
    assert "topology.address-twice" in codes(hosts(chosen, "10.0.0.1", "10.0.0.1"), Severity.ERROR)
    assert "topology.address-loopback" in codes(hosts(chosen, "127.0.0.1", "10.0.0.2"), Severity.ERROR)
    assert not codes(hosts(chosen, "10.0.0.1", "10.0.0.2"), Severity.ERROR)


@pytest.mark.parametrize(
    ("text", "value"),
    [("64k", 64_000), ("64Ki", 65_536), ("1.5k", 1500), ("8192", 8192)],
)
def test_sizes_take_letters(text: str, value: int) -> None:
    """Three options take units, decimal and binary."""
    chosen = presets.preset("a3-single").selection
    role = chosen.role("server").evolve(options={**chosen.role("server").options, "context-length": text})
    (server,) = Facts(chosen.evolve(roles={"server": role})).servers
    assert server.launch.number("context-length") == value


@pytest.mark.parametrize("text", ["64K", "64KB", "1.5Ki", "8 k", "x"])
def test_other_letters_are_refused(text: str) -> None:
    """Units are case-sensitive, and binary ones take whole numbers."""
    chosen = presets.preset("a3-single").selection
    role = chosen.role("server").evolve(options={**chosen.role("server").options, "context-length": text})
    assert "sglang.option-type" in codes(chosen.evolve(roles={"server": role}), Severity.ERROR)


@pytest.mark.parametrize(
    ("text", "is_refused"), [('{"image": 1}', False), ('{"smell": 1}', True), ("{", False), ("[]", False)]
)
def test_the_keys_of_a_json_object_are_looked_up(text: str, is_refused: bool) -> None:
    chosen = presets.preset("a3-single").selection
    role = chosen.role("server")
    role = role.evolve(options={**role.options, "limit-mm-data-per-request": text})
    assert ("sglang.option-name" in codes(chosen.evolve(roles={"server": role}))) is is_refused


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        ((), "ready"),
        ((Severity.INFO,), "ready"),
        ((Severity.ERROR,), "1 error, 0 warnings, 0 could not be checked"),
        ((Severity.WARNING, Severity.UNKNOWN, Severity.UNKNOWN), "0 errors, 1 warning, 2 could not be checked"),
    ],
)
def test_the_verdict_counts_all_three_or_says_ready(severities: tuple[Severity, ...], said: str) -> None:
    """Always in the same form, so that a program may read it."""
    assert check.verdict(Finding("host.x", severity, "") for severity in severities) == said


@pytest.mark.parametrize("path", ["", "/models/GLM", "zai-org/GLM-5.2", "GLM-5.2", "s3://bucket/GLM"])
def test_a_folder_a_hub_id_and_an_address_are_places_of_weights(path: str) -> None:
    """Nothing is said of them before anybody looks."""
    chosen = selection("security.open")
    assert "host.weights-path" not in codes(chosen.evolve(model=chosen.model.evolve(path=path)))
