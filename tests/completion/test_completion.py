"""Completion: the scripts are sound, and the shells' own completion offers what the wizard knows."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shell import SHELLCHECK
from tests.terminals import on_terminal
from wizard import cli, presets
from wizard.check.codes import CODES
from wizard.completion import SHELLS
from wizard.completion.values import grammar
from wizard.knowledge.releases import release

GRAMMAR = grammar(cli.parser())
SCRIPTS = {name: write(GRAMMAR) for name, write in SHELLS.items()}
ASK = r"""
answer() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _glm_wizard
    printf '%s\n' "${COMPREPLY[@]}"
}
"""


def offered(words: str, home: Path) -> list[str]:
    """What bash's function offers for the last word."""
    text = f"{SCRIPTS['bash']}{ASK}answer {words}\n"
    variables = {"PATH": os.environ["PATH"], "HOME": str(home)}
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True, env=variables, cwd=home)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def test_bash_offers_every_flag_preset_feature_and_code(tmp_path: Path) -> None:
    """Flags of the grammar, presets of the folder, features and codes of the knowledge."""
    every = [name for action in cli.parser()._actions for name in action.option_strings]
    assert offered("glm-wizard -", tmp_path) == every
    assert offered("glm-wizard --preset ''", tmp_path) == list(presets.files())
    assert offered("glm-wizard --preset = a3-p", tmp_path) == ["a3-pd", "a3-pd-3p1d"]
    assert set(offered("glm-wizard --accept ''", tmp_path)) == set(CODES)
    assert "decode." in offered("glm-wizard --feature d", tmp_path)
    assert offered("glm-wizard --export ''", tmp_path) == ["bash", "json"]


def test_bash_offers_the_options_of_the_release_for_each_role(tmp_path: Path) -> None:
    """`--release` and `--preset` decide which; a role stays before the name; the router has its own."""
    for version in ("0.5.14", "0.5.23"):
        names = {f"{option.name}=" for option in release(version).options}
        found = {name for name in offered(f"glm-wizard --release {version} --set ''", tmp_path) if name.endswith("=")}
        assert found == names
    assert offered("glm-wizard --preset a3-pd --set decode.max-run", tmp_path) == ["decode.max-running-requests="]
    assert offered("glm-wizard --unset prefill.page-s", tmp_path) == ["prefill.page-size"]
    assert "router.prometheus-port=" in offered("glm-wizard --set router.prom", tmp_path)
    assert offered("glm-wizard --env decode.HCCL_BUFF", tmp_path) == ["decode.HCCL_BUFFSIZE="]


def test_bash_finds_runs_files_and_presets_of_ones_own(tmp_path: Path) -> None:
    """Looked up by the shell itself: no Python is started."""
    (tmp_path / ".local/state/glm-wizard/runs/a3-pd-1126-0312").mkdir(parents=True)
    (tmp_path / ".config/glm-wizard/presets").mkdir(parents=True)
    (tmp_path / ".config/glm-wizard/presets/mine.toml").touch()
    (tmp_path / "a file.toml").touch()
    assert offered("glm-wizard --stop a", tmp_path) == ["a3-pd-1126-0312"]
    assert offered("glm-wizard --preset m", tmp_path) == ["mine"]
    assert offered("glm-wizard --config a", tmp_path) == ["a file.toml"]


def test_bash_itself_completes(tmp_path: Path) -> None:
    """Keys into a terminal: Tab finishes the name."""
    file = tmp_path / "completion.bash"
    file.write_text(SCRIPTS["bash"])
    variables = {"HOME": str(tmp_path), "TERM": "dumb", "PS1": "> "}
    with on_terminal(["bash", "--norc", "--noprofile", "-i"], folder=tmp_path, variables=variables) as seen:
        seen.press("source completion.bash; bind 'set enable-bracketed-paste off'; echo rea''dy\n")
        seen.until(b"ready\r\n")
        seen.press("glm-wizard --preset a3-mu\t")
        seen.until(b"a3-multi")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_can_be_read_by_it(shell: str, tmp_path: Path) -> None:
    """Where the shell is there; the script names every flag."""
    script = SCRIPTS[shell]
    for flag in GRAMMAR.flags:
        assert all(name.lstrip("-") in script for name in flag.names)
    file = tmp_path / "completion"
    file.write_text(script)
    if shutil.which(shell):
        subprocess.run([shell, "-n", str(file)], check=True, capture_output=True)
    if shell == "bash":
        subprocess.run([SHELLCHECK, "--shell=bash", str(file)], check=True)


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("--preset a3-p", "a3-pd"),
        ("--demo a3-p", "a3-pd"),
        ("--set decode.max-run", "decode.max-running-requests="),
        ("--laun", "--launch"),
    ],
)
def test_fish_itself_completes(line: str, word: str, tmp_path: Path) -> None:
    """Its own `complete -C`."""
    file = tmp_path / "completion.fish"
    file.write_text(SCRIPTS["fish"])
    code = f"source {file}; complete -C 'glm-wizard {line}'"
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], capture_output=True, text=True, check=True, env=variables
    )
    assert word in [told.split("\t")[0] for told in done.stdout.splitlines()]


def test_the_word_prints_it_and_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--completion", "bash"]) == 0
    assert capsys.readouterr().out == SCRIPTS["bash"]
    assert cli.main(["--completion", "tcsh"]) == 2
    assert "`zsh`" in capsys.readouterr().err
