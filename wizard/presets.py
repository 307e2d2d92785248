"""The presets: the ones that ship with the wizard, and the operator's own.

The operator's stand in ``$XDG_CONFIG_HOME/glm-wizard/presets`` (usually ``~/.config/glm-wizard/presets``), one TOML
file each, in the shape of the shipped ones. A broken file of his hides no other preset.
"""

import os
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from wizard import paths, selection_file
from wizard.errors import SelectionError
from wizard.model.preset import Preset

FIRST = ("a3-single", "a2-single", "a3-multi", "a3-pd")
"""The presets of the tutorial, listed first."""


@cache
def shipped_folder() -> Path:
    """Where the wizard's own presets stand."""
    found = find_spec("presets")
    if found is None or found.origin is None:
        raise SelectionError("the presets are missing from this installation", "install glm-wizard again")
    return Path(found.origin).parent


def own_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where the operator's presets stand, whether or not the folder exists."""
    variables = os.environ if environment is None else environment
    base = variables.get("XDG_CONFIG_HOME") or str(Path(variables.get("HOME", "~")).expanduser() / ".config")
    return Path(base) / "glm-wizard" / "presets"


def files() -> dict[str, Path]:
    """Name → file of every preset; the operator's shadow shipped ones of the same name."""
    shipped = {path.stem: path for path in shipped_folder().glob("*.toml")}
    own = {path.stem: path for path in sorted(own_folder().glob("*.toml"))} if own_folder().is_dir() else {}
    rest = sorted(shipped.keys() - set(FIRST))
    return {name: shipped[name] for name in (*FIRST, *rest) if name in shipped} | own


def preset(name: str) -> Preset:
    """The preset called ``name``.

    Raises:
        SelectionError: there is none (with the nearest names), or its file is broken (with file and line).
    """
    for folder, yours in ((own_folder(), True), (shipped_folder(), False)):
        path = folder / f"{name}.toml"
        if name and "/" not in name and "\0" not in name and paths.is_file(path):
            return selection_file.load_preset(path, name, yours=True) if yours else _shipped(path, name)
    import difflib  # only where something was misspelt

    near = difflib.get_close_matches(name, files(), n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`" if near else "`glm-wizard --presets` lists them"
    raise SelectionError(f"unknown preset `{name}`", hint)


@cache
def _shipped(path: Path, name: str) -> Preset:
    return selection_file.load_preset(path, name)


def presets() -> tuple[tuple[Preset, ...], dict[str, SelectionError]]:
    """All presets that can be read; and of those that cannot, name → what is wrong."""
    found: list[Preset] = []
    broken: dict[str, SelectionError] = {}
    for name in files():
        try:
            found.append(preset(name))
        except SelectionError as error:
            broken[name] = error
    return tuple(found), broken
