"""The README: generated tables are up to date, and the commands it shows work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.cli import parse
from wizard.reference import README, renewed


def test_the_generated_tables_are_up_to_date() -> None:
    """`python -m wizard.reference` would change nothing."""
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text


COMMANDS = re.findall(
    r"^(?:\$ )?(glm-wizard [^\n]*?)(?:\s+#[^\n]*)?$", README.read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_it_shows_follow_the_grammar(command: str) -> None:
    """Every command line of the README parses."""
    words = subprocess.run(
        ["/bin/bash", "-c", f"printf '%s\\0' {command.split('|', maxsplit=1)[0].split('>', maxsplit=1)[0]}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")[1:-1]
    parse(words)


def test_the_first_commands_are_the_two_promised() -> None:
    """The two commands that do all the set-up stand first."""
    text = README.read_text(encoding="utf-8")
    first = re.findall(r"```\n(.*?)\n```", text, re.DOTALL)[0]
    assert first.splitlines() == [
        "pip install . && glm-wizard --preset a2-single --export",
        "pip install -e '.[dev]' && pytest",
    ]
    assert sys.version_info >= (3, 11)
    assert Path(README).name == "README.md"
