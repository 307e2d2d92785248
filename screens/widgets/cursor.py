"""The line under the cursor: in the cursor's colours alone, so that it can be read in every theme.

Green on blue, or yellow on yellow, is what a row in colours of its own becomes on the cursor's background.
"""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widgets import OptionList


def readable(strip: Strip, cursor: Style, *, everywhere: bool = True) -> Strip:
    """A line in the cursor's foreground; bold and the like stay.

    Args:
        strip: the line.
        cursor: how the cursor is painted.
        everywhere: the whole line is under it, not only what has its background.
    """
    painted = Style(color=cursor.color)
    segments = [
        Segment(text, style + painted, control)
        if style is not None and (everywhere or style.bgcolor == cursor.bgcolor)
        else Segment(text, style, control)
        for text, style, control in strip
    ]
    return Strip(segments, strip.cell_length)


class Entries(OptionList):
    """A list of contents whose chosen one can be read."""

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        strip = super().render_line(y)
        if not self.has_focus or self.highlighted is None:
            return strip
        return readable(strip, self.get_visual_style("option-list--option-highlighted").rich_style, everywhere=False)
