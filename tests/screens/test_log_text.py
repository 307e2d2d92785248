"""Lines as they are shown: nothing in them moves the cursor, and their loudness is told by their own words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens.widgets import log_text
from screens.widgets.log_text import (
    LONGEST_BYTES,
    Level,
    Stamps,
    bar_of,
    is_answer,
    legible,
    level,
    ranks_of,
    said,
    time_of,
)
from screens.widgets.log_view import cut, wrapped

ANSWER = b'[2026-01-07 07:12:54] INFO:     127.0.0.1:39830 - "POST /generate HTTP/1.1" 200 OK'


@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_any_bytes_become_text_that_is_only_text(raw: bytes) -> None:
    """No control, format or private character is left, so no terminal can be told anything."""
    shown = legible(raw.replace(b"\n", b""))
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(st.text(max_size=120), st.integers(2, 60))
def test_cut_and_wrapped_text_fits(text: str, width: int) -> None:
    """Also where characters are two cells wide; wrapping loses nothing."""
    shown = legible(text.encode("utf-8", "surrogatepass").replace(b"\n", b""))
    assert cell_len(cut(shown, width)) <= width
    assert "".join(wrapped(shown, width)) == shown
    assert all(cell_len(piece) <= width for piece in wrapped(shown, width))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]52;c;aGk=\x07copied", "^[]52;c;aGk=^Gcopied"),
        (b"a\0b", "a^@b"),
        (b"[/close] [red]", "[/close] [red]"),
        (b"1%\r2%\r", "2%"),
        (b"a\tb", "a       b"),
        ("\u202egnp".encode(), "<202e>gnp"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("权重加载".encode(), "权重加载"),
    ],
)
def test_hostile_bytes_are_shown_as_they_are(raw: bytes, shown: str) -> None:
    """Colours are left out; everything else is shown."""
    assert legible(raw) == shown


def test_a_line_of_a_megabyte_says_how_much_is_left_out() -> None:
    """Its start is shown."""
    shown = legible(b"x" * 1_000_000)
    assert len(shown) < LONGEST_BYTES + 100
    assert shown.endswith(f"… and {1_000_000 - LONGEST_BYTES:,} bytes more")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"[2026-01-07 07:12:54 TP0] Decode batch, #running-req: 1", Level.PLAIN),
        (b"Traceback (most recent call last):", Level.ERROR),
        (b"torch.OutOfMemoryError: NPU out of memory", Level.ERROR),
        (b"[ERROR] 2026-04-14-12:14:41 (PID:1, Device:0, RankID:0) ERR02200 DIST call hccl api failed", Level.ERROR),
        (b"E1123 20:43:55.939 18692 file.cpp:1098] failed", Level.ERROR),
        (b"2026-01-06 17:33:50 \x1b[31mERROR\x1b[0m smg::server: x", Level.ERROR),
        (b"[rank0]:[W107 07:00:29.2 compiler_depend.ts:198] Warning: Driver", Level.WARNING),
        (b"KV cache pool is full. Retract requests.", Level.WARNING),
        (ANSWER, Level.PLAIN),
        (ANSWER.replace(b"200 OK", b"500 Internal Server Error"), Level.ERROR),
        (ANSWER.replace(b"200 OK", b"404 Not Found"), Level.WARNING),
        (b"[2026-01-07 07:12:54] server_args=ServerArgs(log_level='ERROR')", Level.PLAIN),
        (b"Subprocess scheduler_0 crashed with exit code -15. Triggering SIGQUIT for cleanup", Level.PLAIN),
    ],
)
def test_loudness_is_read_from_the_line(raw: bytes, expected: Level) -> None:
    """What every writer of logs calls its levels."""
    assert level(raw) is expected


PIECES = (
    b"ERROR", b"CRITICAL", b"FATAL", b"Traceback (most recent call last)", b"Value", b"Error: ", b"Exception", b"E",
    b"F", b"W", b"1123", b" 20:43:55", b"]:[", b"W107", b"EI0002: ", b"panicked at", b"SIGQUIT", b"hit an exception",
    b"Killed", b"Out of memory", b"WARNING", b"Warning: ", b"Retract requests", b'" 500 ', b'" 404', b" ", b"[rank0]: ",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join))
def test_no_loud_line_is_passed_over(raw: bytes) -> None:
    """The quick look never says less than the slow one."""
    if log_text._ERROR.search(raw) or log_text._WARNING.search(raw):
        assert log_text._LOUD.search(raw)


def test_answers_are_told_from_answers_that_matter() -> None:
    """A failed request is worth a line; a failed question after the health is not."""
    assert is_answer(ANSWER)
    assert not is_answer(ANSWER.replace(b"200 OK", b"500 Internal Server Error"))
    assert is_answer(ANSWER.replace(b"POST /generate", b"GET /health").replace(b"200 OK", b"503 Service Unavailable"))
    assert not is_answer(b"Decode batch")


def test_states_of_one_bar_are_alike_and_others_are_not() -> None:
    """Whatever the numbers in it."""
    first = b"Loading safetensors checkpoint shards:  12% Completed | 1/8 [00:01<00:10,  1.55s/it]"
    assert bar_of(first) == bar_of(first.replace(b"12%", b"25%").replace(b"1/8", b"2/8")) != b""
    capture = b"Capturing batches (bs=192 avail_mem=7.95 GB):  11%|# | 1/9 [00:18<02:29, 18.71s/it]"
    assert bar_of(capture) == bar_of(capture.replace(b"192", b"8").replace(b"11%", b"22%"))
    assert bar_of(capture) != bar_of(first)
    assert bar_of(ANSWER) == b""


def test_the_stamp_can_be_shown_in_three_ways() -> None:
    """The ranks stay."""
    spoken = said(b"[2026-01-07 07:12:54 DP1 TP8] Decode batch")
    assert spoken.text(Stamps.FULL) == "[2026-01-07 07:12:54 DP1 TP8] Decode batch"
    assert spoken.text(Stamps.SHORT) == "07:12:54 DP1 TP8 Decode batch"
    assert spoken.text(Stamps.NONE) == "DP1 TP8 Decode batch"


def test_times_and_ranks_are_read_from_stamps() -> None:
    """Of every writer."""
    assert time_of(b"[2026-01-07 07:12:54 TP0] x") == b"2026-01-07 07:12:54"
    assert time_of(b"\x1b[2m2026-01-06 17:33:50\x1b[0m  INFO smg: x") == b"2026-01-06 17:33:50"
    assert time_of(b"[ERROR] 2026-04-14-12:14:41 (PID:1)") == b"2026-04-14 12:14:41"
    assert time_of(b"  File x") == b""
    assert ranks_of(b"[2026-01-07 07:12:54 DP1 TP8 EP8] x") == [b"DP1", b"TP8", b"EP8"]
