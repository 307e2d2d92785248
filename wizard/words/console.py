"""The console that tables are printed on: plain when it is no terminal, ASCII when the encoding is not UTF-8."""

import os
import sys

from rich.console import Console


def console(*, color: bool = True) -> Console:
    """A console on stdout that treats no text as markup and guesses no highlights.

    Without a terminal lines are 120 cells wide, so that a pipe sees whole tables.
    """
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return Console(
        no_color=not color or "NO_COLOR" in os.environ,
        highlight=False,
        markup=False,
        emoji=False,
        width=width,
        safe_box=True,
    )
