"""Lines out of a pane: to the clipboard through the terminal, or to a file."""

import base64
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

_UNSAFE = str.maketrans(dict.fromkeys("/\\: \t\n\x00", "-"))


def passed_on(text: str, environment: Mapping[str, str] | None = None) -> str:
    """What tmux passes on to the terminal outside: "put this on the clipboard" (OSC 52); empty outside of tmux."""
    inside = os.environ if environment is None else environment
    if not inside.get("TMUX"):
        return ""
    code = base64.b64encode(text.encode("utf-8", "replace")).decode()
    return f"\x1bPtmux;\x1b\x1b]52;c;{code}\a\x1b\\"


def place(name: str, now: datetime, folder: Path | None = None) -> Path:
    """Where lines of a log are written: a file that does not exist yet, in the current folder, else at home."""
    where = folder or Path.cwd()
    if not os.access(where, os.W_OK):
        where = Path.home()
    stem = f"{name.translate(_UNSAFE).strip('.') or 'log'}-{now:%Y%m%d-%H%M%S}"
    candidates = (where / f"{stem}{ending}.log" for ending in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for path in candidates if not path.exists())


def write(path: Path, lines: Iterable[bytes]) -> int:
    """Writes raw lines to a new file that only its owner can read; how many.

    Raises:
        OSError: it cannot be written.
    """
    count = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for raw in lines:
            file.write(raw + b"\n")
            count += 1
    return count
