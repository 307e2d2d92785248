"""Watching real files: nothing lost, nothing twice, whatever happens to the file."""

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.monitor.ring import LINE_BYTES, Ring
from wizard.monitor.source import Source
from wizard.monitor.tail import FileFollower
from wizard.monitor.watch import Watched

STAMP = "[2026-03-04 05:06:07] "


def opened(path: Path) -> Watched:
    """The file, read as far as it goes."""
    watched = Watched(Source("x", str(path)))
    drain(watched)
    return watched


def drain(watched: Watched) -> None:
    """Polls until nothing is new and everything was read."""
    while watched.poll() or watched.unread_bytes:
        pass


def texts(watched: Watched) -> list[str]:
    """What is in memory."""
    return [watched.lines[place].decode() for place in range(len(watched.lines))]


def append(path: Path, text: str) -> None:
    """Adds to the file, as a server does."""
    with path.open("a") as file:
        file.write(text)


def rename_and_create(path: Path) -> None:
    """Logrotate's usual way."""
    path.rename(path.with_suffix(".1"))
    path.touch()


def copytruncate(path: Path) -> None:
    """Logrotate's way for servers that keep the file open."""
    path.with_suffix(".1").write_bytes(path.read_bytes())
    os.truncate(path, 0)


def delete_and_recreate(path: Path) -> None:
    """By hand."""
    path.unlink()
    path.touch()


MOVES = [rename_and_create, copytruncate, delete_and_recreate]


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("polled_between", [True, False])
def test_every_line_comes_once_through_every_move(
    tmp_path: Path, move: Callable[[Path], None], polled_between: bool
) -> None:
    """Thrice, and with a file that grows past its old size before it is looked at."""
    path = tmp_path / "x.log"
    path.write_text("a1\na2\n")
    watched = opened(path)
    expected = ["a1", "a2"]
    for turn in range(3):
        move(path)
        if polled_between:
            drain(watched)
        lines = [f"turn {turn} line {number}" for number in range(4 + turn)]
        append(path, "\n".join(lines) + "\n")
        drain(watched)
        expected += lines
        assert texts(watched) == expected
    assert watched.state == "following"
    assert watched.reading.lines == len(expected)


def test_what_the_old_file_still_got_before_the_new_one_is_not_lost(tmp_path: Path) -> None:
    """A server goes on writing to a file that was renamed until it is told to open the next."""
    path = tmp_path / "x.log"
    path.write_text("a\n")
    watched = opened(path)
    rename_and_create(path)
    append(path.with_suffix(".1"), "b\nhalf")
    drain(watched)
    append(path.with_suffix(".1"), " whole\n")
    append(path, "c\n")
    drain(watched)
    assert texts(watched) == ["a", "b", "half whole", "c"]


def test_a_file_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    """And one that goes away as well."""
    path = tmp_path / "late.log"
    watched = opened(path)
    assert (len(watched.lines), watched.state) == (0, "waiting for the file")
    append(path, "here\n")
    assert watched.poll()
    assert texts(watched) == ["here"]
    path.unlink()
    drain(watched)
    assert watched.state == "the file is gone: waiting for the next one"
    append(path, "again\n")
    drain(watched)
    assert texts(watched) == ["here", "again"]


def test_a_writer_without_append_leaves_a_hole_that_is_passed_over(tmp_path: Path) -> None:
    """A shell's `>` keeps its position when the file is emptied."""
    path = tmp_path / "x.log"
    with path.open("w") as file:
        file.write("x" * 9_000_000 + "\n")
        file.flush()
        watched = opened(path)
        os.truncate(path, 0)
        file.write("after\n")
        file.flush()
        drain(watched)
    assert texts(watched)[-1].strip("\0") == "after"
    assert len(watched.lines[len(watched.lines) - 1]) < 100_000


def test_a_line_that_grows_is_shown_and_counted_once(tmp_path: Path) -> None:
    """Half lines, and progress that returns to the line's start."""
    path = tmp_path / "x.log"
    path.write_text("whole\nhal")
    watched = opened(path)
    assert (texts(watched), watched.lines.growing) == (["whole", "hal"], 1)
    append(path, "f\n 1%\r 2%")
    drain(watched)
    assert (texts(watched), watched.lines.growing) == (["whole", "half", " 2%"], 2)
    append(path, "\r 3%\r\n")
    drain(watched)
    assert (texts(watched), watched.lines.growing) == (["whole", "half", " 3%"], None)


def test_silence_is_counted_from_the_last_line(tmp_path: Path) -> None:
    """Looking at a log is no news of it."""
    path = tmp_path / "x.log"
    path.write_text("one\n")
    watched = opened(path)
    watched.last_new_s = -1.0
    assert not watched.poll()
    assert watched.last_new_s == -1.0
    append(path, "two\n")
    assert watched.poll()
    assert watched.last_new_s > 0


def test_a_compressed_log_is_not_shown_as_if_it_were_text(tmp_path: Path) -> None:
    """What rotation left behind grows no more; how to look at it is said."""
    path = tmp_path / "server.log.1.gz"
    path.write_bytes(gzip.compress(b"hello\n"))
    follower = FileFollower(str(path))
    assert follower.read(1000) == ()
    assert "zcat" in follower.state
    path.write_bytes(b"hello\n")
    assert [chunk.data for chunk in follower.read(1000)] == [b"hello\n"]
    follower.close()


