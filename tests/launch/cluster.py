"""Hosts on loopback addresses, each with its own sshd, tools and state folder; and launches on them."""

import itertools
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tests.detect.layouts import a2, a3, table
from tests.detect.standins import printing
from tests.routers import router_python
from tests.waiting import LIMIT_S, wait_for
from wizard import check, choose, presets
from wizard.export.request import ExportRequest
from wizard.launch import runs, stopping, supervisor
from wizard.launch.order import Order
from wizard.model.finding import Edit, EditKind
from wizard.model.run import Run, RunEvent
from wizard.plan import launch_flow

STUB = Path(__file__).with_name("stub")
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))


def program(path: Path, text: str) -> None:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


class Cluster:
    """Machines that exist for one test."""

    _made = itertools.count()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.first = 10 + 4 * (next(self._made) % 60)  # no test meets the hosts of another
        self.port = 2200
        self.net = f"127.{64 + os.getpid() % 128}.{os.getpid() // 128 % 256}"
        self.faults = folder / "faults"
        self.faults.mkdir()
        self._sshd: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, timeout=20
            )
        known = (folder / "host.pub").read_text(encoding="utf-8")
        (folder / "known_hosts").write_text(f"[127.*]:{self.port} {known}", encoding="utf-8")
        (folder / "config").write_text(
            f"Host *\n  Port {self.port}\n  User root\n  IdentityFile {folder}/user\n  IdentitiesOnly yes\n"
            f"  IdentityAgent none\n  UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile /dev/null\n",
            encoding="utf-8",
        )
        (folder / "bin").mkdir()
        program(folder / "bin" / "ssh", f'exec {shutil.which("ssh")} -F "{folder}/config" "$@"')

    def address(self, number: int) -> str:
        """Of the host with that number."""
        return f"{self.net}.{self.first + number}"

    def tools(self, address: str) -> Path:
        """The folder that comes first in the PATH of a host."""
        return self.folder / address / "bin"

    def state(self, address: str) -> Path:
        """Where a host keeps its runs."""
        return self.folder / address / "state"

    def boot(self, number: int, *, series: str = "A3", python: str = sys.executable) -> str:
        """Makes a host with stand-ins for what an Ascend host has, and lets ssh in."""
        address = self.address(number)
        tools = self.tools(address)
        printing(tools, table(a3() if series == "A3" else a2()))
        program(tools / "sysctl", "exit 1")
        # the real router may be in an environment of its own
        program(
            tools / "python3",
            f'export PYTHONPATH="{STUB}${{PYTHONPATH:+:$PYTHONPATH}}"\n'
            f'case "$*" in *sglang_router*) exec {router_python() or python} "$@" ;; esac\nexec {python} "$@"',
        )
        self.state(address).mkdir()
        self.open(address)
        return address

    def open(self, address: str) -> None:
        """Starts the sshd of a host."""
        config, shell = self.folder / f"sshd-{address}", self.folder / address / "shell"
        # whatever the login files of whoever runs the tests say
        program(
            shell,
            f'export HOME="{self.folder / address}" PATH="{self.tools(address)}:/usr/bin:/bin"\n'
            f'export XDG_STATE_HOME="{self.state(address)}" STUB_FOLDER="{self.faults}"\n'
            'exec sh -c "${SSH_ORIGINAL_COMMAND:-exit}"',
        )
        config.write_text(
            f"ListenAddress {address}:{self.port}\nHostKey {self.folder}/host\nPidFile none\nUsePAM no\n"
            f"StrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
            f"AuthorizedKeysFile {self.folder}/user.pub\nForceCommand {shell}\n"
            # a shell of that depth reads no login files: some lock, and wait for one another
            "SetEnv SHLVL=9\n",
            encoding="utf-8",
        )
        assert SSHD
        self._sshd[address] = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(lambda: self._answers(address), f"sshd on {address}", 10)

    def _answers(self, address: str) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex((address, self.port)) == 0

    def cut(self, address: str, *, closed: bool = False) -> None:
        """Ends every connection to a host, and with ``closed`` lets in no new one."""
        listener = self._sshd[address]
        for child in children(listener.pid):
            with suppress(ProcessLookupError):
                os.kill(child, 9)
        if closed:
            listener.terminate()
            listener.wait(10)

    def fault(self, process: str, *words: str) -> None:
        """What goes wrong with a process; nothing when no word is given."""
        beside = self.faults / f".{process}"
        beside.write_text("\n".join(words), encoding="utf-8")
        beside.replace(self.faults / process)

    def close(self) -> None:
        """Ends every host and everything that was started on one."""
        for address in tuple(self._sshd):
            self.cut(address, closed=True)
        for pid in self.servers():
            with suppress(ProcessLookupError):
                os.kill(pid, 9)

    def servers(self) -> tuple[int, ...]:
        """What runs and was started on a host of this cluster."""
        mark = f"STUB_FOLDER={self.faults}".encode()
        return tuple(
            pid
            for pid, environment in environments()
            if mark in environment and b"GLM_WIZARD_RUN=" in environment and is_alive(pid)
        )


