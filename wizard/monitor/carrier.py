"""What whoever carried a log wrote before every line: host names, pods, ranks, journald, ``grep -n``, ``srun -l``.

Owns finding out what it is, from lines whose own beginning is known, and taking it off. What container runtimes write
is known beforehand, so ``wizard.monitor.text`` takes it off wherever it stands.
"""

import re

_OWN = re.compile(
    rb"^(?!\[20\d\d-\d\d-\d\d )(?P<before>[^\n]{1,100}?)"
    rb"(?P<own>\[20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z_]+\d+)*\] "
    rb"|20\d\d-\d\d-\d\d \d\d:\d\d:\d\d +[A-Z]+ +\w+::|Traceback \(most recent call last\):"
    rb"|  File \"[^\"\n]+\", line \d)",
    re.MULTILINE,
)
_BARE = re.compile(rb"\[20\d\d-\d\d-\d\d \d\d:")
_ENDS = (b" ", b":", b"|", b">", b"]", b"\t")
_MESSAGE = re.compile(rb"exception: $|[Bb]atch|\d+%|\bError\b|[Ee]rror: |^\[(?:ERROR|rank\d+\]:\[)|[(=\"']")
_SNIFFED_BYTES = 4 * 1024 * 1024
_MOST = 24


class Carrier:
    """Learns what stands before the lines of one log."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._seen: set[bytes] = set()
        """What stood before a line of an earlier piece: a log that grows comes line by line."""
        self._pattern: re.Pattern[bytes] | None = None
        self._left = _SNIFFED_BYTES

    def stripped(self, data: bytes) -> bytes:
        """The same lines without it; the number of lines stays.

        Args:
            data: whole lines.
        """
        if self._left > 0:
            if not _is_bare(data):
                self._learn(data)
            self._left -= len(data)
        return data if self._pattern is None else self._pattern.sub(b"", data)

    def _learn(self, data: bytes) -> None:
        for found in _OWN.finditer(data):
            before = found["before"]
            if len(self._known) >= _MOST:
                return
            if not before.endswith(_ENDS) or _MESSAGE.search(before):
                continue
            if not before.strip() and not (found["own"][:1] == b"[" and _is_indented(data, before)):
                continue
            shape = _shape(before)
            if shape in self._known:
                continue
            # A line that only happens to hold a time has no neighbour that begins alike.
            if shape not in self._seen and len(re.findall(b"^" + shape, data, re.MULTILINE)) < 2:
                if len(self._seen) < _MOST:
                    self._seen.add(shape)
            else:
                self._known.add(shape)
                self._pattern = re.compile(b"^(?:" + b"|".join(sorted(self._known)) + b")", re.MULTILINE)


def _is_bare(data: bytes) -> bool:
    """Whether every line begins with its own stamp: as the first one does, so do the others that begin alike."""
    return _BARE.match(data) is not None and data.count(b"\n[20") == data.count(b"\n")


def _is_indented(data: bytes, before: bytes) -> bool:
    """Whether every line begins with these blanks, as in a quotation; those of a traceback alone are its own."""
    return all(line.startswith(before) for line in data.split(b"\n") if line.strip())


def _shape(before: bytes) -> bytes:
    """The pattern of lines that begin alike: numbers may differ, and an empty line may have lost its last blank."""
    kept = before[:-1] if before.endswith(b" ") else before
    return re.sub(rb"\d+", rb"\\d+", re.escape(kept)) + (b" ?" if before.endswith(b" ") else b"")
