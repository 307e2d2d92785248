"""The course of a figure in a few cells."""

from collections.abc import Sequence

_STEPS = "▁▂▃▄▅▆▇█"
_ASCII_STEPS = "_.-~=+*#"


def sparkline(values: Sequence[float], cells: int, *, is_ascii: bool = False) -> str:
    """The latest values, one a cell, against the largest of them. Nothing is shown as the lowest step.

    Args:
        values: the oldest first.
        cells: how many there is room for.
        is_ascii: whether the terminal shows nothing else.
    """
    shown = list(values)[-cells:] if cells > 0 else []
    steps = _ASCII_STEPS if is_ascii else _STEPS
    highest = max(shown, default=0)
    if highest <= 0:
        return steps[0] * len(shown)
    return "".join(steps[min(int(max(value, 0) / highest * len(steps)), len(steps) - 1)] for value in shown)
