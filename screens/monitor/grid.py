"""How many panes fit on the screen, and which of them are shown."""

from typing import NamedTuple

from textual.containers import Container

from screens.monitor.pane import ProcessPane

LEAST_CELLS, LEAST_ROWS = 48, 7
"""The smallest pane in which a log can be read."""
GOOD_CELLS = 78
"""From this width on, most of a line can be seen."""
TABS_BELOW = 100
"""Columns below which panes are shown one at a time."""


class Shape(NamedTuple):
    """Columns and rows of panes."""

    columns: int
    rows: int


def shape(count: int, width: int, height: int) -> Shape:
    """The arrangement of ``count`` panes that wastes least and shows lines widest; fewer where they do not fit."""
    most = Shape(max(width // LEAST_CELLS, 1), max(height // LEAST_ROWS, 1))
    if width < TABS_BELOW or count <= 1:
        return Shape(1, 1)
    candidates = [Shape(columns, -(-count // columns)) for columns in range(1, most.columns + 1)]
    fitting = [one for one in candidates if one.rows <= most.rows]
    if not fitting:
        return most

    def order(one: Shape) -> tuple[int, bool, int]:
        return (one.columns * one.rows - count, width // one.columns < GOOD_CELLS, -one.columns)

    return min(fitting, key=order)


class PaneGrid(Container):
    """The panes of the processes, as many as fit: beside each other, or one at a time."""

    DEFAULT_CSS = """
    PaneGrid { layout: grid; width: 1fr; height: 1fr; grid-gutter: 0 1; }
    """

    def __init__(self, *panes: ProcessPane) -> None:
        super().__init__(*panes)
        self.panes = panes
        self.only: ProcessPane | None = None
        """Shown alone; None: as many as fit."""
        self._shape: Shape | None = None

    @property
    def shown(self) -> tuple[ProcessPane, ...]:
        """The panes that can be seen."""
        return tuple(pane for pane in self.children if isinstance(pane, ProcessPane) and pane.display)

    def lay_out(self, chosen: int) -> bool:
        """Shows the pane with this place, and as many others as fit beside it; whether that are others than before."""
        fits = Shape(1, 1) if self.only else shape(len(self.panes), self.size.width, self.size.height)
        room = fits.columns * fits.rows
        start = chosen // room * room
        visible = {self.only} if self.only else set(self.panes[start : start + room])
        if (set(self.shown), self._shape) == (visible, fits):
            return False
        self._shape = fits
        for pane in self.children:
            pane.display = pane in visible
        self.styles.grid_size_columns, self.styles.grid_size_rows = fits
        return True
