"""Programs on a terminal of their own while their logs grow: what they cost, and how soon they show what was written.

The terminal is tmux, so its size is certain and what stands on it can be read; writing is done by another process.
"""

import itertools
import multiprocessing
import os
import re
import shlex
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

ROOT = Path(__file__).parents[2]
LINE = (
    "[2026-03-04 05:06:07 TP0] Decode batch, n={n:09d}, #running-req: 12, #token: 1000, token usage: 0.42, accept len: "
    "2.71, npu graph: True, gen throughput (token/s): 512.25, #queue-req: 3\n"
)
NUMBER = re.compile(r"n=(\d{9})")
START_S, BUSY_S, IDLE_S = 30.0, 4.0, 1.5
_WARM_S = 1.0
_EVERY_S = 0.05
_ROUND_S = 3.0
"""All keys are pressed once more in so long, so that what the last one opened is closed again."""
_LONGEST_S = 2.0
"""A key that was not answered by then counts with this."""


class Terminal:
    """A program in a tmux of its own; gone, with the program, when left."""

    def __init__(self, words: list[str], size: tuple[int, int], folder: Path) -> None:
        """Starts the program.

        Args:
            words: program and arguments.
            size: columns and rows.
            folder: where to keep what the program sends to its terminal.
        """
        self._socket = str(folder / f"tmux-{len(list(folder.iterdir()))}")
        self._sent = folder / f"{Path(self._socket).name}.sent"
        self._sent.touch()
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "TMUX")}
        self._environ = kept | {"COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "sh", ";",
            "set", "-g", "status", "off", ";", "pipe-pane", "-o", f"exec cat >{shlex.quote(str(self._sent))}",
        )  # fmt: skip
        self._tmux("respawn-pane", "-k", "-c", str(ROOT), shlex.join(["exec", *words]))
        self.pid = int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, *words]
        return subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False).stdout

    def shown(self) -> str:
        """What stands on the terminal."""
        return self._tmux("capture-pane", "-p")

    def key(self, name: str) -> None:
        """Presses a key."""
        self._tmux("send-keys", name)

    def until(self, holds: Callable[[str], bool], longest_s: float, every_s: float = 0.01) -> float | None:
        """Seconds until what stands there is as wanted; None when it never was."""
        start = time.monotonic()
        while not holds(self.shown()):
            if time.monotonic() - start > longest_s:
                return None
            time.sleep(every_s)
        return time.monotonic() - start

    def sent_bytes(self) -> int:
        """How much the program has sent to its terminal."""
        return self._sent.stat().st_size


class Press(NamedTuple):
    """A key, and how to see that it was answered."""

    name: str
    key: str
    shows: Callable[[str, str], bool]
    """Told what stood there before the key and what stands there now."""


class Measured(NamedTuple):
    """What one program did in the busy time, and in the quiet seconds after it."""

    cpu_share: float
    sent_kib_s: float
    lag_p95_s: float | None
    memory_mb: float
    idle_bytes: int
    caught_up_s: float | None
    """How long after the last line was written it was shown; None where it never was."""
    keys_s: tuple[tuple[str, float], ...] = ()
    """Each key that was pressed, and how long after it what it brings up was on the terminal."""

    @property
    def key_p95_s(self) -> float | None:
        """Over all keys."""
        return _p95([took for _, took in self.keys_s])

    def __str__(self) -> str:
        parts = [f"{100 * self.cpu_share:.0f} % of a core", f"{self.sent_kib_s:.1f} KiB/s"]
        parts.append("lag unknown" if self.lag_p95_s is None else f"lag p95 {self.lag_p95_s:.2f} s")
        parts.append(
            "last line never shown" if self.caught_up_s is None else f"last line {self.caught_up_s:.2f} s late"
        )
        if self.key_p95_s is not None:
            median = statistics.median(took for _, took in self.keys_s)
            parts.append(f"key to paint p50 {1000 * median:.0f}, p95 {1000 * self.key_p95_s:.0f} ms")
        return f"{', '.join(parts)}, {self.memory_mb:.0f} MB, {self.idle_bytes} bytes idle"


