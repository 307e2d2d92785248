"""The unfinished selection: kept after every change, offered at the next start, so that nothing is lost by leaving.

Owns ``$XDG_STATE_HOME/glm-wizard/unfinished.toml``, a selection file like any other: ``--config`` reads it too.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from wizard import selection_file
from wizard.errors import WizardError
from wizard.model.selection import Selection

FILE = "unfinished.toml"


class Draft(NamedTuple):
    """An unfinished selection and when it was left."""

    selection: Selection
    left: float
    """Seconds since the epoch."""
    path: Path


def path() -> Path:
    """Where the draft of this user is. A relative ``XDG_STATE_HOME`` is ignored, as its specification asks."""
    given = os.environ.get("XDG_STATE_HOME", "")
    state = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return state / "glm-wizard" / FILE


def keep(selection: Selection) -> Path | None:
    """Writes the draft whole or not at all; None where the disk does not take it, which stops nobody's work."""
    place = path()
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=place.parent, prefix=f".{FILE}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(selection_file.dumps(selection))
            Path(beside).replace(place)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError:
        return None
    return place


def unfinished() -> Draft | None:
    """The draft, if there is one that can be read."""
    place = path()
    try:
        return Draft(selection_file.load(place), place.stat().st_mtime, place)
    except (OSError, WizardError):
        return None


def settled(selection: Selection, *, was_changed: bool) -> None:
    """Forgets the draft, once what was chosen is exported or launched.

    Args:
        selection: what was exported or launched.
        was_changed: whether anything was chosen since the start; where nothing was, other work that waits is kept.
    """
    draft = None if was_changed else unfinished()
    if was_changed or (draft is not None and draft.selection == selection):
        discard()


def discard() -> None:
    """Forgets the draft."""
    with suppress(OSError):
        path().unlink(missing_ok=True)
