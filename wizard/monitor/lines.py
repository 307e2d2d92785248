"""The start of a line: when, which rank, how loud.

Owns the prefixes of SGLang, uvicorn, the router, torch and CANN. The message itself is read elsewhere.
"""

import re
from typing import NamedTuple

_SERVER = re.compile(r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:[.,]\d+)?(?P<ranks>(?: [A-Z_]+\d+)*)\] ?")
_ROUTER = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:[.,]\d+)? +(?P<level>[A-Z]+) +(?P<source>[\w:]+): ")
_CANN = re.compile(r"\[(?P<level>[A-Z]+)\] (?P<day>\d{4}-\d\d-\d\d)-(?P<hour>\d\d:\d\d:\d\d)[^(]*\((?P<who>[^)]*)\) ?")
_TORCH = re.compile(r"(?:\[rank(?P<rank>\d+)\]: ?)?\[(?P<level>[IWEF])\d{3,4} [^\]]*\] ")
_GLOG = re.compile(r"(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\] ")
_LEVEL = re.compile(r"(?:\[?(?P<level>DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\]?)\b:? ?")
_CARRIED = 120
"""How far in a line its own beginning may stand."""
_RANK = re.compile(r"([A-Z_]+)(\d+)")
_LEVELS = {"W": "warning", "WARN": "warning", "E": "error", "F": "fatal", "CRITICAL": "fatal", "I": "info"}


class Prefix(NamedTuple):
    """What stands before the message."""

    time: str | None = None
    """``YYYY-MM-DD HH:MM:SS`` in the clock of whoever wrote it."""
    ranks: tuple[tuple[str, int], ...] = ()
    """``(("DP", 1), ("TP", 8))`` in the order written."""
    level: str | None = None
    """debug, info, warning, error or fatal; most lines of SGLang do not say."""
    end: int = 0
    """Where the message starts."""

    def rank(self, name: str) -> int | None:
        """The rank of this name: ``DP``, ``TP``, ..."""
        return next((number for known, number in self.ranks if known == name), None)


def prefix(text: str) -> Prefix:
    """The prefix of a line without escape codes and wrappers; an empty one where there is none."""
    found = _SERVER.match(text)
    if found:
        level = _LEVEL.match(text, found.end())
        ranks = tuple((name, int(number)) for name, number in _RANK.findall(found["ranks"]))
        return Prefix(found["time"], ranks, _named(level["level"]) if level else None, found.end())
    found = _ROUTER.match(text)
    if found:
        return Prefix(found["time"], (), _named(found["level"]), found.end())
    found = _CANN.match(text)
    if found:
        rank = re.search(r"RankID:(\d+)", found["who"])
        ranks = (("RANK", int(rank[1])),) if rank else ()
        return Prefix(f"{found['day']} {found['hour']}", ranks, _named(found["level"]), found.end())
    return _without_date(text)


def _without_date(text: str) -> Prefix:
    found = _TORCH.match(text)
    if found:
        ranks = (("RANK", int(found["rank"])),) if found["rank"] else ()
        return Prefix(None, ranks, _named(found["level"]), found.end())
    found = _GLOG.match(text) or _LEVEL.match(text)
    return Prefix(None, (), _named(found["level"]), found.end()) if found else Prefix()


def time_within(text: str) -> str | None:
    """The stamp behind something that whoever carried the line wrote; of its first line it is not known yet what."""
    found = _SERVER.search(text, 1, _CARRIED) if "[20" in text[1:_CARRIED] else None
    return found["time"] if found else None


def is_native(text: str) -> bool:
    """Whether torch's own C++ wrote the line."""
    return _TORCH.match(text) is not None


def _named(level: str) -> str:
    return _LEVELS.get(level, level.lower())
