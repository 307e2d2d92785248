"""The shell of another machine, over a real ssh and sshd: shared, cut, closed, refused."""

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.reach.test_local import eventually, is_running
from tests.sshd import SshHosts
from wizard import reach
from wizard.reach import TIMED_OUT, SshShell

pytestmark = pytest.mark.ssh


@pytest.fixture
def host(ssh_hosts: SshHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SshHosts:
    """One host, at 127.0.0.11."""
    monkeypatch.setenv("PATH", ssh_hosts.path)
    ssh_hosts.start("127.0.0.11", tmp_path)
    return ssh_hosts


def test_scripts_share_one_connection(host: SshHosts) -> None:
    """Asked from many threads at once: every answer is its own, and ssh connects once."""
    shell = reach.shell("127.0.0.11")
    assert isinstance(shell, SshShell)
    try:
        with ThreadPoolExecutor(8) as pool:
            texts = [answer.text for answer in pool.map(lambda n: shell.run(f"echo {n}", limit_s=20), range(16))]
        assert texts == [f"{number}\n" for number in range(16)]
        clients = (
            shell.run('echo "$SSH_CONNECTION"', limit_s=20).text,
            shell.run('echo "$SSH_CONNECTION"', limit_s=20).text,
        )
        assert clients[0] == clients[1]
        assert shell._connection
        folder = shell._connection.folder.name
        assert is_running(folder)
    finally:
        shell.close()
    assert eventually(lambda: not is_running(folder))


def test_the_limit_holds_over_there(host: SshHosts) -> None:
    """What was said is kept, and the script is ended on the host."""
    shell = SshShell("127.0.0.11")
    answer = shell.run("echo first; timeout 60 sleep 51.97", limit_s=1)
    assert (answer.code, answer.text, answer.fault and answer.fault.kind) == (None, "first\n", TIMED_OUT)
    assert eventually(lambda: not is_running("51.97"))
    assert shell.run("cat", limit_s=20, stdin=b"\x00\xff bytes\n") == (0, b"\x00\xff bytes\n", "", None)
    shell.close()


def test_a_connection_that_was_cut_is_made_again(host: SshHosts) -> None:
    """The script that ran under it says so; the next one runs."""
    shell = SshShell("127.0.0.11")
    assert shell.run("exit 255", limit_s=20).code == 255
    threading.Timer(0.5, host.cut, ["127.0.0.11"]).start()
    answer = shell.run("echo first; sleep 52.97", limit_s=20)
    assert (answer.code, answer.fault and answer.fault.kind) == (None, "connection_lost")
    assert shell.run("echo again", limit_s=20).text == "again\n"
    shell.close()


def test_a_stream_ends_with_its_reader(host: SshHosts, tmp_path: Path) -> None:
    """Closing it ends the remote tail, though nothing is written any more."""
    log = tmp_path / "53.97.log"
    log.write_bytes(b"one\n")
    shell = SshShell("127.0.0.11")
    with shell.open(f"exec tail -n +1 -F '{log}'") as stream:
        assert stream.read() == b"one\n"
        assert is_running("53.97.log")
    assert eventually(lambda: not is_running("53.97.log"))
    shell.close()


def test_a_stream_says_why_it_broke(host: SshHosts) -> None:
    """Its status is 255, and the next stream is over a new connection."""
    shell = SshShell("127.0.0.11")
    with shell.open("echo first; exec sleep 54.97") as stream:
        assert stream.read() == b"first\n"
        host.cut("127.0.0.11")
        assert stream.read() == b""
        assert eventually(lambda: stream.poll() == 255)
        assert stream.fault
        assert stream.fault.kind == "connection_lost"
    with shell.open("echo again") as stream:
        assert stream.read() == b"again\n"
    shell.close()


def test_a_host_that_does_not_let_in_is_no_exception(host: SshHosts, tmp_path: Path) -> None:
    """Neither for a script nor for a stream; and who is fixed meanwhile is reached by the same shell."""
    shell = SshShell("127.0.0.12", "node-b")
    answer = shell.run("echo", limit_s=20)
    assert answer.fault
    assert (answer.fault.kind, answer.code) == ("refused", None)
    assert "node-b" in answer.fault.message
    with shell.open("echo") as stream:
        assert (stream.poll(), stream.read()) == (255, b"")
        assert stream.fault
        assert stream.fault.kind == "refused"
    host.start("127.0.0.12", tmp_path)
    assert shell.run("echo up", limit_s=20).text == "up\n"
    shell.close()


def test_without_ssh_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what to install."""
    monkeypatch.setenv("PATH", "/nowhere")
    answer = SshShell("host").run("echo", limit_s=5)
    assert answer.fault
    assert answer.fault.kind == "no_ssh"


def test_what_a_login_file_prints_is_no_output(
    ssh_hosts: SshHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A greeting comes before everything else, and is dropped."""
    monkeypatch.setenv("PATH", ssh_hosts.path)
    ssh_hosts.start("127.0.0.11", tmp_path, force='ForceCommand echo Welcome; eval "$SSH_ORIGINAL_COMMAND"\n')
    shell = SshShell("127.0.0.11")
    assert shell.run("echo said", limit_s=20) == (0, b"said\n", "", None)
    with shell.open("echo said") as stream:
        assert stream.read() == b"said\n"
    shell.close()


def test_a_wizard_that_is_killed_leaves_no_connection(host: SshHosts, tmp_path: Path) -> None:
    """The connection ends by itself when nobody holds its stdin any more."""
    import signal
    import subprocess
    import sys

    code = (
        "import sys, time\nfrom wizard.reach import SshShell\nshell = SshShell('127.0.0.11')\n"
        "stream = shell.open('echo up; exec sleep 55.97')\nprint(shell._connection.folder.name, flush=True)\n"
        "print(stream.read().decode(), flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=dict(os.environ)) as wizard:
        assert wizard.stdout
        folder = wizard.stdout.readline().decode().strip()
        assert wizard.stdout.readline() == b"up\n"
        assert is_running("55.97")
        wizard.send_signal(signal.SIGKILL)
    assert eventually(lambda: not is_running("55.97"), 10)
    assert eventually(lambda: not is_running(folder), 10)


def test_closing_does_not_wait_for_a_host_that_does_not_answer(host: SshHosts) -> None:
    """Whoever stops waiting is free at once, and so is who asked."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.14", host.port))
        silent.listen()
        shell = SshShell("127.0.0.14", connect_s=30)
        said: list[reach.Answer] = []
        thread = threading.Thread(target=lambda: said.append(shell.run("echo", limit_s=30)))
        thread.start()
        silent.settimeout(20)
        connection, _ = silent.accept()
        started = time.monotonic()
        shell.close()
        thread.join(20)
        connection.close()
    assert said
    assert said[0].fault
    assert time.monotonic() - started < 20
