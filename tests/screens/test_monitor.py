"""The monitor as an operator uses it: every key, at both sizes."""

import base64
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.widgets import Input

from screens.monitor.app import MonitorApp
from screens.monitor.around import Asking
from screens.monitor.body import MonitorBody
from screens.monitor.entries import HostReading
from screens.monitor.keys import KEYS
from screens.monitor.npus import NpuWatch
from screens.settings import Settings
from screens.terminal import Terminal
from screens.widgets.log_pane import LogPane
from screens.widgets.log_text import Level, Stamps
from tests.screens.standins import MemoryLog
from tests.screens.walking import SIZES, until
from wizard.model.hardware import Device
from wizard.model.run import Run, RunEvent, RunProcess

STEADY = "".join(
    f"[2026-01-07 07:{n // 60:02}:{n % 60:02} TP{n % 2}] Decode batch, #running-req: {n}, #token: 5, "
    f"token usage: 0.{n % 100:02}, accept len: 2.72, accept rate: 0.68, npu graph: True, "
    f"gen throughput (token/s): {1000 + n}.10, #queue-req: 3\n"
    for n in range(300)
)
OOM = (
    "[2026-01-07 07:00:00 TP0] Load weight begin. avail mem=60.80 GB\n"
    "[2026-01-07 07:00:09 TP0] Scheduler hit an exception: Traceback (most recent call last):\n"
    '  File "/sglang/srt/managers/scheduler.py", line 1, in run\n'
    "RuntimeError: NPU out of memory. Tried to allocate 2.00 GiB (NPU 0; 60.96 GiB total capacity)\n"
)
HOSTILE = (
    b"[/close] [red] [@click=app.quit]x[/]\n\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred\n\0\x9b\xff\xfe\n"
    + "权重\u202e加载".encode()
)


def app_of(*logs: MemoryLog, run: Run | None = None, npus: NpuWatch | None = None, **more: object) -> MonitorApp:
    more.setdefault("asked", Asking(npus))
    return MonitorApp(logs, run, terminal=Terminal(), settings=Settings(), **more)  # type: ignore[arg-type]


def four() -> tuple[MemoryLog, ...]:
    return (MemoryLog("prefill0", STEADY), MemoryLog("decode0", OOM), MemoryLog("decode1", STEADY), MemoryLog("router"))


def title(body: MonitorBody, place: int = -1) -> str:
    pane = body.pane if place < 0 else body.panes[place]
    return pane._head.render_line(0).text


