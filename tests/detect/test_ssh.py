"""Other hosts over the real ssh: several at once, and every way a host can fail to answer."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.detect.layouts import a2, a3, table
from tests.detect.standins import install, printing
from tests.sshd import SshHosts
from wizard.detect import command
from wizard.detect.question import Question
from wizard.model.hardware import Fault

ROOT = Path(__file__).parents[2]
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


def detect(hosts: SshHosts, *words: str) -> tuple[int, list[dict[str, Any]], str, float]:
    """Exit code, hosts, stderr and seconds of a `--detect --json`."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "wizard.cli", "--detect", "--json", *words],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=os.environ | {"PATH": hosts.path},
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["hosts"], done.stderr, time.monotonic() - started


@pytest.mark.ssh
def test_several_hosts_are_asked_side_by_side_under_their_own_names(ssh_hosts: SshHosts, tmp_path: Path) -> None:
    """Addresses and an alias; results in the order given; slow tools run at the same time."""
    printing(tmp_path / "one", table(a2()))
    printing(tmp_path / "two", table(a3()))
    for name in ("one", "two"):
        text = (tmp_path / name / "npu-smi").read_text(encoding="utf-8")
        (tmp_path / name / "npu-smi").write_text(text.replace("#!/bin/sh\n", "#!/bin/sh\n[ $# -eq 1 ] && sleep 1.5\n"))
    ssh_hosts.start("127.0.0.11", tmp_path / "one")
    ssh_hosts.start("127.0.0.12", tmp_path / "two")
    code, found, talk, seconds = detect(ssh_hosts, "--hosts", "alias-node,127.0.0.12,127.0.0.11")
    assert code == 0, talk
    assert [(host["address"], host["series"], len(host["devices"])) for host in found] == [
        ("alias-node", "A2", 8),
        ("127.0.0.12", "A3", 16),
        ("127.0.0.11", "A2", 8),
    ]
    assert seconds < 30
    assert "127.0.0.12: asked" in talk


@pytest.mark.ssh
def test_every_host_that_fails_says_why_and_the_others_stay(ssh_hosts: SshHosts, tmp_path: Path) -> None:
    """Refused, wrong key, unknown or changed host key, hanging, dying in the middle: each its own kind."""
    printing(tmp_path / "good", table(a3()))
    install(tmp_path / "dies", DIES)
    ssh_hosts.start("127.0.0.11", tmp_path / "good")
    ssh_hosts.start("127.0.0.12", tmp_path / "good", key="stranger")
    ssh_hosts.start("127.0.0.13", tmp_path / "dies")
    ssh_hosts.start("127.0.0.16", tmp_path / "good", force="ForceCommand sleep 60\n")
    ssh_hosts.start("127.0.0.17", tmp_path / "good", force="ForceCommand /usr/sbin/nologin\n")
    ssh_hosts.start("127.0.0.19", tmp_path / "good")
    ssh_hosts.start("127.0.0.33", tmp_path / "good")
    with socket.socket() as silent:
        silent.bind(("127.0.0.14", ssh_hosts.port))
        silent.listen()
        addresses = (
            "127.0.0.11,127.0.0.12,127.0.0.13,127.0.0.14,127.0.0.15,127.0.0.16,127.0.0.17,127.0.0.19,127.0.0.33,"
            + UNRESOLVABLE
        )
        code, found, _, seconds = detect(ssh_hosts, "--hosts", addresses)
    kinds = {host["address"]: host["error"] and host["error"]["kind"] for host in found}
    assert kinds == {
        "127.0.0.11": None,
        "127.0.0.12": "no_permission",
        "127.0.0.13": "connection_lost",
        "127.0.0.14": "ssh_timeout",
        "127.0.0.15": "refused",
        "127.0.0.16": "ssh_timeout",
        "127.0.0.17": "no_shell",
        "127.0.0.19": "host_key_changed",
        "127.0.0.33": "host_key_unknown",
        UNRESOLVABLE: "unknown_name",
    }
    assert code == 3
    assert len(found[0]["devices"]) == 16
    assert found[2]["system"]["hostname"], "what was said before the end is kept"
    assert seconds < 30


WITHOUT_BASH = "unshare -m sh -c 'mount --bind /dev/null {bash} && exec dash -c \"$SSH_ORIGINAL_COMMAND\"'"
CHATTY = """#!/bin/sh
head -c 200000 /dev/zero | tr '\\0' x
printf '\\033[31mWelcome, no line ends here> '
echo 'and noise' >&2
eval "$SSH_ORIGINAL_COMMAND"
"""


