"""Waiting for what other threads and processes do: until it is so, never for a time."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

LIMIT_S = 120.0
"""So long something may take on a busy machine before it is taken for lost."""
_LOOK_S = 0.02


def eventually(holds: Callable[[], object], limit_s: float = LIMIT_S) -> bool:
    """Whether it becomes true within the limit."""
    deadline, pause = time.monotonic() + limit_s, threading.Event()
    while not holds():
        if time.monotonic() > deadline:
            return False
        pause.wait(_LOOK_S)
    return True


def wait_for(holds: Callable[[], object], what: str | Path = "", limit_s: float = LIMIT_S) -> None:
    """Waits until something is so; when it never is, fails with what it was, or with the end of the log that tells."""
    if not eventually(holds, limit_s):
        pytest.fail(f"never came: {what if isinstance(what, str) else what.read_text(encoding='utf-8')[-3000:]}")
