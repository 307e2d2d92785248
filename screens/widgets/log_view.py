"""Which rows of a log are on screen: following its end, or standing still while it goes on.

Owns follow, pause, cursor and scrolling. Standing still, it holds its own lines, so that nothing moves under the
reader, whatever is written or thrown away meanwhile. What has to be read back from a file is asked for, and taken up
when it comes; it may come never. Pure: it knows neither widgets nor clocks.
"""

from collections.abc import Callable
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size, set_cell_size

from screens.widgets.log_filter import Line, folded
from screens.widgets.log_text import Stamps, said
from screens.widgets.log_trail import Job, Trail, place_of

_OLDER = 2_000
"""Lines read back from the file at a time."""
HELD = 200_000
"""Lines that a standing pane holds at most; beyond, the newer ones are let go while the reader goes back."""


class Row(NamedTuple):
    """A row of the pane: a line, or a piece of a wrapped one."""

    line: Line
    text: str
    piece: int
    """0 for the first."""
    is_cursor: bool


Fetch = Callable[[Job, Callable[[list[Line]], None]], None]
"""Runs a job, now or in a thread, and hands over what it gives."""


def at_once(job: Job, take: Callable[[list[Line]], None]) -> None:
    """Runs a job here and now."""
    take(job.read())


class LogView:
    """What a pane shows of a trail.

    Args:
        trail: where the lines come from.
        fetch: how lines are read back.
    """

    def __init__(self, trail: Trail, fetch: Fetch = at_once) -> None:
        self.trail = trail
        self.fetch = fetch
        self.width, self.height = 80, 20
        self.wraps = False
        self.stamps = Stamps.SHORT
        self.cursor = 0
        """Place of the chosen line among the lines held."""
        self.anchor: int | None = None
        """Place of the other end of the chosen lines; None: one line is chosen."""
        self._lines: list[Line] | None = None
        self._top = (0, 0)

    @property
    def is_following(self) -> bool:
        """Whether the newest line is always shown."""
        return self._lines is None

    @property
    def lines(self) -> list[Line]:
        """The lines held while standing still; the newest while following."""
        return self.trail.tail(self.height) if self._lines is None else self._lines

    def below(self) -> int:
        """How many lines there are below the last row shown."""
        if not self._lines:
            return 0
        return len(self._lines) - 1 - self._last_place() + max(self.trail.below(self._lines), 0)

    def chosen(self) -> list[Line]:
        """The lines that were chosen; the newest while following."""
        if self._lines is None:
            return self.trail.tail(1)[-1:]
        first, last = sorted((self.cursor, self.cursor if self.anchor is None else self.anchor))
        return self._lines[first : last + 1]

    def follow(self) -> None:
        """Goes to the end and stays there."""
        self._lines, self.anchor, self.cursor = None, None, 0

    def pause(self) -> bool:
        """Stands still with the newest line chosen; False where there is nothing to stand on."""
        if self._lines is not None:
            return True
        lines = self.trail.held()
        if not lines:
            return False
        self._hold(lines, len(lines) - 1)
        self._top = self._above((len(lines) - 1, self._pieces(lines[-1]) - 1), self.height - 1)
        return True

    def refiltered(self) -> None:
        """Takes up a changed filter: near the chosen line while standing still."""
        if self._lines is None:
            return
        chosen = self._lines[self.cursor] if self._lines else None
        if chosen is None:
            self.follow()
            return
        self.go(chosen.number, chosen.source)

    def show(self, lines: list[Line], number: int, source: int = 0) -> None:
        """Stands still on other lines, with the one of this number chosen and in the middle."""
        if lines:
            self._hold(lines, place_of(lines, number, source))
            self._show_cursor(middle=True)

    def go(self, number: int, source: int = 0) -> None:
        """Stands still on a line, as soon as it and those around it are there; follows where nothing is to be shown."""

        def take(lines: list[Line]) -> None:
            self.show(lines, number, source)
            if not lines:
                self.follow()

        self.fetch(self.trail.around(number, source), take)

    def move(self, lines: int) -> None:
        """Moves the cursor; reads back older lines at the start, follows again below the very end."""
        was_following = self._lines is None
        if not self.pause() or self._lines is None:
            return
        if was_following and lines > 0:
            self.follow()
            return
        aim = self.cursor + lines
        if aim < 0:
            self._put(0)
            self._read_back(lambda more: self._put(more + aim))
        elif aim >= len(self._lines):
            self._read_on(lambda more: self._put(aim) if more else self.follow())
        else:
            self._put(aim)

    def scroll(self, rows: int) -> None:
        """Moves what is shown, the cursor only as far as it has to."""
        was_following = self._lines is None
        if (was_following and rows > 0) or not self.pause() or self._lines is None:
            return
        if rows < 0:
            old = self._top
            self._top = self._above(old, -rows)
            if self._top == (0, 0):
                self._read_back(lambda more: self._scrolled((old[0] + more, old[1]), rows))
        else:
            self._top = self._beneath(self._top, rows)
            if self._last_place() == len(self._lines) - 1:
                self._read_on(lambda more: None if more else self.follow())
        self._keep_cursor_in_sight()

    def home(self) -> None:
        """Goes to the oldest line that is in memory; again, further back."""
        if self.pause():
            if self.cursor == 0:
                self._read_back(lambda _: self._put(0))
            self._put(0)

    def _put(self, cursor: int) -> None:
        if self._lines:
            self.cursor = max(0, min(cursor, len(self._lines) - 1))
            self._show_cursor()

    def _scrolled(self, top: tuple[int, int], rows: int) -> None:
        self._top = self._above(top, -rows)
        self._keep_cursor_in_sight()

    def rows(self) -> list[Row]:
        """What is shown, from the top."""
        if self._lines is None:
            return self._newest_rows()
        rows: list[Row] = []
        place, piece = self._top
        first, last = sorted((self.cursor, self.cursor if self.anchor is None else self.anchor))
        while place < len(self._lines) and len(rows) < self.height:
            line = self._lines[place]
            for number, text in enumerate(self.texts(line)):
                if number >= piece:
                    rows.append(Row(line, text, number, first <= place <= last))
            place, piece = place + 1, 0
        return rows[: self.height]

    def texts(self, line: Line) -> list[str]:
        """The line as rows: one that is cut, or as many as it takes."""
        text = said(line.raw).text(self.stamps)
        if line.states > 1:
            text = f"(×{line.states:,}) {text}"
        return wrapped(text, self.width) if self.wraps else [cut(text, self.width)]

    def _newest_rows(self) -> list[Row]:
        rows: list[Row] = []
        for line in reversed(self.trail.tail(self.height)):
            texts = self.texts(line)
            rows.extend(Row(line, text, len(texts) - 1 - n, False) for n, text in enumerate(reversed(texts)))
            if len(rows) >= self.height:
                break
        return rows[: self.height][::-1]

    def _hold(self, lines: list[Line], cursor: int) -> None:
        self._lines, self.cursor, self.anchor, self._top = lines, cursor, None, (0, 0)

    def _read_back(self, then: Callable[[int], None]) -> None:
        """Takes older lines in, and goes on with how many came; not at all where others are held by then."""
        lines = self._lines
        if not lines:
            return

        def take(older: list[Line]) -> None:
            if self._lines is lines and older:
                then(self._joined(older, lines))

        self.fetch(self.trail.before(lines, _OLDER), take)

    def _joined(self, older: list[Line], lines: list[Line]) -> int:
        joined = folded([*older, *lines])
        more = len(joined) - len(lines)
        # what is let go at the end is read again when the reader comes back to it
        self._lines = joined[:HELD]
        self.cursor += more
        self.anchor = None if self.anchor is None else self.anchor + more
        self._top = (self._top[0] + more, self._top[1])
        return more

    def _read_on(self, then: Callable[[int], None]) -> None:
        """Takes newer lines in, and goes on with how many came."""
        lines = self._lines
        if not lines:
            return

        def take(newer: list[Line]) -> None:
            if self._lines is lines:
                self._lines = folded([*lines, *newer]) if newer else lines
                then(len(newer))

        self.fetch(self.trail.after(lines), take)

    def _pieces(self, line: Line) -> int:
        return len(self.texts(line)) if self.wraps else 1

    def _above(self, place: tuple[int, int], rows: int) -> tuple[int, int]:
        """The piece that stands ``rows`` rows above a piece."""
        line, piece = place
        lines = self._lines or []
        while rows > piece and line > 0:
            rows -= piece + 1
            line -= 1
            piece = self._pieces(lines[line]) - 1
        return (line, max(piece - rows, 0))

    def _beneath(self, place: tuple[int, int], rows: int) -> tuple[int, int]:
        line, piece = place
        lines = self._lines or []
        while rows > 0 and line < len(lines):
            left = self._pieces(lines[line]) - 1 - piece
            if rows <= left:
                return (line, piece + rows)
            rows -= left + 1
            line, piece = line + 1, 0
        return (min(line, max(len(lines) - 1, 0)), piece)

    def _show_cursor(self, *, middle: bool = False) -> None:
        last = (self.cursor, self._pieces((self._lines or [])[self.cursor]) - 1)
        lowest = self._above(last, self.height - 1)
        if middle:
            lines = self._lines or []
            fullest = self._above((len(lines) - 1, self._pieces(lines[-1]) - 1), self.height - 1)
            self._top = min(self._above((self.cursor, 0), self.height // 2), fullest)
        elif self._top > (self.cursor, 0):
            self._top = (self.cursor, 0)
        elif self._top < lowest:
            self._top = lowest

    def _keep_cursor_in_sight(self) -> None:
        if self._lines:
            self.cursor = max(self._top[0], min(self.cursor, self._last_place()))

    def _last_place(self) -> int:
        """Place of the last line of which a row is shown, while standing still."""
        lines = self._lines or []
        place, rows = self._top[0], self.height + self._top[1]
        while place < len(lines) and (rows := rows - self._pieces(lines[place])) > 0:
            place += 1
        return min(place, len(lines) - 1)


def cut(text: str, width: int) -> str:
    """The text in at most ``width`` cells, with a mark where it was cut."""
    if len(text) <= width // 2 or cell_len(text) <= width:
        return text
    return set_cell_size(text[: width + 1], max(width - 1, 0)) + "…"


def wrapped(text: str, width: int) -> list[str]:
    """The text in pieces of at most ``width`` cells."""
    width = max(width, 2)
    if text.isascii():
        return [text[start : start + width] for start in range(0, len(text), width)] or [""]
    pieces, start, used = [], 0, 0
    for place, char in enumerate(text):
        cells = get_character_cell_size(char)
        if used + cells > width:
            pieces.append(text[start:place])
            start, used = place, 0
        used += cells
    return [*pieces, text[start:]]
