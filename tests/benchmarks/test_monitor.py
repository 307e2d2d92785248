"""The monitor under a flood, beside lnav and toolong in the same run: processor time, lag, memory, bytes, opening.

Prints figures; asserts only what holds on any machine. ``TOOLONG=/path/to/tl`` runs toolong beside it.
"""

import os
import re
import shutil
import statistics
import sys
from pathlib import Path

import pytest

from tests.benchmarks.flooding import LINE, Measured, Press, Terminal, measured

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(
        shutil.which("tmux") is None, reason="tmux, the terminal of these measurements, is not installed"
    ),
]
LARGE, SMALL = (200, 50), (80, 24)
GIB = 1 << 30


def monitor(files: list[Path]) -> list[str]:
    return [sys.executable, "-m", "wizard.cli", "--monitor", *map(str, files)]


def others() -> dict[str, str | None]:
    """What to compare with, and where it is."""
    toolong = os.environ.get("TOOLONG")
    return {"lnav": shutil.which("lnav"), "toolong": toolong if toolong and Path(toolong).exists() else None}


def beside(files: list[Path], rate: int, size: tuple[int, int]) -> dict[str, Measured]:
    """The same of the others; says which are not here."""
    found = {}
    for name, program in others().items():
        if program is None:
            print(f"{name}: not measured, it is not installed (for toolong, TOOLONG names it)")
            continue
        found[name] = measured([program, *map(str, files)], files, rate, size, patience_s=5)
        print(f"{name}: {found[name]}")
    return found


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Eight logs with a line each."""
    paths = [tmp_path / f"server{n}.log" for n in range(8)]
    for path in paths:
        path.write_text(LINE.format(n=0))
    return paths


def test_eight_panes_at_20000_lines_a_second(files: list[Path]) -> None:
    """Every line understood; nothing is sent once nothing is written."""
    own = measured(monitor(files), files, 20_000, LARGE)
    print(f"\nmonitor, 8 panes, 20,000 lines/s (at most 15 %, lag 0.5 s, 120 MB): {own}")
    beside(files, 20_000, LARGE)
    assert own.idle_bytes == 0
    assert own.caught_up_s is not None


def pane(text: str) -> list[str]:
    """The log in the first pane, which stands still while it is paused."""
    return [line[:50] for line in text.splitlines()[3:12]]


def typed(text: str) -> list[str]:
    """What stands in the field of the search."""
    return re.findall(r"search / +([56,]*)", text)


def place(text: str) -> str:
    """Which of the lines found is shown; empty where nothing is sought."""
    found = re.search(r"/56,/ ([\d,]+) of", text)
    return found[1] if found else ""


def heads(text: str) -> int:
    """Panes that can be seen."""
    return text.count(" queued ")


KEYS = (
    Press("up, stands still", "Up", lambda _, now: "paused" in now),
    Press("page up", "PageUp", lambda before, now: pane(before) != pane(now)),
    Press("page up", "PageUp", lambda before, now: pane(before) != pane(now)),
    Press("oldest", "g", lambda before, now: pane(before) != pane(now)),
    Press("follow", "f", lambda _, now: "paused" not in now),
    Press("next pane", "Tab", lambda _, now: "[2 ok]" in now),
    Press("pane by number", "1", lambda _, now: "[1 ok]" in now),
    Press("zoom", "z", lambda _, now: heads(now) == 1),
    Press("zoom back", "z", lambda _, now: heads(now) == 8),
    Press("search", "/", lambda _, now: "search /" in now),
    *(Press("a letter", letter, lambda before, now: typed(before) != typed(now)) for letter in "56,"),
    Press("search begins", "Enter", lambda _, now: place(now) != ""),
    Press("next hit back", "N", lambda before, now: place(now) not in ("", place(before))),
    Press("next hit", "n", lambda before, now: place(now) not in ("", place(before))),
    Press("search ends", "Escape", lambda _, now: place(now) == ""),
    Press("follow", "f", lambda _, now: "paused" not in now),
    Press("errors only", "e", lambda _, now: "· errors" in now),
    Press("warnings, too", "e", lambda _, now: "· warnings" in now),
    Press("everything", "e", lambda _, now: "· warnings" not in now),
    Press("events", "v", lambda _, now: "d Diagnosis" in now),
    Press("events close", "Escape", lambda _, now: "d Diagnosis" not in now),
)
"""What people press while logs pour in, and what it brings up."""


def test_keys_are_answered_under_a_flood(files: list[Path]) -> None:
    """Moving, following, searching, other panes, filters; beside it, what the terminal needs to show a character."""
    own = measured(monitor(files), files, 20_000, LARGE, keys=KEYS, busy_s=12)
    print(f"\nmonitor, 8 panes, 20,000 lines/s, keys pressed (p95 at most 60 ms): {own}")
    for name in dict.fromkeys(press.name for press in KEYS):
        took = [1000 * one for known, one in own.keys_s if known == name]
        if took:
            print(f"  {name}: median {statistics.median(took):.0f}, longest {max(took):.0f} ms of {len(took)}")
    with Terminal(["cat"], LARGE, files[0].parent) as bare:
        bare.key("x")
        print(f"a key shown by the terminal alone: {1000 * (bare.until(lambda text: 'x' in text, 5) or 0):.0f} ms")
    assert own.key_p95_s is not None
    assert own.idle_bytes == 0


def test_eight_panes_at_100000_lines_a_second(files: list[Path]) -> None:
    """The last line is shown; that none is lost on the way is counted in test_watch."""
    own = measured(monitor(files), files, 100_000, LARGE)
    print(f"\nmonitor, 8 panes, 100,000 lines/s (at most 50 %, lag 1 s): {own}")
    assert own.idle_bytes == 0
    assert own.caught_up_s is not None


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_bytes_to_the_terminal(files: list[Path], size: tuple[int, int]) -> None:
    """At 1,000 lines a second."""
    own = measured(monitor(files), files, 1_000, size)
    most = 60 if size == LARGE else 20
    print(f"\nmonitor, {size[0]}x{size[1]}, 1,000 lines/s (at most {most} KiB/s): {own}")
    beside(files, 1_000, size)
    assert own.idle_bytes == 0


def test_one_file_needs_less_than_with_toolong(files: list[Path]) -> None:
    """At 1,000 lines a second."""
    own = measured(monitor(files[:1]), files[:1], 1_000, LARGE)
    print(f"\nmonitor, 1 file, 1,000 lines/s: {own}")
    found = beside(files[:1], 1_000, LARGE)
    if "toolong" not in found:
        pytest.skip("TOOLONG names no toolong to compare with")
    assert own.cpu_share < found["toolong"].cpu_share


def test_a_log_of_1_gib_opens_at_its_end(tmp_path: Path) -> None:
    """From the start of the program to its last line, against a log of one line."""
    long, short = tmp_path / "long.log", tmp_path / "short.log"
    block = "".join(LINE.format(n=n) for n in range(6000)).encode()
    with long.open("wb") as file:
        for _ in range(GIB // len(block)):
            file.write(block)
        file.write(LINE.format(n=987654321).encode())
    short.write_text(LINE.format(n=987654321))
    programs = {"monitor": monitor([])} | {name: [program] for name, program in others().items() if program}
    took = {}
    for name, words in programs.items():
        for path in (short, long):
            with Terminal([*words, str(path)], LARGE, tmp_path) as terminal:
                took[name, path] = terminal.until(lambda text: "n=987654321" in text, 30)
    long.unlink()
    print("\nfrom the start of the program to the last line of the log:")
    for name in programs:
        small, large = (f"{one:.2f} s" if one else "more than 30 s" for one in (took[name, short], took[name, long]))
        print(f"{name}: a line {small}, 1 GiB {large}")
    own = took["monitor", long]
    assert own is not None
    assert own < (took["monitor", short] or 0) + 1.5
