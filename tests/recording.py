"""Runs launch scripts against stand-in executables and records what they start: argv and exported variables.

Used by the recording tests; nothing here touches the machine: every program that could is a stand-in first in PATH.
"""

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

RECORDER = r"""#!/usr/bin/env bash
# A stand-in: writes down how it was called, and does nothing.
number=0
while ! mkdir "$RECORD_FOLDER/$number" 2>/dev/null; do number=$((number + 1)); done
printf '%s\0' "$(basename "$0")" "$@" >"$RECORD_FOLDER/$number/argv"
env -0 >"$RECORD_FOLDER/$number/environment"
"""
SILENT = "#!/bin/sh\nexit 0\n"
_IGNORED = {"_", "SHLVL", "PWD", "OLDPWD", "RECORD_FOLDER", "PATH", "HOME", "BASH_EXECUTION_STRING"}


@dataclass(frozen=True)
class Started:
    """One recorded start."""

    argv: tuple[str, ...]
    """The words after the interpreter."""
    environment: dict[str, str]
    """Variables that were not there before."""


@dataclass(frozen=True)
class Outcome:
    """What a script did."""

    started: tuple[Started, ...]
    returncode: int
    stdout: str
    stderr: str


class Host:
    """A pretended host: its addresses, its interface, and stand-ins for everything a script could call."""

    def __init__(self, folder: Path, address: str = "10.0.0.1", interface: str = "enp1s0") -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)
        for name in ("python3", "python", "docker", "podman"):
            self.program(name, RECORDER)
        for name in ("sysctl", "tee", "ifconfig"):
            self.program(name, SILENT)
        self.program("hostname", f'#!/bin/sh\n[ "$1" = -I ] && echo "192.168.9.9 {address} " || echo this-host\n')
        self.program(
            "ip",
            "#!/bin/sh\n"
            "echo '1: lo    inet 127.0.0.1/8 scope host lo'\n"
            "echo '2: docker0    inet 192.168.9.9/24 scope global docker0'\n"
            f"echo '3: {interface}    inet {address}/24 brd 10.0.0.255 scope global {interface}'\n",
        )

    def program(self, name: str, text: str) -> None:
        """Puts a stand-in on the pretended host's PATH."""
        path = self.programs / name
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)

    def run(self, script: str, *arguments: str, **variables: str) -> Outcome:
        """Runs a script on the pretended host."""
        record = self.folder / f"record{len(list(self.folder.iterdir()))}"
        record.mkdir()
        file = record / "launch.sh"
        file.write_text(script, encoding="utf-8")
        base = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "RECORD_FOLDER": str(record),
            "LANG": "C.UTF-8",
            **variables,
        }
        done = subprocess.run(
            ["/bin/bash", str(file), *arguments],
            env=base,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=record,
        )
        return Outcome(recorded(record, base), done.returncode, done.stdout, done.stderr)


def recorded(record: Path, base: dict[str, str]) -> tuple[Started, ...]:
    """What was started, in order, with the variables that were not in ``base``."""
    folders = sorted((path for path in record.iterdir() if path.is_dir()), key=lambda path: int(path.name))
    return tuple(_read(folder, base) for folder in folders)


def _read(folder: Path, base: dict[str, str]) -> Started:
    argv = _words(folder / "argv")
    pairs = [item.partition("=") for item in _words(folder / "environment")]
    environment = {name: value for name, _, value in pairs if name not in _IGNORED and base.get(name) != value}
    return Started(tuple(argv[1:]), environment)


def _words(path: Path) -> list[str]:
    return os.fsdecode(path.read_bytes()).split("\0")[:-1]
