"""Selections as files from the full screen: opened, imported, saved, kept as a draft, and taken up again."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from screens.dialogs import ChoosePath, Confirm, Pick, ShowText
from wizard import drafts, importing, presets, selection_file
from wizard.errors import UsageError, WizardError
from wizard.export.quote import join
from wizard.export.write import write_file
from wizard.model.preset import Preset
from wizard.model.selection import Selection
from wizard.reproduce import SELECTION_FILE
from wizard.wording import counted

if TYPE_CHECKING:
    from screens.app import WizardApp


async def open_file(app: "WizardApp") -> None:
    """A selection file instead of what is there; undo brings that back."""
    path = await app.push_screen_wait(ChoosePath("Open a selection file"))
    if path is None:
        return
    try:
        selection = await asyncio.to_thread(selection_file.load, path)
    except WizardError as error:
        app.complain(error)
        return
    app.change(lambda session: session.chosen(selection, f"open {path}", preset_of(selection)), f"opened {path}")
    app.saved = app.session.selection
    app.retitle()


async def import_script(app: "WizardApp") -> None:
    """What an existing launch script starts, instead of what is there."""
    path = await app.push_screen_wait(ChoosePath("Import a launch script (nothing of it is run)"))
    if path is None:
        return
    try:
        text = await asyncio.to_thread(path.read_text, "utf-8", "replace")
        imported = await asyncio.to_thread(importing.import_scripts, [(str(path), text)])
    except OSError as error:
        app.complain(UsageError(f"`{path}` cannot be read: {error.strerror}"))
        return
    except WizardError as error:
        app.complain(error)
        return
    selection = importing.restored(imported.selection, [text])
    app.change(lambda session: session.chosen(selection, f"import {path}", preset_of(selection)), f"imported {path}")
    if imported.notes:
        await app.push_screen_wait(ShowText(f"Notes on {path}", "\n".join(map(str, imported.notes)), "the notes"))


async def save_file(app: "WizardApp") -> None:
    """What is chosen, as a selection file."""
    path = await app.push_screen_wait(
        ChoosePath("Save the selection as", f"{Path.cwd()}/selection.toml", must_exist=False)
    )
    if path is not None and await write(app, path, selection_file.dumps(app.session.selection)):
        app.saved = app.session.selection
        app.retitle()


async def write(app: "WizardApp", path: Path, text: str) -> bool:
    """Writes one file; asks where a different one is in the way. Whether it is there now."""
    try:
        state = await asyncio.to_thread(write_file, path, text, overwrite=False)
    except UsageError as error:
        if not await asyncio.to_thread(path.is_file):
            app.complain(error)
            return False
        if not await app.push_screen_wait(
            Confirm(f"Overwrite {path}?", "It exists and differs.", yes="Overwrite", no="Keep")
        ):
            return False
        try:
            state = await asyncio.to_thread(write_file, path, text, overwrite=True)
        except UsageError as failed:
            app.complain(failed)
            return False
    app.say(f"{state}: {path}")
    return True


async def take_up(app: "WizardApp", draft: drafts.Draft) -> None:
    """Offers the unfinished selection of the last time."""
    name = draft.selection.preset or "a selection of your own"
    choice = await app.push_screen_wait(
        Pick(
            f"Go on with the unfinished {name}?",
            [
                ("Go on", f"left {ago(time.time() - draft.left)}; kept in {draft.path}"),
                ("Begin anew", "the unfinished one is replaced as soon as something is chosen"),
            ],
        )
    )
    if choice == 0:
        selection = draft.selection
        app.change(
            lambda session: session.chosen(selection, "go on", preset_of(selection)), "went on where it was left"
        )
        app.before = None
        app.action_go("choose")


def ago(seconds: float) -> str:
    """A span of time in words."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // size)
        if count:
            return f"{counted(count, unit)} ago"
    return "a moment ago"


def preset_of(selection: Selection) -> Preset | None:
    """The preset it is compared with, where there still is one of that name."""
    return presets.preset(selection.preset) if selection.preset in presets.files() else None


def reproduce_line(app: "WizardApp") -> str:
    """The one command that gives the same selection; where flags cannot say it, with the draft's own path."""
    words = app.session.reproduce
    if SELECTION_FILE in words:
        drafts.keep(app.session.selection)
        words = tuple(str(drafts.path()) if word == SELECTION_FILE else word for word in words)
    return join(words)
