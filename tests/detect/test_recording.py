"""A recorded machine answers as the real one did: the same document, byte for byte."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.layouts import Row, a2, table
from tests.detect.standins import install, printing
from wizard import cli
from wizard.detect import read, recording, report
from wizard.detect.sections import Captured, Section, masked, split
from wizard.errors import UsageError
from wizard.model.hardware import Series
from wizard.prompts.world import World

BUNDLED = {
    "a2-idle": (Series.A2, 8, 8, None),
    "a2-busy": (Series.A2, 8, 2, None),
    "a3-idle": (Series.A3, 16, 16, None),
    "a3-sick-die": (Series.A3, 16, 15, None),
    "a3-pair": (Series.A3, 16, 16, None),
    "a3-four": (Series.A3, 16, 16, None),
    "a2-pair": (Series.A2, 8, 8, None),
    "container-without-tools": (Series.A3, 0, 0, "not_installed"),
    "no-npu": (None, 0, 0, "not_installed"),
    "driver-broken": (Series.A2, 0, 0, "driver_not_loaded"),
}


def test_replay_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Devices, host facts, weights, clock: nothing in the document depends on when or where it is read."""
    printing(tmp_path / "tools", table(a2(61000), [Row(0, 0, 4711, "python3", 57000)]))
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    monkeypatch.setenv("https_proxy", "http://user:hunter2@proxy:3128")
    folder = tmp_path / "recorded"
    words = ["--detect", "--json", "--record", str(folder), "--model-path", str(tmp_path)]
    assert cli.main(words) == 0
    first = capsysbinary.readouterr().out
    assert cli.main(["--detect", "--json", "--machine", str(folder)]) == 0
    assert capsysbinary.readouterr().out == first
    assert cli.main(["--detect", "--json", "--machine", str(folder), "--record", str(tmp_path / "again")]) == 0
    assert capsysbinary.readouterr().out == first
    kept = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.*"))
    assert "hunter2" not in kept
    assert "https_proxy" in kept


def test_of_another_folder_than_was_looked_at_nothing_is_known(tmp_path: Path) -> None:
    """Where questions are asked as well as where hosts are shown; the folder that was looked at is known."""
    seen = {"weights-state": "folder\n", "weights-files": "10 config.json\n90 one.safetensors\n", "uname": "Linux\n"}
    sections = {name: Section(text) for name, text in seen.items()}
    recording.write(tmp_path, [Captured("10.0.0.1", sections)], "/models/a")
    for path, kind in (("/models/a", None), ("/models/b", "not_recorded")):
        (asked,) = World(tmp_path).look(["10.0.0.1"], path)
        assert asked.weights is not None
        assert asked.weights.path == path
        assert (asked.weights.fault.kind if asked.weights.fault else None) == kind


@pytest.mark.parametrize(("name", "expected"), BUNDLED.items())
def test_bundled_machines_are_what_their_names_say(
    name: str, expected: tuple[Series | None, int, int, str | None]
) -> None:
    """Series, devices, free devices, fault."""
    captures, _ = recording.read(Path(name))
    for captured in captures:
        host = read.host(captured)
        kind = host.fault.kind if host.fault else None
        assert (host.series, len(host.devices), len(host.free_devices), kind) == expected
        assert host.is_recorded
    assert name in recording.bundled()
    assert set(BUNDLED) == set(recording.bundled())


def test_the_sick_die_and_the_unseen_owner_are_named() -> None:
    """What the tables do not say in one place is told as a note."""
    sick = read.host(recording.read(Path("a3-sick-die"))[0][0])
    assert any("80E01801" in note for note in sick.notes)
    assert [port.device for port in sick.roce or () if port.link == "DOWN"] == [11]
    busy = read.host(recording.read(Path("a2-busy"))[0][0])
    assert any("NPU 5 is held by a process that cannot be seen" in note for note in busy.notes)


def test_recorded_hosts_are_found_by_address_or_dealt_out() -> None:
    """A rehearsal may use any addresses; a mistyped one of several is an error."""
    pair, _ = recording.read(Path("a3-pair"))
    assert [host.address for host in recording.chosen(pair, ["192.0.2.12"])] == ["192.0.2.12"]
    dealt = recording.chosen(pair, ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
    assert [host.address for host in dealt] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert dealt[0].sections == dealt[2].sections == pair[0].sections
    with pytest.raises(UsageError, match=r"10\.0\.0\.1"):
        recording.chosen(pair, ["192.0.2.12", "10.0.0.1"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no recorded machine"),
        ("{", "broken"),
        ("[]", "broken"),
        ('{"format": 1}', "broken"),
        ('{"format": 99, "hosts": []}', "format 99"),
        ('{"format": 1, "hosts": [{"address": "a", "folder": "../.."}]}', "outside"),
        ('{"format": 1, "hosts": [{"address": "a", "folder": "b", "fault": {"x": 1}}]}', "broken"),
    ],
)
def test_broken_recordings_are_usage_errors(tmp_path: Path, text: str | None, said: str) -> None:
    """Never a traceback."""
    if text is not None:
        (tmp_path / "machine.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        recording.read(tmp_path)


@pytest.mark.parametrize("flag", ["--machine", "--record"])
def test_a_folder_without_a_name_is_a_usage_error(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A variable of the shell that was empty: nothing is asked, nothing is believed to be recorded."""
    assert cli.main(["--detect", flag, ""]) == 2
    assert "names no folder" in capsys.readouterr().err


PLANTED = """
case "$*" in
  info) exec cat "{table}" ;;
  "info -l") printf 'Total Count : 1\\nNPU ID : 0\\n\\tSerial Number : PLANTED1\\n\\tSN : PLANTED2\\n' ;;
  *board*) printf '\\tVDie ID : PLANTED3 4\\n\\tElabel Serial Number: PLANTED5\\n\\tMAC : fa:16:3e:00:11:22\\n' ;;
  *) printf 'token=PLANTED6\\n'; exit 1 ;;
