"""What would hold the weights: the smallest sets of hosts, with their arithmetic."""

import json

import pytest

from wizard import cli, presets
from wizard.check.budget import Basis
from wizard.check.facts import Facts
from wizard.check.needed import host_sets
from wizard.model.hardware import Weights


def sets_of(quantization: str) -> list[str]:
    chosen = presets.preset("a2-single").selection
    chosen = chosen.evolve(model=chosen.model.evolve(quantization=quantization))
    return [item.name for item in host_sets(Facts(chosen))]


@pytest.mark.parametrize(
    ("quantization", "names"),
    [("W8A8", ["1 x A3", "2 x A2"]), ("BF16", ["2 x A3", "4 x A2"]), ("W4A8", ["1 x A2", "1 x A3"]), ("?", [])],
)
def test_the_smallest_sets_hold_the_weights(quantization: str, names: list[str]) -> None:
    """The known answers; nothing is said of weights whose size nobody knows."""
    assert sets_of(quantization) == names


def test_one_host_fewer_does_not_hold_them() -> None:
    """Each set holds the weights, and half of it does not."""
    for item in host_sets(Facts(presets.preset("a2-single").selection)):
        assert item.weights <= item.usable < item.hbm
        assert item.hosts == 1 or item.weights > item.usable / 2


def test_measured_weights_change_the_answer() -> None:
    """The files on this machine are believed over what was published."""
    chosen = presets.preset("a2-single").selection
    chosen = chosen.evolve(model=chosen.model.evolve(path="/w"))
    small = Weights(path="/w", total_bytes=10**11)
    found = host_sets(Facts(chosen, weights_here=small))
    assert [(item.name, item.basis) for item in found] == [("1 x A2", Basis.MEASURED), ("1 x A3", Basis.MEASURED)]


def test_the_plan_of_a_launch_that_does_not_fit_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--plan", "--preset", "a2-single", "--no-color"]) == 0
    said = capsys.readouterr().out.replace("\n", " ")
    assert "1 x A3: 16 devices x 64 GiB = 1024 GiB" in said
    assert "2 x A2: 16 devices x 64 GiB = 1024 GiB" in said
    assert cli.main(["--plan", "--preset", "a2-single", "--json"]) == 0
    sets = json.loads(capsys.readouterr().out)["host_sets"]
    assert [(item["series"], item["hosts"], item["devices"]) for item in sets] == [("A3", 1, 16), ("A2", 2, 16)]
    assert cli.main(["--plan", "--preset", "a3-single", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["host_sets"] == []
