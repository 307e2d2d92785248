"""Real files through the screen: every way in which a log moves, far back in long ones, and what `?` says."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.help import HelpScreen
from screens.monitor.app import MonitorApp
from screens.monitor.around import NOBODY
from screens.settings import Settings
from screens.terminal import Terminal
from screens.widgets.key_bar import working_keys
from tests.screens.test_monitor import OOM, app_of, four, rows, title
from tests.screens.walking import until
from wizard import explanation
from wizard.knowledge.diagnoses import catalogue
from wizard.monitor.source import Source
from wizard.monitor.watch import Watched
from wizard.words import monitor


def watching(*paths: Path) -> tuple[MonitorApp, list[Watched]]:
    """The monitor on files."""
    watched = [Watched(Source(path.stem, str(path))) for path in paths]
    return app_of(*watched), watched  # type: ignore[arg-type]


def lines(first: int, last: int) -> str:
    return "".join(f"line {n}\n" for n in range(first, last))


def renamed(path: Path) -> None:
    path.rename(path.with_suffix(".1"))
    path.write_text(lines(20, 40))


def truncated(path: Path) -> None:
    path.with_suffix(".1").write_bytes(path.read_bytes())
    os.truncate(path, 0)
    with path.open("a") as file:
        file.write(lines(20, 40))


def replaced(path: Path) -> None:
    path.unlink()
    path.write_text(lines(20, 40))


def grown(path: Path) -> None:
    for n in range(20, 40):
        with path.open("a") as file:
            file.write("line ")
        with path.open("a") as file:
            file.write(f"{n}\n")


@pytest.mark.parametrize("move", [renamed, truncated, replaced, grown])
@pytest.mark.asyncio
async def test_a_log_is_followed_through_whatever_happens_to_it(tmp_path: Path, move: Callable[[Path], None]) -> None:
    """No line is lost, none comes twice, and the pane goes on following."""
    path = tmp_path / "server.log"
    path.write_text(lines(0, 20))
    app, (log,) = watching(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: rows(app.body)[-1] == "  line 19")
        move(path)
        await until(pilot, lambda: rows(app.body)[-1] == "  line 39")
        assert [log.lines[n].decode() for n in range(len(log.lines))] == lines(0, 40).split("\n")[:-1]
        assert "paused" not in title(app.body)
    log.close()


@pytest.mark.asyncio
async def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """And said to be."""
    path = tmp_path / "later.log"
    app, (log,) = watching(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "waiting for the file" in title(app.body))
        path.write_text(lines(0, 3))
        await until(pilot, lambda: rows(app.body)[2] == "  line 2")
        await until(pilot, lambda: "waiting" not in title(app.body))
    log.close()


@pytest.mark.asyncio
async def test_a_long_log_is_read_back_and_searched_beyond_what_is_in_memory(tmp_path: Path) -> None:
    """One log, and several in one; the screen never waits for it."""
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    stamp = "[2026-01-07 {:02}:{:02}:{:02}] "
    at = [stamp.format(7 + n // 3600, n // 60 % 60, n % 60) for n in range(20_000)]
    one.write_text("".join(f"{at[n]}one {n} {'x' * 60}\n" for n in range(20_000)))
    two.write_text("".join(f"{at[n]}two {n}\n" for n in range(0, 20_000, 100)))
    app, watched = watching(one, two)
    async with app.run_test(size=(80, 24)) as pilot:
        body = app.body
        await until(pilot, lambda: "one 19999" in rows(body)[-1])
        assert watched[0].base != 0, "it was opened at its end"
        for key in ("", "a"):
            if key:
                await pilot.press(key)
            await pilot.press("slash", *"one 77 x", "enter")
            await until(pilot, lambda: body.pane.log_pane.view.chosen()[0].raw.split()[2:4] == [b"one", b"77"])
            await until(pilot, lambda: "1 of 1" in title(body) and "searching" not in title(body))
            await pilot.press("up")
            assert body.pane.log_pane.view.chosen()[0].raw.split()[2:4] == [b"one", b"76"]
            await pilot.press("home")
            await pilot.pause()
            await pilot.press("home")
            await until(pilot, lambda: b" 0 " in body.pane.log_pane.view.chosen()[0].raw + b" ")
        held = body.pane.log_pane.view.lines[:4]
        assert [line.raw.split()[2:4] for line in held] == [
            [b"one", b"0"],
            [b"two", b"0"],
            [b"one", b"1"],
            [b"one", b"2"],
        ]
    for log in watched:
        log.close()


async def explained(pilot: Pilot[int]) -> str:
    """What `?` says now."""
    await pilot.press("f1")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, HelpScreen)
    text = f"{screen.explained.title}: " + " ".join(text for _, text in screen.explained.entries)
    await pilot.press("escape")
    await pilot.pause()
    return text


@pytest.mark.asyncio
async def test_everything_that_can_have_the_focus_is_explained(tmp_path: Path) -> None:
    """Pane, every list, the question; a failure by what is known of it."""
    path = tmp_path / "server.log"
    path.write_text(OOM)
    app, (log,) = watching(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.body.views[0].reading.diagnosis is not None)
        assert "Before a line stands" in await explained(pilot)
        for key, words in (("u", "npu-smi info"), ("v", "since the run was started"), ("apostrophe", "marked with")):
            await pilot.press(key)
            await pilot.pause()
            assert words in await explained(pilot)
        await pilot.press("d")
        await pilot.pause()
        assert "the memory of a card is used up" in await explained(pilot)
        await pilot.press("escape", "slash")
        assert "regular expression" in await explained(pilot)
    log.close()


def test_every_failure_of_the_catalogue_can_be_looked_up() -> None:
    """With its meaning, how it is seen, what to do and where that comes from; `-` will do for `_`."""
    for failure in catalogue().failures.values():
        found = dict(explanation.found(failure.id.replace("_", "-")))["diagnosis"]
        assert all(found[key] for key in ("meaning", "what to do", "seen as", "source")), failure.id
        assert failure.id in explanation.all_names()


@pytest.mark.asyncio
async def test_a_replay_says_what_time_it_is_and_ends(tmp_path: Path) -> None:
    """The line on top names it; the pane says when all is shown; what happened has the time of the log."""
    path = tmp_path / "server.log"
    path.write_text(OOM)
    watching_it = monitor.begun([str(path)], "1000")
    app = MonitorApp(watching_it.watched, asked=NOBODY, terminal=Terminal(), settings=Settings())
    app.body.replay = watching_it.replay
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "REPLAY x1000 2026-01-07 07:" in app.body._bar.render_line(0).text)
        await until(pilot, lambda: app.body.views[0].reading.diagnosis is not None)
        await until(pilot, lambda: "ended" in title(app.body))
        await until(pilot, lambda: len(app.body.pump.happened) == 2)
        assert all(abs(one.time - app.body.pump.happened[0].time) < 86400 * 30 for one in app.body.pump.happened)
        assert app.body.pump.happened[0].time < 1_768_000_000, "January 2026, not today"
    for one in watching_it.watched:
        one.close()


@pytest.mark.parametrize(
    "size", [(100, 30), *(pytest.param(one, marks=pytest.mark.slow) for one in ((160, 48), (200, 50)))]
)
@pytest.mark.asyncio
async def test_the_bottom_line_knows_at_once_what_works(size: tuple[int, int]) -> None:
    """Zoom where there are several panes in view; following all where several stand still."""
    app = app_of(*four())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        shown = [key.action for key in working_keys(app.screen)]
        assert ("zoom" in shown) == (len(app.body.shown) > 1)
        assert "follow_all" not in shown
        await pilot.press("1", "up", "3", "up")
        await pilot.pause()
        assert "follow_all" in [key.action for key in working_keys(app.screen)]
