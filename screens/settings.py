"""What is remembered between two starts: the theme, how much the terminal can show, and keys of one's own.

Lives in ``$XDG_CONFIG_HOME/glm-wizard/screen.toml``. A file that cannot be read or written is never in the way.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from screens import themes
from wizard.errors import UsageError


@dataclass(frozen=True)
class Settings:
    """The operator's taste."""

    theme: str = themes.DARK
    ascii_only: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys of one's own: what they do → key. ``screens.keymap`` judges them."""


def place(environment: Mapping[str, str] | None = None) -> Path:
    """Where the settings stand, whether or not the file exists."""
    variables = os.environ if environment is None else environment
    base = variables.get("XDG_CONFIG_HOME") or str(Path(variables.get("HOME", "~")).expanduser() / ".config")
    return Path(base) / "glm-wizard" / "screen.toml"


def load(path: Path | None = None) -> Settings:
    """The remembered settings; the defaults where there are none or they make no sense."""
    try:
        data = tomllib.loads((path or place()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    theme, ascii_only = data.get("theme"), data.get("ascii-only")
    table = data.get("keys")
    keys = {name: str(key) for name, key in table.items()} if isinstance(table, dict) else {}
    return Settings(theme if theme in themes.NAMES else themes.DARK, ascii_only is True, keys)


def save(settings: Settings, path: Path | None = None) -> str | None:
    """Remembers the settings; what went wrong as a sentence, None when nothing did."""
    from wizard.export.write import write_file

    target = path or place()
    text = f'theme = "{settings.theme}"\nascii-only = {str(settings.ascii_only).lower()}\n'
    if settings.keys:
        text += "\n[keys]\n" + "".join(f"{_quoted(name)} = {_quoted(key)}\n" for name, key in settings.keys.items())
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, text, overwrite=True)
    except (OSError, UsageError) as error:
        return f"the settings could not be remembered: {error}"
    return None


def _quoted(text: str) -> str:
    from wizard.toml_text import quoted

    return quoted(text)
