"""The command line of a release: its own option list as an argparse parser, which refuses what the release refuses."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

_SIZE = re.compile(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)")
_SCALE = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4}


def parser(file: Path, program: str) -> argparse.ArgumentParser:
    """The parser of the release whose option list ``file`` holds."""
    found = json.loads(file.read_text(encoding="utf-8"))
    own = argparse.ArgumentParser(prog=program, add_help=False)
    own.add_argument(*found.get("help_flags", ["-h", "--help"]), action="help")
    for option in found["options"]:
        _add(own, option)
    return own


def given(own: argparse.ArgumentParser, words: list[str]) -> dict[str, Any]:
    """The options of a command line under their names with underscores; defaults included.

    Raises:
        SystemExit: with 2, as argparse does, after the usage and one line that says what is wrong.
    """
    return vars(own.parse_args(words))


def _add(own: argparse.ArgumentParser, option: dict[str, Any]) -> None:
    destination = option["name"].replace("-", "_")
    words: dict[str, Any] = {"dest": destination, "default": option["default"]}
    flags = list(option["flags"])
    if option["type"] == "flag":
        negative = [flag for flag in flags if flag.startswith("--no-")] if option.get("negatable") else []
        own.add_argument(*[flag for flag in flags if flag not in negative], action="store_true", **words)
        if negative:
            own.add_argument(*negative, action="store_false", **words)
        return
    words["type"] = {"int": int, "float": float, "json": _json, "size": _size}.get(option["type"], str)
    nargs = option["nargs"]
    if nargs is not None:
        words["nargs"] = nargs
    if option.get("choices"):
        words["choices"] = option["choices"]
    if "const" in option:
        words["const"] = option["const"]
    if option.get("required"):
        words["required"] = True
    if destination in ("prefill", "decode"):
        words["action"] = "append"
        words["default"] = None
    own.add_argument(*flags, **words)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid loads value: {text!r}") from None


def _size(text: str) -> int:
    """A whole number, or one with a suffix: ``180k``, ``1.5M``, ``64Ki``."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        return int(text)
    number, suffix = found.groups()
    if suffix.endswith("i"):
        return int(int(number) * 1024 ** _SCALE[suffix[0]])
    return int(float(number) * 1000 ** _SCALE[suffix])
