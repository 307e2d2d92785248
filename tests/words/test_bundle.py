"""The bundle for whoever helps: everything that matters, and nothing that was planted."""

import io
import json
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard import cli, presets, selection_file
from wizard.launch import events, marks, runs
from wizard.launch.marks import Mark
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run, RunEvent, RunProcess
from wizard.session import started
from wizard.words import bundle
from wizard.words.redaction import SECRET, Redaction

PLANTED = (
    "sk-planted0123456789", "hf_planted0123456789", "planted-bearer-0123", "plantedpassword", "87654321",
    "quoted planted",
    "plantedenvvalue", "planteduser", "otheruser", "plantedhost", "10.77.66.55", "10.77.66.56", "fd00:77::55",
    "aa:bb:cc:77:66:55", "mail.planted.example",
)  # fmt: skip
DECODE = (
    "[2026-01-07 06:59:59] server_args=ServerArgs(model_path='/home/planteduser/glm', mem_fraction_static=0.8, "
    "api_key='sk-planted0123456789', admin_api_key=None, hf_token=\"hf_planted0123456789\", max_total_tokens=4096)\n"
    "Authorization: Bearer planted-bearer-0123\n"
    "http://otheruser:plantedpassword@10.77.66.55:30000/v1 --api-key 87654321 connect to tcp://plantedhost:5000\n"
    '{"text": "password=\\"quoted planted\\""} someone@mail.planted.example fd00:77::55 aa:bb:cc:77:66:55\n'
    "value plantedenvvalue on plantedhost by planteduser, peer 10.77.66.56, driver_version: 25.5.0.1\n"
    "[2026-01-07 07:00:00 TP0] Capture npu graph begin. avail mem=1.80 GB\n"
    "RuntimeError: NPU out of memory. Tried to allocate 2.00 GiB (NPU 0; 60.96 GiB total capacity)\n"
)
PREFILL = "[2026-01-07 07:00:01] peer 10.77.66.55 and 10.77.66.56 at /home/planteduser/x, 127.0.0.1, 0.0.0.0\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run full of what must not be seen."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PLANTED_API_KEY", "plantedenvvalue")
    monkeypatch.setenv("USER", "planteduser")
    monkeypatch.setattr(bundle.command, "asked", lambda _: ())
    monkeypatch.setattr(bundle.socket, "gethostname", lambda: "plantedhost")
    begun = started(presets.preset("a3-pd").selection)
    edits = (Edit(EditKind.HOSTS, "10.77.66.55,10.77.66.56"), Edit(EditKind.MODEL_PATH, "/home/planteduser/glm"))
    for name, text in (("decode-0", DECODE), ("prefill-0", PREFILL)):
        (tmp_path / f"{name}.log").write_text(text)
    made = runs.create(
        Run(
            name="r1", created="2026-01-07T07:00:00+00:00", plan="x",
            selection=selection_file.dumps(begun.edited(edits).selection), endpoint="http://10.77.66.55:6688",
            processes=(
                *(RunProcess(name=name, role=name[:-2], log=str(tmp_path / f"{name}.log"), bind="10.77.66.55")
                  for name in ("decode-0", "prefill-0")),
                RunProcess(name="router", role="router", address="10.77.66.56", ssh="otheruser@plantedhost"),
            ),
        ),
        {},
    )  # fmt: skip
    events.append("r1", RunEvent(1.0, "copy", "script in /home/planteduser/x", host="10.77.66.55"))
    marks.append("r1", Mark("decode-0", "", "value plantedenvvalue on plantedhost"), is_there=True)
    return made


def unpacked(path: Path) -> dict[str, str]:
    """Every file of a bundle."""
    with tarfile.open(path) as archive:
        return {
            entry.name.removeprefix("bundle/"): archive.extractfile(entry).read().decode()  # type: ignore[union-attr]
            for entry in archive
        }


