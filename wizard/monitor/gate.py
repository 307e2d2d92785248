"""Which lines deserve a closer look.

Owns one pattern over the words that every interesting line holds one of. It runs over each line that is not told apart
by its first bytes, so it has to be quick: words that start alike share their start in the pattern, and of each only
the end counts that begins with the rarest character.
"""

import re
from collections.abc import Iterable

_COMMON_FIRST = " etaoinsrldcumhgpfybwvkxjqz0123456789:.,-=/[]()_'\"#"
"""What lines of logs are made of; anything else is rarer still."""
_SHORTEST = 5


def gate(words: Iterable[str]) -> re.Pattern[bytes]:
    """A pattern that finds every line with any of the words, and few others."""
    return re.compile(_alternatives({_end(word) for word in words}).encode())


def _end(word: str) -> str:
    """The end of the word that begins with the rarest character, unless it is an everyday word such as ``failed``."""
    ends = [word[place:] for place in range(1, len(word) - _SHORTEST + 1)]
    telling = [word, *(end for end in ends if not (end.isalpha() and end[1:].islower()))]
    return max(telling, key=lambda end: (_COMMON_FIRST.find(end[0]) % (len(_COMMON_FIRST) + 1), len(end)))


def _alternatives(words: set[str]) -> str:
    if "" in words:
        return ""
    rests: dict[str, set[str]] = {}
    for word in sorted(words):
        rests.setdefault(word[0], set()).add(word[1:])
    parts = [re.escape(first) + _alternatives(rest) for first, rest in rests.items()]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
