"""Logs on other hosts and of containers: every line once, whatever happens to the file or the connection."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.test_watch import MOVES, append, texts
from tests.sshd import SshHosts
from tests.waiting import wait_for
from wizard.monitor import afar, remote, wire
from wizard.monitor.remote import ContainerFollower, RemoteFileFollower
from wizard.monitor.source import Source
from wizard.monitor.tail import Follower
from wizard.monitor.watch import Watched
from wizard.reach import LocalShell

SCRIPT = Path(wire.__file__).with_name("follow.sh")


class Reader:
    """Collects the lines of a follower."""

    def __init__(self, follower: Follower) -> None:
        self.follower, self.data = follower, b""

    def has(self, *lines: str) -> bool:
        """Whether exactly these lines came so far."""
        self.data += b"".join(chunk.data for chunk in self.follower.read(1 << 20))
        return self.data.decode().split("\n")[:-1] == list(lines)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "a 'log' $x.log"


@pytest.fixture
def reader(log: Path) -> Iterator[Reader]:
    """The script that runs on hosts, run here."""
    reader = Reader(RemoteFileFollower(LocalShell(), str(log)))
    yield reader
    reader.follower.close()


@pytest.mark.parametrize("move", MOVES)
def test_the_script_follows_a_file_through_every_move(log: Path, reader: Reader, move: Callable[[Path], None]) -> None:
    """The file comes later, grows without a line feed, and is moved away twice."""
    wait_for(lambda: reader.has() and reader.follower.state == "waiting for the file")
    log.write_text("first\nha")
    wait_for(lambda: reader.has("first") and reader.data.endswith(b"ha"))
    append(log, "lf\n")
    wait_for(lambda: reader.has("first", "half"))
    move(log)
    append(log, "third\n")
    wait_for(lambda: reader.has("first", "half", "third"))
    move(log)
    append(log, "4\n")
    wait_for(lambda: reader.has("first", "half", "third", "4"))


def test_a_script_that_is_cut_off_is_taken_up_where_it_was(
    log: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thrice in the middle of a flood: every line once."""
    monkeypatch.setattr(wire, "AGAIN_S", 0.0)
    lines = [f"line {number} " + "x" * 90 for number in range(30_000)]
    log.write_text("\n".join(lines) + "\n")

    def running() -> Any:
        return reader.follower._wire._stream  # type: ignore[attr-defined]

    for turn in (1, 2, 3):
        size = turn * 500_000
        wait_for(lambda size=size: (reader.has(), len(reader.data) > size and running() is not None)[1])  # type: ignore[misc]
        running()._process.kill()
    wait_for(lambda: reader.has(*lines))