def test_nothing_that_was_planted_is_in_the_bundle(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In no file, in no name, not in the archive's own headers; and it says what was left out."""
    path = tmp_path / "out.tar.gz"
    assert cli.main(["--bundle", "r1", "--output", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{path}\n"
    assert "Look through it before you send it" in said.err
    assert path.stat().st_mode & 0o777 == 0o600
    import gzip

    raw = gzip.decompress(path.read_bytes())
    assert [one for one in PLANTED if one.encode() in raw] == []
    assert b"out.tar" not in path.read_bytes()


def test_what_matters_is_in_it(run: Run, tmp_path: Path) -> None:
    """Selection, plan, hosts, findings, logs, diagnosis, events, marks; logs of several hosts fit together."""
    path = tmp_path / "out.tar.gz"
    assert cli.main(["--bundle", "r1", "--output", str(path)]) == 0
    files = unpacked(path)
    assert files.keys() == {
        "README.txt", "detect.json", "diagnosis.json", "events.jsonl", "findings.json", "marks.jsonl", "plan.json",
        "run.json", "selection.toml", "logs/decode-0.log", "logs/prefill-0.log", "logs/router.log",
    }  # fmt: skip
    assert json.loads(files["diagnosis.json"])["files"][0]["diagnosis"] == "npu_oom"
    assert json.loads(files["plan.json"])
    assert selection_file.loads(files["selection.toml"]).preset == "a3-pd"
    address = files["logs/prefill-0.log"].split("peer ")[1].split()[0]
    assert address.startswith("192.0.2.")
    assert f"http://{SECRET}@{address}:30000" in files["logs/decode-0.log"]
    assert f"http://{address}:6688" in files["run.json"]
    assert "127.0.0.1, 0.0.0.0" in files["logs/prefill-0.log"]
    for kept in ("mem_fraction_static=0.8", "max_total_tokens=4096", "admin_api_key=None", "driver_version: 25.5.0.1",
                 "[2026-01-07 07:00:00 TP0] Capture npu graph begin. avail mem=1.80 GB"):  # fmt: skip
        assert kept in files["logs/decode-0.log"]
    assert "not started" in files["logs/router.log"]


def test_files_alone_are_bundled_with_their_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long log keeps its beginning, which says how it was started, and its end."""
    monkeypatch.setattr(bundle.command, "asked", lambda _: ())
    monkeypatch.setattr(bundle, "_FIRST_BYTES", 40)
    monkeypatch.setattr(bundle, "_LAST_BYTES", 30)
    log = tmp_path / "server.log"
    log.write_text("begin\n" + "x" * 1000 + "\nend\n")
    path = tmp_path / "out.tar.gz"
    assert cli.main(["--bundle", str(log), "--output", str(path)]) == 0
    text = unpacked(path)["logs/server.log"]
    assert text.startswith("begin")
    assert text.endswith("end\n")
    assert "(941 bytes are left out here)" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--bundle", "x.log"], "needs a file to write to"), (["--bundle", "x.log", "--output", "."], "is a folder"),
        (["--bundle", "none.log", "--output", "b.tar.gz"], "cannot be read"),
        (["--bundle", "nothing", "--output", "b.tar.gz"], "there is no run"),
        (["--bundle", "-", "--output", "b.tar.gz"], "piped in cannot be bundled"),
        (["--bundle", "x.log", "--output", "there.tar.gz"], "is there already"),
        (["--bundle", "x.log", "--output", "no/such/b.tar.gz"], "cannot be written"),
    ],
)  # fmt: skip
def test_what_cannot_be_bundled_is_said(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is written or replaced."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bundle.command, "asked", lambda _: ())
    (tmp_path / "x.log").write_text("x\n")
    (tmp_path / "there.tar.gz").write_text("mine")
    assert cli.main(words) == 2
    assert says in capsys.readouterr().err
    assert (tmp_path / "there.tar.gz").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.tar.gz", "x.log"]


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_an_address_is_replaced_by_the_same_everywhere_and_two_by_two(one: object, two: object) -> None:
    """Whatever stands around it."""
    redaction = Redaction()
    first, second = redaction.text(f"{one}"), redaction.text(f"{two}")
    assert (first == second) == (one == two)
    assert redaction.text(f"tcp://{one}:5000 [{two}] '{one}'") == f"tcp://{first}:5000 [{second}] '{first}'"
    assert redaction.text(redaction.text(f"{one} {two}")) == redaction.text(f"{one} {two}")


@given(st.text())
def test_any_text_goes_through(text: str) -> None:
    """And a known secret is in none that comes out."""
    made = Redaction(users=["alice"], secrets=["correct horse"]).text(f"{text}correct horse{text}")
    assert "correct horse" not in made


def test_names_of_options_are_no_tokens() -> None:
    """Whoever helps needs them; what they hold is another matter."""
    text = "hf_chat_template_name=None, 'hf_overrides_path': None, tokenizer_path=None, max_total_tokens=4096"
    assert Redaction().text(text) == text
    assert Redaction().text("login with hf_AbCdEfGhIjKl: done") == f"login with {SECRET}: done"


@pytest.mark.parametrize("piece", ["x", ".", "a.", "aGVsbG8rL3dvcmxk", "ab:", "a@"])
def test_a_word_of_any_length_takes_no_longer_than_many_short_ones(piece: str) -> None:
    """Such as a picture in a request: were a megabyte gone through from each of its letters, it took an hour."""
    text = piece * (40_000 // len(piece))
    began = time.process_time()
    Redaction().text(text)
    assert time.process_time() - began < 2


def test_the_archive_can_be_read_by_anybody(run: Run, tmp_path: Path) -> None:
    """No name of a user or group of this machine stands in its headers, and two of the same are equal."""
    made = []
    for name in ("one.tar.gz", "two.tar.gz"):
        assert cli.main(["--bundle", "r1", "--output", str(tmp_path / name)]) == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    with tarfile.open(fileobj=io.BytesIO(made[0])) as archive:
        assert {(entry.uid, entry.uname, entry.gname, entry.mtime) for entry in archive} == {(0, "", "", 0)}
