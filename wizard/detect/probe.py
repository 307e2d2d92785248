"""Asks a machine: runs the probe scripts and keeps what they print. Nothing is understood here.

A probe answers one question, ``stream(script)``. ``captured`` asks it everything, side by side, and always comes back:
with sections, with the reason why there are none, or with both when a host dies in the middle.
"""

import os
import secrets
import shlex
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from wizard.detect.sections import Captured, Section, split
from wizard.model.hardware import Fault


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a probe may take. Whatever a card or a daemon does, these hold."""

    command_s: int = 8
    """One call of ``npu-smi info``, which hangs when a card is sick."""
    short_s: int = 3
    """Every other command."""
    whole_s: float = 10.0
    """One script: what is not done by then is left out."""
    connect_s: int = 5


class Stream(NamedTuple):
    """What a script printed, and why there is not more."""

    text: str
    fault: Fault | None = None


class Probe(Protocol):
    """A machine that runs a script."""

    @property
    def address(self) -> str:
        """How the operator named it."""
        ...

    def stream(self, script: str) -> Stream:
        """What the script prints; never raises for what the machine does."""
        ...


def script(name: str, mark: str, limits: Limits, model_path: str | None) -> str:
    """The text that a shell is fed: values, what scripts share, and the script of that name."""
    folder = resources.files("wizard.detect")
    values = (
        f"mark={mark} limit_s={limits.command_s} short_s={limits.short_s} model_path={shlex.quote(model_path or '')}\n"
    )
    return values + "".join(folder.joinpath(file).read_text(encoding="utf-8") for file in ("prelude.sh", f"{name}.sh"))


def captured(probe: Probe, limits: Limits, model_path: str | None = None) -> Captured:
    """Runs every script on the machine at once, and puts what they printed together."""
    mark = f"@@{secrets.token_hex(8)}"
    names = ["npu", "host", *(["weights"] if model_path else [])]
    started = time.time()
    with ThreadPoolExecutor(len(names)) as pool:
        streams = list(pool.map(lambda name: probe.stream(script(name, mark, limits, model_path)), names))
    sections: dict[str, Section] = {}
    for stream in streams:
        sections |= split(stream.text, mark)
    fault = next((stream.fault for stream in streams if stream.fault), None)
    return Captured(probe.address, sections, fault, _clock_offset(sections, started, time.time()))


def _clock_offset(sections: Mapping[str, Section], started: float, ended: float) -> float | None:
    """How far the host's clock is outside of the time the probe took; 0 when it is inside."""
    lines = sections["system"].output.splitlines() if "system" in sections else []
    text = next((line.removeprefix("clock=") for line in lines if line.startswith("clock=")), "")
    try:
        clock = float(text.removesuffix("%N").removesuffix("N"))
    except ValueError:
        return None
    early, late = clock - started, clock - ended
    return round(early, 1) if early < -1 else round(late, 1) if late > 1 else 0.0


_RUNNING: set[int] = set()
"""Leaders of the sessions that are talking."""


class LocalProbe:
    """This machine."""

    address = "localhost"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def stream(self, script: str) -> Stream:
        """What the script prints within its limit; at the limit it is ended with all its children."""
        with subprocess.Popen(
            ["sh", "-s"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            return Stream(talk(process, script, self._limits.whole_s)[0])


def talk(process: "subprocess.Popen[bytes]", script: str, limit_s: float) -> tuple[str, str, bool]:
    """Feeds a script to a shell and reads until it ends or the limit is over: stdout, stderr, whether it ended."""
    _RUNNING.add(process.pid)
    try:
        out, err = process.communicate(script.encode(), timeout=limit_s)
        is_done = True
    except subprocess.TimeoutExpired as late:
        out, err, is_done = late.output or b"", late.stderr or b"", False
        end_session(process.pid)
        _close(process.stdin, process.stdout, process.stderr)
    finally:
        _RUNNING.discard(process.pid)
    return out.decode("utf-8", "replace"), (err or b"").decode("utf-8", "replace"), is_done


def end_mentioning(word: str) -> None:
    """Kills this program's children whose command line holds the word, which nobody else can know."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            if parent == str(os.getpid()) and word.encode() in (folder / "cmdline").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)


def _close(*pipes: IO[Any] | None) -> None:
    for pipe in pipes:
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def end_all() -> None:
    """Ends what is being asked at the moment: for an operator who does not want to wait for the limits."""
    for leader in tuple(_RUNNING):
        end_session(leader)


def end_session(leader: int) -> None:
    """Kills every process of a session: `timeout` moves its child into a group of its own, so a group is not enough."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    for process in _members(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _members(leader: int) -> Iterable[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if len(fields) > 3 and fields[3] == str(leader):
            yield int(folder.name)
