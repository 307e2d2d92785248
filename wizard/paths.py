"""Paths as people type them: asked about without an error, whatever they are.

``pathlib`` raises where a name is too long, a folder above is closed, or ``~name`` has no home; a typed path is then
simply none that is there.
"""

import os.path
from pathlib import Path


def typed(text: str) -> Path:
    """The path that was typed, with ``~`` as the shell reads it; a home that does not exist stays as it is."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 (Path.expanduser raises)


def is_folder(path: Path | str) -> bool:
    """Whether a folder is there."""
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises)


def is_file(path: Path | str) -> bool:
    """Whether a file is there."""
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file raises)


def is_there(path: Path | str) -> bool:
    """Whether anything is there."""
    return os.path.exists(path)  # noqa: PTH110 (Path.exists raises)
