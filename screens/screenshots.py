"""The pictures of the README: ``python -m screens.screenshots`` writes one SVG of each screen into docs/screens.

Everything in them is a recorded machine and a published preset, so two runs give the same files.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from screens.app import WizardApp
from screens.monitor import sample
from screens.monitor.app import MonitorApp
from screens.settings import Settings
from screens.terminal import Terminal
from wizard import presets
from wizard.detect import command, recording
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
    Edit(EditKind.HOSTS, "10.0.0.1,10.0.0.2"),
    Edit(EditKind.INTERFACE, "eth0"),
    Edit(EditKind.MODEL_PATH, "/models/GLM-5.2-W8A8"),
)
PICTURES = (
    Picture("detect", "detect"),
    Picture("choose", "choose"),
    Picture("features", "choose", ("greater_than_sign", "greater_than_sign", "greater_than_sign"), FILLED),
    Picture("review", "review", (), FILLED),
    Picture("commands", "review", ("greater_than_sign", "greater_than_sign"), FILLED),
    Picture("export", "review", ("e",), FILLED),
    Picture("launch", "launch", (), FILLED),
    Picture("monitor", "monitor", ("d",)),
)


def the_session(edits: Sequence[Edit]) -> Session:
    """Two recorded A3 hosts and the preset for them."""
    captures, model_path = recording.read(Path("a3-idle"))
    begun = started(presets.preset("a3-pd").selection, command.hosts(captures, model_path))
    return started(begun.edited(tuple(edits)).selection, begun.hosts) if edits else begun


async def picture(shot: Picture) -> str:
    """The SVG of one screen."""
    if shot.stage == "monitor":
        return await monitor_picture(shot)
    app = WizardApp(the_session(shot.edits), shot.stage, terminal=Terminal(), settings=Settings())
    async with app.run_test(size=SIZE) as pilot:
        for key in (None, *shot.keys, None):
            if key is not None:
                await pilot.press(key)
            for _ in range(3):
                await pilot.pause()
        return app.export_screenshot(title="glm-wizard", simplify=True)


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
                app.body.renew(anew=True)
                await pilot.pause()
            svg = app.export_screenshot(title="glm-wizard", simplify=True)
        for one in watching.watched:
            one.close()
        return svg


async def write_all(folder: Path) -> None:
    """Every picture, into a folder."""
    for shot in PICTURES:
        (folder / f"{shot.name}.svg").write_text(stable(await picture(shot)), encoding="utf-8")


def stable(svg: str) -> str:
    """The SVG without what differs between two runs: the random number in its identifiers."""
    import re

    found = re.search(r"terminal-(\d+)-", svg)
    return svg.replace(found[1], "0") if found else svg


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screens").resolve()
    target.mkdir(parents=True, exist_ok=True)
    os.chdir("/")  # the export dialog shows where one stands
    asyncio.run(write_all(target))