def test_what_cannot_be_read_is_said_and_tried_again(tmp_path: Path) -> None:
    """Folders, and names that cannot be."""
    assert opened(tmp_path).state == "cannot be read: not a file"
    assert opened(Path(f"{tmp_path}/x\0y")).state.startswith("cannot be read: ")


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 MB: a start, a failure in the middle, and much that says nothing."""
    path = tmp_path_factory.mktemp("long") / "long.log"
    lines = [f"{STAMP}plain line {number} " + "x" * 40 for number in range(80_000)]
    lines[0] = f"{STAMP}server_args=ServerArgs(disaggregation_mode='decode', mem_fraction_static=0.8)"
    lines[1] = f"{STAMP}Load weight begin. avail mem=60 GB"
    lines[2] = f"{STAMP}The server is fired up and ready to roll!"
    lines[40_000] = "RuntimeError: NPU out of memory. Tried to allocate 2 GiB"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_long_log_is_opened_at_its_end_and_its_beginning_read_afterwards(long_log: Path) -> None:
    """The first poll shows the last line; in the end every line is understood and numbered."""
    watched = Watched(Source("x", str(long_log)))
    assert watched.poll()
    assert texts(watched)[-1].startswith(f"{STAMP}plain line 79999 ")
    assert (watched.base, watched.unread_bytes > 0) == (None, True)
    drain(watched)
    reading = watched.reading
    assert (reading.lines, reading.ready_line, reading.role) == (80_000, 3, "decode")
    assert reading.phases == ("init", "load_weights", "serve")
    assert reading.diagnosis is not None
    assert (reading.diagnosis.id, reading.diagnosis.root_line) == ("npu_oom", 40_001)
    assert watched.base is not None
    assert f"plain line {watched.base} " in texts(watched)[0]
    assert watched.root == 40_000 - watched.base


def test_lines_before_those_in_memory_are_read_back_in_pages(long_log: Path) -> None:
    """All the way to the first line, whether it is counted yet or not."""
    for is_counted in (False, True):
        watched = Watched(Source("x", str(long_log)))
        watched.poll()
        if is_counted:
            drain(watched)
        place, seen = watched.lines.first, texts(watched)
        while page := watched.older(7_000, place):
            seen = [line.decode() for line in page] + seen
            place -= len(page)
        assert [int(line.split()[4]) for line in seen[3:40_000]] == list(range(3, 40_000))
        assert len(seen) == 80_000


def test_any_part_of_a_file_is_found_again(long_log: Path) -> None:
    """By its number, without reading all before."""
    watched = opened(long_log)
    assert watched.base is not None
    for line in (2, 500, 39_999, 71_234, 79_990):
        (raw,) = watched.older(1, line - watched.base + 1)
        assert f"plain line {line} ".encode() in raw or line == 2


def test_search_goes_over_the_whole_file_and_numbers_what_it_finds(long_log: Path) -> None:
    """Before and after the beginning was counted."""
    for watched in (opened(long_log), Watched(Source("x", str(long_log)))):
        watched.poll()
        found = list(watched.search(re.compile(rb"plain line \d*777 |out of memory"), lambda: False))
        assert len(found) == 81
        for one in found:
            (raw,) = watched.older(1, one.number + 1) or (watched.lines[one.number - watched.lines.first],)
            assert raw == one.raw
    assert list(watched.search(re.compile(rb"x"), lambda: True)) == []
    assert len(list(watched.search(re.compile(rb"^\[2026"), lambda: False))) == 79_999


def test_a_pattern_that_reaches_over_a_line_end_finds_lines_only(tmp_path: Path) -> None:
    """Colours do not part a word."""
    path = tmp_path / "x.log"
    path.write_text("a\n\nb\nre\x1b[31md\x1b[0m here\n")
    watched = opened(path)
    assert [one.number for one in watched.search(re.compile(rb"a\s+b"), lambda: False)] == []
    assert [one.raw for one in watched.search(re.compile(rb"red"), lambda: False)] == [b"red here"]


def test_a_file_that_is_replaced_before_it_was_read_keeps_what_is_known(long_log: Path, tmp_path: Path) -> None:
    """The end goes on; the beginning stays where it was."""
    path = tmp_path / "x.log"
    path.write_bytes(long_log.read_bytes())
    watched = Watched(Source("x", str(path)))
    for _ in range(3):
        watched.poll()
    rename_and_create(path)
    append(path, "next\n")
    drain(watched)
    assert texts(watched)[-1] == "next"
    assert watched.reading.role == "decode"
    assert watched.older(5, watched.lines.end - 1) == ()


@given(
    st.lists(st.binary(max_size=30) | st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"x" * 70_000])),
    st.integers(min_value=1, max_value=9),
)
@settings(max_examples=150, deadline=None)
def test_a_ring_cuts_any_bytes_at_line_feeds_alone(pieces: list[bytes], lines: int) -> None:
    """However they come, the newest lines are there under their numbers."""
    ring = Ring(lines)
    for piece in pieces:
        ring.extend(piece)
    data = b"".join(pieces)
    whole = data.split(b"\n")
    if not whole[-1]:
        whole.pop()
    assert ring.end == len(whole)
    for place in range(len(ring)):
        expected = whole[ring.first + place]
        if b"\r" not in expected and len(expected) <= LINE_BYTES:
            assert ring[place] == expected
        assert len(ring[place]) <= LINE_BYTES + 5
    assert len(ring) >= min(len(whole), lines)
    kept = [ring[place] for place in range(len(ring))]
    assert ring.between(ring.first, ring.end) == kept
    assert ring.between(ring.first + 1, ring.end - 1) == kept[1:-1]
