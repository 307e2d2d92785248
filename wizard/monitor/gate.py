"""Which lines deserve a closer look.

Owns one pattern over the words that every interesting line holds one of. It runs over each line that is not told apart
by its first bytes, so it has to be quick: words that start alike share their start in the pattern.
"""

import re
from collections.abc import Iterable


def gate(words: Iterable[str]) -> re.Pattern[bytes]:
    """A pattern that finds any of the words."""
    return re.compile(_alternatives(set(words)).encode())


def _alternatives(words: set[str]) -> str:
    if "" in words:
        return ""
    rests: dict[str, set[str]] = {}
    for word in sorted(words):
        rests.setdefault(word[0], set()).add(word[1:])
    parts = [re.escape(first) + _alternatives(rest) for first, rest in rests.items()]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