def measured(
    words: list[str],
    files: list[Path],
    rate: int,
    size: tuple[int, int],
    *,
    keys: Sequence[Press] = (),
    busy_s: float = BUSY_S,
    patience_s: float = 30.0,
) -> Measured:
    """Runs a program while its files grow at ``rate`` lines a second in all.

    Args:
        words: program and arguments.
        files: what it shows.
        rate: lines a second, over all files.
        size: of the terminal.
        keys: pressed in turn while it is busy, each 50 ms after the one before was answered.
        busy_s: for how long it is measured.
        patience_s: how long to wait for the last line.
    """
    folder = files[0].parent / f"terminal-{time.monotonic_ns()}"
    folder.mkdir()
    with Terminal(words, size, folder) as terminal:
        if terminal.until(lambda text: NUMBER.search(text) is not None, START_S) is None:
            raise AssertionError(f"{words[0]} shows no line: {terminal.shown()}")
        time.sleep(_WARM_S)
        return _under_load(terminal, files, rate, (keys, busy_s, patience_s))


def _under_load(
    terminal: Terminal, files: list[Path], rate: int, plan: tuple[Sequence[Press], float, float]
) -> Measured:
    keys, busy_s, patience_s = plan
    context = multiprocessing.get_context("fork")
    written = context.Value("q", 0, lock=False)
    writer = context.Process(target=write, args=(files, rate, _WARM_S + busy_s + (_ROUND_S if keys else 0), written))
    writer.start()
    time.sleep(_WARM_S)
    start, used, sent, lags, took = time.monotonic(), cpu_s(terminal.pid), terminal.sent_bytes(), [], []
    turns = itertools.cycle(keys)
    while time.monotonic() - start < busy_s - 0.5 or (keys and len(took) % len(keys)):
        numbers = [int(one) for one in NUMBER.findall(terminal.shown())]
        if numbers:
            lags.append(max(0.0, (written.value - max(numbers)) / rate))
        if keys:
            press = next(turns)
            took.append((press.name, _answered_s(terminal, press)))
        time.sleep(_EVERY_S)
    passed = time.monotonic() - start
    used, sent = cpu_s(terminal.pid) - used, terminal.sent_bytes() - sent
    memory = memory_mb(terminal.pid)
    writer.join()
    last = written.value - len(files)  # of any of the files: not all of them may have a pane
    late = terminal.until(lambda text: max(map(int, NUMBER.findall(text)), default=0) >= last, patience_s)
    time.sleep(1.5)
    idle = terminal.sent_bytes()
    time.sleep(IDLE_S)
    idle = terminal.sent_bytes() - idle
    return Measured(used / passed, sent / passed / 1024, _p95(lags), memory, idle, late, tuple(took))


def _answered_s(terminal: Terminal, press: Press) -> float:
    before = terminal.shown()
    start = time.monotonic()
    terminal.key(press.key)
    is_answered = terminal.until(lambda now: press.shows(before, now), _LONGEST_S) is not None
    return time.monotonic() - start if is_answered else _LONGEST_S


def _p95(values: list[float]) -> float | None:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else None


def write(files: list[Path], rate: int, seconds: float, written: "multiprocessing.sharedctypes.Synchronized") -> None:  # type: ignore[type-arg]
    """Appends numbered lines to the files in turn, catching up every 20 ms."""
    handles = [path.open("a", buffering=1024 * 1024) for path in files]
    start, count, end = time.monotonic(), 1, int(seconds * rate)
    while count < end:
        due = min(end, int((time.monotonic() - start) * rate))
        for number in range(count, due):
            handles[number % len(handles)].write(LINE.format(n=number))
        for handle in handles:
            handle.flush()
        count = max(count, due)
        written.value = count
        time.sleep(0.02)


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
    return sum(int(found[1]) for one in rollups if (found := re.search(r"Pss: +(\d+)", one))) / 1024
