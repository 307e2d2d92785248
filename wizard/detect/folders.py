"""Folders of a host, for choosing where the weights are: names only, and which of them hold a model."""

import shlex
from typing import NamedTuple

from wizard.model.hardware import Fault
from wizard.reach import Shell

LIMIT_S = 10.0
MOST = 500
"""Folders that are listed."""

_SCRIPT = """
cd -- {path} || exit 3
printf 'at %s\\n' "$PWD"
n=0
for folder in */; do
    [ -d "$folder" ] || continue
    n=$((n + 1)); if [ "$n" -gt {most} ]; then break; fi
    name=${{folder%/}}
    if [ -f "$folder/config.json" ]; then printf 'model %s\\n' "$name"; else printf 'folder %s\\n' "$name"; fi
done
"""


class Folder(NamedTuple):
    """A folder and what is in it."""

    path: str
    folders: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Folders in it that hold a ``config.json``."""
    fault: Fault | None = None


def listed(shell: Shell, path: str) -> Folder:
    """What is in a folder; blocks, within ``LIMIT_S``. One that cannot be read says why."""
    answer = shell.run(_SCRIPT.format(path=shlex.quote(path or "/"), most=MOST), limit_s=LIMIT_S)
    if answer.code != 0:
        hint = "type the path, or go up"
        message = answer.errors.strip().splitlines()[-1:] or [f"`{path}` cannot be read"]
        return Folder(path, fault=answer.fault or Fault("unreadable", message[0], hint))
    found: dict[str, list[str]] = {"folder": [], "model": [], "at": []}
    for line in answer.text.splitlines():
        kind, _, name = line.partition(" ")
        if kind in found:
            found[kind].append(name)
    at = found["at"][0] if found["at"] else path
    return Folder(at, tuple(found["folder"]), tuple(found["model"]))
