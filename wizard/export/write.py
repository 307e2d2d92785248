"""Files whole or absent: written beside their place and moved there; an identical file is left alone.

The only part of the export that touches a disk.
"""

import os
from collections.abc import Mapping
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
    except OSError as error:
        raise UsageError(
            f"the folder `{place}` cannot be made: {error.strerror}", "choose another `--output`"
        ) from None
    data = {place / name: text.encode("utf-8") for name, text in files.items()}
    for path, content in data.items():
        _may_write(path, content, overwrite=overwrite)
    return [(path, _write(path, content)) for path, content in data.items()]


def _may_write(path: Path, data: bytes, *, overwrite: bool) -> None:
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder", "end it with `/` to write into it, or choose another name")
    if not path.exists() or overwrite:
        return
    try:
        same = path.read_bytes() == data
    except OSError as error:
        raise UsageError(
            f"`{path}` is in the way and cannot be read: {error.strerror}", "choose another `--output`"
        ) from None
    if not same:
        raise UsageError(
            f"`{path}` exists and differs; nothing was written", "`--force` overwrites it; another `--output` keeps it"
        )


def _write(path: Path, data: bytes) -> str:
    import tempfile  # a dozen modules, for exports into files only

    mode = 0o755 if path.suffix == ".sh" else 0o644
    try:
        if path.exists() and path.read_bytes() == data:
            return "unchanged"
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {error.strerror}", "choose another `--output`") from None
    return "written"
