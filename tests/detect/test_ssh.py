"""Other hosts over the real ssh: several at once, and every way a host can fail to answer."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.detect.layouts import a2, a3, table
from tests.detect.standins import install, printing
from wizard.detect.ssh import fault

ROOT = Path(__file__).parents[2]
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
DIES = """
sleep 1.5
process=$$
while [ "$process" -gt 1 ]; do
  read -r name <"/proc/$process/comm"
  parent=$(sed 's/.*) . //; s/ .*//' "/proc/$process/stat")
  [ "$name" = sshd ] && { kill -9 "$process"; exit 1; }
  process=$parent
done
"""

UNRESOLVABLE = "x" * 70 + ".invalid"
"""A label no name server is asked about: it is longer than a name may be."""


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ssh: connect to host h port 22: Connection refused", "refused"),
        ("ssh: connect to host h port 22: Connection timed out", "ssh_timeout"),
        ("ssh: connect to host h port 22: No route to host", "unreachable"),
        ("ssh: Could not resolve hostname h: Name or service not known", "unknown_name"),
        ("No ED25519 host key is known for h and you have requested strict checking.", "host_key_unknown"),
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.", "host_key_changed"),
        ("root@h: Permission denied (publickey,password).", "no_permission"),
        ("sh: not found", "no_shell"),
        ("This account is currently not available.", "no_shell"),
        ("kex_exchange_identification: Connection closed by remote host", "connection_lost"),
        ("Timeout, server h not responding.", "ssh_timeout"),
        ("", "ssh_failed"),
    ],
)
def test_what_ssh_says_becomes_a_kind_and_a_next_step(words: str, kind: str) -> None:
    """Each of ssh's complaints has a remedy that names the host."""
    found = fault("h", words)
    assert found.kind == kind
    assert "h" in found.hint


def _free_port(address: str) -> int:
    with socket.socket() as trial:
        trial.bind((address, 0))
        return int(trial.getsockname()[1])


class Hosts:
    """Machines on loopback addresses, each an sshd with a PATH of its own, and an `ssh` that knows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port("127.0.0.11")
        self.started: list[subprocess.Popen[bytes]] = []
        for name in ("host", "user", "stranger"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, timeout=20
            )
        known = (folder / "host.pub").read_text(encoding="utf-8")
        (folder / "known_hosts").write_text(f"[127.0.0.1?]:{self.port} {known}", encoding="utf-8")
        (folder / "config").write_text(
            f"Host alias-node\n  HostName 127.0.0.11\n  HostKeyAlias [127.0.0.11]:{self.port}\n"
            f"Host *\n  Port {self.port}\n  User root\n  IdentityFile {folder}/user\n  IdentitiesOnly yes\n"
            f"  IdentityAgent none\n  UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking ask\n",
            encoding="utf-8",
        )
        (folder / "bin").mkdir()
        for name in ("ssh", "scp"):
            real = shutil.which(name)
            (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {real} -F "{folder}/config" "$@"\n', encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)

    def start(self, address: str, tools: Path, *, key: str = "user", force: str = "") -> None:
        """An sshd that lets in whoever has the key."""
        config = self.folder / f"sshd-{address}"
        config.write_text(
            f"ListenAddress {address}:{self.port}\nHostKey {self.folder}/host\nPidFile none\nUsePAM no\n"
            f"StrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
            f"AuthorizedKeysFile {self.folder}/{key}.pub\nSetEnv PATH={tools}:/usr/bin:/bin\n{force}",
            encoding="utf-8",
        )
        assert SSHD
        self.started.append(subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as trial:
                if trial.connect_ex((address, self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail(f"sshd did not start on {address}")

    def detect(self, *words: str) -> tuple[int, list[dict[str, Any]], str, float]:
        """Exit code, hosts, stderr and seconds of a `--detect --json`."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "wizard.cli", "--detect", "--json", *words],
            capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=os.environ | {"PATH": path},
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)["hosts"], done.stderr, time.monotonic() - started

    def stop(self) -> None:
        """Ends every sshd."""
        for process in self.started:
            process.terminate()
            process.wait(10)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    """A set of machines, ended afterwards."""
    if SSHD is None or os.getuid() != 0:
        pytest.skip("needs openssh-server and root")
    Path("/run/sshd").mkdir(exist_ok=True)
    made = Hosts(tmp_path)
    yield made
    made.stop()


@pytest.mark.ssh
def test_several_hosts_are_asked_side_by_side_under_their_own_names(hosts: Hosts, tmp_path: Path) -> None:
    """Addresses and an alias; results in the order given; slow tools run at the same time."""
    printing(tmp_path / "one", table(a2()))
    printing(tmp_path / "two", table(a3()))
    for name in ("one", "two"):
        text = (tmp_path / name / "npu-smi").read_text(encoding="utf-8")
        (tmp_path / name / "npu-smi").write_text(text.replace("#!/bin/sh\n", "#!/bin/sh\n[ $# -eq 1 ] && sleep 1.5\n"))
    hosts.start("127.0.0.11", tmp_path / "one")
    hosts.start("127.0.0.12", tmp_path / "two")
    code, found, talk, seconds = hosts.detect("--hosts", "alias-node,127.0.0.12,127.0.0.11")
    assert code == 0, talk
    assert [(host["address"], host["series"], len(host["devices"])) for host in found] == [
        ("alias-node", "A2", 8),
        ("127.0.0.12", "A3", 16),
        ("127.0.0.11", "A2", 8),
    ]
    assert seconds < 15
    assert "127.0.0.12: asked" in talk


@pytest.mark.ssh
def test_every_host_that_fails_says_why_and_the_others_stay(hosts: Hosts, tmp_path: Path) -> None:
    """Refused, wrong key, unknown host key, hanging, dying in the middle: each its own kind."""
    printing(tmp_path / "good", table(a3()))
    install(tmp_path / "dies", DIES)
    hosts.start("127.0.0.11", tmp_path / "good")
    hosts.start("127.0.0.12", tmp_path / "good", key="stranger")
    hosts.start("127.0.0.13", tmp_path / "dies")
    hosts.start("127.0.0.16", tmp_path / "good", force="ForceCommand sleep 60\n")
    hosts.start("127.0.0.17", tmp_path / "good", force="ForceCommand /usr/sbin/nologin\n")
    hosts.start("127.0.0.33", tmp_path / "good")
    with socket.socket() as silent:
        silent.bind(("127.0.0.14", hosts.port))
        silent.listen()
        addresses = (
            "127.0.0.11,127.0.0.12,127.0.0.13,127.0.0.14,127.0.0.15,127.0.0.16,127.0.0.17,127.0.0.33," + UNRESOLVABLE
        )
        code, found, _, seconds = hosts.detect("--hosts", addresses)
    kinds = {host["address"]: host["error"] and host["error"]["kind"] for host in found}
    assert kinds == {
        "127.0.0.11": None,
        "127.0.0.12": "no_permission",
        "127.0.0.13": "connection_lost",
        "127.0.0.14": "ssh_timeout",
        "127.0.0.15": "refused",
        "127.0.0.16": "ssh_timeout",
        "127.0.0.17": "no_shell",
        "127.0.0.33": "host_key_unknown",
        UNRESOLVABLE: "unknown_name",
    }
    assert code == 3
    assert len(found[0]["devices"]) == 16
    assert found[2]["system"]["hostname"], "what was said before the end is kept"
    assert seconds < 15
