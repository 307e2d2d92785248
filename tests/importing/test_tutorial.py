"""The tutorial's own scripts become what the published recipes say."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from wizard.importing import Imported, import_scripts
from wizard.importing.arguments import parse_arguments
from wizard.knowledge import releases
from wizard.model.selection import Origin, Scenario, Series

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the tutorial's scripts are not part of the project")

FILES = {
    "a3-single": ["a3-single.sh"],
    "a2-single": ["a2-single.sh"],
    "a3-multi": ["a3-multi.sh"],
    "a3-pd": ["a3-pd.sh", "a3-pd-router.sh"],
}
AUTO = {"nnodes": "auto", "node-rank": "auto", "dist-init-addr": "auto:5000"}


def imported(name: str) -> Imported:
    return import_scripts([(file, (REFERENCE / "tutorial" / file).read_text(encoding="utf-8")) for file in FILES[name]])


def recipe(name: str) -> dict[str, Any]:
    data = tomllib.loads((REFERENCE / "launch-recipes.toml").read_text(encoding="utf-8"))
    return next(entry for entry in data["recipe"] if entry["id"] == f"tutorial-{name}")


@pytest.mark.parametrize("name", FILES)
def test_options(name: str) -> None:
    """Each role has the recipe's options, in its order; what the hosts decide is ``auto``."""
    selection = imported(name).selection
    for role in recipe(name)["role"]:
        expected = dict(parse_arguments(role["argv"][3:], releases.release("0.5.14")).options)
        del expected["model-path"]
        expected |= {option: value for option, value in AUTO.items() if option in expected}
        if str(expected.get("host", "")).startswith("$"):
            expected["host"] = "auto"
        assert list(selection.role(role["name"]).options.items()) == list(expected.items())
        assert set(selection.role(role["name"]).origins.values()) == {Origin.IMPORT}


@pytest.mark.parametrize("name", FILES)
def test_environment(name: str) -> None:
    """Each role has the recipe's variables. The scripts name ``lo``, and the one for two hosts lacks a variable."""
    selection = imported(name).selection
    data = recipe(name)
    for role in data["role"]:
        expected = data["common_env"] | role.get("env", {})
        expected |= {key: "lo" for key, value in expected.items() if value == "<network-interface>"}
        if "ASCEND_MF_STORE_URL" in expected:
            expected["ASCEND_MF_STORE_URL"] = "tcp://auto:24707"
        if name == "a3-multi":
            del expected["DEEP_NORMAL_MODE_USE_INT8_QUANT"]
        assert dict(selection.role(role["name"]).environment) == expected


@pytest.mark.parametrize("name", FILES)
def test_everything_around(name: str) -> None:
    """Scenario, series, tuning, and nothing filled in; no note but that the release is not in the script."""
    found = imported(name)
    selection, data = found.selection, recipe(name)
    assert selection.scenario is {"a3-multi": Scenario.MULTI, "a3-pd": Scenario.PD}.get(name, Scenario.SINGLE)
    assert selection.series is (Series.A2 if name == "a2-single" else Series.A3)
    assert selection.host_count == data["nodes"]
    assert (selection.hosts, selection.model.path) == ((), "")
    assert list(selection.tuning.unset) == data["unset"]
    assert list(selection.tuning.scripts) == data["set_env_scripts"]
    tuned = dict(entry.split("=") for entry in data.get("host_tuning", ()))
    assert selection.tuning.scaling_governor == tuned.pop("scaling_governor", "")
    assert dict(selection.tuning.sysctl) == tuned
    assert all(note.line == 0 for note in found.notes)
    assert found.problems == ()


def test_the_router() -> None:
    """It stands in a file of its own, and names the servers of the other one."""
    router = imported("a3-pd").selection.role("router")
    assert dict(router.options) == {
        "pd-disaggregation": True,
        "policy": "round_robin",
        "prefill": "auto",
        "decode": "auto",
        "host": "auto",
        "port": 6688,
    }
    assert dict(router.environment) == {}
