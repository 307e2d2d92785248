"""The monitor on a real terminal: what it writes there, and how it is left."""

import base64
import fcntl
import itertools
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


class OnPty:
    """A program on a pseudo terminal of 80x24."""

    def __init__(self, handle: int, process: subprocess.Popen[bytes], errors: Path) -> None:
        self.handle, self.process, self.errors, self.seen = handle, process, errors, b""

    def until(self, text: bytes) -> None:
        """Reads until the terminal was sent this."""
        deadline = time.monotonic() + 60
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen[-2000:]
            if select.select([self.handle], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.handle, 65536)
                except OSError:  # the other side is closed
                    assert text in self.seen, self.seen[-2000:]

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self.handle, keys.encode())

    def ended(self) -> int:
        """Its exit code; what it still writes is read meanwhile."""
        deadline = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            with suppress(OSError):  # the other side is closed
                if select.select([self.handle], [], [], 0.1)[0]:
                    os.read(self.handle, 65536)
        return self.process.returncode


@contextmanager
def monitoring(tmp_path: Path, *words: str, is_hung_up: bool = False) -> Iterator[OnPty]:
    """``glm-wizard --monitor`` with its talk in a file; ended when the block ends.

    Args:
        tmp_path: for the file.
        words: what it watches.
        is_hung_up: whether the terminal is the one that the system tells of its end.
    """
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    errors, owning = tmp_path / "errors", ["setsid", "--ctty"] if is_hung_up else []
    with errors.open("wb") as talk:
        process = subprocess.Popen(
            [*owning, sys.executable, "-m", "wizard.cli", "--monitor", *words], stdin=inside, stdout=inside,
            stderr=talk, env={**os.environ, "TERM": "xterm-256color"}, start_new_session=not owning,
        )  # fmt: skip
    os.close(inside)
    try:
        yield OnPty(outside, process, errors)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        with suppress(OSError):  # it was closed already
            os.close(outside)


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
        assert seen.errors.read_text() == "not watching any more; nothing was stopped\n"


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
        assert seen.errors.read_text() == "not watching any more; nothing was stopped\n"


@pytest.mark.parametrize("is_hung_up", [True, False], ids=["told", "not told"])
def test_it_ends_with_its_terminal_and_takes_ssh_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_hung_up: bool
) -> None:
    """Whether or not the system tells it; also an ssh that heeds no signal but the last."""
    log, pid, ssh = tmp_path / "server.log", tmp_path / "pid", tmp_path / "bin" / "ssh"
    log.write_text("the newest line\n")
    ssh.parent.mkdir()
    ssh.write_text(f"#!/bin/sh\ntrap '' HUP INT TERM\necho $$ >{pid}\nwhile :; do read -r line || sleep 0.1; done\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}{os.pathsep}{os.environ['PATH']}")
    with monitoring(tmp_path, str(log), "far-node:/var/log/far.log", is_hung_up=is_hung_up) as seen:
        seen.until(b"the newest line")
        eventually(lambda: pid.exists() and pid.read_text().endswith("\n"))
        os.close(seen.handle)
        assert seen.process.wait(30) == 4, "as on Ctrl-C"
        assert seen.errors.read_text() == "not watching any more; nothing was stopped\n"
        eventually(lambda: not Path(f"/proc/{int(pid.read_text())}").exists())


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
        ways, deadline = itertools.cycle(("\x1b", "q")), time.monotonic() + 60
        while seen.process.poll() is None:
            assert time.monotonic() < deadline
            with suppress(OSError):  # the other side is closed
                seen.press(next(ways))
                if select.select([seen.handle], [], [], 0.3)[0]:
                    os.read(seen.handle, 65536)
        assert seen.ended() == 0


def eventually(holds: Callable[[], bool]) -> None:
    """Waits until it does."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)