def rows(body: MonitorBody) -> list[str]:
    pane = body.pane.log_pane
    return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_every_process_says_how_it_stands(size: tuple[int, int]) -> None:
    """Its state, its figures with dashes for what is not known, and the newest line at the bottom."""
    app = app_of(*four())
    async with app.run_test(size=size) as pilot:
        body = app.body
        await until(pilot, lambda: "299" in rows(body)[-1])
        assert "1 prefill0 ready" in title(body)
        assert "1,299 tok/s" in body.pane._head.render_line(1).text
        assert "299 running  3 queued  KV 99 %  accept 2.72" in body.pane._head.render_line(1).text
        await pilot.press("4")
        await until(pilot, lambda: "no lines yet" in title(body))
        assert "– tok/s  – running" in body.pane._head.render_line(1).text
        assert len(body.shown) == (1 if size[0] == 80 else 4)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_panes_are_chosen_by_number_tab_and_zoom(size: tuple[int, int]) -> None:
    """And the merged pane holds all of them."""
    app = app_of(*four())
    async with app.run_test(size=size) as pilot:
        body = app.body
        await pilot.press("3")
        assert body.pane.view is not None
        assert body.pane.view.name == "decode1"
        assert body.pane.log_pane.has_focus
        await pilot.press("tab")
        assert body.pane is body.panes[3]
        await pilot.press("tab", "shift+tab", "shift+tab")
        assert body.pane is body.panes[2]
        await pilot.press("z")
        await pilot.pause()
        assert list(body.shown) == ([body.panes[2]])
        await pilot.press("z", "a")
        await pilot.pause()
        assert body.pane is body.all_pane
        assert list(body.shown) == [body.all_pane]
        assert body.pane.log_pane.has_focus
        await pilot.press("a")
        await pilot.pause()
        assert body.pane is body.panes[2]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_moving_up_stands_still_and_f_follows(size: tuple[int, int]) -> None:
    """What is written meanwhile is counted, and shown at once on End."""
    log = MemoryLog("server", STEADY)
    app = app_of(log)
    async with app.run_test(size=size) as pilot:
        body = app.body
        await until(pilot, lambda: "299" in rows(body)[-1])
        for key in ("up", "k", "pageup", "b", "down", "j", "pagedown", "space", "pageup", "shift+up", "shift+down"):
            await pilot.press(key)
        before = rows(body)
        log.write("one more\n" * 1204)
        await until(pilot, lambda: body.views[0].reading.lines == 1504)
        assert rows(body) == before
        assert "paused, 1,2" in title(body)
        await pilot.press("end")
        await pilot.pause()
        assert rows(body)[-1] == "  one more"
        assert "paused" not in title(body)
        await pilot.press("home")
        assert "07:00:00" in rows(body)[0]
        await pilot.press("f")
        assert rows(body)[-1] == "  one more"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_search_counts_in_the_whole_file_and_goes_round(size: tuple[int, int]) -> None:
    """Newest first, n and N, an invalid expression is said beside it, Escape ends it."""
    log = MemoryLog("server", "needle 0\n" + "hay\n" * 300 + "needle 1\nneedle 2\nhay\n", size=100)
    app = app_of(log)
    async with app.run_test(size=size) as pilot:
        body = app.body
        await pilot.press("slash", "(", "enter")
        problem = body.query_one("#ask-problem")
        assert problem.display
        assert "not a regular expression" in str(problem.render())
        await pilot.press("escape", "slash", *"needle", "enter")
        await until(pilot, lambda: "/needle/ 3 of 3" in title(body))
        cursor = body.pane.log_pane.view
        assert cursor.chosen()[0].raw == b"needle 2"
        await pilot.press("N", "N")
        assert cursor.chosen()[0].raw == b"needle 0"
        await pilot.press("n")
        assert cursor.chosen()[0].raw == b"needle 1"
        assert "2 of 3" in title(body)
        await pilot.press("n", "n")
        assert cursor.chosen()[0].raw == b"needle 0"
        await pilot.press("escape")
        assert "needle/" not in title(body)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_filters_are_one_key_each_and_stand_in_the_title(size: tuple[int, int]) -> None:
    """Level, rank, text in and out; Escape shows everything again."""
    app = app_of(MemoryLog("server", STEADY + OOM))
    async with app.run_test(size=size) as pilot:
        body = app.body
        pane = body.pane.log_pane
        await pilot.press("e")
        assert pane.wanted.level is Level.ERROR
        assert "· errors" in title(body)
        assert rows(body)[0].startswith("E ")
        await pilot.press("e")
        assert "· warnings and errors" in title(body)
        await pilot.press("e", "r")
        assert body.query_one("#ask-input", Input).placeholder == "TP0-1 or a number; empty: all"
        await pilot.press(*"tp1", "enter")
        assert "rank TP1" in title(body)
        assert all("TP1" in row or "RuntimeError" in row for row in rows(body) if row)
        await pilot.press("i", *"299", "enter")
        assert "with `299`" in title(body)
        await pilot.press("x", *"x", "enter")
        assert any("NPU out of memory" in row for row in rows(body)), "a cause is never hidden"
        await pilot.press("escape")
        assert not pane.wanted.is_narrow
        assert pane.has_focus
        await pilot.press("h")
        assert not pane.wanted.folds
        await pilot.press("t")
        assert pane.view.stamps is Stamps.FULL
        await pilot.press("l")
        assert pane.view.wraps


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_marks_are_listed_and_gone_to(size: tuple[int, int]) -> None:
    """A second m takes the mark away."""
    app = app_of(*four())
    async with app.run_test(size=size) as pilot:
        body = app.body
        await pilot.press("up", "up", "m")
        await pilot.pause()
        marked = body.marks.found[0].mark.text
        assert any(row.startswith("* ") for row in rows(body))
        await pilot.press("f", "3", "apostrophe", "enter")
        await pilot.pause()
        assert body.pane is body.panes[0]
        assert body.pane.log_pane.view.chosen()[0].raw.decode() == marked
        await pilot.press("m")
        assert body.marks.found == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.asyncio
