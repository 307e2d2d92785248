"""Whatever stands in a selection, the checks answer: no value of any option or variable ends them."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import check, presets
from wizard.check.facts import Facts
from wizard.detect import command, recording
from wizard.knowledge.ascend import documents
from wizard.knowledge.facts import variable_notes
from wizard.knowledge.releases import known_releases
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.finding import Severity

HOSTS = command.hosts(recording.read(Path("a3-pair"))[0], None)
SERVER = sorted({option.name for version in known_releases() for option in release_of(version).options})
ROUTER = sorted(option.name for option in router_of().options)
ODD = st.sampled_from(
    ["0", "-1", "x", "", "1e9", "nan", "inf", "-inf", "9" * 30, "[]", "{}", "null", "auto", "1", "0.0", "-0.5", "١"]
)
VALUE = st.one_of(
    ODD, st.integers(-3, 3), st.integers(), st.just(True), st.text(max_size=5), st.floats(allow_nan=False)
)
VARIABLES = sorted({note.name for note in variable_notes()} | {n for n in documents().spans if n.isupper()})


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_value_ends_the_checks(data: st.DataObject) -> None:
    """Odd values in any options and variables of any role, with and without hosts: findings and budgets come back."""
    chosen = presets.preset(data.draw(st.sampled_from(sorted(presets.files())))).selection
    name = data.draw(st.sampled_from(sorted(chosen.roles)))
    role = chosen.role(name)
    names = st.sampled_from([*role.options] * 8 + (ROUTER if name == "router" else SERVER))
    options = {**role.options, **data.draw(st.dictionaries(names, VALUE, max_size=5))}
    variables = data.draw(st.dictionaries(st.sampled_from(VARIABLES), ODD, max_size=3))
    odd = role.evolve(options=options, environment={**role.environment, **variables})
    version = data.draw(st.sampled_from([*known_releases(), "0.9.9", ""]))
    selection = chosen.evolve(release=version, roles={**chosen.roles, name: odd})
    facts = Facts(selection, HOSTS if data.draw(st.booleans()) else ())
    for finding in check.of_facts(facts):
        assert finding.severity in Severity
        assert finding.message
        assert finding.source
    assert all(budget.as_json() for budget in facts.budgets)
