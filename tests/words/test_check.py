"""`--check`: a command is judged word for word, everything else as the selection that would be written."""

import json
from typing import Any

import pytest

from tests.check.verdicts import ROUTER, Verdict, recorded
from wizard import check
from wizard.check import typed
from wizard.cli import main
from wizard.importing import typed_command
from wizard.model.finding import Severity

SERVER = ("python3", "-m", "sglang.launch_server")
ROUTERS = ("python3", "-m", "sglang_router.launch_router")
EVERY = 7
"""One in so many recorded verdicts goes through the reading of commands here; all of them through the rules."""


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document of `--check --json`."""
    code = main(["--check", "--json", *words])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def errors(document: dict[str, Any]) -> list[str]:
    """The codes of its error findings."""
    return [item["code"] for item in document["findings"] if item["severity"] == "error"]


def test_a_typed_command_keeps_its_very_words() -> None:
    """What the real releases said of recorded lines is said of the same lines behind `--`."""
    wrong: list[Verdict] = []
    for verdict in list(recorded())[::EVERY]:
        program, release = (ROUTERS, "0.5.23") if verdict.release == ROUTER else (SERVER, verdict.release)
        command = typed_command((*program, *verdict.argv), environment=verdict.env, release=release, series="A3")
        assert command is not None, verdict.id
        selection = typed.literal(command, command.release, command.series, command.environment)
        found = check.of_typed(selection, command)
        refused = any(item.severity is Severity.ERROR and item.code.startswith("sglang.") for item in found)
        if refused is verdict.accepted:
            wrong.append(verdict)
    assert not wrong


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((*SERVER, "--model-path", "/m", "--tp-size", "16"), []),
        ((*SERVER, "--tp-size", "16"), ["sglang.option-required"]),
        ((*SERVER, "--model-path", "/m", "--cuda-graph-bs", "4"), ["sglang.option-ambiguous"]),
        ((*SERVER, "--model-path", "/m", "--", "left"), ["sglang.option-stray-word"] * 2),
        (("A=1", "nohup", *SERVER, "--model-path", "/m"), []),
        (("sglang", "serve", "/m"), []),
        (("sglang", "serve", "--model-type", "llm", "--model-path", "/m"), []),
        (("sglang", "serve", "--model-type=diffusion", "/m"), ["sglang.option-choice"]),
        ((*ROUTERS, "--pd-disaggregation", "--prefill", "http://a:1", "8998", "--decode", "http://b:1"), []),
        ((*ROUTERS, "--pd-disaggregation", "--decode", "b:1"), ["sglang.router-url"]),
    ],
)
def test_a_command_is_judged_as_it_stands(
    words: tuple[str, ...], expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Respelling, filling in and leaving out are for selections, not for words that somebody typed."""
    code, document = told(capsys, "--series", "A3", "--release", "0.5.23", "--", *words)
    assert errors(document) == expected
    assert code == int(bool(expected))


def test_older_releases_take_no_path_behind_serve(capsys: pytest.CaptureFixture[str]) -> None:
    """`sglang serve PATH` came after 0.5.13."""
    _, document = told(capsys, "--release", "0.5.13.post1", "--", "sglang", "serve", "/m")
    assert set(errors(document)) == {"sglang.option-stray-word", "sglang.option-required"}


def test_variables_beside_a_command_are_exported_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`--env` sets them, the words in front of the command win."""
    name = "SGLANG_DISAGGREGATION_SAMPLING_MASK_MAX_TOKENS"
    command = (*SERVER, "--model-path", "/m")
    _, document = told(capsys, "--release", "0.5.23", "--env", f"{name}=4", "--", *command)
    assert "sglang.variable-refused" in errors(document)


def test_a_change_beside_a_command_settles_what_was_said_of_the_word(capsys: pytest.CaptureFixture[str]) -> None:
    """`--set` corrects a word that the release refuses."""
    command = (*SERVER, "--model-path", "/m", "--tp-size", "16.0")
    assert errors(told(capsys, "--release", "0.5.23", "--", *command)[1]) == ["sglang.option-type"]
    assert not errors(told(capsys, "--release", "0.5.23", "--set", "tp-size=16", "--", *command)[1])


def test_what_the_release_changes_is_told_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    """Infos carry the value as it is set and the value it becomes."""
    _, document = told(capsys, "--preset", "a3-pd", "--set", "prefill.dp-size=2")
    (chunk,) = [item for item in document["findings"] if item["code"] == "sglang.change-chunk"]
    assert chunk["severity"] == "info"
    assert "becomes" in chunk["message"]
    assert "before" in chunk["message"]
