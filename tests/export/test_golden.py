"""The script of each preset as a file, so that a reader sees every change of what is started."""

from pathlib import Path

import pytest

from tests.exporting import PRESETS, bash_script, hosts_for

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("preset", PRESETS)
def test_the_script_is_the_golden_one(preset: str, update_golden: bool) -> None:
    """The exported script equals its golden file, byte for byte, twice in a row."""
    single = preset.endswith("-single")
    script = bash_script(preset, **({} if single else {"hosts": hosts_for(preset)}), **{"model-path": "/models/glm"})
    file = GOLDEN / f"{preset}.sh"
    if update_golden:
        file.write_text(script, encoding="utf-8")
    assert script == file.read_text(encoding="utf-8")
    assert script == bash_script(
        preset, **({} if single else {"hosts": hosts_for(preset)}), **{"model-path": "/models/glm"}
    )


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a preset."""
    assert {file.stem for file in GOLDEN.glob("*.sh")} == set(PRESETS)
