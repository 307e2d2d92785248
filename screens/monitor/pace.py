"""How often the logs are painted: four times a second at most, less where the line or the machine is slow.

Owns the rate. Keys are never paced.
"""

SHORTEST_S, LONGEST_S = 0.25, 2.0
_MOST_BYTES_S = 50 * 1024
"""What a screen full of moving logs may send to the terminal in a second."""
_BYTES_A_CELL_S = 8.5
"""The same for a small terminal: what its cells may cost in a second."""
_BYTES_A_CELL = 1.7
"""A painted cell with its colours, where nobody counts."""
_SHARE = 0.2
"""Of the machine's time that painting may take."""


class Pace:
    """Says when to paint next."""

    def __init__(self) -> None:
        self.interval_s = SHORTEST_S
        self._last = float("-inf")
        self._cells = 80 * 24

    def resize(self, width: int, height: int) -> None:
        """Takes up the size of the terminal."""
        self._cells = max(width * height, 1)

    def due(self, now: float, waiting_bytes: int = 0) -> bool:
        """Whether to paint now.

        Args:
            now: seconds of a clock that only goes on.
            waiting_bytes: what the terminal has not taken yet; while there is any, nothing is added.
        """
        return now - self._last >= self.interval_s and waiting_bytes == 0

    def painted(self, now: float, cells: int, sent_bytes: int | None, cost_s: float) -> None:
        """Takes note of what was painted.

        Args:
            now: when.
            cells: that were painted.
            sent_bytes: since the last time; None where nobody counts.
            cost_s: what it cost, in seconds of the processor.
        """
        self._last = now
        size = cells * _BYTES_A_CELL
        if sent_bytes is not None:
            size = min(size, sent_bytes)  # what is more was sent for keys
        allowed = min(_MOST_BYTES_S, self._cells * _BYTES_A_CELL_S)
        wanted = max(SHORTEST_S, size / allowed, cost_s / _SHARE)
        self.interval_s = min(wanted, LONGEST_S)
