"""The newest lines of a log, as many as memory allows.

Owns cutting bytes into lines and forgetting the oldest. A line keeps its number for good, so what is remembered about
it stays right when older ones go. Nothing is decoded here: most lines are never looked at.
"""

LINES = 20_000
BYTES = 8 * 1024 * 1024
LINE_BYTES = 64 * 1024
"""Longest line that is kept whole; of a longer one both ends are kept."""


class Ring:
    """A sequence of raw lines: ``ring[0]`` is the oldest kept, and its number is ``first``."""

    def __init__(self, lines: int = LINES, size: int = BYTES) -> None:
        """Sets the bounds; they may be exceeded by a quarter for a moment.

        Args:
            lines: how many lines to keep.
            size: how many bytes to keep.
        """
        self.first = 0
        """Number of the oldest line that is kept; the first line ever taken is 0."""
        self._lines: list[bytes] = []
        self._bytes = 0
        self._open = b""
        self._most_lines = lines
        self._most_bytes = size

    def __len__(self) -> int:
        return len(self._lines) + bool(self._open)

    def __getitem__(self, place: int) -> bytes:
        if place < 0:
            place += len(self)
        if self._open and place == len(self._lines):
            return settled(self._open)
        return self._lines[place]

    def between(self, start: int, end: int) -> list[bytes]:
        """The lines kept from one number to before another, which are not before the first and not after the end."""
        lines = self._lines[start - self.first : max(end - self.first, 0)]
        return [*lines, settled(self._open)] if self._open and start < end == self.end else lines

    @property
    def end(self) -> int:
        """Number of the line after the last."""
        return self.first + len(self)

    @property
    def growing(self) -> int | None:
        """Number of the last line while its end has not come: it may still change. None where all lines are whole."""
        return self.first + len(self._lines) if self._open else None

    def extend(self, data: bytes) -> None:
        """Takes bytes as they come; what follows the last line feed is the line that still grows."""
        lines = (self._open + data if self._open else data).split(b"\n")
        self._open = _bounded(lines.pop())
        if not lines:
            return
        if b"\r" in data or max(map(len, lines)) > LINE_BYTES or b"\r" in lines[0]:
            lines = [settled(line) for line in lines]
        self._lines += lines
        self._bytes += sum(map(len, lines))
        if len(self._lines) > self._most_lines * 5 // 4 or self._bytes > self._most_bytes * 5 // 4:
            self._forget()

    def finish(self) -> None:
        """The growing line has ended without a line feed: the file it stood in is over."""
        if self._open:
            self.extend(b"\n")

    def _forget(self) -> None:
        gone = max(0, len(self._lines) - self._most_lines)
        size = self._bytes - sum(map(len, self._lines[:gone]))
        while size > self._most_bytes and gone < len(self._lines) - 1:
            size -= len(self._lines[gone])
            gone += 1
        del self._lines[:gone]
        self.first += gone
        self._bytes = size


def settled(raw: bytes) -> bytes:
    """A line as it stands in the end: of a progress bar, which is drawn again and again, the last state.

    Of a very long line both ends are kept.
    """
    if b"\r" in raw:
        raw = next((piece for piece in reversed(raw.split(b"\r")) if piece.strip()), b"")
    if len(raw) > LINE_BYTES:
        raw = raw[: LINE_BYTES // 2] + b" ... " + raw[-LINE_BYTES // 2 :]
    return raw


def _bounded(growing: bytes) -> bytes:
    if len(growing) <= LINE_BYTES:
        return growing
    # of a progress bar only the last states matter, of anything else both ends
    start = growing.rfind(b"\r", 0, -LINE_BYTES // 8)
    return growing[start + 1 :][-LINE_BYTES:] if start >= 0 else settled(growing)
