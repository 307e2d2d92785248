"""Export → import → export is a fixed point: the script comes back byte for byte."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.exporting import PRESETS, bash_script, hosts_for
from tests.strategies import NASTY
from wizard.cli import main
from wizard.errors import WizardError


def again(script: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The script that `--import FILE --export` prints."""
    file = folder / "old.sh"
    file.write_text(script, encoding="utf-8")
    capsys.readouterr()
    assert main(["--import", str(file), "--export", "--force"]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize("runtime", ["host", "container"])
@pytest.mark.parametrize("preset", PRESETS)
def test_an_exported_script_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], preset: str, runtime: str
) -> None:
    """For every preset and runtime, with hosts, interface and model path."""
    flags = {"runtime": runtime, "hosts": hosts_for(preset), "model-path": "/models/a b", "interface": "eth0"}
    script = bash_script(preset, **flags)
    assert again(script, tmp_path, capsys) == script


@pytest.mark.parametrize("preset", PRESETS)
def test_an_unfilled_script_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str], preset: str) -> None:
    """The same without hosts and model path: placeholders stay placeholders."""
    script = bash_script(preset)
    assert again(script, tmp_path, capsys) == script


@pytest.mark.parametrize(
    "flags",
    [
        {"set": "enable-metrics", "release": "0.5.23"},
        {"set": "api-key=secret", "accept": "memory.weights"},
        {"hosts": "prefill=a,prefill=b,decode=c,router=d"},
        {"hosts": "prefill=a,prefill=a,decode=c", "set": "prefill.tp-size=8"},
        {"hosts": "fd00::1,fd00::2"},
        {"series": "A2", "hosts": "a,b"},
        {"image": "my/own:tag", "env": "X=a b"},
    ],
    ids=str,
)
def test_changes_come_back(tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: dict[str, str]) -> None:
    """Changed options, secrets, several instances, shared hosts, IPv6, another series and another image."""
    script = bash_script("a3-pd", **{"model-path": "/m", **flags})
    assert again(script, tmp_path, capsys) == script


@given(path=NASTY, value=NASTY)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], path: str, value: str
) -> None:
    """Any text as model path and served name survives the round."""
    try:
        script = bash_script("a3-single", **{"model-path": path, "set": f"served-model-name={value}"})
    except WizardError:
        return
    assert again(script, tmp_path_factory.mktemp("round"), capsys) == script
