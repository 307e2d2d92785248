"""The pictures of the README: ``python -m screens.screenshots`` writes one SVG of each screen into docs/screens.

Everything in them is a recorded machine and a published preset, so two runs give the same files.
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from screens.app import WizardApp
from screens.launch import sample as launching
from screens.launch.progress import Progress, begun
from screens.monitor import sample
from screens.monitor.app import MonitorApp
from screens.settings import Settings
from screens.terminal import Terminal
from wizard import presets
from wizard.detect import command
from wizard.model.finding import Edit, EditKind
from wizard.session import Session, started
from wizard.words.monitor import of_run

SIZE = (120, 36)


class Picture(NamedTuple):
    """One picture: its name, the stage it begins at, and the keys that lead to it."""

    name: str
    stage: str
    keys: Sequence[str] = ()
    edits: Sequence[Edit] = ()


FILLED = (
    Edit(EditKind.HOSTS, "192.0.2.11,192.0.2.12"),
    Edit(EditKind.INTERFACE, "enp67s0f0"),
    Edit(EditKind.MODEL_PATH, "/models/GLM-5.2-W8A8"),
)
CONFLICT = Edit(EditKind.SET, "prefill.dp-size=3")
CHANGE = Edit(EditKind.SET, "decode.max-running-requests=64")
TURN = "greater_than_sign"
PICTURES = (
    Picture("detect", "detect"),
    Picture("device", "detect", ("enter",)),
    Picture("add-hosts", "detect", ("a",)),
    Picture("choose", "choose"),
    Picture("model", "choose", (TURN,), FILLED),
    Picture("hosts", "choose", (TURN,) * 2, FILLED),
    Picture("features", "choose", (TURN,) * 3, FILLED),
    Picture("router", "choose", (TURN,) * 5, FILLED),
    Picture("options", "choose", (TURN,) * 6, FILLED),
    Picture("conflict", "choose", (TURN,) * 3, (*FILLED, CONFLICT)),
    Picture("help", "choose", (*(TURN,) * 4, "down", "question_mark"), FILLED),
    Picture("palette", "choose", ("ctrl+p",), FILLED),
    Picture("review", "review", (), FILLED),
    Picture("commands", "review", (TURN,) * 2, FILLED),
    Picture("differences", "review", (TURN,) * 3, (*FILLED, CHANGE)),
    Picture("script", "review", (TURN,) * 4, FILLED),
    Picture("preflight", "review", (TURN,) * 5, FILLED),
    Picture("export", "review", ("e",), FILLED),
    Picture("launch", "launch", (), FILLED),
    Picture("launched", "launch", (), FILLED),
    Picture("monitor", "monitor", ("d",)),
)


def the_session(edits: Sequence[Edit]) -> Session:
    """Two recorded A3 hosts and the preset for them."""
    begun = started(presets.preset("a3-pd").selection, command.recorded(Path("a3-pair")))
    return started(begun.edited(tuple(edits)).selection, begun.hosts) if edits else begun


async def picture(shot: Picture) -> str:
    """The SVG of one screen, at a time of the night that stands still."""
    with patch.object(time, "time", lambda: launching.BEGAN_S):
        return stable(await (monitor_picture(shot) if shot.stage == "monitor" else wizard_picture(shot)))


async def wizard_picture(shot: Picture) -> str:
    """The SVG of one of the wizard's screens."""
    session = the_session(shot.edits)
    if shot.stage == "launch":
        session = started(session.selection, tuple(replace(host, is_recorded=False) for host in session.hosts))
    app = WizardApp(session, shot.stage, terminal=Terminal(), settings=Settings())
    async with app.run_test(size=SIZE) as pilot:
        for key in (None, *shot.keys, None):
            if key is not None:
                await pilot.press(key)
            for _ in range(3):
                await pilot.pause()
        if shot.name == "launched":
            app.progress = launched(app.session)
            await pilot.pause()
        return app.export_screenshot(title="glm-wizard", simplify=True)


def launched(session: Session) -> Progress:
    """A made-up launch that came to its end."""
    plan = session.export_request().flow
    endpoint, served_name = "http://192.0.2.11:6688", session.selection.served_name
    progress = begun(plan)
    for event in launching.events(plan, endpoint, served_name):
        progress = progress.after(event)
    return progress.ended(launching.run(plan, endpoint, served_name))


async def monitor_picture(shot: Picture) -> str:
    """The SVG of the monitor on the logs of a made-up run."""
    with TemporaryDirectory() as folder:
        run = sample.a_run(Path(folder))
        watching = of_run(run)
        app = MonitorApp(watching.watched, run, terminal=Terminal(), settings=Settings())
        async with app.run_test(size=SIZE) as pilot:
            while any(view.reading.diagnosis is None and view.name == "decode-0" for view in app.body.views):
                await pilot.pause(0.1)
            for key in (*shot.keys, None):
                if key is not None:
                    await pilot.press(key)
                app.body.renew()
                await pilot.pause()
            svg = app.export_screenshot(title="glm-wizard", simplify=True)
        for one in watching.watched:
            one.close()
        return svg


async def write_all(folder: Path) -> None:
    """Every picture, into a folder."""
    for shot in PICTURES:
        (folder / f"{shot.name}.svg").write_text(await picture(shot), encoding="utf-8")


def stable(svg: str) -> str:
    """The SVG without what differs between two runs (the random number in its identifiers) or is fetched (a font)."""
    found = re.search(r"terminal-(\d+)-", svg)
    without_fonts = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return without_fonts.replace(found[1], "0") if found else without_fonts


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screens").resolve()
    target.mkdir(parents=True, exist_ok=True)
    os.chdir("/")  # the export dialog shows where one stands
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(write_all(target))
