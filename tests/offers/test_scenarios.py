"""Which scenarios and recipes are offered, whether they fit what was detected, and how they are drawn."""

from pathlib import Path

import pytest

from wizard import presets
from wizard.detect import command
from wizard.model.hardware import Host
from wizard.offers import scenarios


def machine(name: str) -> tuple[Host, ...]:
    """The hosts of a bundled recording."""
    return command.recorded(Path(name))


FITS = [
    ((), "a3-pd", None, "nothing detected"),
    (("a3-pair",), "a3-pd", True, "192.0.2.11, 192.0.2.12: 16 free devices each"),
    (("a3-pair",), "a3-multi", True, "each"),
    (("a3-pair",), "a3-single", True, "192.0.2.11: 16 free devices"),
    (("a3-pair",), "a2-single", False, "needs 1 x A2 with 8 free devices; found 2 x A3"),
    (("a3-pair",), "a3-pd-3p1d", False, "needs 4 x A3"),
    (("a3-idle",), "a3-pd", False, "found 1 x A3"),
    (("a2-idle",), "a2-single", True, "8 free devices"),
    (("a2-busy",), "a2-single", False, "has 2 of 8 free"),
    (("no-npu",), "a3-single", False, "found 1 not usable"),
    (("driver-broken",), "a3-single", False, "not usable"),
]


@pytest.mark.parametrize(("machines", "name", "fits", "reason"), FITS)
def test_each_offer_says_whether_it_fits_and_why(
    machines: tuple[str, ...], name: str, fits: bool | None, reason: str
) -> None:
    """Series, count and free devices decide; without a detected host nothing is said."""
    hosts = [host for item in machines for host in machine(item)]
    found = scenarios.offer(name, hosts).fit
    assert found.fits is fits
    assert reason in found.reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a3-pair", {"a3-pd", "a3-multi"}), ("a3-idle", {"a3-single"}), ("a2-idle", {"a2-single"}), ("no-npu", {None})],
)
def test_what_uses_most_of_what_was_found_is_suggested(name: str, expected: set[str | None]) -> None:
    """Two hosts are not left idle, and where nothing fits nothing is suggested."""
    assert scenarios.suggested(machine(name)) in expected


def test_scenarios_come_first_then_recipes_by_goal() -> None:
    """The tutorial's four, in its order; then every other preset once."""
    offers = scenarios.offers()
    assert [offer.name for offer in offers[:4]] == list(presets.FIRST)
    assert [offer.is_scenario for offer in offers] == [True] * 4 + [False] * (len(offers) - 4)
    assert {offer.name for offer in offers} == set(presets.files())
    goals = [scenarios.GOALS.index(offer.preset.about.goal) for offer in offers[4:]]
    assert goals == sorted(goals)


def test_weights_that_fit_no_such_host_are_said_before_it_is_chosen() -> None:
    """a2-single is offered, with what is wrong about it."""
    remark = scenarios.offer("a2-single").fit.remark
    assert "withdrawn" in remark
    assert "774.08 GB" in remark
    assert scenarios.offer("a3-single").fit.remark == ""


@pytest.mark.parametrize("name", presets.files())
@pytest.mark.parametrize("ascii_only", [False, True])
def test_drawings_fit_and_name_every_role(name: str, ascii_only: bool) -> None:
    """Three lines of at most 60 cells with hosts, roles, devices and the router; ASCII where asked."""
    selection = presets.preset(name).selection
    lines = scenarios.drawing(selection, ascii_only=ascii_only)
    text = "\n".join(lines)
    assert len(lines) == 3
    assert len({len(line) for line in lines}) <= 2
    assert max(map(len, lines)) <= 60
    assert text.isascii() is ascii_only
    assert ("router" in text) is ("router" in selection.roles)
    assert all(role in text for role in selection.server_roles if role != "server" or "rank" not in text)


def test_figures_are_the_published_ones_or_none() -> None:
    """A figure stands with its kind and date; where none was published no number is shown."""
    fast = presets.preset("glm51-a3-pd-64k-low-latency")
    assert scenarios.figures_text(fast).startswith("25 ms per output token (published with the recipe, ")
    assert scenarios.goal_text(fast) == "latency: 66,560 tokens in, 1,536 out, 90 % prefix hits, 100 requests at once"
    assert scenarios.figures_text(presets.preset("a3-single")) == "no figures published"