@pytest.fixture
def long_watched(log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A log of which only the end came over, as if it were long."""
    monkeypatch.setattr(remote, "_WHOLE_BYTES", 1000)
    monkeypatch.setattr(remote, "_LAST_BYTES", 2000)
    log.write_text("".join(f"line {number} of (many)\n" for number in range(1000)))
    watched = Watched(Source("x", str(log)), RemoteFileFollower(LocalShell(), str(log)))
    wait_for(lambda: (watched.poll(), len(watched.lines) > 10)[1])
    yield watched
    watched.close()


PATTERNS = [
    rb"line 5 ",
    rb"ine [79]77|LINE 3\b",
    rb"(?i)LINE 3\d? O",
    rb"\d{3} of \(many\)$",
    rb"[13]7 .",
    b"",
    b"never",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_long_log_on_a_host_is_searched_whole(long_watched: Watched, pattern: bytes) -> None:
    """Wherever the host can look for plain text, and where it cannot; every hit under its number."""
    first = int(texts(long_watched)[0].split()[1])
    assert 800 < first < 1000
    wanted = re.compile(pattern)
    found = {one.number + first: one.raw for one in long_watched.search(wanted, lambda: False)}
    lines = (f"line {number} of (many)".encode() for number in range(1000))
    assert found == {number: line for number, line in enumerate(lines) if wanted.search(line)}


def test_a_host_whose_grep_knows_less_sends_the_file(long_watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on hosts with the smallest tools."""
    monkeypatch.setattr(afar, "_looked_for", lambda *_: 'echo "@grep 2"')
    assert len(list(long_watched.search(re.compile(b"line 5 "), lambda: False))) == 1


def test_a_long_log_on_a_host_is_read_back_to_its_first_line(long_watched: Watched) -> None:
    """By ranges, a page at a time."""
    place, seen = long_watched.lines.first, texts(long_watched)
    while page := long_watched.older(300, place):
        seen = [line.decode() for line in page] + seen
        place -= len(page)
    assert seen == [f"line {number} of (many)" for number in range(1000)]


def test_the_script_is_plain_posix_shell() -> None:
    """As shellcheck sees it."""
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("needs shellcheck")
    done = subprocess.run([program, "-s", "sh", str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_a_containers_output_is_taken_up_by_its_time_stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime gives the last second again; what came already is left out, and so are the stamps."""
    monkeypatch.setattr(wire, "AGAIN_S", 0.0)
    tool = tmp_path / "docker"
    tool.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        '*--since*) echo "2026-01-01T00:00:02.0Z two"; echo "2026-01-01T00:00:03.0Z three"; sleep 60;;\n'
        '*) echo "2026-01-01T00:00:01.0Z one"; echo "2026-01-01T00:00:02.0Z two";;\n'
        "esac\n"
    )
    tool.chmod(0o755)
    shell = LocalShell(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    reader = Reader(ContainerFollower(shell, "glm"))
    wait_for(lambda: reader.has("one", "two", "three"))
    reader.follower.close()


def test_a_container_that_is_not_there_is_said(tmp_path: Path) -> None:
    """In the runtime's words."""
    tool = tmp_path / "docker"
    tool.write_text('#!/bin/sh\necho "Error response from daemon: No such container: glm" >&2\nexit 1\n')
    tool.chmod(0o755)
    reader = Reader(ContainerFollower(LocalShell(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"}), "glm"))
    wait_for(lambda: reader.has() and "No such container" in reader.follower.state)
    reader.follower.close()


def test_the_runtime_that_knows_the_container_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's command may be there without its service; a container that has ended is not followed by turns."""
    monkeypatch.setattr(wire, "AGAIN_S", 0.0)
    (tmp_path / "docker").write_text('#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n')
    (tmp_path / "podman").write_text('#!/bin/sh\n[ "$1" = logs ] && echo "2026-01-01T00:00:01.0Z bye"\nexit 0\n')
    for name in ("docker", "podman"):
        (tmp_path / name).chmod(0o755)
    reader = Reader(ContainerFollower(LocalShell(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"}), "glm"))
    follower = reader.follower
    assert isinstance(follower, ContainerFollower)
    wait_for(lambda: reader.has("bye") and follower.state == "the container does not run")
    connections, states = follower._wire.connections, []

    def is_tried_again() -> bool:
        reader.has("bye")
        states.append(follower.state)
        return follower._wire.connections > connections + 2

    wait_for(is_tried_again)
    assert set(states) == {"the container does not run"}
    reader.follower.close()


@pytest.mark.ssh
@pytest.mark.parametrize("move", MOVES)
def test_a_log_on_another_host_is_followed_through_moves_and_cuts(
    ssh_hosts: SshHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path], None]
) -> None:
    """Over a real sshd, whose connection is killed in between: the state says so. The file appears later."""
    monkeypatch.setenv("PATH", ssh_hosts.path)
    monkeypatch.setattr(wire, "AGAIN_S", 0.5)
    ssh_hosts.start("127.0.0.11", tmp_path)
    path = tmp_path / "there.log"
    watched = Watched(Source("x", str(path), "127.0.0.11"))
    try:
        wait_for(lambda: (watched.poll(), watched.state == "waiting for the file")[1])
        path.write_text("a\n")
        wait_for(lambda: (watched.poll(), texts(watched) == ["a"])[1])
        append(path, "b\n")
        wait_for(lambda: (watched.poll(), texts(watched) == ["a", "b"])[1])
        ssh_hosts.cut("127.0.0.11")
        wait_for(lambda: (watched.poll(), watched.state.startswith("connection lost: again in"))[1])
        append(path, "c\nhalf")
        wait_for(lambda: (watched.poll(), texts(watched) == ["a", "b", "c", "half"])[1])
        append(path, " whole\n")
        wait_for(lambda: (watched.poll(), texts(watched)[-1] == "half whole")[1])
        move(path)
        append(path, "d\n")
        wait_for(lambda: (watched.poll(), texts(watched) == ["a", "b", "c", "half whole", "d"])[1])
        assert watched.reading.lines == 5
        assert watched.older(1, watched.lines.end)[0] == b"d"
    finally:
        watched.close()


@pytest.mark.ssh
def test_a_long_log_on_another_host_is_searched_whole_and_read_back(
    ssh_hosts: SshHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million lines over a real sshd, of which only the end came over; also while the connection is cut."""
    monkeypatch.setenv("PATH", ssh_hosts.path)
    monkeypatch.setattr(wire, "AGAIN_S", 0.5)
    ssh_hosts.start("127.0.0.11", tmp_path)
    path = tmp_path / "long 'log' $x.log"
    lines = 1_000_000
    with path.open("w") as file:
        file.writelines(f"line {number} of (many) $HOME `id` \x1b[31m\n" for number in range(lines))
    watched = Watched(Source("x", str(path), "127.0.0.11"))
    try:
        wait_for(lambda: (watched.poll(), len(watched.lines) > 10)[1])
        first = int(texts(watched)[0].split()[1])
        assert 0 < first < lines

        def numbers(pattern: bytes) -> list[int]:
            found = list(watched.search(re.compile(pattern), lambda: False))
            assert all(f"line {one.number + first} ".encode() in one.raw for one in found)
            return [one.number + first for one in found]

        assert numbers(rb"line 5 ") == [5]
        assert numbers(rb"(?i)LINE 99999\d? .*MANY") == [99999, *range(999990, lines)]
        assert numbers(rb"line (\d)\1{4} ") == [int(f"{digit}" * 5) for digit in range(1, 10)]
        assert numbers(rb"never; touch /tmp/x") == []
        ssh_hosts.cut("127.0.0.11")
        assert numbers(rb"line 77 ") == [77]
        assert watched.older(2, watched.lines.first)[-1].startswith(f"line {first - 1} ".encode())
    finally:
        watched.close()
