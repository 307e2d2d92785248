"""The command line as people and scripts use it: words, exit codes, errors with hints."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.cli import main, parse
from wizard.errors import UsageError

RUN = [sys.executable, "-m", "wizard.cli"]


def test_the_first_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """The promised command prints the script on stdout and warns on stderr and in the script; exit code 0."""
    assert main(["--preset", "a2-single", "--export"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("#!/usr/bin/env bash\n")
    assert "exec python3 -m sglang.launch_server" in out
    for text in (" ".join(line.lstrip("# ") for line in out.splitlines()[:40]), err):
        assert "memory.weights" in text
        assert "774.08 GB (720.9 GiB, published)" in text
        assert "512 GiB (549.8 GB)" in text
    assert all(way in err for way in ("W4A8", "two A2 hosts", "A3 host"))


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--preset", "a2-singel", "--export"], "unknown preset `a2-singel`", "did you mean `a2-single`"),
        (["--preset", "a3-single", "--export", "yaml"], "unknown format `yaml`", "`bash`, `json`"),
        (["--export"], "nothing to start from", "--preset NAME"),
        (["--preset", "a3-pd", "--config", "x.toml", "--export"], "more than one thing", "one of"),
        (["--config", "/no/such.toml", "--plan"], "`/no/such.toml` does not exist", "--presets"),
        (["--import", "/no/such.sh", "--plan"], "`/no/such.sh` cannot be read", "--import FILE"),
        (["--presets", "--plan"], "not allowed with", "--help"),
        (["--bogus"], "unrecognized arguments: --bogus", "--help"),
        (["--explain", "tp-sise"], "nothing known is called `tp-sise`", "did you mean `tp-size`"),
        (["--features", "npu-grapf"], "npu-grapf", "npu-graph"),
        (["--launch", "--preset", "a3-single"], "not filled in yet: MODEL_PATH", "--model-path"),
        ([], "the full screen needs a terminal", "--preset NAME --export"),
    ],
)
def test_usage_errors_say_what_and_what_next(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str, hint: str
) -> None:
    """Exit code 2, nothing on stdout, `error:` and `hint:` on stderr."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert hint in err.partition("\n\nhint: ")[2]


def test_json_documents_are_the_only_thing_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """Every reporting word prints one JSON document with --json."""
    for words in (
        ["--presets"],
        ["--presets", "a3-pd"],
        ["--features"],
        ["--features", "npu-graph"],
        ["--explain", "tp-size"],
        ["--preset", "a3-pd", "--plan"],
        ["--preset", "a2-single", "--check"],
    ):
        assert main([*words, "--json"]) == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)


