"""What a command line asks for, as a value: the grammar (``wizard.cli``) makes it, the words carry it out."""

import argparse
from typing import NamedTuple


class Invocation(NamedTuple):
    """A parsed command line: what to start from, what to change, what to do."""

    options: argparse.Namespace
    edits: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] | None = None
    """The words after ``--``."""
