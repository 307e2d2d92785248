"""A process that was killed from outside: its log says ready for ever, its host knows better."""

import os
from pathlib import Path

import pytest

from screens.monitor.around import Asking
from screens.monitor.asked import Shells
from screens.monitor.ends import EndWatch
from tests.screens.standins import MemoryLog
from tests.screens.test_monitor import app_of, title
from tests.screens.walking import until
from wizard.launch import runs
from wizard.launch.ended import Ends
from wizard.model.run import Identity, Run, RunProcess, State

READY = "[2026-01-07 07:00:00] Load weight begin.\n[2026-01-07 07:00:09] The server is fired up and ready to roll!\n"
BOOT = Path("/proc/sys/kernel/random/boot_id")


def identity(pid: int, ticks: int) -> Identity:
    """Of a process of this machine, since it was started."""
    return Identity(pid=pid, start_ticks=ticks, boot_id=BOOT.read_text(encoding="ascii").strip())


def own() -> Identity:
    """Of the test itself, which runs."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return identity(os.getpid(), int(fields[19]))


def recorded(folder: Path, **changes: object) -> Run:
    """A run of one server that was ready and whose pid nobody has any more."""
    process = RunProcess(
        name="decode0", role="decode", folder=str(folder), state=State.READY, identity=identity(4_194_303, 1)
    )
    run = Run(name="r1", created="2026-01-07T07:00:00+00:00", plan="x", processes=(process.evolve(**changes),))
    return runs.create(run, {})


@pytest.mark.asyncio
async def test_a_server_that_is_gone_is_not_called_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The title says so and how; what is known of it besides stays."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run = recorded(tmp_path)
    watch = EndWatch(run.name, Shells())
    app = app_of(MemoryLog("decode0", READY), MemoryLog("router", READY), run=run, asked=Asking(None, None, watch))
    async with app.run_test(size=(160, 48)) as pilot:
        body = app.body
        await until(pilot, lambda: watch.of("decode0") is not None)
        app.body.views[0].log.write("more\n")  # type: ignore[attr-defined]
        await until(pilot, lambda: "ENDED" in title(body))
        assert "pid 4194303 is gone" in title(body)
        assert "serving" not in title(body)
        assert "1 of 2 ready" in body._bar.render_line(0).text
        assert "1 decode0 ENDED" in body._bar.render_line(0).text
        assert any("is gone" in event.message and event.is_problem for event in body.pump.happened)


def test_what_was_stopped_is_no_failure_and_what_runs_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of the run is read each time: a process may have been started since."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run = recorded(tmp_path, state=State.STOPPED)
    ends = Ends(run.name)
    ends.look()
    ended = ends.of("decode0")
    assert ended is not None
    assert ended.state is State.STOPPED
    runs.save(run.evolve(processes=(run.processes[0].evolve(state=State.READY, identity=own()),)))
    ends.look()
    assert ends.of("decode0") is None
    ends.close()
