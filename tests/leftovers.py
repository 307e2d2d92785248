"""What the tests started and what is still alive: children of this worker, and what went its own way with its mark."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.waiting import eventually

MARK = "GLM_WIZARD_TESTS"
"""The variable that everything carries which a worker started, also where it has another parent by now."""
_PATIENCE_S = 10.0
"""How long what was ended may take to go."""


class Left(NamedTuple):
    """A process that a test left behind."""

    pid: int
    words: str
    test: str
    """Which test ran when it was started; empty where its environment does not tell."""

    def __str__(self) -> str:
        return f"pid {self.pid} ({self.words}){f', started in {self.test}' if self.test else ''}"


def begin() -> None:
    """Marks what this worker starts from now on."""
    os.environ[MARK] = str(os.getpid())


def left() -> tuple[Left, ...]:
    """What is alive of all that was started by this worker. Zombies are not."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if fields[0] not in {"Z", "X"}:
                parents[int(path.parent.name)] = int(fields[1])
    return tuple(one for pid in parents if pid != os.getpid() and (one := _of_ours(pid, parents)) is not None)


def _of_ours(pid: int, parents: dict[int, int]) -> Left | None:
    environment: dict[str, str] = {}
    with suppress(OSError):
        text = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace")
        environment = dict(word.split("=", 1) for word in text.split("\0") if "=" in word)
    if environment.get(MARK) != str(os.getpid()) and os.getpid() not in _ancestors(pid, parents):
        return None
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ").strip()
    except OSError:
        return None
    return Left(pid, words[:200], environment.get("PYTEST_CURRENT_TEST", ""))


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while (pid := parents.get(pid, 0)) > 1:
        yield pid


def complaint() -> str:
    """What is still alive although it had time to end, which is then ended; empty: nothing."""
    if eventually(lambda: not left(), _PATIENCE_S):
        return ""
    found = left()
    for one in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one.pid, signal.SIGKILL)
    return "\n".join(["processes were left behind:", *map(str, found)])
