"""The monitor under a flood, on a terminal of its own: processor time, lag, memory, bytes to the terminal.

Prints figures; asserts only what holds on any machine. ``TOOLONG=/path/to/tl`` runs toolong beside it.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
LINE = (
    "[2026-03-04 05:06:07 TP0] Decode batch, n={n:09d}, #running-req: 12, #token: 1000, token usage: 0.42, accept len: "
    "2.71, npu graph: True, gen throughput (token/s): 512.25, #queue-req: 3\n"
)
NUMBER = re.compile(rb"n=(\d{9})")
BUSY_S, START_S = 6.0, 15.0


class Measured(NamedTuple):
    """What one program did in the busy time, and in two quiet seconds after it."""

    cpu_share: float
    sent_kib_s: float
    lag_p95_s: float | None
    memory_mb: float
    idle_bytes: int

    def __str__(self) -> str:
        lag = "-" if self.lag_p95_s is None else f"{self.lag_p95_s:.2f} s"
        return (
            f"{100 * self.cpu_share:.0f} % of a core, {self.sent_kib_s:.0f} KiB/s, lag p95 {lag}, "
            f"{self.memory_mb:.0f} MB, {self.idle_bytes} bytes idle"
        )


def monitor(files: list[Path]) -> list[str]:
    return [sys.executable, "-m", "wizard.cli", "--monitor", *map(str, files)]


def measured(words: list[str], files: list[Path], rate: int, size: tuple[int, int]) -> Measured:
    """Runs a program on a terminal while its files grow at ``rate`` lines a second in all."""
    pid, handle = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        os.execvp(words[0], words)  # noqa: S606
    try:
        fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.kill(pid, signal.SIGWINCH)
        drawn, end = b"", time.monotonic() + START_S
        while len(drawn) < 4096 and time.monotonic() < end:
            drawn += _drained(handle, 0.5, quiet_s=0.1)
        _drained(handle, START_S, quiet_s=1.5)
        return _under_load(pid, handle, files, rate)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(handle)


def _under_load(pid: int, handle: int, files: list[Path], rate: int) -> Measured:
    writers = [path.open("a", buffering=1024 * 1024) for path in files]
    start, busy, sent, written = time.monotonic(), cpu_s(pid), 0, 0
    seen, lags = 0, []
    while (now := time.monotonic() - start) < BUSY_S:
        for _ in range(written, int(now * rate)):
            writers[written % len(writers)].write(LINE.format(n=written))
            written += 1
        for writer in writers:
            writer.flush()
        data = _drained(handle, 0.02, quiet_s=0.02)
        sent += len(data)
        seen = max([seen, *map(int, NUMBER.findall(data))])
        if now > 1:
            lags.append((written - seen) / rate)
    used = cpu_s(pid) - busy
    memory = memory_mb(pid)
    for writer in writers:
        writer.close()
    _drained(handle, 5, quiet_s=1.5)
    idle = len(_drained(handle, 2, quiet_s=2))
    lag = statistics.quantiles(lags, n=20)[-1] if seen else None
    return Measured(used / BUSY_S, sent / BUSY_S / 1024, lag, memory, idle)


def _drained(handle: int, longest_s: float, *, quiet_s: float) -> bytes:
    """What the program writes until it is quiet."""
    parts, end = [], time.monotonic() + longest_s
    while (left := end - time.monotonic()) > 0:
        ready, _, _ = select.select([handle], [], [], min(left, quiet_s))
        if not ready:
            break
        parts.append(os.read(handle, 1024 * 1024))
    return b"".join(parts)


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and all below it."""
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(pid)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Proportional set size."""
    rollups = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(pid)]
    return sum(int(re.search(r"Pss: +(\d+)", one)[1]) for one in rollups) / 1024  # type: ignore[index]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Eight logs with a few lines."""
    paths = [tmp_path / f"server{n}.log" for n in range(8)]
    for path in paths:
        path.write_text(LINE.format(n=0))
    return paths


@pytest.mark.benchmark
@pytest.mark.parametrize("rate", [20_000, 100_000])
def test_eight_panes_under_a_flood(files: list[Path], rate: int) -> None:
    """Every line understood; nothing is sent once nothing is written."""
    found = measured(monitor(files), files, rate, (200, 50))
    print(f"\nmonitor, 8 panes, {rate:,} lines/s: {found}")
    assert found.idle_bytes == 0
    assert found.lag_p95_s is not None


@pytest.mark.benchmark
@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
def test_bytes_to_the_terminal(files: list[Path], size: tuple[int, int]) -> None:
    """At 1,000 lines a second, beside lnav."""
    own = measured(monitor(files), files, 1_000, size)
    print(f"\nmonitor, {size[0]}x{size[1]}, 1,000 lines/s: {own}")
    lnav = shutil.which("lnav")
    if lnav:
        print(f"lnav, the same files: {measured([lnav, *map(str, files)], files, 1_000, size)}")
    assert own.idle_bytes == 0


@pytest.mark.benchmark
def test_it_needs_less_than_toolong(files: list[Path]) -> None:
    """One file at 1,000 lines a second."""
    toolong = os.environ.get("TOOLONG")
    if not toolong:
        pytest.skip("TOOLONG names no toolong to compare with")
    own = measured(monitor(files[:1]), files[:1], 1_000, (200, 50))
    other = measured([toolong, str(files[0])], files[:1], 1_000, (200, 50))
    print(f"\nmonitor: {own}\ntoolong: {other}")
    assert own.cpu_share < other.cpu_share
    assert own.sent_kib_s < other.sent_kib_s
