"""What is kept of the monitor: marks with their run, logs in files."""

import json
from pathlib import Path

import pytest

from screens.monitor import keeping, outlet
from screens.monitor.app import MonitorApp
from screens.monitor.process import ProcessView
from screens.widgets.log_filter import Filter
from screens.widgets.log_text import Level
from tests.screens.standins import MemoryLog
from tests.screens.test_monitor import app_of, rows, title
from tests.screens.walking import until
from wizard.launch import marks, runs
from wizard.launch.marks import Mark
from wizard.model.run import Run, RunProcess


def lines(name: str, first: int = 0, last: int = 60) -> str:
    """A line a second."""
    return "".join(f"[2026-01-07 07:00:{n:02}] {name} line {n}\n" for n in range(first, last))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with a folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    names = ("one", "two")
    return runs.create(
        Run(
            name="r1", created="2026-01-07T07:00:00+00:00", plan="x",
            processes=tuple(RunProcess(name=name, role="server") for name in names),
        ),
        {},
    )  # fmt: skip


def two(run: Run | None, shift: int = 0) -> MonitorApp:
    return app_of(MemoryLog("one", lines("one", shift)), MemoryLog("two", lines("two")), run=run)


@pytest.mark.asyncio
async def test_a_mark_is_a_moment_in_all_panes_and_found_again_after_reopening(run: Run) -> None:
    """Also where the file begins later by then; taking it away is remembered, too."""
    app = two(run)
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.press(*["up"] * 10, "m")
        await until(pilot, lambda: app.body.marks.found[0].moments != ())
        assert any(row.startswith("* 07:00:49 one") for row in rows(app.body))
        other = app.body.panes[1].log_pane
        shown = [other.render_line(y).text for y in range(other.size.height)]
        assert any(row.startswith("' 07:00:49 two") for row in shown)
    assert marks.read(run.name) == (Mark("one", "2026-01-07 07:00:49", "[2026-01-07 07:00:49] one line 49", 50),)
    again = two(run, shift=20)
    async with again.run_test(size=(160, 48)) as pilot:
        body = again.body
        await until(pilot, lambda: len(body.marks.found) == 1)
        await pilot.press("2", "apostrophe", "enter")
        await until(pilot, lambda: "paused" in title(body, 0))
        assert body.pane is body.panes[0]
        assert body.pane.log_pane.view.chosen()[0].raw.endswith(b"one line 49")
        await until(pilot, lambda: "paused" in title(body, 1), "the other pane stands at the same time")
        assert body.panes[1].log_pane.view.chosen()[0].raw.endswith(b"two line 49")
        await pilot.press("F")
        assert "paused" not in title(body, 0) + title(body, 1)
        await pilot.press("apostrophe", "apostrophe", "enter")
        await until(pilot, lambda: not body.pane.log_pane.view.is_following)
        await pilot.press("m")
        await pilot.pause()
    assert marks.read(run.name) == ()


@pytest.mark.asyncio
async def test_marks_of_somebody_else_who_watches_appear(run: Run) -> None:
    """One who is there already sees them, and what nobody can find is said."""
    app = two(run)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("apostrophe")
        marks.append(run.name, Mark("two", "2026-01-07 07:00:05", "[2026-01-07 07:00:05] two line 5", 6), is_there=True)
        marks.append(run.name, Mark("gone", "2026-01-07 07:00:06", "x", 7), is_there=True)
        marks.append(run.name, Mark("two", "2026-01-07 07:00:07", "[x] [/y]", 8), is_there=True)
        app.body.renew()
        await pilot.pause()
        assert len(app.body.tables.drawer._entries) == 3
        await pilot.press("enter")
        await until(pilot, lambda: app.body.pane is app.body.panes[1])
        await until(pilot, lambda: app.body.pane.log_pane.view.chosen()[0].raw.endswith(b"two line 5"))
        app.body.marks.go_to(next(one for one in app.body.marks.found if one.mark.process == "gone"))
        app.body.marks.go_to(next(one for one in app.body.marks.found if one.mark.text == "[x] [/y]"))
        await until(pilot, lambda: len([one for one in app._notifications if "not" in one.message]) == 2)


