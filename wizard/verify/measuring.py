"""A benchmark or accuracy run carried out where the server runs, and its result kept.

Owns the script around the command and the reading of what it says, within a limit. What the command is, and what its
output means, is ``benchmark``'s.
"""

import os
import select
import shlex
import time
from collections.abc import Callable
from typing import NamedTuple

from wizard.export.quote import quote
from wizard.model.run import Run, RunProcess
from wizard.plan.measuring import INSIDE, KEY
from wizard.reach.shell import Shell
from wizard.verify.benchmark import Command

LIMIT_S = 6 * 3600.0
"""A long workload at a low rate takes hours."""
_MARK = "glm-wizard: exit "
_KEPT_BYTES = 2 * 1024 * 1024


class Measured(NamedTuple):
    """What a command said and how it ended."""

    code: int | None
    """None: it did not come to its end; ``why`` says why."""
    output: str
    why: str = ""


def server_of(run: Run) -> RunProcess:
    """The process in whose place commands run: the first server, which has the weights and SGLang itself."""
    return (*run.servers, *run.processes)[0]


def shown(command: Command) -> str:
    """The command as it can be typed; a key stays a variable."""
    return " ".join(word if word == f"${KEY}" else quote(word) for word in command.words)


def script(command: Command, container: str, api_key: str) -> str:
    """What the host's shell is told. The key is exported there and stands on no command line but that of EvalScope.

    Args:
        command: what runs.
        container: where it runs; empty: on the host itself.
        api_key: from the operator's environment.
    """
    words = " ".join(f'"${KEY}"' if word == f"${KEY}" else shlex.quote(word) for word in command.words)
    lines = [f"export {KEY}={shlex.quote(api_key)}"] if api_key else []
    run = f"bash -c {shlex.quote(INSIDE)} {words}"
    if container:
        lines.append("if command -v docker >/dev/null; then engine=docker; else engine=podman; fi")
        key = f"--env {KEY} " if api_key else ""
        run = f'"${{CONTAINER_ENGINE:-$engine}}" exec {key}{shlex.quote(container)} {run}'
    return "\n".join([*lines, f"{run} 2>&1 </dev/null", f'printf "\\n{_MARK}%s\\n" "$?"', ""])


def measured(
    shell: Shell, text: str, tell: Callable[[str], None] = lambda _: None, *, limit_s: float = LIMIT_S
) -> Measured:
    """Runs a script made by ``script``; tells its lines as they come.

    Args:
        shell: of the host.
        text: the script.
        tell: is given each line.
        limit_s: after which it is ended.
    """
    stream = shell.open(text)
    try:
        if stream.fault is not None:
            return Measured(None, "", stream.fault.message)
        os.set_blocking(stream.fileno(), False)
        output, unfinished, deadline = b"", b"", time.monotonic() + limit_s
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return Measured(None, _text(output), f"not done after {limit_s / 3600:g} h")
            if not select.select([stream.fileno()], [], [], min(left, 5.0))[0]:
                continue
            piece = stream.read()
            if not piece:
                break
            output = (output + piece)[-_KEPT_BYTES:]
            *lines, unfinished = (unfinished + piece).split(b"\n")
            for line in lines:
                if not line.startswith(_MARK.encode()):
                    tell(_text(line.rpartition(b"\r")[2] or line))
        return _ended(_text(output), stream.fault.message if stream.fault else "the connection was lost")
    finally:
        stream.close()


def _ended(output: str, why: str) -> Measured:
    said, mark, code = output.rpartition(f"\n{_MARK}")
    if not mark or not code.strip().isdigit():
        return Measured(None, output, why)
    return Measured(int(code), said)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
