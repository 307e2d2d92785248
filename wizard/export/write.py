"""Files whole or absent: written beside their place and moved there; an identical file is left alone.

The only part of the export that touches a disk.
"""

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from wizard.errors import UsageError


def write_file(path: str | Path, text: str, *, overwrite: bool) -> str:
    """Writes one file and says what happened: ``written`` or ``unchanged``.

    Raises:
        UsageError: a different file is in the way, or the place cannot be written.
    """
    place = Path(path)
    data = text.encode("utf-8")
    _may_write(place, data, overwrite=overwrite)
    return _write(place, data)


def write_folder(folder: str | Path, files: Mapping[str, str], *, overwrite: bool) -> list[tuple[Path, str]]:
    """Writes several files into a folder, or none of them when one is in the way.

    Raises:
        UsageError: as for ``write_file``.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(place, error) from None
    data = {place / name: text.encode("utf-8") for name, text in files.items()}
    for path, content in data.items():
        _may_write(path, content, overwrite=overwrite)
    return [(path, _write(path, content)) for path, content in data.items()]


def _may_write(path: Path, data: bytes, *, overwrite: bool) -> None:
    try:
        if path.is_dir():
            raise UsageError(f"`{path}` is a folder", "end it with `/` to write into it, or choose another name")
        if not path.exists() or overwrite:
            return
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    try:
        same = path.read_bytes() == data
    except OSError as error:
        raise UsageError(
            f"`{path}` is in the way and cannot be read: {error.strerror}", "choose another place (`--output`)"
        ) from None
    if not same:
        raise UsageError(
            f"`{path}` exists and differs; nothing was written", "`--force` overwrites it; another `--output` keeps it"
        )


def _write(path: Path, data: bytes) -> str:
    try:
        if path.exists() and path.read_bytes() == data:
            return "unchanged"
        place = path.resolve() if path.is_symlink() else path  # what a link leads to is written, the link stays
        before = place.stat() if place.exists() else None
        beside = place.with_name(f".{place.name[:200]}.{os.getpid()}.part")
        mode = 0o755 if path.suffix == ".sh" else 0o644
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if before is not None:
                _kept(beside, before)
            beside.replace(place)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    return "written"


def _kept(path: Path, before: os.stat_result) -> None:
    """Mode and owner of the file that is replaced; another owner only root can give."""
    with suppress(PermissionError):
        os.chown(path, before.st_uid, before.st_gid)
    path.chmod(before.st_mode & 0o7777)


_HINTS = {
    errno.ENOSPC: "free some space there, or choose another place (`--output`)",
    errno.EDQUOT: "your quota there is used up: free some space, or choose another place (`--output`)",
    errno.ENOENT: "the folder is not there: make it first (`mkdir -p`), or choose another place (`--output`)",
    errno.ENOTDIR: "a part of the path is a file; choose another place (`--output`)",
    errno.EACCES: "the folder is not yours to write; choose another place (`--output`)",
    errno.EPERM: "the folder is not yours to write; choose another place (`--output`)",
    errno.EROFS: "that disk is read-only; choose another place (`--output`)",
    errno.ENAMETOOLONG: "give a shorter name",
}


def _unwritable(path: Path, error: OSError | ValueError) -> UsageError:
    why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    number = error.errno if isinstance(error, OSError) else None
    shown = str(path) if len(str(path)) < 200 else f"{str(path)[:200]}…"
    return UsageError(
        f"`{shown}` cannot be written: {why}", _HINTS.get(number or 0, "choose another place (`--output`)")
    )
