"""The console that tables are printed on: plain when it is no terminal, ASCII when the encoding is not UTF-8."""

import os
import sys

from rich.console import Console


def console(*, color: bool = True) -> Console:
    """A console on stdout that treats no text as markup and guesses no highlights.

    Into a pager lines are as wide as the terminal behind it; without any terminal they are 120 cells wide.
    """
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _width_behind_a_pipe()
    return Console(
        no_color=not color or "NO_COLOR" in os.environ,
        highlight=False,
        markup=False,
        emoji=False,
        width=width,
        safe_box=True,
    )


def _width_behind_a_pipe() -> int:
    """The width of the terminal that the other streams are on, 120 where there is none."""
    for stream in (sys.stderr, sys.stdin):
        try:
            return os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError, AttributeError):
            continue
    return 120
