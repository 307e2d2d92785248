"""Watching long logs: opening at the end, searching, memory. Figures are printed; ratios are asserted."""

import re
import time
from pathlib import Path

import pytest

from tests.benchmarks.test_lines import SERVING, log
from wizard.monitor.watch import Source, Watched

pytestmark = pytest.mark.benchmark


def test_a_long_log_opens_as_fast_as_a_short_one_and_is_searched_like_grep(tmp_path: Path) -> None:
    """1 M lines, against a file of 1 MB; the search against a plain pass over the same bytes."""
    data = log(SERVING, 100_000)
    path, short = tmp_path / "long.log", tmp_path / "short.log"
    with path.open("wb") as file:
        for _ in range(10):
            file.write(data)
    short.write_bytes(data[:1_000_000])
    took = {}
    for one in (short, path):
        start = time.perf_counter()
        watched = Watched(Source("x", str(one)))
        assert watched.poll()
        took[one] = time.perf_counter() - start
    start = time.perf_counter()
    found = sum(1 for _ in watched.search(re.compile(rb"99999 HTTP"), lambda: False))
    searched = time.perf_counter() - start
    start = time.perf_counter()
    expected = len(re.findall(rb"99999 HTTP", path.read_bytes()))
    plain = time.perf_counter() - start
    size = path.stat().st_size / 1e6
    print(f"\nopened: 1 MB {took[short] * 1000:.0f} ms, {size:.0f} MB {took[path] * 1000:.0f} ms")
    print(f"searched 1 M lines: {searched:.2f} s, a plain pass {plain:.2f} s")
    assert found == expected
    assert took[path] < 3 * took[short] + 0.05
    assert searched < 8 * plain


def resident_mib() -> float:
    """Of this process, now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1024**2


def test_memory_stays_flat(tmp_path: Path) -> None:
    """From 1 M to 5 M lines."""
    data, path = log(SERVING, 100_000), tmp_path / "x.log"
    watched, sizes = Watched(Source("x", str(path))), []
    for _ in range(50):
        with path.open("ab") as file:
            file.write(data)
        while watched.poll() or watched.unread_bytes:
            pass
        sizes.append(resident_mib())
    print(f"\nmemory: {sizes[9]:.0f} MiB after 1 M lines, {sizes[-1]:.0f} MiB after 5 M")
    assert watched.reading.lines == 5_000_000
    assert sizes[-1] - sizes[9] < 10