async def test_the_diagnosis_leads_to_its_line_and_to_the_fix(size: tuple[int, int]) -> None:
    """Cause, meaning, remedy; Enter goes to the line; the fix becomes a command that is copied."""
    run = Run(
        name="r", created="2026-01-07T07:00:00+00:00", plan="x",
        processes=tuple(RunProcess(name=name, role="decode") for name in ("prefill0", "decode0", "decode1", "router")),
    )  # fmt: skip
    app = app_of(*four(), run=run)
    async with app.run_test(size=size) as pilot:
        body = app.body
        await until(pilot, lambda: body.views[1].reading.diagnosis is not None)
        await pilot.press("d")
        entries = "\n".join(entry.text for entry in body.tables.drawer._entries)
        assert "decode0: npu_oom" in entries
        assert "means" in entries
        assert "remedy" in entries
        await pilot.press("enter")
        await pilot.pause()
        assert body.pane is body.panes[1]
        assert b"NPU out of memory" in body.pane.log_pane.view.chosen()[0].raw
        assert any(row.startswith("> ") for row in rows(body))
        await pilot.press("d")
        assert body.tables.drawer.open_name == ""


@pytest.mark.asyncio
async def test_copy_takes_whole_lines_and_save_prints_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what was cut; chosen lines, and the log as it is filtered."""
    monkeypatch.chdir(tmp_path)
    app = app_of(MemoryLog("server", "x" * 500 + "\nlast\n"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("y")
        assert app.clipboard == "last"
        await pilot.press("up", "shift+down", "y")
        assert app.clipboard == "x" * 500 + "\nlast"
        await pilot.press("f", "i", *"last", "enter", "w")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: any(one.message.startswith("Wrote") for one in app._notifications))
        said = [one.message for one in app._notifications]
    (path,) = tmp_path.iterdir()  # noqa: ASYNC240
    assert path.read_bytes() == b"last\n"
    assert f"Wrote 1 lines, 5 bytes, to {path}" in said


@pytest.mark.asyncio
async def test_npus_are_shown_and_a_host_that_hangs_only_grows_old() -> None:
    """Health, HBM, AICore, power, temperature; unknown is a dash."""
    device = Device(3, 1, 7, health="OK", power_w=312.4, temp_c=48, hbm_used_mb=58123, hbm_total_mb=65536)
    watch = NpuWatch([("10.0.0.1", "")], ask=lambda *_: ((device,), ""))
    app = app_of(MemoryLog("server", STEADY), npus=watch)
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.press("u")
        await until(pilot, lambda: "58,123" in "".join(one.text for one in app.body.tables.drawer._entries))
        text = app.body.tables.drawer._entries[1].text
        assert "HBM 58,123/65,536 MB  89 %" in text
        assert "312 W" in text
        assert "– %" in text
    from screens.monitor.entries import npus

    old = npus([HostReading("10.0.0.1", (device,), "", 0.0)], now=95.0, every_s=5)
    assert "read 95 s ago" in old[0].text
    assert old[1].style == "$text-muted"


@pytest.mark.asyncio
async def test_what_happened_is_listed() -> None:
    """The run's events, and phases as the logs tell them."""
    event = RunEvent(1.0, "start", "started on 10.0.0.1", "server")
    log = MemoryLog("server")
    app = app_of(log, happened=lambda: [event])
    async with app.run_test(size=(80, 24)) as pilot:
        log.write(OOM)
        await until(pilot, lambda: len(app.body.pump.happened) == 2)
        await pilot.press("v")
        text = "\n".join(one.text for one in app.body.tables.drawer._entries)
        assert "server: started on 10.0.0.1" in text
        assert "reached FAILED" in text or "loading weights" in text
        assert "npu_oom, line 4" in text


