"""A finished log replayed by its time stamps says in the end what it said to whoever watched it live."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.monitor.test_catalogue import CASES
from wizard import cli
from wizard.errors import UsageError
from wizard.monitor.reader import LogReader
from wizard.monitor.replay import followers, stamp
from wizard.monitor.source import Source
from wizard.monitor.watch import Watched
from wizard.words import monitor


class Clock:
    """A clock that the test moves."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


def replayed(paths: list[Path], speed: float, clock: Clock) -> list[Watched]:
    """Logs on a replay."""
    handed, _ = followers([str(path) for path in paths], speed, clock)
    return [Watched(Source(path.stem, str(path)), one) for path, one in zip(paths, handed, strict=True)]


def to_the_end(watched: list[Watched], clock: Clock, step_s: float) -> None:
    """Polls as the screen does, until all is handed on."""
    for _ in range(100_000):
        for one in watched:
            while one.poll(2000):
                pass
        if all(one.state == "ended" for one in watched):
            return
        clock.now += step_s
    raise AssertionError("it never ended")


STAMPED = [text for _, text, _ in CASES if any(stamp(line) is not None for line in text.encode().splitlines())]


@pytest.mark.parametrize("case", range(0, len(STAMPED), 7))
def test_phases_and_diagnosis_equal_those_of_the_live_run(case: int, tmp_path: Path) -> None:
    """For one failure in seven of the catalogue."""
    path, live, clock = tmp_path / "server.log", LogReader(), Clock()
    path.write_text(STAMPED[case])
    live.feed(path.read_bytes())
    (watched,) = replayed([path], 10, clock)
    to_the_end([watched], clock, 0.1)
    assert watched.reading == live.reading()


LINES = st.lists(
    st.one_of(
        st.integers(0, 120).map(lambda s: f"[2026-01-07 07:{s // 60:02}:{s % 60:02} TP0] word".encode()),
        st.sampled_from([b"  File x", b"", b"2026-02-31 25:00:00 no time", b"\xff\x00 \r 5%\r 6%", b"x" * 5000]),
    ),
    max_size=40,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.booleans())
def test_nothing_is_lost_and_nothing_comes_before_its_time(tmp_path: Path, lines: list[bytes], has_end: bool) -> None:
    """Whatever the lines are; the last one need not have an end."""
    first = b"[2026-01-07 07:00:00] first\n"
    data = first + b"\n".join(lines) + (b"\n" if has_end else b"")
    path, clock = tmp_path / "x.log", Clock()
    path.write_bytes(data)
    (follower,), shared = followers([str(path)], 10, clock)
    handed = b""
    for _ in range(40):
        while chunks := follower.read(1000):
            for chunk in chunks:
                handed += chunk.data
        stamps = [time for line in handed.split(b"\n") if (time := stamp(line)) is not None]
        assert max(stamps) <= shared.now
        assert follower.read_at(10**6, 0) == handed
        clock.now += 0.5
    assert handed == data
    assert follower.state == "ended"
    follower.close()


def test_two_logs_run_on_one_clock(tmp_path: Path) -> None:
    """What was written later in one comes later in the other."""
    one, two, clock = tmp_path / "one.log", tmp_path / "two.log", Clock()
    one.write_text("[2026-01-07 07:00:00] a\n[2026-01-07 07:01:00] c\n")
    two.write_text("[2026-01-07 07:00:30] b\n")
    watched = replayed([one, two], 10, clock)
    for seconds, lines in ((0.0, (1, 0)), (2.9, (1, 0)), (3.0, (1, 1)), (5.9, (1, 1)), (6.0, (2, 1))):
        clock.now = 50 + seconds
        for log in watched:
            log.poll()
        assert tuple(len(log.lines) for log in watched) == lines
        assert len(list(watched[0].search(re.compile(b"."), lambda: False))) == lines[0], "the future is not searched"


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "inf", ""])
def test_a_speed_is_a_number_above_zero(speed: str, tmp_path: Path) -> None:
    """What else is typed is a mistake."""
    (tmp_path / "x.log").write_text("[2026-01-07 07:00:00] a\n")
    with pytest.raises(UsageError, match="is no speed"):
        monitor.begun([str(tmp_path / "x.log")], speed)


def test_what_cannot_be_replayed_is_said(tmp_path: Path) -> None:
    """A log of another host, one that is not there, one without times, what is piped in."""
    plain = tmp_path / "plain.log"
    plain.write_text("no time\n")
    for name, words in (
        ("far.example:/x.log", "no log file of this machine"), ("localhost:/x.log", "no log file of this machine"),
        ("-", "no log file of this machine"),
        (str(tmp_path / "none.log"), "no such file"), (str(plain), "nothing to go by"),
        (str(tmp_path), "is a directory"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=words):
            monitor.begun([name], "10")


def test_on_the_command_line_it_ends_with_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All lines, the failure, and 1."""
    path = tmp_path / "server.log"
    path.write_text(
        "".join(f"[2026-01-07 07:00:{n:02}] line {n}\n" for n in range(30)) + "RuntimeError: NPU out of memory. Tried\n"
    )
    assert cli.main(["--monitor", str(path), "--speed", "1000", "--plain"]) == 1
    out = capsys.readouterr().out
    assert "| [2026-01-07 07:00:00] line 0" in out
    assert "line 29" in out
    assert "! npu_oom" in out