def test_check_has_the_documented_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Findings carry code, severity, message, hint, options, hosts, source and fixes; warnings alone end with 0."""
    assert main(["--preset", "a2-single", "--check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    (finding,) = [item for item in found if item["severity"] == "warning"]
    assert finding.keys() == {"code", "severity", "message", "hint", "options", "hosts", "source", "fixes"}
    assert (finding["code"], finding["severity"], len(finding["fixes"])) == ("memory.weights", "warning", 3)


def test_an_error_finding_stops_the_export_unless_forced_or_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown option in a file is an error finding: exit code 1 and no script, unless the operator insists."""
    main(["--preset", "a3-single", "--export", "--output", str(tmp_path / "out/")])
    config = tmp_path / "my.toml"
    text = (tmp_path / "out" / "selection.toml").read_text(encoding="utf-8")
    config.write_text(text.replace("tp-size = 16", "tp-size = 16\nno-such-option = 1"), encoding="utf-8")
    capsys.readouterr()
    assert main(["--config", str(config), "--export"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no-such-option" in err
    assert main(["--config", str(config), "--export", "--force"]) == 0
    assert "--no-such-option 1" in capsys.readouterr().out
    assert main(["--config", str(config), "--export", "--accept", "sglang.option-unknown"]) == 0
    assert "Accepted findings: sglang.option-unknown" in capsys.readouterr().out


def test_a_folder_holds_its_files_and_its_selection_gives_the_same_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The selection file of an exported folder gives the same script, byte for byte."""
    words = [
        "--preset",
        "a3-pd",
        "--hosts",
        "a,b",
        "--model-path",
        "/m x",
        "--set",
        "decode.max-running-requests=64",
        "--export",
    ]
    assert main([*words, "--output", str(tmp_path / "out/")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "RUNBOOK.md",
        "bench.sh",
        "launch.sh",
        "selection.toml",
        "verify.sh",
    ]
    capsys.readouterr()
    assert main(["--config", str(tmp_path / "out" / "selection.toml"), "--export"]) == 0
    assert capsys.readouterr().out == (tmp_path / "out" / "launch.sh").read_text(encoding="utf-8")


def test_plan_lists_what_differs_from_the_preset(capsys: pytest.CaptureFixture[str]) -> None:
    """An unchanged preset has no changes; a changed one lists them by role."""
    main(["--preset", "a3-pd", "--plan", "--json"])
    assert json.loads(capsys.readouterr().out)["changes"] == []
    main(
        ["--preset", "a3-pd", "--set", "decode.max-running-requests=64", "--unset", "prefill.dtype", "--plan", "--json"]
    )
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert changes == [
        {"role": "prefill", "kind": "option", "name": "dtype", "before": "bfloat16", "after": None},
        {"role": "decode", "kind": "option", "name": "max-running-requests", "before": 128, "after": 64},
    ]


def test_plan_compares_a_file_with_a_preset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--preset` beside `--config` says what the file changes; a file made from the preset changes nothing."""
    main(["--preset", "a3-pd", "--set", "decode.max-running-requests=64", "--export", "--output", str(tmp_path / "a/")])
    main(["--preset", "a3-pd", "--export", "--output", str(tmp_path / "b/")])
    capsys.readouterr()
    for folder, count in (("a", 1), ("b", 0)):
        assert (
            main(["--preset", "a3-pd", "--config", str(tmp_path / folder / "selection.toml"), "--plan", "--json"]) == 0
        )
        assert len(json.loads(capsys.readouterr().out)["changes"]) == count


def test_the_reproduce_line_of_a_script_gives_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    """The command line in the header, run again, prints the same bytes."""
    words = ["--preset", "a3-pd", "--set", 'served-model-name=it\'s "x"', "--hosts", "a,b", "--export"]
    main(words)
    first = capsys.readouterr().out
    line = first.splitlines()[4].removeprefix("#   ")
    split = subprocess.run(
        ["/bin/bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, text=True, check=True
    ).stdout
    main(split.split("\0")[1:-1])
    assert capsys.readouterr().out == first


def test_own_presets_are_listed_and_a_broken_one_hides_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A preset in the operator's folder is marked his; a broken one is named with its line, the others stay."""
    from wizard import presets

    folder = tmp_path / "glm-wizard" / "presets"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (folder / "ours.toml").write_text(presets.files()["a3-single"].read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "broken.toml").write_text('scenari = "single"\n', encoding="utf-8")
    assert main(["--presets"]) == 2
    out, err = capsys.readouterr()
    assert "ours (yours)" in out
    assert "a3-pd" in out
    assert "broken.toml:1" in err
    assert "`scenario`" in err


def test_help_documents_every_flag_and_exit_code() -> None:
    """--help names the words of the grammar and what each exit code means."""
    text = subprocess.run([*RUN, "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("--export", "--import", "--accept", "0 done", "4 interrupted", "NO_COLOR"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 120


def test_a_closed_pipe_is_no_error() -> None:
    """`glm-wizard … | head -1` ends quietly."""
    done = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {' '.join(RUN)} --preset a3-pd --export | head -1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "#!/usr/bin/env bash\n"
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_from_a_table_is_no_error() -> None:
    """Tables are printed by rich, which would end with 1: as if a check had found errors."""
    done = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {' '.join(RUN)} --features | head -1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("redirection", "code", "told"),
    [
        (">&- <&-", 0, ""),
        (">/dev/full", 2, "error: the output cannot be written: No space left on device"),
    ],
)
def test_output_that_cannot_be_written(redirection: str, code: int, told: str) -> None:
    """Closed streams are as /dev/null; a full disk is an error with a hint."""
    command = f"exec {' '.join(RUN)} --preset a3-multi --export {redirection}"
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert told in done.stderr


def test_what_is_piped_is_utf_8_in_every_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script with a Chinese path is whole where the locale knows no such letters."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    words = ["--preset", "a3-single", "--model-path", "/模型", "--export"]
    done = subprocess.run([*RUN, *words], capture_output=True, check=True)
    assert "/模型".encode() in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--preset", "NAME", "--plan"],
        ["--model-path", "/NAME", "--preset", "a3-single", "--check"],
        ["--output", "/NAME", "--preset", "a3-single", "--export"],
        ["--monitor", "NAME", "--plain"],
        ["--machine", "/NAME", "--detect"],
    ],
)
def test_a_name_too_long_for_a_file_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the system says about a file is an error with the file's name, not a traceback."""
    assert main([word.replace("NAME", "x" * 5000) for word in words]) in (0, 2)
    out, err = capsys.readouterr()
    assert out or "error: " in err


@pytest.mark.parametrize(
    ("flag", "value", "told"),
    [
        ("--accept", "memory.weight", "did you mean `memory.weights`"),
        ("--set", "=3", "an option has no name"),
        ("--unset", "", "an option has no name"),
        ("--set", "speculative=1", "more"),
        ("--set", "serve.tp-size=8", "no role `serve`"),
        ("--unset", "decod.tp-size", "no role `decod`"),
        ("--unset-env", "decod.HCCL_BUFFSIZE", "no role `decod`"),
    ],
)
def test_a_name_that_is_none_is_told_shortly(
    flag: str, value: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped code accepts nothing; what is no option lists no hundred options."""
    assert main(["--preset", "a2-single", f"{flag}={value}", "--export"]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert len(err) < 1000


def test_a_mistyped_code_accepts_nothing_of_a_typed_command_either(capsys: pytest.CaptureFixture[str]) -> None:
    """It would be the wrong name of a finding that stays."""
    typed = ["--", "python3", "-m", "sglang.launch_server", "--model-path", "/m"]
    assert main(["--check", "--accept", "memory.weight", *typed]) == 2
    assert "did you mean `memory.weights`" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused() -> None:
    """A path that is not UTF-8 gives a message, not a traceback."""
    done = subprocess.run(
        [*RUN, "--preset", "a3-single", "--export", "--model-path", b"/m/\xff"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"not valid UTF-8" in done.stderr


def test_a_flag_without_effect_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for a file that does not come."""
    assert main(["--preset", "a3-single", "--plan", "--output", "x"]) == 0
    told = "note: --output has no effect with --plan; it belongs to --export and --bundle and --demo"
    assert told in capsys.readouterr().err.splitlines()
    assert main(["--presets"]) == 0
    assert "no effect" not in capsys.readouterr().err


@pytest.mark.parametrize("word", ["--monitor", "--diagnose", "--bundle"])
@pytest.mark.parametrize(
    "words", [["a.log", "--json", "b.log"], ["--json", "a.log", "b.log"], ["--json", "--plain", "a.log", "b.log"]]
)
def test_names_belong_to_their_word_wherever_they_stand(word: str, words: list[str]) -> None:
    """Another flag may come between."""
    options = parse([word, *words]).options
    assert getattr(options, word.removeprefix("--")) == ["a.log", "b.log"]
    with pytest.raises(UsageError, match="unrecognized arguments: --jsn"):
        parse([word, "a.log", "--jsn", "b.log"])


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--bench",), "`--verify`"),
        (("--preset", "a2-single", "--output", "out"), "`--export`"),
        (("--dry-run", "--preset", "a2-single"), "`--launch`"),
    ],
)
def test_a_flag_of_a_word_opens_no_screen_without_it(
    words: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be in vain, and nobody would see why."""
    assert main(words) == 2
    error, _, hint = capsys.readouterr().err.partition("hint: ")
    assert "does nothing alone" in error
    assert part in hint


def test_nothing_is_launched_while_a_recorded_machine_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever names one does not mean the real hosts; what would be done is shown all the same."""
    words = ["--preset", "a3-single", "--model-path", "/m", "--machine", "a3-idle", "--launch"]
    assert main(words) == 2
    assert "recorded machine" in capsys.readouterr().err
    main([*words, "--dry-run"])
    assert "Nothing was started." in capsys.readouterr().out
