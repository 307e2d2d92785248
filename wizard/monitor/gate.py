"""Which lines deserve a closer look.

Owns one pattern over the words that every interesting line holds one of. It runs over each line that is not told apart
by its first bytes, so it has to be quick, and what it costs is every place where a word could begin. So of each word
only an end counts, and the ends are chosen to begin with as few characters as will do, the common ones least of all.
Lines are told by their shape, which is the line without digits: a log repeats itself far more than it says, so whoever
remembers the shapes that were dull has most lines told in no time.
"""

import re
from collections.abc import Iterable

_COMMON_FIRST = " etaoinsrldcumhgpfybwvkxjqz:.,-=/[]()_'\"#"
"""What lines of logs are made of; anything else is rarer still."""
_RARITY = {character: place for place, character in enumerate(_COMMON_FIRST)}
_SHORTEST_BYTES = 5
DIGITS = b"0123456789"
"""What a line loses to become its shape: times, ranks and figures differ in lines that are alike."""

_WITHOUT_DIGITS = dict.fromkeys(DIGITS)


def gate(words: Iterable[str]) -> re.Pattern[bytes]:
    """A pattern that finds the shape of every line with any of the words, and few others."""
    ends = [_ends(word) for word in dict.fromkeys(word.translate(_WITHOUT_DIGITS) for word in words)]
    first = {character for found in ends for character in found}
    for character in sorted(first, key=_rarity):  # the commonest goes first, if all words can do without it
        fewer = first - {character}
        if all(character not in found or not fewer.isdisjoint(found) for found in ends):
            first = fewer
    chosen = {found[max(first & found.keys(), key=_rarity)] for found in ends}
    return re.compile(_alternatives(chosen).encode())


def _rarity(character: str) -> tuple[int, str]:
    return _RARITY.get(character, len(_RARITY)), character


def _ends(word: str) -> dict[str, str]:
    """The longest end of a word for each character that one begins with, but no everyday word such as ``failed``."""
    ends: dict[str, str] = {}
    for place in range(len(word)):
        end = word[place:]
        everyday = end.strip(" :=")
        long = len(end.encode()) >= _SHORTEST_BYTES and not (everyday.isalpha() and everyday[1:].islower())
        if place == 0 or long:
            ends.setdefault(end[0], end)
    return ends


def _alternatives(words: set[str]) -> str:
    if "" in words:
        return ""
    rests: dict[str, set[str]] = {}
    for word in sorted(words):
        rests.setdefault(word[0], set()).add(word[1:])
    parts = [re.escape(first) + _alternatives(rest) for first, rest in rests.items()]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
