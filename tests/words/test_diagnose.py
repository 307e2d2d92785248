"""``--diagnose``: the shape of its JSON, the text for people, and its exit codes."""

import argparse
import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from wizard.invocation import Invocation
from wizard.words import diagnose

HEALTHY = (
    "[2026-03-04 05:06:07 TP0] Decode batch, #running-req: 3, #token: 9, token usage: 0.25, npu graph: True, "
    "gen throughput (token/s): 12.50, #queue-req: 1\n"
)
BROKEN = "hello\nRuntimeError: NPU out of memory. Tried to allocate [red]\x1b]0;owned\x07 2.00 GiB\n"
FULL = "[2026-03-04 05:06:07 TP0] KV cache pool is full. Retract requests. #retracted_reqs: 3\n"
KEYS = {"path", "role", "ready", "ready_line", "phases", "diagnosis", "root_line", "remedy", "last"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Logs of several kinds."""
    (tmp_path / "healthy.log").write_text(HEALTHY)
    (tmp_path / "broken.log").write_text(BROKEN)
    (tmp_path / "full.log").write_text(FULL)
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "strange.log").write_text("Nov 26 host kernel: eth0 is up\n\x00\xff no log of a server\n")
    at = "[2026-03-04 05:06:07] "
    (tmp_path / "loading.log").write_text(
        f"{at}server_args=ServerArgs(port=1)\n{at}Load weight begin. avail mem=60 GB\n"
    )
    ready, stopped = "The server is fired up and ready to roll!", "SIGTERM received. signum=15"
    (tmp_path / "stopped.log").write_text(f"{at}a\n{at}Load weight begin.\n{at}{ready}\n{at}{stopped}\nKilled\n")
    return tmp_path


def run(folder: Path, *names: str, as_json: bool = False) -> int:
    """The word on files of the folder."""
    options = argparse.Namespace(diagnose=[str(folder / name) for name in names], json=as_json)
    return int(diagnose.run(Invocation(options)))


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """The JSON document on stdout."""
    return json.loads(capsys.readouterr().out)


def test_json_has_the_documented_shape(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every documented key is there for every file, and what is unknown is null."""
    assert run(folder, "healthy.log", "broken.log", "empty.log", as_json=True) == 1
    files = printed(capsys)["files"]
    assert all(file.keys() >= KEYS for file in files)
    healthy, broken, empty = files
    assert healthy["last"] == {
        "throughput_tok_s": 12.5, "running_req": 3, "queue_req": 1, "token_usage": 0.25, "accept_len": None,
    }  # fmt: skip
    assert (healthy["role"], healthy["ready"], healthy["diagnosis"], healthy["remedy"]) == ("single", True, None, None)
    assert (broken["diagnosis"], broken["root_line"]) == ("npu_oom", 2)
    assert broken["remedy"]["text"]
    assert (empty["role"], empty["ready"], empty["phases"], empty["diagnosis"]) == (None, False, [], None)
    assert set(empty["last"].values()) == {None}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("healthy.log",), 0),
        (("full.log",), 0),
        (("empty.log",), 0),
        (("healthy.log", "broken.log"), 1),
        (("absent.log",), 2),
        (("broken.log", "absent.log"), 2),
        ((".",), 2),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_exit_codes(folder: Path, names: tuple[str, ...], code: int, as_json: bool) -> None:
    """A failure found is 1, a file that cannot be read is 2, a warning is 0."""
    assert run(folder, *names, as_json=as_json) == code


def test_an_unreadable_file_does_not_hide_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are reported, and stderr says which one could not be read and what to do."""
    run(folder, "absent.log", "broken.log", as_json=True)
    out, err = capsys.readouterr()
    document = json.loads(out)
    absent, broken = document["files"]
    assert (absent["ready"], absent["diagnosis"], broken["diagnosis"]) == (None, None, "npu_oom")
    assert absent["error"] == "no such file or directory"
    assert "absent.log" in err
    assert "hint: " in err
    assert document["verdict"] == "1 error, 0 warnings, 1 could not be checked"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("10.0.0.9:/var/log/router.log", "`ssh 10.0.0.9 cat /var/log/router.log | glm-wizard --diagnose -`"),
        ("h:container:glm", "`ssh h docker logs glm 2>&1 | glm-wizard --diagnose -`; `--monitor h:container:glm`"),
        ("container:glm", "`docker logs glm 2>&1 | glm-wizard --diagnose -`"),
        ("a3-pd-1126", "`--monitor RUN` tells of a run"),
        ("h:/$(reboot).log", "name log files that exist"),
    ],
)
def test_a_log_that_is_elsewhere_is_led_to(name: str, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--monitor` takes such names, so they are tried here as well; nothing is handed on that a shell would run."""
    assert diagnose.run(Invocation(argparse.Namespace(diagnose=[name], json=False))) == 2
    assert part in capsys.readouterr().err


