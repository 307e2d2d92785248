"""What a host's shell is told: the parts in ``shell/`` with the values of one run. Pure; every value is quoted.

A secret goes into the text, which a shell reads from its standard input: no command line, file or log holds it.
"""

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from wizard.model.run import Run, RunProcess

_SHELL = Path(__file__).with_name("shell")
HEALTH_S = 22
"""``/health`` generates a token: a busy server takes up to 20 s for it."""


@cache
def _part(name: str) -> str:
    return (_SHELL / f"{name}.sh").read_text(encoding="utf-8")


def _values(**values: str) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def checksum(script: str) -> str:
    """SHA-256 of the script, as ``sha256sum`` prints it."""
    return hashlib.sha256(script.encode("utf-8")).hexdigest()


def copy(run: Run, script: str, folder: str = "") -> str:
    """Puts the script, which is fed on stdin, into the run's folder; an empty folder: where that host keeps state."""
    return _values(run=run.name, run_folder=folder, sum=checksum(script)) + _part("plan") + _part("copy")


def listen(address: str, ports: Iterable[int], limit_s: int) -> str:
    """Opens ports for others to try; 0 is any."""
    return _values(address=address, ports=" ".join(map(str, ports)), limit_s=str(limit_s)) + _part("listen")


def cross(number: int, address: str, port: int) -> str:
    """Tries a port of another host, as a call behind ``wizard.detect``'s ``cross.sh``."""
    return f"cross {number} {shlex.quote(address)} {port}"


def image(name: str) -> str:
    """Pulls an image where it is missing."""
    return _part("identity") + _values(image=name) + _part("image")


def start(run: Run, process: RunProcess, script: str, unset: Iterable[str], secrets: Mapping[str, str]) -> str:
    """Starts one process.

    Args:
        run: the run.
        process: the process; its folder on the host is known.
        script: the text that the host must hold.
        unset: variables of the flow, whose values on the host must not win over those that were shown.
        secrets: variable → value.
    """
    names = [name for name in unset if name not in secrets]
    exported = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in secrets.items())
    return (
        _part("identity")
        + _part("plan")
        + (f"unset {' '.join(map(shlex.quote, names))}\n" if names else "")
        + exported
        + _values(run_folder=process.folder, run=run.name, name=process.name, plan=run.plan, sum=checksum(script))
        + _part("start")
    )


def look(
    processes: Sequence[RunProcess], offsets: Mapping[str, int] | None = None, *, with_answers: bool = True
) -> str:
    """Looks at processes of one host.

    Args:
        processes: all on the same host.
        offsets: process → where its log was read up to; the log of others is not read.
        with_answers: also asks whether they answer, and who listens on their ports.
    """
    lines = [_part("identity"), _part("look")]
    ports = sorted({port for process in processes for port in process.ports})
    if with_answers and ports:
        lines.append("listeners " + " ".join(map(str, ports)))
    for process in processes:
        pid = str(process.identity.pid) if process.identity else "-"
        offset = (offsets or {}).get(process.name, -1)
        words = ["seen", process.name, pid, process.container, process.ready_line, str(offset)]
        lines.append(f"run_folder={shlex.quote(process.folder or '/nonexistent')}")
        lines.append(shlex.join(words))
        if with_answers and process.ready_url:
            place = _place(process.ready_url)
            lines.append(shlex.join(["answers", process.name, *place, str(HEALTH_S), process.container]))
    return "\n".join(lines) + "\n"


def _place(url: str) -> tuple[str, str, str]:
    """Host, port and path of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", str(parts.port or 80), parts.path or "/"


def signal(name: str, boot_id: str, processes: Iterable[tuple[int, int]]) -> str:
    """Sends a signal to processes given by pid and start ticks, on the boot they belong to."""
    targets = [f"{pid}:{ticks}" for pid, ticks in processes]
    return _part("identity") + _part("signal") + shlex.join(["send", name, boot_id, *targets]) + "\n"


def end_container(process: RunProcess, how: str) -> str:
    """``stop``, ``kill`` or ``rm`` of the process's container, if it runs this run's script."""
    words = ["end_container", process.container, f"{process.folder}/launch.sh", how]
    return _part("identity") + _part("signal") + shlex.join(words) + "\n"
