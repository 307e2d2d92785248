"""Watching long logs: opening at the end, searching, memory. Figures are printed; ratios are asserted."""

import multiprocessing
import os
import re
import time
from pathlib import Path

import pytest

from tests.benchmarks.flooding import write
from tests.benchmarks.test_lines import SERVING, log
from wizard.monitor.source import Source
from wizard.monitor.watch import Watched

pytestmark = pytest.mark.benchmark
NUMBER = re.compile(rb"n=(\d{9})")


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
    start = time.process_time()
    found = sum(1 for _ in watched.search(re.compile(rb"99999 HTTP"), lambda: False))
    searched = time.process_time() - start
    start = time.process_time()
    expected = len(re.findall(rb"99999 HTTP", path.read_bytes()))
    plain = time.process_time() - start
    size = path.stat().st_size / 1e6
    print(f"\nopened: 1 MB {took[short] * 1000:.0f} ms, {size:.0f} MB {took[path] * 1000:.0f} ms")
    print(f"searched 1 M lines: {searched:.2f} s of processor time, a plain pass {plain:.2f} s")
    assert found == expected
    assert took[path] < 3 * took[short] + 0.05
    assert searched < 8 * plain


def resident_mib() -> float:
    """Of this process, now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1024**2


def test_memory_stays_flat(tmp_path: Path) -> None:
    """From 1 M to 10 M lines; the file is emptied now and then, as logrotate does."""
    data, path = log(SERVING, 100_000), tmp_path / "x.log"
    watched, sizes = Watched(Source("x", str(path))), []
    for turn in range(100):
        if turn % 10 == 0 and turn:
            os.truncate(path, 0)
        with path.open("ab") as file:
            file.write(data)
        while watched.poll() or watched.unread_bytes:
            pass
        sizes.append(resident_mib())
    watched.close()
    print(f"\nmemory: {sizes[9]:.0f} MiB after 1 M lines, {sizes[-1]:.0f} MiB after 10 M")
    assert watched.reading.lines == 10_000_000
    assert sizes[-1] - sizes[9] < 10


def test_no_line_is_lost_at_100000_a_second(tmp_path: Path) -> None:
    """Written by another process to eight logs; what the watching thread needs for it."""
    paths = [tmp_path / f"{n}.log" for n in range(8)]
    watched = [Watched(Source(path.name, str(path))) for path in paths]
    context = multiprocessing.get_context("fork")
    written = context.Value("q", 0, lock=False)
    writer = context.Process(target=write, args=(paths, 100_000, 3.0, written))
    start, used = time.monotonic(), time.process_time()
    writer.start()
    while writer.is_alive() or sum(one.reading.lines for one in watched) < 299_999:
        for one in watched:
            one.poll()
        assert time.monotonic() - start < 60, "lines are missing"
        time.sleep(0.05)
    share = (time.process_time() - used) / 3.0
    late = time.monotonic() - start - 3.0
    print(f"\n100,000 lines/s: {100 * share:.0f} % of a core to understand them, all there {late:.2f} s after the last")
    for place, one in enumerate(watched):
        numbers = [int(found[1]) for line in one.part(0, one.lines.end)[1] if (found := NUMBER.search(line))]
        assert numbers == list(range(numbers[0], 300_000, 8)), place
        one.close()