def test_people_read_the_line_its_meaning_and_what_to_change(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing of a log acts on the terminal."""
    run(folder, "healthy.log", "broken.log")
    out = capsys.readouterr().out
    assert "12.50 token/s, 3 running, 1 queued, KV usage 0.25" in out
    assert "line 2     RuntimeError: NPU out of memory. Tried to allocate [red] 2.00 GiB" in out
    assert "lower --mem-fraction-static" in out
    assert "\x1b" not in out
    assert out.endswith("\n\n1 error, 0 warnings, 0 could not be checked\n")


@pytest.mark.parametrize(
    ("names", "verdict"),
    [("healthy.log", "ready"), ("empty.log", "nothing wrong, the log is empty"),
     ("loading.log", "nothing wrong, not ready as far as the log goes: it ends in load_weights"),
     ("stopped.log", "nothing wrong, was ready, stopped on line 4"),
     ("healthy.log loading.log", "nothing wrong, 1 of 2 ready"),
     ("healthy.log stopped.log", "nothing wrong, 1 of 2 ready, 1 stopped"),
     ("full.log", "0 errors, 1 warning, 0 could not be checked"),
     ("strange.log", "0 errors, 0 warnings, 1 could not be checked")],
)  # fmt: skip
def test_the_last_line_is_the_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str], names: str, verdict: str
) -> None:
    """Ready, or what was found."""
    run(folder, *names.split())
    assert capsys.readouterr().out.endswith(f"\n\n{verdict}\n")


def test_the_file_with_the_cause_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two failing logs, the one that blames nobody."""
    (folder / "peer.log").write_text("x\nFailed to get kvcache from prefill instance, it might be dead\n")
    run(folder, "peer.log", "broken.log", as_json=True)
    cause = printed(capsys)["cause"]
    assert (Path(cause["path"]).name, cause["line"], cause["diagnosis"]) == ("broken.log", 2, "npu_oom")
    assert [Path(path).name for path in cause["consequences"]] == ["peer.log"]
    run(folder, "peer.log", "broken.log")
    assert "broken.log, line 2: npu_oom" in capsys.readouterr().out


def test_a_dash_reads_what_is_piped_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``docker logs NAME 2>&1 | glm-wizard --diagnose -``."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BROKEN.encode())))
    options = argparse.Namespace(diagnose=["-"], json=True)
    assert int(diagnose.run(Invocation(options))) == 1
    assert printed(capsys)["files"][0]["root_line"] == 2


def test_a_compressed_log_is_read_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What rotation leaves behind; one that is cut off cannot be read, and that is said."""
    data = gzip.compress(BROKEN.encode() * 50)
    (folder / "old.log.gz").write_bytes(data)
    (folder / "cut.log.gz").write_bytes(data[:-9])
    assert run(folder, "old.log.gz", as_json=True) == 1
    assert printed(capsys)["files"][0]["root_line"] == 2
    assert run(folder, "cut.log.gz") == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_log_that_powershell_wrote_is_read_as_it_is(
    encoding: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redirected on a Windows machine, with the mark of its encoding in front and its line ends."""
    text = (folder / "broken.log").read_text(encoding="utf-8").replace("\n", "\r\n")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (folder / "windows.log").write_bytes((mark + text).encode(encoding))
    assert run(folder, "windows.log", "broken.log", as_json=True) == 1
    windows, plain = printed(capsys)["files"]
    assert windows["root_text"].rstrip() == plain["root_text"]
    assert {**windows, "path": "", "root_text": ""} == {**plain, "path": "", "root_text": ""}


def test_a_pipe_without_a_writer_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be waited for for ever; so would a device that never ends."""
    monkeypatch.setattr(diagnose, "_WRITER_S", 0.01)
    os.mkfifo(folder / "pipe")
    assert run(folder, "pipe") == 2
    assert "pipe` cannot be read: a pipe that nobody writes to" in capsys.readouterr().err
    assert run(folder, "/dev/zero") == 2
    assert "`/dev/zero` cannot be read: not a file" in capsys.readouterr().err


@pytest.mark.parametrize("is_late", [False, True])
def test_a_pipe_is_read_to_its_end(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    """Whether its writer has begun, or is only there: then it is said what is waited for."""
    monkeypatch.setattr(diagnose, "_WRITER_S", 0.0)
    pipe, notes = folder / "pipe", []
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # so that the writer need not wait
    with pipe.open("wb") as writer:

        def write(note: str = "") -> None:
            notes.append(note)
            writer.write(BROKEN.encode())
            writer.close()

        if is_late:
            monkeypatch.setattr(sys, "stderr", argparse.Namespace(write=write))
        else:
            write()
        assert run(folder, "pipe", as_json=True) == 1
    os.close(reading)
    assert printed(capsys)["files"][0]["root_line"] == 2
    assert ("waiting for what is written" in notes[0]) is is_late
