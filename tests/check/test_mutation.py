"""No rule could be taken away unnoticed: each is the only one to say the code of some test's case."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.check.cases import CASES, selection
from tests.check.test_machines import CASES as DEFECTS
from tests.check.test_machines import UNREADABLE, pair
from tests.check.test_machines import case as defect
from tests.check.test_machines import selection as selection_on_hosts
from tests.check.test_together import MUTATIONS, selected
from tests.lint.test_lint import PAIR, PAIR_DEFECTS, SERVER, SINGLE_DEFECTS
from wizard import check, importing, presets
from wizard.check import hardware, hosts, networks, versions
from wizard.check.facts import Facts
from wizard.importing.reader import read_script
from wizard.knowledge.releases import release as release_of
from wizard.lint import commands, roles
from wizard.lint.start import started
from wizard.model.finding import Finding
from wizard.model.hardware import Weights

Rule = Callable[[Facts], Iterable[Finding]]
HOST_RULES: tuple[Rule, ...] = (*hardware.RULES, *versions.RULES, *networks.RULES, *hosts.RULES)


def named(rule: object) -> str:
    """What a rule is called: its code, or the name of its function."""
    return str(getattr(rule, "code", None) or getattr(rule, "__name__", rule))


def cases() -> Iterator[tuple[str, Facts]]:
    """Every case of the other tests: its code, and what the rules are given."""
    for code in CASES:
        yield code, Facts(selection(code))
    for name, code, kind, text in MUTATIONS:
        yield code, Facts(selected(name, (kind, text)))
    chosen = presets.preset("a3-single").selection
    yield "memory.size", Facts(chosen.evolve(model=chosen.model.evolve(quantization="W3A3")))
    chosen = chosen.evolve(model=chosen.model.evolve(path="/w"))
    yield "memory.draft-layer", Facts(chosen, weights_here=Weights(path="/w", has_mtp_weights=False))
    yield "hardware.not-looked", Facts(chosen)
    image = chosen.runtime.evolve(image="quay.io/ascend/sglang:v0.5.16-cann9.0.0-910b")
    yield "hardware.image", Facts(chosen.evolve(runtime=image))
    plain = selection("sglang.quantization-mismatch")
    plain = plain.evolve(model=plain.model.evolve(quantization="BF16"))
    role = plain.role("server")
    asked = role.evolve(options={**role.options, "quantization": "modelslim"})
    yield "ascend.description", Facts(plain.evolve(roles={"server": asked}))
    odd = role.evolve(options={**role.options, "limit-mm-data-per-request": '{"smell": 1}'})
    yield "sglang.option-name", Facts(plain.evolve(roles={"server": odd}))
    for code in DEFECTS:
        on_hosts, found, _ = defect(code)
        yield code, Facts(on_hosts, found)
    on_hosts = selection_on_hosts()
    first, second = pair(on_hosts)
    for change in UNREADABLE.values():
        yield "host.unread", Facts(on_hosts, (change(first), second))


def test_every_rule_is_missed_when_it_is_gone() -> None:
    """A rule that could be deleted with all tests passing would be a rule without a test."""
    every = {id(rule): rule for rule in (*check.RULES, *HOST_RULES)}
    hosts_as_one = next(rule for rule in check.RULES if named(rule) == "hosts")
    del every[id(hosts_as_one)]
    missed: set[int] = set()
    for code, facts in cases():
        speaking = [key for key, rule in every.items() if any(item.code == code for item in rule(facts))]
        if len(speaking) == 1:
            missed.add(speaking[0])
    assert not {named(rule) for key, rule in every.items() if key not in missed}


@pytest.mark.parametrize("rule", commands.RULES, ids=named)
def test_every_rule_about_a_command_is_missed(rule: Callable[..., Iterable[Finding]]) -> None:
    """The same for the rules about scripts."""
    said: set[str] = set()
    for code, before, after, _ in SINGLE_DEFECTS:
        text = SERVER.replace(before, after)
        script = read_script("0.sh", text)
        release = release_of(importing.import_scripts([("0.sh", text)], series="A2").selection.release)
        starts = [started(command, release) for command in script.commands]
        said |= {item.code for start in starts for item in rule(start, starts) if item.code == code}
    assert said


@pytest.mark.parametrize("rule", roles.RULES, ids=named)
def test_every_rule_about_roles_is_missed(rule: Callable[..., Iterable[Finding]]) -> None:
    said: set[str] = set()
    for code, _, before, after, place in PAIR_DEFECTS:
        parts = PAIR.split(before)
        text = before.join(parts[: place + 1]) + after + before.join(parts[place + 1 :])
        release = release_of(importing.import_scripts([("0.sh", text)]).selection.release)
        starts = [started(command, release) for command in read_script("0.sh", text).commands]
        said |= {item.code for item in rule(starts) if item.code == code}
    assert said
