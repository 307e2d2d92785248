"""What a pane shows while its log goes on: rows, follow and pause, filters, several logs by time."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from screens.widgets.log_filter import Filter, Line, Sieve
from screens.widgets.log_merge import MergedTrail
from screens.widgets.log_text import Level
from screens.widgets.log_trail import LogTrail, Times
from screens.widgets.log_view import LogView
from tests.screens.standins import MemoryLog

ANSWER = '[2026-01-07 07:12:54] INFO:     127.0.0.1:1 - "GET /v1/models HTTP/1.1" 200 OK\n'


def numbered(first: int, last: int) -> str:
    return "".join(f"line {n}\n" for n in range(first, last))


def view_of(log: MemoryLog, height: int = 10) -> LogView:
    view = LogView(LogTrail(log))
    view.height, view.width = height, 60
    return view


def texts(view: LogView) -> list[str]:
    return [row.text for row in view.rows()]


def grow(log: MemoryLog, text: str) -> None:
    log.write(text)
    log.poll(1)


def test_it_follows_the_end() -> None:
    """The newest line is the last row."""
    log = MemoryLog(text=numbered(0, 100))
    view = view_of(log)
    assert texts(view)[-1] == "line 99"
    grow(log, "new\n")
    assert texts(view)[-1] == "new"
    assert len(texts(view)) == 10


def test_a_standing_pane_does_not_move_whatever_is_written_or_thrown_away() -> None:
    """Ten times the ring goes by; the rows stay, the count of lines below grows, End shows the newest."""
    log = MemoryLog(text=numbered(0, 500), size=500)
    view = view_of(log)
    view.move(-20)
    before = texts(view)
    for start in range(500, 5500, 500):
        grow(log, numbered(start, start + 500))
        assert texts(view) == before
    assert view.below() == 5499 - int(before[-1].split()[1])
    view.follow()
    assert texts(view)[-1] == "line 5499"


def test_scrolling_back_beyond_the_ring_reads_the_file_and_down_again_closes_the_gap() -> None:
    """Every line is there, in order, without a gap."""
    log = MemoryLog(text=numbered(0, 5000), size=300)
    view = view_of(log)
    view.home()
    assert texts(view)[0] == "line 4700"
    view.home()
    assert texts(view)[0] == "line 2700"
    grow(log, numbered(5000, 9000))
    seen = [texts(view)[0]]
    while not view.is_following and len(seen) < 10_000:
        view.move(1)
        shown = next((row.text for row in view.rows() if row.is_cursor), "")
        seen += [shown] if shown else []
    assert seen == [f"line {n}" for n in range(2700, 9000)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("udUDhwf+"), st.integers(1, 40)), max_size=40), st.booleans())
def test_no_way_of_moving_leaves_the_lines(moves: list[tuple[str, int]], wraps: bool) -> None:
    """Rows are always neighbours in the log, the cursor is always among the lines held."""
    log = MemoryLog(text=numbered(0, 200) + "x" * 300 + "\n", size=100)
    view = view_of(log)
    view.wraps = wraps
    for what, much in moves:
        {
            "u": lambda much=much: view.move(-much), "d": lambda much=much: view.move(much),
            "U": lambda much=much: view.scroll(-much), "D": lambda much=much: view.scroll(much),
            "h": view.home, "f": view.follow, "w": lambda: setattr(view, "wraps", not view.wraps),
            "+": lambda much=much: grow(log, numbered(0, much)),
        }[what]()  # fmt: skip
        numbers = [row.line.number for row in view.rows() if row.piece == 0]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
        assert view.is_following or 0 <= view.cursor < len(view.lines)
        assert len(view.rows()) <= view.height


def test_answered_requests_take_no_row_but_can_be_shown() -> None:
    """Folded by default."""
    log = MemoryLog(text="a\n" + ANSWER * 50 + "b\n")
    view = view_of(log)
    assert texts(view) == ["a", "b"]
    view.trail.choose(Filter(folds=False))
    assert len(texts(view)) == 10


def test_states_of_a_bar_are_one_line_with_their_count() -> None:
    """However many there are, also more than fit."""
    bar = "Multi-thread loading shards: {p:3}% Completed | {n}/142 [00:01<00:10,  1.55s/it]\n"
    log = MemoryLog(text="start\n" + "".join(bar.format(p=n * 100 // 142, n=n) for n in range(142)) + "end\n")
    assert [text.split()[0] for text in texts(view_of(log))] == ["start", "(×142)", "end"]


def test_filters_act_together_and_keep_frames_with_their_error() -> None:
    """Level and rank; a traceback stays whole."""
    log = MemoryLog(
        text="[2026-01-07 07:00:00 TP0] fine\n[2026-01-07 07:00:01 TP1] ERROR it broke\n  File x\n    code\n"
        "ValueError: no\n[2026-01-07 07:00:02 TP1] fine\n[2026-01-07 07:00:03 TP2] ERROR too\n"
    )
    view = view_of(log)
    view.trail.choose(Filter(level=Level.ERROR))
    assert [text.split()[-1] for text in texts(view)] == ["broke", "x", "code", "no", "too"]
    view.trail.choose(Filter(level=Level.ERROR, rank="TP1"))
    assert [text.split()[-1] for text in texts(view)] == ["broke", "x", "code", "no"]
    view.trail.choose(Filter(rank="2"))
    assert [text.split()[-1] for text in texts(view)] == ["too"]
    view.trail.choose(Filter(only=re.compile(b"fine"), without=re.compile(b"TP0")))
    assert texts(view) == ["07:00:02 TP1 fine"]


def test_a_filter_never_hides_a_line_that_tells_why() -> None:
    """Whatever it is."""
    log = MemoryLog(text=numbered(0, 100))
    trail = LogTrail(log, kept=lambda: {7, 42})
    trail.choose(Filter(only=re.compile(b"line 99$")))
    assert [line.raw for line in trail.tail(10)] == [b"line 7", b"line 42", b"line 99"]
    assert [line.raw for line in trail.held()] == [b"line 7", b"line 42", b"line 99"]


def test_a_narrow_filter_follows_what_comes() -> None:
    """In the background, without reading everything again."""
    log = MemoryLog(text=numbered(0, 100), size=200)
    view = view_of(log)
    view.trail.choose(Filter(only=re.compile(rb"[05]0$")))
    assert texts(view) == ["line 50"]
    grow(log, numbered(100, 1000))
    assert texts(view)[-1] == "line 950"
    assert all(text[-2:] in ("00", "50") for text in texts(view))


def test_several_logs_are_shown_by_time_and_go_on() -> None:
    """A line without a stamp stays with the line before it."""
    one = MemoryLog("one", text="[2026-01-07 07:00:00] a\n[2026-01-07 07:00:04] d\n  File d\n")
    two = MemoryLog("two", text="[2026-01-07 07:00:02] b\n[2026-01-07 07:00:03] c\n[2026-01-07 07:00:05] e\n")
    view = LogView(MergedTrail([LogTrail(one, 0), LogTrail(two, 1)]))
    assert [row.text.split()[-1] for row in view.rows()] == ["a", "b", "c", "d", "d", "e"]
    assert [row.line.source for row in view.rows()] == [0, 1, 1, 0, 0, 1]
    grow(one, "[2026-01-07 07:00:06] f\n")
    assert view.rows()[-1].text == "07:00:06 f"
    view.move(-2)
    grow(two, "[2026-01-07 07:00:07] g\n")
    assert view.rows()[-1].text == "07:00:06 f"
    assert view.below() == 1
    view.move(2)
    view.move(1)
    assert view.rows()[-1].text == "07:00:07 g"


def stamped(seconds: list[int], name: str) -> str:
    """Lines at these seconds; every third has no stamp of its own."""
    return "".join(
        f"  frame {name}{n}\n" if n % 3 == 2 else f"[2026-01-07 00:{s // 60:02}:{s % 60:02}] {name}{n}\n"
        for n, s in enumerate(seconds)
    )


def walked(view: LogView) -> list[bytes]:
    """Every line from where the cursor is to the end."""
    seen = [view.chosen()[0].raw]
    while not view.is_following:
        view.move(1)
        seen += [] if view.is_following else [view.chosen()[0].raw]
    return seen


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=40), min_size=2, max_size=3),
    st.integers(3, 20),
    st.integers(2, 9),
)
def test_several_logs_in_one_lose_no_line_however_far_back(logs: list[list[int]], size: int, page: int) -> None:
    """From the first line of all files to the last, each once, in the order of time."""
    watched = [MemoryLog(f"l{n}", stamped(sorted(times), f"l{n}-"), size=size) for n, times in enumerate(logs)]
    trail = MergedTrail([LogTrail(log, n) for n, log in enumerate(watched)])
    view = LogView(trail)
    view.height = 5
    before = trail.before
    trail.before = lambda window, _: before(window, page)  # type: ignore[method-assign]
    view.pause()
    held = -1
    while held != len(view.lines):
        held = len(view.lines)
        view.home()
        view.home()
    seen = walked(view)
    assert sorted(seen) == sorted(raw for log in watched for raw in log.all)
    for log in watched:
        assert [raw for raw in seen if raw in log.all] == log.all
    stamps = [raw[1:20] for raw in seen if raw.startswith(b"[")]
    assert stamps == sorted(stamps)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=60), min_size=2, max_size=3), st.data(), st.booleans()
)
def test_a_line_of_several_logs_is_gone_to_with_what_the_others_wrote_then(
    logs: list[list[int]], data: st.DataObject, is_counted: bool
) -> None:
    """The window around it is in order and has no hole, and going on from it reaches the end."""
    watched = [MemoryLog(f"l{n}", stamped(sorted(times), f"l{n}-"), size=5) for n, times in enumerate(logs)]
    for log in watched:
        log.file_first = 0 if is_counted else None
    source = data.draw(st.integers(0, len(logs) - 1))
    number = data.draw(st.integers(0, len(watched[source].all) - 1))
    view = LogView(MergedTrail([LogTrail(log, n) for n, log in enumerate(watched)]))
    view.height = 5
    view.go(number, source)
    assert view.chosen()[0].raw == watched[source].all[number]
    for place in range(len(watched)):
        numbers = [line.number for line in view.lines if line.source == place]
        assert not numbers or numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    seen = walked(view)
    assert seen[0] == watched[source].all[number]
    assert len(set(seen)) == len(seen)
    assert seen[-1] in {log.all[-1] for log in watched}


@given(st.lists(st.integers(0, 250), max_size=8), st.randoms())
def test_times_of_many_lines_are_those_of_each(gaps: list[int], asked: random.Random) -> None:
    """Of lines without a stamp, too, however many stand in a row; a search must find a line once, not twice."""
    text = "".join("[2026-01-07 00:00:00] x\n" + "  frame\n" * gap for gap in gaps)
    log = MemoryLog("one", "  first\n" + text, size=10_000)
    trail, lines = LogTrail(log), log.all
    times = Times(lines)
    for place in sorted(asked.sample(range(len(lines)), min(20, len(lines)))):
        assert (times.at(place) or trail.time_at(place)) == trail.time_at(place)


def test_what_has_to_be_read_back_may_come_late_or_never() -> None:
    """Nothing waits for it, and what comes too late is left."""
    jobs = []
    log = MemoryLog(text=numbered(0, 5000), size=300)
    view = LogView(LogTrail(log), lambda job, take: jobs.append((job, take)))
    view.height, view.width = 10, 60
    view.pause()
    view.home()
    assert texts(view)[0] == "line 4700"
    view.home()
    (job, take) = jobs[-1]
    assert texts(view)[0] == "line 4700"
    take(job.read())
    assert texts(view)[0] == "line 2700"
    view.home()
    view.follow()
    job, take = jobs[-1]
    take(job.read())
    assert view.is_following


LINES = st.sampled_from(
    [
        b"plain", b"", b"  of the line before", b"ValueError: x", b"Warning: y", b"\x1b[1mERR\x1b[0mOR",
        b'INFO: a - "GET / HTTP/1.1" 200',
    ],
)  # fmt: skip


@given(
    st.lists(LINES, max_size=12).map(lambda some: some * 40),
    st.builds(Filter, level=st.sampled_from(Level), rank=st.sampled_from(["", "3"]), folds=st.booleans()),
    st.sets(st.integers(0, 480), max_size=2),
)
def test_many_lines_at_once_are_sieved_like_one_after_the_other(
    raws: list[bytes], wanted: Filter, kept: set[int]
) -> None:
    """What belongs to a line before it is shown with it, wherever a look at many of them begins."""
    lines = [Line(0, number, raw) for number, raw in enumerate(raws)]
    one_by_one = Sieve(wanted, kept)
    assert Sieve(wanted, kept).through(lines) == [shown for line in lines for shown in one_by_one.through([line])]
