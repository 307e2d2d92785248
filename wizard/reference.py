"""The tables of the README, made from the data they describe: ``python -m wizard.reference`` renews them.

A test fails while the README differs from what this module would write.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from wizard import presets
from wizard.cli import parser
from wizard.words.presets import figures, workload

README = Path(__file__).parents[1] / "README.md"


def renewed(text: str) -> str:
    """The README with every generated table as it should be."""
    for name, table in (("presets", _presets()), ("flags", _flags())):
        block = f"<!-- {name} -->\n" + "\n".join(table) + f"\n<!-- end of {name} -->"
        text = re.sub(rf"<!-- {name} -->\n.*?<!-- end of {name} -->", lambda _: block, text, flags=re.DOTALL)  # noqa: B023
    return text


def _presets() -> Iterator[str]:
    yield "| preset | hosts | model | what for | published |"
    yield "|---|---|---|---|---|"
    for name in presets.files():
        preset = presets.preset(name)
        if preset.yours:
            continue
        selection, about = preset.selection, preset.about
        told = "; ".join(part for part in (workload(about.workload), figures(about.figures)) if part) or "-"
        status = "" if about.status == "current" else f" ({about.status})"
        model = f"{selection.model.name} {selection.model.quantization}"
        yield f"| `{name}` | {selection.host_count} x {selection.series} | {model} | {about.title}{status} | {told} |"


def _flags() -> Iterator[str]:
    yield "| flag | what it does |"
    yield "|---|---|"
    for action in parser()._actions:  # noqa: SLF001 - argparse offers no other list of its flags
        if isinstance(action, argparse._HelpAction):  # noqa: SLF001
            continue
        metavar = action.metavar if isinstance(action.metavar, str) else ""
        shown = f" [{metavar}]" if action.nargs in ("?", "*") else f" {metavar}" if metavar else ""
        text = (action.help or "").replace("|", "\\|")
        flag = f"{action.option_strings[-1]}{shown}".replace("|", "\\|")
        yield f"| `{flag}` | {text} |"


if __name__ == "__main__":
    before = README.read_text(encoding="utf-8")
    README.write_text(renewed(before), encoding="utf-8")
    sys.stdout.write("README.md is up to date\n" if renewed(before) == before else "README.md was renewed\n")
