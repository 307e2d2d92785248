"""Real ssh servers on loopback addresses, each a host with a PATH of its own, and an `ssh` that knows them."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.waiting import wait_for

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))


def _free_port(address: str) -> int:
    with socket.socket() as trial:
        trial.bind((address, 0))
        return int(trial.getsockname()[1])


class SshHosts:
    """Machines on loopback addresses, each an sshd with a PATH of its own, and an `ssh` that knows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port("127.0.0.11")
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("host", "user", "stranger"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, timeout=20
            )
        known = (folder / "host.pub").read_text(encoding="utf-8")
        other = (folder / "stranger.pub").read_text(encoding="utf-8")
        # 127.0.0.19 is known by another key than it shows
        (folder / "known_hosts").write_text(
            f"[127.0.0.1?]:{self.port},![127.0.0.19]:{self.port} {known}[127.0.0.19]:{self.port} {other}",
            encoding="utf-8",
        )
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
        self.path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        """PATH whose `ssh` knows these hosts."""

    def start(self, address: str, tools: Path, *, key: str = "user", force: str = "") -> None:
        """An sshd that lets in whoever has the key."""
        config = self.folder / f"sshd-{address}"
        # a shell of depth 9 reads no login files: those of whoever runs the tests may wait for one another
        config.write_text(
            f"ListenAddress {address}:{self.port}\nHostKey {self.folder}/host\nPidFile none\nUsePAM no\n"
            f"StrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
            f"AuthorizedKeysFile {self.folder}/{key}.pub\nSetEnv PATH={tools}:/usr/bin:/bin SHLVL=9\n{force}",
            encoding="utf-8",
        )
        assert SSHD
        self.started[address] = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)
        wait_for(lambda: self._answers(address), f"sshd on {address}", limit_s=10)

    def _answers(self, address: str) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex((address, self.port)) == 0

    def cut(self, address: str) -> None:
        """Kills the server's side of every connection to the host, which goes on listening."""
        listener = self.started[address].pid
        children = Path(f"/proc/{listener}/task/{listener}/children").read_text(encoding="ascii").split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        """Ends every sshd and its connections."""
        for address, process in self.started.items():
            self.cut(address)
            process.terminate()
            process.wait(10)