esac"""


def test_what_was_planted_is_in_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Serial numbers and keys, from the tool and from the environment: in no file, and in nothing that is printed."""
    (tmp_path / "table.txt").write_text(table(a2(count=1)), encoding="utf-8")
    install(tmp_path / "tools", PLANTED.replace("{table}", str(tmp_path / "table.txt")))
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    for name in ("HF_TOKEN", "OPENAI_API_KEY", "SGLANG_API_KEY"):
        monkeypatch.setenv(name, "PLANTED7")
    monkeypatch.setenv("http_proxy", "http://PLANTED8@proxy:3128")
    assert cli.main(["--detect", "--json", "--record", str(tmp_path / "kept")]) == 0
    said = capsys.readouterr()
    kept = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "kept").rglob("*.*"))
    assert "******" in kept
    assert "910B3" in kept
    for text in (kept, said.out, said.err):
        assert "PLANTED" not in text
        assert "fa:16:3e" not in text


def test_a_folder_with_other_things_is_not_written_into(tmp_path: Path) -> None:
    """A mistyped `--record ~` does no harm."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="something else"):
        recording.write(tmp_path, [], None)
    with pytest.raises(UsageError, match="is a file"):
        recording.write(tmp_path / "thesis.txt", [], None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\tSerial Number                  : 1023456789\n", "\tSerial Number                  : ******\n"),
        ("\tVDie ID    : 42C711D4 20B03704\n", "\tVDie ID    : ******\n"),
        ("Serial Number : NA\n", "Serial Number : NA\n"),
        ("    Elabel Serial Number: 21AB\nSN : 7Z\n", "    Elabel Serial Number: ******\nSN : ******\n"),
        ("https://me:pass@host/x", "https://******@host/x"),
        ("API_KEY=abc123 next", "API_KEY=****** next"),
        ("link/ether fa:16:3e:00:11:22 brd", "link/ether ****** brd"),
        ("| 0 | 0000:C1:00.0 |", "| 0 | 0000:C1:00.0 |"),
    ],
)
def test_secrets_and_serial_numbers_are_masked(text: str, kept: str) -> None:
    """And nothing that a reader needs."""
    assert masked(text) == kept


@given(st.text(), st.text(alphabet="@m<!=\n 0ab", max_size=60))
def test_any_stream_is_taken_apart(text: str, more: str) -> None:
    """A stream that broke off, or never was one, yields what it had."""
    for stream in (text, more, f"\n@@m< a\n{text}@@m= 0\n", f"@@m< a\n{more}"):
        assert all(isinstance(section, Section) for section in split(stream, "@@m").values())


@given(st.dictionaries(st.sampled_from(["npu-smi-info", "pci", "system", "hccn-0", "images", "weights-config",
       "weights-state", "docker-info", "addresses", "weights-files", "memory", "npu-smi-board", "torch-npu"]),
       st.builds(Section, st.text(), st.text(), st.sampled_from([0, 1, 124, None]))))  # fmt: skip
def test_any_sections_make_a_host(sections: dict[str, Section]) -> None:
    """Whatever commands print, there is a host and a document."""
    host = read.host(Captured("h", sections), "/models")
    assert json.dumps(report.as_json([host]))


def test_every_export_made_from_a_recorded_machine_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Script, document, plan and each file of a folder; the line that makes it again names the machine."""
    words = ["--preset", "a3-single", "--machine", "a3-idle"]
    for form in ([], ["json"]):
        assert cli.main([*words, "--export", *form]) == 0
        text = capsys.readouterr().out
        assert ('"recorded": true' if form else "# RECORDED: ") in text
        assert " ".join(words) in text or '"--machine",\n    "a3-idle"' in text
    assert cli.main([*words, "--plan", "--no-color"]) == 0
    assert "RECORDED" in capsys.readouterr().out
    assert cli.main([*words, "--export", "--output", f"{tmp_path}/out/"]) == 0
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert set(files) == {"launch.sh", "selection.toml", "verify.sh", "bench.sh", "RUNBOOK.md"}
    assert all("RECORDED" in text for text in files.values())
    assert cli.main(["--config", f"{tmp_path}/out/selection.toml", "--export"]) == 0
    assert "RECORDED" not in capsys.readouterr().out, "what is planned anew without the recording is not of it"


def test_inside_a_container_the_plain_processes_are_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Detect says what cannot be seen from there; nobody who asks for the image is overruled."""
    assert cli.main(["--detect", "--machine", "container-without-tools", "--no-color"]) == 3
    text = capsys.readouterr().out
    assert "in a container (docker)" in text
    assert "processes of other containers cannot be seen from here" in text
    words = ["--preset", "a3-single", "--machine", "container-without-tools", "--export", "--force"]
    assert cli.main(words) == 0
    plain = capsys.readouterr()
    assert "runtime = host" in plain.out
    assert "docker run" not in plain.out
    assert "container_engine" not in plain.out
    assert "inside of a container" in plain.err
    assert cli.main([*words, "--runtime", "container"]) == 0
    assert "runtime = container" in capsys.readouterr().out
    assert cli.main(["--preset", "a3-single", "--machine", "a3-idle", "--export"]) == 0
    assert "runtime = container" in capsys.readouterr().out
