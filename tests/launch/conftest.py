"""Hosts for launches, and the proof that nothing of them is left."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launch.cluster import SSHD, Cluster, wait_for
from tests.routers import NO_ROUTER, router_python


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Hosts on loopback, a wizard with a state folder of its own, and no process left behind."""
    if SSHD is None or os.getuid() != 0:
        pytest.skip("needs openssh-server and root")
    Path("/run/sshd").mkdir(exist_ok=True)
    (tmp_path / "hosts").mkdir()
    made = Cluster(tmp_path / "hosts")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "wizard"))
    monkeypatch.setenv("PATH", f"{made.folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    try:
        yield made
        wait_for(lambda: not made.servers(), "the end of everything that was started", 15)
    finally:
        made.close()


@pytest.fixture
def real_router() -> str:
    """A Python that has the router's wheel; the hosts of a cluster start their router with it."""
    python = router_python()
    if python is None:
        pytest.skip(NO_ROUTER)
    return python