@pytest.mark.parametrize("size", [*SIZES, pytest.param((60, 20), marks=pytest.mark.slow)])
@pytest.mark.asyncio
async def test_hostile_text_stays_text_everywhere(size: tuple[int, int]) -> None:
    """In panes, titles, drawers, search and filters; nothing of it reaches the terminal as a code."""
    logs = [
        MemoryLog(f"[/x]{n}\x1b[31m", HOSTILE + b"\n" + OOM.encode() + HOSTILE + b"\n" + b"y" * 1_000_000)
        for n in range(2)
    ]
    app = app_of(*logs)
    async with app.run_test(size=size, notifications=True) as pilot:
        for key in "admlMteyx":
            await pilot.press(key)
        await pilot.press(
            *"[/z]", "enter", "slash", *"[/]", "enter", "escape", "apostrophe", "enter", "a", "u", "v", "d"
        )
        await pilot.pause()
        shown = "".join(segment.text for strip in app.screen._compositor.render_strips() for segment in strip)
        assert not [char for char in shown if ord(char) < 32 or 127 <= ord(char) < 160]


@pytest.mark.asyncio
async def test_it_works_from_160x48_down_to_60x20_and_says_what_is_needed_below() -> None:
    """Focus and place in the log stay."""
    app = app_of(*four())
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.press("3", "up", "up")
        chosen = app.body.pane.log_pane.view.chosen()
        for width, height in ((100, 30), (80, 24), (60, 20), (160, 48)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert app.body.pane is app.body.panes[2]
            assert app.body.pane.log_pane.view.chosen() == chosen
            assert "Decode batch" in rows(app.body)[0]
        await pilot.resize_terminal(59, 19)
        await pilot.pause()
        assert app.screen.query_one("TooSmall").display


@pytest.mark.asyncio
async def test_nothing_is_sent_while_nothing_happens() -> None:
    """No timer paints anything, however often the logs are looked at."""
    logs, looked = four(), [0]
    poll = logs[0].poll

    def counted(budget_bytes: int) -> bool:
        looked[0] += 1
        return poll(budget_bytes)

    logs[0].poll = counted  # type: ignore[method-assign]
    app = app_of(*logs)
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "299" in rows(app.body)[-1])
        enough = looked[0] + 7
        await until(pilot, lambda: looked[0] > enough)
        painted: list[object] = []
        app._display = lambda *what: painted.append(what)  # type: ignore[method-assign,assignment]
        await until(pilot, lambda: looked[0] > enough + 12)
        assert painted == []


@pytest.mark.asyncio
async def test_a_terminal_in_tmux_gets_the_copy_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """OSC 52 wrapped for the terminal outside."""
    from screens.monitor.keeping import passed_on

    code = base64.b64encode(b"hi").decode()
    assert passed_on("hi", {"TMUX": "x"}) == f"\x1bPtmux;\x1b\x1b]52;c;{code}\a\x1b\\"
    assert passed_on("hi", {}) == ""


def test_every_key_has_one_meaning_and_a_sentence() -> None:
    """For `?`, the palette and the bottom line."""
    bindings = [one for one in (*KEYS, *LogPane.BINDINGS) if isinstance(one, Binding)]
    keys = [key for one in bindings for key in one.key.split(",")]
    assert all(one.tooltip for one in bindings)
    assert len(keys) == len(set(keys))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
@pytest.mark.asyncio
async def test_every_key_can_be_pressed_and_escape_leads_back(size: tuple[int, int]) -> None:
    """One after the other, whatever the one before has opened."""
    bindings = [one for one in (*KEYS, *LogPane.BINDINGS) if isinstance(one, Binding)]
    app = app_of(*four())
    async with app.run_test(size=size, notifications=True) as pilot:
        for key in (key for one in bindings for key in one.key.split(",")):
            await pilot.press(key)
            if key == "o":
                assert any("Hold Shift" in one.message for one in app._notifications)
            while len(app.screen_stack) > 2:  # what `w` asks
                await pilot.press("escape")
                await pilot.pause()
            await pilot.press("escape")
        assert app.return_code is None
        await pilot.press("1")
        assert app.body.pane.log_pane.has_focus
