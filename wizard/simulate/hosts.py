"""Pretended hosts on this machine: loopback addresses, recorded hardware, stand-ins on the path, a state of their own.

Owns what has to be on the disk for that, and that nothing of it is left: a folder per host, and every process that was
started on one. Linux only, where all of 127.0.0.0/8 is this machine.
"""

import json
import os
import re
import shlex
import signal
import socket
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from wizard.detect import read, recording
from wizard.detect.sections import Captured, Section
from wizard.errors import UsageError
from wizard.model.hardware import Host
from wizard.model.selection import Series
from wizard.reach import Shell
from wizard.reach.local import LocalShell
from wizard.simulate.pretend import MACHINES, STANDIN, WORD, Pretended, environment

RECORDED = {Series.A3: "a3-pair", Series.A2: "a2-idle"}
"""Which recorded machine stands for a host of a series."""
FIRST = 11
"""The first pretended host is 127.0.0.11, and 127.0.1.11 where another rehearsal plays on this machine."""
_NETS = 200
_OWN = re.compile(r"^\d+: (?!lo\b|docker)\S+ +inet ([\d.]+)/", re.MULTILINE)
"""The first address of a host on a real interface, as ``ip -o addr show`` lists it."""
_WAIT_S = 5.0
"""How long ranks and roles wait for one another: minutes in earnest."""
_CALM = 10
"""Looks in a row, 50 ms apart, that find nothing, before nothing is believed to be left."""
_END_S = 5.0
"""How long the end of what was killed is waited for."""
_ROCE = "198.51.100."
"""The network of the dies of the recorded hosts; each pretended host gets one of its own."""
_SCRIPT = re.compile(r"^absent (/usr/local/Ascend/\S*/set_env\.sh)$", re.MULTILINE)
_TOOLS = ("npu-smi", "hccn_tool", "ip", "sysctl", "tee", "docker")


class PretendedHosts:
    """Hosts that exist as long as this object is open."""

    def __init__(self, folder: Path, series: Series, count: int, *, start_s: float, release: str) -> None:
        self.folder = folder
        net, claim = _claimed()
        self._claim = weakref.finalize(self, os.close, claim)
        self.addresses = tuple(f"127.0.{net}.{FIRST + place}" for place in range(count))
        self._fault = ""
        self._start_s, self._release = start_s, release
        recorded, _ = recording.read(MACHINES / RECORDED[series])
        self.captures = tuple(
            _moved(recorded[place % len(recorded)], address, release) for place, address in enumerate(self.addresses)
        )
        for place, address in enumerate(self.addresses):
            (self._home(address) / "bin").mkdir(parents=True, exist_ok=True)
            recording.write(self._home(address) / "machine", [self.captures[place]], None)
            _write_tools(self._home(address) / "bin")
            _write_packages(self._home(address) / "site", {"sglang": release, "sglang-router": "0.3.2"})
        self._announce()

    def hosts(self) -> tuple[Host, ...]:
        """What their detection gives."""
        return tuple(read.host(captured, None) for captured in self.captures)

    def environment(self, address: str) -> dict[str, str]:
        """The variables that make a shell of this machine one of that host."""
        home = self._home(address)
        machine = next((home / "machine").glob("0-*"))
        pretended = Pretended(
            home, machine, self._release, self._start_s, self._fault, wait_s=_WAIT_S, owner=os.getpid()
        )
        outer = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        found = environment(pretended, outer)
        return found | {
            "PATH": f"{home / 'bin'}{os.pathsep}{found['PATH']}",
            "PYTHONPATH": f"{found['PYTHONPATH']}{os.pathsep}{home / 'site'}",
            "HOME": str(home),
        }

    @property
    def fault(self) -> str:
        """As ``GLM_WIZARD_SIMULATE_FAULT`` takes it; for what is started from now on."""
        return self._fault

    @fault.setter
    def fault(self, asked: str) -> None:
        self._fault = asked
        self._announce()

    @property
    def file(self) -> Path:
        """Names the hosts to ``wizard.reach.pretended``."""
        return self.folder / "hosts.json"

    def _announce(self) -> None:
        text = json.dumps({address: self.environment(address) for address in self.addresses})
        part = self.file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.chmod(0o600)
        part.replace(self.file)

    def way(self, address: str, ssh: str = "") -> Shell:  # noqa: ARG002 (the shape of wizard.reach.shell)
        """How a host is reached: a shell of this machine in the host's environment."""
        return LocalShell(address, environment=self.environment(address))

    def left(self) -> tuple[int, ...]:
        """The processes that run and were started on one of these hosts."""
        mark = f"GLM_WIZARD_SIMULATE_HOST={self.folder}{os.sep}".encode()
        return tuple(pid for pid, variables in _processes() if any(one.startswith(mark) for one in variables))

    def logs(self) -> frozenset[Path]:
        """The logs on these hosts."""
        return frozenset(self.folder.glob("127.*/state/glm-wizard/runs/*/*.log"))

    def end(self) -> None:
        """Kills what is left, and sees it end. Only what carries this folder in its environment.

        A thread of a launch that was broken off may start one more before it notices, hence several looks.
        """
        deadline = time.monotonic() + _END_S
        calm = 0
        while calm < _CALM and time.monotonic() < deadline:
            left = self.left()
            calm = 0 if left else calm + 1
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _home(self, address: str) -> Path:
        return self.folder / address


