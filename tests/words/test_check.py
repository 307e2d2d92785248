"""`--check`: a command is judged word for word, everything else as the selection that would be written."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.check.verdicts import ROUTER, Verdict, of_words, recorded
from wizard.check import typed
from wizard.cli import main
from wizard.importing import typed_command
from wizard.model.finding import Severity

SERVER = ("python3", "-m", "sglang.launch_server")
ROUTERS = ("python3", "-m", "sglang_router.launch_router")
EVERY = 40
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
        found = of_words(selection, command)
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


def weights_folder(folder: Path, total_bytes: int, *, has_mtp: bool = True) -> Path:
    """A folder of weights whose shards are as large as they should be and take no space."""
    folder.mkdir()
    shards = [f"model-{number:05}-of-00008.safetensors" for number in range(1, 9)]
    for shard in shards:
        with (folder / shard).open("wb") as file:
            file.truncate(total_bytes // 8)
    layer = 78 if has_mtp else 77
    index = {"weight_map": {f"model.layers.{layer}.x": shards[0], **{f"w{n}": shard for n, shard in enumerate(shards)}}}
    config = {"architectures": ["GlmMoeDsaForCausalLM"], "num_hidden_layers": 78, "num_nextn_predict_layers": 1}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("total_gb", "code"), [(774, 1), (400, 0)])
def test_a_readable_folder_gives_measured_sizes(
    total_gb: int, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files on this machine are measured: too large ones block, smaller ones are believed."""
    folder = weights_folder(tmp_path / "weights", total_gb * 10**9)
    ended, document = told(capsys, "--preset", "a2-single", "--model-path", str(folder))
    assert ended == code
    assert ("memory.weights" in errors(document)) is bool(code)
    (term,) = [term for term in document["budget"][0]["terms"] if term["name"] == "weights"]
    assert term["basis"] == "measured"
    assert abs(term["bytes"] - total_gb * 10**9 / 8) < 10**7


def test_files_without_the_draft_layer_block_speculation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The index of the files says whether NEXTN has a layer to draft with."""
    folder = weights_folder(tmp_path / "weights", 400 * 10**9, has_mtp=False)
    _, document = told(capsys, "--preset", "a3-single", "--model-path", str(folder))
    assert errors(document) == ["memory.draft-layer"]


def test_a_recorded_machine_stands_for_the_hosts(capsys: pytest.CaptureFixture[str]) -> None:
    """`--machine` replays a recording: what is wrong there is an error here."""
    code, document = told(capsys, "--preset", "a3-single", "--machine", "a3-sick-die")
    assert (code, errors(document)) == (1, ["hardware.sick"])
    code, document = told(capsys, "--preset", "a3-pd", "--hosts", "192.0.2.11,192.0.2.12", "--machine", "a3-pair")
    assert (code, errors(document)) == (0, [])


def test_the_report_fits_80_columns_and_ends_in_one_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups by severity, fixes as flags, a bar for each role, nothing wider than the terminal, ASCII only."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--check", "--preset", "a2-single"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "0 errors, 1 warning, 1 could not be checked"
    for text in ("Warnings (1)", "fix: use W4A8 weights (about 420 GB)  --quantization W4A8", "[sWWWW"):
        assert any(text in line for line in lines)


def test_what_was_measured_guards_the_export_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights that do not fit, or a recorded host that is not well, stop an export unless it is forced."""
    folder = weights_folder(tmp_path / "weights", 774 * 10**9)
    start = ("--preset", "a2-single", "--export")
    assert main([*start]) == 0
    assert main([*start, "--model-path", str(folder)]) == 1
    assert main([*start, "--model-path", str(folder), "--force"]) == 0
    assert main(["--preset", "a3-single", "--export", "--machine", "a3-sick-die"]) == 1
    assert "hardware.sick" in capsys.readouterr().err


def test_a_host_that_cannot_be_asked_is_another_exit_code_than_a_wrong_choice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """3, as for `--detect` and `--launch`; accepted it is none, and what else is wrong counts again."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ssh").write_text("#!/bin/sh\necho 'ssh: connect to host x port 22: Connection refused' >&2\nexit 255\n")
    (tools / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    words = ("--preset", "a3-single", "--hosts", "192.0.2.1", "--model-path", "/m")
    code, document = told(capsys, *words, "--probe")
    assert (code, errors(document)) == (3, ["hardware.unreachable"])
    assert main(["--export", *words, "--probe"]) == 3
    said = capsys.readouterr().err
    assert "refuses ssh connections" in said
    assert "asked (" not in said
    accepted = (*words, "--probe", "--accept", "hardware.unreachable")
    assert told(capsys, *accepted)[0] == 0
    assert told(capsys, *accepted, "--set", "tp-size=7")[0] == 1
