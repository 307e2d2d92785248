"""The wheel carries everything and starts from an empty environment, outside the checkout."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ("*.toml", "*.json", "*.sh", "*.txt", "*.md", "*.tcss")


@pytest.mark.wheel
def test_the_wheel_works_from_an_empty_environment(tmp_path: Path) -> None:
    """Built, installed and started elsewhere, it prints the script and plays the journey; every data file is inside."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "wizard", "screens", "presets"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(listed.stdout.split()) <= inside
    venv.create(tmp_path / "env", with_pip=True)
    subprocess.run([tmp_path / "env/bin/pip", "install", "-q", str(wheel)], check=True)
    done = subprocess.run(
        [tmp_path / "env/bin/glm-wizard", "--preset", "a2-single", "--export"],
        cwd="/", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "exec python3 -m sglang.launch_server" in done.stdout
    assert "memory.weights" in done.stderr
    listing = subprocess.run(
        [tmp_path / "env/bin/glm-wizard", "--presets"], cwd="/", capture_output=True, text=True, check=True
    )
    assert "a3-pd" in listing.stdout
    played = subprocess.run(
        [tmp_path / "env/bin/glm-wizard", "--demo", "a3-pd"],
        cwd="/", capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=300,
    )  # fmt: skip
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The capital of France is Paris." in played.stdout
    assert "nothing is left" in played.stdout