@pytest.mark.ssh
def test_the_login_shell_may_be_any(ssh_hosts: SshHosts, tmp_path: Path) -> None:
    """A host without bash, a greeting of any size, shells that are no POSIX shells, accounts without a shell."""
    printing(tmp_path / "tools", table(a2()))
    (tmp_path / "chatty").write_text(CHATTY, encoding="utf-8")
    (tmp_path / "chatty").chmod(0o755)
    (tmp_path / "banner").write_text("*** authorised users only ***\n" * 30, encoding="utf-8")
    bash = str(Path(shutil.which("bash") or "/bin/bash").resolve())
    hides = f"mount --bind /dev/null {bash}"
    can_hide = subprocess.run(["unshare", "-m", "sh", "-c", hides], capture_output=True, check=False).returncode == 0
    shells = [
        WITHOUT_BASH.format(bash=bash) if can_hide else 'dash -c "$SSH_ORIGINAL_COMMAND"',
        f"{tmp_path}/chatty\nBanner {tmp_path}/banner",
        *(f'{shell} -c "$SSH_ORIGINAL_COMMAND"' for name in ("tcsh", "fish") if (shell := shutil.which(name))),
        "/usr/sbin/nologin",
        "/bin/false",
        "echo 'Please choose: 1) shell 2) leave'; sleep 60",
    ]
    addresses = [f"127.0.0.1{number}" for number in range(1, len(shells) + 1)]
    for address, shell in zip(addresses, shells, strict=True):
        ssh_hosts.start(address, tmp_path / "tools", force=f"ForceCommand {shell}\n")
    code, found, _, _ = detect(ssh_hosts, "--hosts", ",".join(addresses))
    assert code == 3
    assert [(len(host["devices"]), host["error"]) for host in found[:-3]] == [(8, None)] * (len(shells) - 3)
    assert [host["error"]["kind"] for host in found[-3:]] == ["no_shell"] * 3
    assert "a menu or a question" in found[-1]["error"]["message"]
    assert found[0]["system"]["has_bash"] is not can_hide


@pytest.mark.ssh
def test_three_slow_hosts_take_as_long_as_one_and_say_whether_they_reach_each_other(
    ssh_hosts: SshHosts, tmp_path: Path
) -> None:
    """A tool that takes two seconds for every query is waited for once; refused is a way that is open."""
    printing(tmp_path / "tools", table(a3()))
    text = (tmp_path / "tools" / "npu-smi").read_text(encoding="utf-8")
    (tmp_path / "tools" / "npu-smi").write_text(text.replace("#!/bin/sh\n", "#!/bin/sh\nsleep 2\n"), encoding="utf-8")
    addresses = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
    for address in addresses:
        ssh_hosts.start(address, tmp_path / "tools")
    code, found, talk, seconds = detect(ssh_hosts, "--hosts", "root@127.0.0.11,127.0.0.12,127.0.0.13")
    assert code == 0, talk
    assert [host["address"] for host in found] == list(addresses)
    for host in found:
        ways = {(way["address"], way["reach"], way["interface"], way["reachable"]) for way in host["crossings"]}
        assert ways == {(other, "refused", "lo", True) for other in addresses if other != host["address"]}
        assert host["own_address"] is None or host["own_address"] in addresses
    alone = detect(ssh_hosts, "--hosts", addresses[0])[3]
    assert seconds < 2.4 * alone, (seconds, alone)


@pytest.mark.ssh
def test_hosts_that_were_asked_one_by_one_are_asked_for_the_ways_between_them(
    ssh_hosts: SshHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the screen does: each by itself, then all together; a host that was not reached stays what it is."""
    monkeypatch.setenv("PATH", ssh_hosts.path)
    printing(tmp_path / "tools", table(a3()))
    ssh_hosts.start("127.0.0.11", tmp_path / "tools")
    ssh_hosts.start("127.0.0.12", tmp_path / "tools")
    targets = ("root@127.0.0.11", f"127.0.0.12:{ssh_hosts.port}", "127.0.0.15")
    found = [Question(target).answer() for target in targets]
    assert [(host.address, host.was_reached, len(host.devices)) for host in found] == [
        ("127.0.0.11", True, 16),
        ("127.0.0.12", True, 16),
        ("127.0.0.15", False, 0),
    ]
    one, two, three = command.with_ways(found)
    assert [(way.address, way.reach) for way in one.crossings] == [("127.0.0.12", "refused"), ("127.0.0.15", "refused")]
    assert [way.address for way in two.crossings] == ["127.0.0.11", "127.0.0.15"]
    assert three == found[2]
    assert Question("-oProxyCommand=x").answer().fault == Fault(
        "bad_address", "`-oProxyCommand=x` is no address or host name", "an address, or `user@address`"
    )
