"""Options and fixtures of the whole suite."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import leftovers
from tests.sshd import SSHD, SshHosts

# how long an example takes depends on what else runs on the machine; that is no defect of the product
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


def pytest_xdist_auto_num_workers() -> int:
    """Three workers on two cores: tests of screens and of programs wait for half of their time."""
    cores = len(os.sched_getaffinity(0))
    return cores + (cores + 1) // 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` rewrites the golden files instead of comparing with them."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


def pytest_sessionstart() -> None:
    """What a worker starts is known as its own, and hears Ctrl-C and the end of its terminal, also behind nohup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    leftovers.begin()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Nothing that was started lives on: after each slower test, and after the last one of every file and worker."""
    yield
    is_last_of_file = nextitem is None or nextitem.path != item.path
    if is_last_of_file or any(item.get_closest_marker(name) for name in ("slow", "ssh", "wheel", "benchmark")):
        words = leftovers.complaint()
        if words:
            pytest.fail(words, pytrace=False)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the presets, runs or settings of whoever runs it."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ssh_hosts(tmp_path: Path) -> Iterator[SshHosts]:
    """Real ssh servers on loopback addresses, ended afterwards."""
    if SSHD is None or os.getuid() != 0:
        pytest.skip("needs openssh-server and root")
    Path("/run/sshd").mkdir(exist_ok=True)
    made = SshHosts(tmp_path)
    yield made
    made.stop()
