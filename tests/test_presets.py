"""The presets: complete, sourced, and exactly the published recipes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.exporting import PRESETS, hosts_for, selection_of
from wizard import check, presets
from wizard.knowledge import facts, releases
from wizard.model.finding import Severity
from wizard.plan import launch_flow

RECIPES = Path(__file__).parents[2] / "shared" / "reference" / "launch-recipes.toml"
TUTORIAL = ("a3-single", "a2-single", "a3-multi", "a3-pd")
OF_RECIPE = {
    "a3-pd-3p1d": "bp-glm-5-2-w4a8-3p1d-32p-in16k-out1k-50ms",
    "glm51-a3-multi": "bp-glm-5-1-w4a8-16p-in3k5-out1k5-50ms",
    "glm51-a3-pd-16k": "bp-glm-5-1-w4a8-1p1d-32p-in16k-out1k-50ms",
    "glm51-a3-pd-64k": "bp-glm-5-1-w4a8-1p1d-32p-in64k-out1k-55-2ms",
    "glm51-a3-pd-64k-one-request": "bp-glm-5-1-w4a8-1p1d-32p-in64k-out1k-50ms",
    "glm51-a3-pd-64k-low-latency": "bp-glm-5-1-w4a8-1p1d-32p-in65k-out1k5-prefix90-25ms",
    "glm51-a3-pd-128k": "bp-glm-5-1-w4a8-1p1d-32p-in128k-out1k-56-4ms",
    "glm51-a3-pd-2p1d-128k": "bp-glm-5-1-w4a8-2p1d-48p-in128k-out1k-prefix90-50ms",
    "glm51-a3-pd-4p1d-64k": "bp-glm-5-1-w4a8-4p1d-48p-in64k-out1k-prefix90-50ms",
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_where_it_comes_from(name: str) -> None:
    """Title, summary, source, date, status and who verified it; a model and quantisation that are known."""
    preset = presets.preset(name)
    about = preset.about
    assert all((about.title, about.summary, about.source, about.date, about.status, about.verified, about.goal))
    known = {weights.quantization for weights in facts.model_facts(preset.selection.model.name).weights}
    assert preset.selection.model.quantization in known
    assert facts.series_of_image(preset.selection.runtime.image) is preset.selection.series


@pytest.mark.parametrize("name", PRESETS)
def test_every_option_is_known_to_its_release(name: str) -> None:
    """What is exported is exactly in the release's own option list, and the preset has no error finding."""
    selection = selection_of(name, hosts=hosts_for(name))
    release, router = releases.release(selection.release), releases.router()
    assert selection.release == release.version
    assert facts.release_of_image(selection.runtime.image) in (selection.release, "main", None) or name in TUTORIAL
    for process in launch_flow(selection).processes:
        known = router if process.role == "router" else release
        for setting in process.options:
            option = known.option(setting.name)
            assert option is not None, setting.name
            assert not option.refused
    assert not [finding for finding in check.findings(selection) if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("name", PRESETS)
def test_every_setting_is_explained(name: str) -> None:
    """Each option and variable of a preset has a note with meaning and source."""
    for role in presets.preset(name).selection.roles.values():
        for option in role.options:
            assert facts.option_note(option), option
        for variable in role.environment:
            assert facts.variable_note(variable), variable


def _recipe(name: str) -> dict[str, Any]:
    if not RECIPES.is_file():
        pytest.skip("the published recipes are not part of the project")
    found = tomllib.loads(RECIPES.read_text(encoding="utf-8"))["recipe"]
    return next(recipe for recipe in found if recipe["id"] == OF_RECIPE[name])


def _arithmetic(text: str) -> int:
    """Whole-number arithmetic, from left to right as the recipes write it; a sum stands in front."""
    first, *rest = re.findall(r"\d+|[+*/%]", text)
    if rest and rest[0] == "+":
        return int(first) + _arithmetic(" ".join(rest[1:]))
    value = int(first)
    for sign, number in zip(rest[::2], rest[1::2], strict=True):
        value = {"*": value * int(number), "/": value // int(number), "%": value % int(number)}[sign]
    return value


def _filled(word: str, index: int, addresses: list[str]) -> str:
    """A word of a recipe for the host at ``index`` of its role."""
    text = re.sub(r"\$\(\((.*?)\)\)", lambda found: str(_arithmetic(found[1].replace("$i", str(index)))), word)
    text = re.sub(r"\$\{\w+\[(\d+)\]\}", lambda found: addresses[int(found[1])], text.replace("[$i]", f"[{index}]"))
    return text.replace("${MODEL_PATH}", "/m").replace("$MODEL_PATH", "/m").replace("$i", str(index))


@pytest.mark.parametrize("name", OF_RECIPE)
def test_a_recipe_is_exported_with_its_exact_options(name: str) -> None:
    """Every process of every recipe that is a preset has the recipe's argv and variables, word by word.

    0.5.16 takes every spelling of the recipes, so nothing is respelt in it.
    """
    recipe = _recipe(name)
    flags = {"release": "0.5.16", "hosts": hosts_for(name), "interface": "eth9", "model-path": "/m"}
    flow = launch_flow(selection_of(name, **flags))
    addresses = hosts_for(name).split(",")
    first = addresses[0]
    for role in recipe["role"]:
        own, addresses = addresses[: role["nodes"]], addresses[role["nodes"] :]
        processes = [process for process in flow.processes if process.role == role["name"]]
        assert len(processes) == len(own)
        for index, process in enumerate(processes):
            argv = [_filled(word, index, own) for word in role["argv"]]
            argv = ["--moe-dense-tp-size" if word == "--moe-dense-tp" else word for word in argv]
            assert list(flow.argv(process))[1:] == argv[1:]
            expected = {**recipe.get("common_env", {}), **role.get("env", {})}
            expected = {key: _variable(value, first) for key, value in expected.items()}
            assert flow.environment(process) == expected


def _variable(value: str, first: str) -> str:
    if value == "<network-interface>":
        return "eth9"
    return f"tcp://{first}:{value.rsplit(':', 1)[1]}" if value.startswith("tcp://<") else value