def children(pid: int) -> tuple[int, ...]:
    """The processes that a process started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid):
            found.append(int(folder.name))
    return tuple(found)


def environments() -> Iterable[tuple[int, bytes]]:
    """Every process with the variables it began with."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield int(folder.name), (folder / "environ").read_bytes()
        except OSError:
            continue


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def edits_of(cluster: Cluster, preset: str, *edits: str) -> list[str]:
    """The changes that put a preset on the first hosts of a cluster, as ``kind value``."""
    count = presets.preset(preset).selection.host_count
    addresses = [cluster.address(number) for number in range(count)]
    given = [f"hosts {','.join(addresses)}", "runtime host", "model-path /models/glm"]
    if preset == "a3-pd":
        given += [f"set router.prometheus-host={addresses[0]}", f"set router.host={addresses[0]}"]
    elif count == 1:
        given.append(f"set host={addresses[0]}")
    return [*given, *edits]


def command(cluster: Cluster, preset: str, *edits: str) -> list[str]:
    """The command line that launches it."""
    flags = [
        f"--{kind}={value}" for kind, _, value in (text.partition(" ") for text in edits_of(cluster, preset, *edits))
    ]
    return [sys.executable, "-m", "wizard.cli", "--preset", preset, *flags, "--launch", "--force"]


def order(cluster: Cluster, preset: str, *edits: str, **more: object) -> Order:
    """The order of a preset on the first hosts of a cluster. Edits are ``kind value``."""
    given = edits_of(cluster, preset, *edits)
    made = [Edit(EditKind(kind), value) for kind, _, value in (text.partition(" ") for text in given)]
    selection = choose.apply_all(presets.preset(preset).selection, made)
    request = ExportRequest(selection, launch_flow(selection), check.findings(selection), ("glm-wizard",), version="0")
    return Order(request, **{"is_forced": True, "lost_after_s": 30.0, **more})  # type: ignore[arg-type]


class Launched:
    """A launch in a thread, with what it told."""

    def __init__(self, asked: Order) -> None:
        self.events: list[RunEvent] = []
        self.cancelled = threading.Event()
        self.run: Run | None = None
        self.error: BaseException | None = None
        self._order = asked
        self.thread = threading.Thread(target=self._go, daemon=True)
        self.thread.start()

    def _go(self) -> None:
        try:
            self.run = supervisor.launch(self._order, self.events.append, self.cancelled)
        except BaseException as error:  # noqa: BLE001 (a test looks at it)
            self.error = error

    def done(self) -> Run:
        """The run, when the launch is over."""
        self.thread.join(LIMIT_S)
        assert not self.thread.is_alive(), self.told()
        if self.error:
            raise self.error
        assert self.run
        return self.run

    def told(self) -> str:
        """Everything that was told."""
        return "\n".join(f"{e.stage}: {e.process}@{e.host} {e.message}" for e in self.events)

    def until(self, word: str) -> None:
        """Waits until something with that word was told."""
        wait_for(lambda: word in self.told() or not self.thread.is_alive(), f"`{word}` in:\n{self.told()}")


def stopped(run: Run, **more: object) -> tuple[Run, list[RunEvent]]:
    """The run after a stop, and what was told."""
    told: list[RunEvent] = []
    return stopping.stop(run, told.append, threading.Event(), **more), told  # type: ignore[arg-type]


def only_run() -> Run:
    """The one run there is."""
    (run,) = runs.load_all()
    return run