def check_platform(platform: str = sys.platform) -> None:
    """Whether this system can pretend to be several hosts.

    Raises:
        UsageError: it is no Linux.
    """
    if not platform.startswith("linux"):
        raise UsageError(
            f"`--demo` plays on Linux only: it needs all of 127.0.0.0/8 and /proc, which {platform} does not have",
            "in a Linux container it plays; here `glm-wizard`, key `m`, rehearses the choice on recorded machines",
        )


def check_system(addresses: Sequence[str]) -> None:
    """Whether this machine can pretend to be several.

    Raises:
        UsageError: it cannot.
    """
    hint = "the rehearsal needs Linux, bash and setsid; nothing else"
    check_platform()
    for address in addresses:
        try:
            with socket.socket() as trial:
                trial.bind((address, 0))
        except OSError as error:
            raise UsageError(f"`{address}` cannot be used on this machine: {error.strerror}", hint) from None


def _claimed() -> tuple[int, int]:
    """The first network that no other rehearsal has, and what holds it: a name that goes when its process does.

    Raises:
        UsageError: all are taken.
    """
    for net in range(_NETS):
        with socket.socket(socket.AF_UNIX) as claim, suppress(OSError):
            claim.bind(f"\0glm-wizard-rehearsal-{net}")
            return net, claim.detach()
    raise UsageError(f"{_NETS} rehearsals play on this machine already", "wait until one has ended")


def free_offset(addresses: Sequence[str], ports: Sequence[int]) -> int:
    """How far all ports must be moved so that none is taken; a server on all addresses takes them here, too.

    Raises:
        UsageError: nothing near is free.
    """
    for offset in range(0, 20000, 1000):
        if all(_is_free(address, port + offset) for address in addresses for port in ports if port + offset < 65000):
            return offset
    raise UsageError("the ports of the pretended servers are all taken", "`ss -ltn` shows by whom")


def _is_free(address: str, port: int) -> bool:
    try:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address, port))
    except OSError:
        return False
    return True


def _moved(captured: Captured, address: str, release: str) -> Captured:
    """A recorded host under another address, set up as the inside of the image is: SGLang and CANN are there."""
    listed = captured.sections.get("addresses", Section("")).output
    own = next((found[1] for found in _OWN.finditer(listed)), "")
    old = captured.address if captured.address in listed else own or captured.address
    network = f"198.51.{address.rpartition('.')[2]}."
    sections = {
        name: section._replace(output=section.output.replace(old, address).replace(_ROCE, network))
        for name, section in captured.sections.items()
    }
    installed = "".join(f"{line}\n" for line in (f"sglang={release}", "sglang-router=0.3.2"))
    if "paths" in sections:
        there = _SCRIPT.sub(r"file \1", sections["paths"].output)
        sections["paths"] = sections["paths"]._replace(output=there)
    python = sections.get("python", Section(""))
    sections["python"] = python._replace(output=python.output + installed)
    return captured._replace(address=address, sections=sections)


def _write_tools(folder: Path) -> None:
    """Small programs that call the stand-ins with this very Python, wherever it is."""
    python = shlex.quote(sys.executable)
    programs: dict[str, Callable[[], str]] = {
        name: (lambda name=name: f'exec {python} {shlex.quote(str(STANDIN / "bin" / name))} "$@"')  # type: ignore[misc]
        for name in _TOOLS
        if (STANDIN / "bin" / name).is_file()
    }
    programs["python3"] = lambda: f'exec {python} "$@"'
    for name, text in programs.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n# SIMULATED\n{text()}\n", encoding="utf-8")
        file.chmod(0o755)


def _write_packages(folder: Path, versions: dict[str, str]) -> None:
    """What a Python there says is installed."""
    for name, version in versions.items():
        file = folder / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {WORD}\n", encoding="utf-8")


def _processes() -> Iterator[tuple[int, list[bytes]]]:
    """Every other process of this user, with the variables it was started with."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            pid, variables = int(folder.name), (folder / "environ").read_bytes().split(b"\0")
            state = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if pid != os.getpid() and state != "Z":
            yield pid, variables
