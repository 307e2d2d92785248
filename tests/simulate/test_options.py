"""The played server takes what its release takes, and refuses the rest as argparse does."""

import json
from pathlib import Path

import pytest

from wizard import choose, presets
from wizard.knowledge import releases
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Origin
from wizard.plan import launch_flow
from wizard.simulate.standin.server.sglang.options import given, parser
from wizard.simulate.standin.server.sglang.settings import settings

FOLDER = Path(releases.__file__).with_name("releases")
SERVERS = sorted(file.stem for file in FOLDER.glob("0.*.json"))
BASE = ["--model-path", "/m"]


def taken(release: str, *words: str) -> dict[str, object]:
    """The options of a command line for a release."""
    return given(parser(FOLDER / f"{release}.json", "launch_server.py"), [*BASE, *words])


@pytest.mark.parametrize("release", SERVERS)
def test_every_option_of_a_release_is_taken(release: str) -> None:
    """With a value of its type, one at a time."""
    samples = {"int": "3", "float": "0.5", "json": "{}", "size": "64k"}
    own = parser(FOLDER / f"{release}.json", "x")
    for option in json.loads((FOLDER / f"{release}.json").read_text())["options"]:
        value = str(option["choices"][0]) if option.get("choices") else samples.get(option["type"], "x")
        words = [option["flags"][0], *([] if option["type"] == "flag" else [value])]
        found = given(own, [*BASE, *words])[option["name"].replace("-", "_")]
        assert found is not None, words


@pytest.mark.parametrize("release", SERVERS)
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["--tp-size", "many"], "argument --tensor-parallel-size/--tp-size"),
        (["--dtype", "bf17"], "invalid choice: 'bf17'"),
        (["--port"], "expected one argument"),
        (["--disaggregation-mod", "both"], "invalid choice: 'both'"),
        (["--context-length", "64 thousand"], "argument --context-length"),
    ],
)
def test_what_the_release_lacks_is_refused(
    release: str, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and a last line that the diagnosis knows."""
    with pytest.raises(SystemExit) as ended:
        taken(release, *words)
    assert ended.value.code == 2
    assert (
        why.split(":", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1].rsplit(maxsplit=1)[-1]
        in capsys.readouterr().err.splitlines()[-1]
    )


def test_the_releases_differ(capsys: pytest.CaptureFixture[str]) -> None:
    """What one release takes, another calls ambiguous."""
    assert taken("0.5.14", "--cuda-graph-bs", "1", "8")["cuda_graph_bs"] == [1, 8]
    with pytest.raises(SystemExit):
        taken("0.5.23", "--cuda-graph-bs", "1", "8")
    assert "ambiguous option: --cuda-graph-bs" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(presets.files()))
def test_every_preset_is_taken_by_its_release(name: str) -> None:
    """The argv that a launch would start, process by process."""
    selection = presets.preset(name).selection
    count = len(selection.hosts)
    if count > 1:
        hosts = ",".join(f"127.0.0.{11 + place}" for place in range(count))
        selection = choose.apply_all(selection, (Edit(EditKind.HOSTS, hosts),), Origin.OPERATOR)
    flow = launch_flow(selection)
    for process in flow.processes:
        list_name = "router-0.3.2" if process.role == "router" else selection.release
        words = list(flow.argv(process))[len(process.program) :]
        assert given(parser(FOLDER / f"{list_name}.json", process.name), words)
    assert settings({"GLM_WIZARD_SIMULATE_RELEASE": selection.release}).release in SERVERS
