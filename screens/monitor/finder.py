"""What a search has found: in one log or several, in the background, with what came since.

Owns which lines were found and which is next. Where the lines come from is the log's business.
"""

import re
from bisect import bisect_left, bisect_right, insort
from threading import Event
from typing import Any


class Finder:
    """What was found of a pattern. Lines are told by their numbers, or by whatever else puts them in order.

    Args:
        pattern: what is sought.
        parts: how many logs are searched.
    """

    def __init__(self, pattern: re.Pattern[bytes], parts: int = 1) -> None:
        self.pattern = pattern
        self.cancelled = Event()
        self.parts_left = parts
        self.at: Any = None
        """The line that is shown."""
        self._found: list[Any] = []
        self.searched: dict[int, int] = {}
        """Process → number after its last line in memory that was looked at."""

    def __len__(self) -> int:
        return len(self._found)

    @property
    def is_done(self) -> bool:
        """Whether all logs were searched to their ends."""
        return self.parts_left <= 0

    @property
    def words(self) -> str:
        """``/oom/ 3 of 120``."""
        text = self.pattern.pattern.decode("utf-8", "replace")
        going_on = "" if self.is_done else ", searching"
        if not self._found:
            return f"/{text}/ {'not found' if self.is_done else 'searching'}"
        place = f"{bisect_left(self._found, self.at) + 1:,} of " if self.at is not None else ""
        return f"/{text}/ {place}{len(self._found):,}{going_on}"

    def add(self, numbers: list[Any]) -> None:
        """Takes lines that were found, in order."""
        if not self._found or not numbers or numbers[0] > self._found[-1]:
            self._found.extend(numbers)
            return
        for number in numbers:
            place = bisect_left(self._found, number)
            if place >= len(self._found) or self._found[place] != number:
                insort(self._found, number)

    def newest(self, upto: Any) -> Any:
        """The last line found that is not after ``upto``; else the last of all."""
        if not self._found:
            return None
        place = bisect_right(self._found, upto)
        self.at = self._found[place - 1] if place else self._found[-1]
        return self.at

    def step(self, number: Any, by: int) -> Any:
        """The next line found after ``number``, or before it; goes round at the ends."""
        if not self._found:
            return None
        place = bisect_right(self._found, number) if by > 0 else bisect_left(self._found, number) - 1
        self.at = self._found[place % len(self._found)]
        return self.at
