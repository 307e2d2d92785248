"""The monitor on a real terminal: what it writes there, and how it is left."""

import base64
import itertools
import os
import re
import signal
import sys
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from tests.terminals import OnPty, on_terminal
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


def monitoring(tmp_path: Path, *words: str, is_its_own: bool = True) -> AbstractContextManager[OnPty]:
    """``glm-wizard --monitor`` with its talk in a file."""
    command = [sys.executable, "-m", "wizard.cli", "--monitor", *words]
    return on_terminal(command, talk=tmp_path / "talk", is_its_own=is_its_own)


def talk(tmp_path: Path) -> str:
    """What it said beside the screen."""
    return (tmp_path / "talk").read_text()


@pytest.mark.parametrize("way", ["\x03", "q"])
def test_copying_reaches_the_terminal_and_leaving_stops_nothing(tmp_path: Path, way: str) -> None:
    """OSC 52 with the line; Ctrl-C ends in 4 and q in 0; the screen is on stdout, talk on stderr."""
    log = tmp_path / "server.log"
    log.write_text("first\n[2026-01-07 07:00:00] the newest line\n")
    with monitoring(tmp_path, str(log)) as seen:
        seen.until(b"the newest line")
        seen.press("y")
        seen.until(b"\x1b]52;c;")
        seen.until(base64.b64encode(b"[2026-01-07 07:00:00] the newest line"))
        seen.press(way)
        assert seen.ended() == (4 if way == "\x03" else 0)
        assert talk(tmp_path) == "not watching any more; nothing was stopped\n"


def test_no_bytes_of_a_log_reach_the_terminal_as_codes(tmp_path: Path) -> None:
    """Whatever they are."""
    log = tmp_path / "hostile.log"
    log.write_bytes(b"\x1b]0;owned\x07\x1b[2J\x1b]52;c;aGk=\x07\x9b2J [/close] [red]\n\x00\xff\xfe end of it\n")
    with monitoring(tmp_path, str(log)) as seen:
        seen.until(b"end of it")
        assert b"\x1b]0;owned" not in seen.seen
        assert b"\x1b]52;c;aGk=" not in seen.seen
        assert b"\x9b2J" not in seen.seen
        assert re.search(rb"\[/close\] \[red\]", seen.seen)
        seen.process.send_signal(signal.SIGTERM)
        assert seen.ended() == 4, "as on Ctrl-C"
        assert talk(tmp_path) == "not watching any more; nothing was stopped\n"


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
def test_it_ends_with_its_terminal_and_takes_ssh_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    """Whether or not the system tells it; also an ssh that heeds no signal but the last."""
    log, pid, ssh = tmp_path / "server.log", tmp_path / "pid", tmp_path / "bin" / "ssh"
    log.write_text("the newest line\n")
    ssh.parent.mkdir()
    ssh.write_text(f"#!/bin/sh\ntrap '' HUP INT TERM\necho $$ >{pid}\nwhile :; do read -r line || sleep 0.1; done\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}{os.pathsep}{os.environ['PATH']}")
    with monitoring(tmp_path, str(log), "far-node:/var/log/far.log", is_its_own=is_told) as seen:
        seen.until(b"the newest line")
        wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"))
        seen.hang_up()
        assert seen.process.wait(30) == 4, "as on Ctrl-C"
        assert talk(tmp_path) == "not watching any more; nothing was stopped\n"
        wait_for(lambda: not Path(f"/proc/{int(pid.read_text())}").exists())


def test_escape_is_told_from_other_keys(tmp_path: Path) -> None:
    """The same byte begins an arrow key, which moves; alone it leaves a question, and `q` is a key again."""
    log = tmp_path / "server.log"
    log.write_text("".join(f"line {n}\n" for n in range(99)))
    with monitoring(tmp_path, str(log)) as seen:
        seen.until(b"line 98")
        seen.press("\x1b[A")
        seen.until(b"paused, 0 below")
        seen.press("/")
        seen.until(b"search /")
        seen.press("qq")
        seen.until(b"qq")
        ways = itertools.cycle(("\x1b", "q"))

        def has_left() -> bool:
            with suppress(OSError):  # the other side is closed
                seen.press(next(ways))
            seen.read(0.3)
            return seen.process.poll() is not None

        wait_for(has_left)
        assert seen.ended() == 0