@pytest.mark.asyncio
async def test_marks_of_a_run_that_cannot_be_written_are_kept_until_one_leaves(run: Run) -> None:
    """It is said once."""
    app = two(run.evolve(name="not-there"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("m", "up", "m")
        await pilot.pause()
        assert len(app.body.marks.found) == 2
        assert len([one for one in app._notifications if "cannot be written" in one.message]) == 1


def test_a_broken_line_among_the_marks_takes_nothing_from_the_others(run: Run) -> None:
    """Nor a half one at the end."""
    path = runs.folder(run.name) / marks.FILE
    marks.append(run.name, Mark("one", "", "a"), is_there=True)
    with path.open("ab") as file:
        file.write(b'nonsense\n{"process": "x"}\n[]\n\xff\n')
    marks.append(run.name, Mark("one", "", "b", 3), is_there=True)
    with path.open("ab") as file:
        file.write(json.dumps({"process": "one"}).encode()[:9])
    assert marks.read(run.name) == (Mark("one", "", "a"), Mark("one", "", "b", 3))


@pytest.mark.asyncio
async def test_saving_asks_what_and_where_and_before_overwriting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole file is all of it, also what is in memory no more; No leaves what is there."""
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "kept.log"
    target.write_text("mine")
    app = app_of(MemoryLog("one", lines("one"), size=10))
    monkeypatch.setattr(keeping, "place", lambda *_: target)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        for answer in ("n", "y"):
            await pilot.press("w")
            await until(pilot, lambda: "ChoosePath" in repr(app.screen))
            await pilot.press("enter")
            await until(pilot, lambda: "Confirm" in repr(app.screen))
            assert target.read_text() == "mine"
            await pilot.press(answer)
            await pilot.pause()
        await until(pilot, lambda: any("Wrote 60 lines" in one.message for one in app._notifications))
        await pilot.press("w")
        await until(pilot, lambda: "ChoosePath" in repr(app.screen))
        await pilot.press("escape")
    assert target.read_text() == lines("one")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.log"]  # noqa: ASYNC240


def test_all_logs_in_one_are_written_by_time_with_their_names() -> None:
    """Filtered, or whole."""
    one = MemoryLog("one", "[2026-01-07 07:00:01] a\n[2026-01-07 07:00:03] ERROR c\n  frame\n", size=1)
    two_ = MemoryLog("two", "[2026-01-07 07:00:02] ERROR b\n")
    app = app_of(one, two_)
    pane = app.body.all_pane
    assert b"".join(outlet.whole(app.body.views, pane)) == (
        b"one | [2026-01-07 07:00:01] a\ntwo | [2026-01-07 07:00:02] ERROR b\n"
        b"one | [2026-01-07 07:00:03] ERROR c\none |   frame\n"
    )
    pane.trail.choose(Filter(level=Level.ERROR))
    assert b"".join(outlet.shown(app.body.views, pane)).splitlines() == [
        b"two | [2026-01-07 07:00:02] ERROR b", b"one | [2026-01-07 07:00:03] ERROR c", b"one |   frame",
    ]  # fmt: skip


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What cannot be finished leaves what was there."""

    def broken() -> object:
        yield b"half"
        raise OSError(28, "No space left on device")

    path = tmp_path / "x.log"
    path.write_text("old")
    with pytest.raises(OSError, match="No space"):
        keeping.write(path, broken(), overwrite=True)  # type: ignore[arg-type]
    with pytest.raises(FileExistsError):
        keeping.write(path, [b"new"])
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["x.log"]
    assert keeping.write(path, [b"a\nb", b"\n"], overwrite=True).lines == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_view_gives_every_byte(tmp_path: Path) -> None:
    """Also carriage returns and what is no text."""
    from wizard.monitor.source import Source
    from wizard.monitor.watch import Watched

    path = tmp_path / "x.log"
    data = b"1%\r2%\r\xff\x00\n" * 200_000 + b"no end"
    path.write_bytes(data)
    watched = Watched(Source("x", str(path)))
    watched.poll()
    view = ProcessView(watched, 1)
    assert b"".join(view.log.pieces()) == data
    watched.close()
