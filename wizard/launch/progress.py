"""What one process's log says while it starts: its phase, in words, told when it changes."""

from wizard.launch.sighting import Seen
from wizard.launch.timing import NEVER, Earlier
from wizard.monitor.diagnosis import Diagnosis
from wizard.monitor.reader import LogReader, Reading
from wizard.monitor.text import printable
from wizard.monitor.view import duration, phase_words

LAST_LINES = 12
_STEP_PERCENT = 10
"""Progress is told anew after so much of it."""

_SLOWER_S = 2.0
"""Stamps have whole seconds."""


class Progressing:
    """The log of one process so far. Feed it what a look brings."""

    def __init__(self, offset: int = 0, earlier: Earlier = NEVER) -> None:
        self.offset = offset
        self._earlier = earlier
        self._slow: set[str] = set()
        self._phase: str | None = None
        self._since_s = 0.0
        self._reader = LogReader()
        self.reading = self._reader.reading()
        self._tail = b""
        self._told: tuple[str | None, int] | None = None

    def feed(self, seen: Seen) -> str:
        """Takes what came in the log; a sentence where something new is to be told, else nothing."""
        if seen.log_bytes is None:
            return ""
        if seen.piece_at < self.offset:  # the file was replaced by a shorter one
            self._reader, self._tail = LogReader(), b""
        self._reader.feed(seen.piece)
        self._tail = (self._tail + seen.piece)[-16384:]
        self.offset = seen.piece_at + len(seen.piece)
        return self._sentence()

    def _sentence(self) -> str:
        self.reading = reading = self._reader.reading()
        if reading.phase is None:
            return ""
        progress = reading.progress
        percent = 100 * progress.done // progress.total if progress and progress.total else 0
        told = (reading.phase, percent // _STEP_PERCENT)
        if told == self._told or (self._told and told[0] == self._told[0] and told[1] < self._told[1]):
            return ""
        self._told = told
        last = self._earlier.last.get(reading.phase, 0.0)
        before = f", last time {duration(last)}" if last >= 1 else ""
        return f"{_words(reading)}{before}"

    def slow(self, now_s: float) -> str:
        """A sentence, once a phase, when it takes longer than it ever did; else nothing."""
        phase = self.reading.phase
        if phase != self._phase:
            self._phase, self._since_s = phase, now_s
        longest = self._earlier.slowest.get(phase or "", 0.0)
        took_s = now_s - self._since_s
        if phase is None or longest < 1 or took_s < longest + _SLOWER_S or phase in self._slow:
            return ""
        self._slow.add(phase)
        words = _words(self.reading._replace(progress=None))
        return f"{words}: {duration(took_s)} by now, longer than ever before ({duration(longest)})"

    def last_lines(self) -> tuple[str, ...]:
        """The end of the log, safe to print."""
        lines = self._tail.decode("utf-8", "replace").splitlines()[-LAST_LINES:]
        return tuple(printable(line)[:400] for line in lines if line.strip())

    def diagnosis(self) -> Diagnosis | None:
        """What broke, where the log says so."""
        self._reader.close()
        return self._reader.reading().diagnosis


def _words(reading: Reading) -> str:
    """What the process is doing, as the monitor says it. That it is ready is for its port to say, not for its log."""
    return phase_words(reading._replace(ready=False))
