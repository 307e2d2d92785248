"""Connections that are given up while they are being made leave nothing behind."""

import threading
from typing import Any

import pytest

from wizard.monitor.wire import Wire


class Held:
    """A host that answers when it is let go."""

    address = "10.0.0.9"

    def __init__(self) -> None:
        self.go, self.opened = threading.Event(), threading.Event()
        self.closed = 0

    def open(self, _: str) -> Any:
        """Starts the script."""
        assert self.go.wait(20)
        self.opened.set()
        return self

    def close(self) -> None:
        """Ends it."""
        self.closed += 1


def joined() -> None:
    """Waits for whoever connects."""
    for thread in threading.enumerate():
        if thread.name.startswith("follow 10.0.0.9"):
            thread.join(20)


@pytest.mark.parametrize("is_early", [True, False])
def test_a_connection_nobody_took_is_closed(is_early: bool) -> None:
    """Whether it was made before the monitor was left, or only afterwards."""
    host: Any = Held()
    wire = Wire(host, lambda: "")
    assert wire.read(1) == b""
    if is_early:
        host.go.set()
        joined()
    wire.close()
    host.go.set()
    joined()
    assert host.opened.is_set()
    assert host.closed >= 1
