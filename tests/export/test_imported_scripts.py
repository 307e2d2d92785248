"""Scripts of others, imported and exported again, start what they started before."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recording import Host, Started
from wizard.cli import main

SHARED = Path(__file__).parents[2].parent / "shared" / "reference" / "tutorial"
TUTORIAL: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "tutorial_launches.json").read_text(encoding="utf-8")
)
FILES = {name: [f"{name}.sh"] for name in TUTORIAL} | {"a3-pd": ["a3-pd.sh", "a3-pd-router.sh"]}
FILLED = {
    "<your node1 ip>": "10.0.0.1", "<your node2 ip>": "10.0.0.2", "<your prefill ip>": "10.0.0.1",
    "<your decode ip>": "10.0.0.2", "<your router ip>": "10.0.0.1", "/path/to/model-weights": "/models/glm",
}  # fmt: skip


@pytest.mark.parametrize("name", TUTORIAL)
def test_the_tutorials_scripts_survive_the_round(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Imported with their values filled in, they are exported as scripts that start the same processes."""
    if not SHARED.is_dir():
        pytest.skip("the tutorial's scripts are not part of the project")
    words = []
    for file in FILES[name]:
        text = (SHARED / file).read_text(encoding="utf-8")
        for placeholder, value in FILLED.items():
            text = text.replace(placeholder, value)
        (tmp_path / file).write_text(text, encoding="utf-8")
        words += ["--import", str(tmp_path / file)]
    assert main([*words, "--export", "--force"]) == 0
    script = capsys.readouterr().out
    names = Host(tmp_path / "list").run(script, "--list").stdout.split()
    assert len(names) == len(TUTORIAL[name])
    for number, (process, launch) in enumerate(zip(names, TUTORIAL[name], strict=True)):
        (started,) = Host(tmp_path / f"h{number}", launch["host"]).run(script, process).started
        argv = ["--moe-dense-tp-size" if word == "--moe-dense-tp" else word for word in launch["argv"]]
        options, expected = _options(started.argv), _options(tuple(argv))
        assert options == expected
        assert started == Started(started.argv, launch["environment"])


def _options(argv: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The options of a command line, sorted: an import keeps every word, and the model path stands first."""
    groups: list[list[str]] = []
    for word in argv[2:]:
        if word.startswith("--"):
            groups.append([word])
        else:
            groups[-1].append(word)
    return sorted(tuple(group) for group in groups)
