"""Lines out of a pane: to the clipboard through the terminal, or to a file."""

import base64
import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

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


class Written(NamedTuple):
    """What was written."""

    path: Path
    lines: int
    size: int


def write(path: Path, pieces: Iterable[bytes], *, overwrite: bool = False) -> Written:
    """Writes a file that only its owner can read, whole or not at all.

    Args:
        path: where; the file there stays as it is until the new one is whole.
        pieces: its content.
        overwrite: whether a file that is there may be replaced.

    Raises:
        OSError: it cannot be written, or is there and may not be replaced.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    lines = size = 0
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
                lines += piece.count(b"\n")
                size += len(piece)
        if not overwrite and path.exists():
            raise FileExistsError(errno.EEXIST, "it is there meanwhile", str(path))
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return Written(path, lines, size)
