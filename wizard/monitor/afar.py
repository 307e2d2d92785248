"""Searching a long log where it is: the other host looks for the plain text, and only the lines that hold it come over.

Owns the two commands for that. Whether a line matches is decided here, as for every other log.
"""

import re
import shlex
from collections.abc import Callable, Iterator

from wizard.knowledge.literals import runs
from wizard.monitor import back
from wizard.monitor.back import Found
from wizard.monitor.remote import RemoteFileFollower
from wizard.monitor.ring import settled
from wizard.monitor.text import without_codes

_LIMIT_S = 120.0
_MOST_LINES = 20_000
_MOST_BYTES = 32 * 1024 * 1024
_CANNOT = re.compile(rb"@grep ([2-9]|\d\d+)\n$")
"""The host has no such program, or it takes no such option."""
_ALL = re.compile(rb"@grep [01]\n$")
_HIT = re.compile(rb"(\d+):(\d+):(.*)", re.DOTALL)
"""Number, offset and the line itself."""


def lines_before(follower: RemoteFileFollower) -> int | None:
    """How many lines stand before the place at which the file was begun; None where the host does not say."""
    script = f"head -c {follower.started_at} {shlex.quote(follower.path)} | wc -l"
    answer = follower.shell.run(script, limit_s=_LIMIT_S).output.strip()
    return int(answer) if answer.isdigit() else None


def search(
    follower: RemoteFileFollower, pattern: "re.Pattern[bytes]", first: int, cancelled: Callable[[], bool]
) -> Iterator[Found]:
    """The lines of the whole file that hold the pattern. Where its plain text is too common, the file is sent instead.

    Args:
        follower: of the file.
        pattern: what to look for.
        first: number of the file's first line.
        cancelled: asked between pieces.

    Raises:
        OSError: the host cannot be reached, or needs too long.
    """
    script = _looked_for(follower.path, pattern)
    answer = follower.shell.run(script, limit_s=_LIMIT_S) if script else None
    if answer is not None and answer.fault is not None:
        raise OSError(answer.fault.message)
    if answer is None or _CANNOT.search(answer.output):
        yield from back.search(follower.read_at, pattern, (first, 0), cancelled)
        return
    hits, begin = 0, (first, 0)
    for line in answer.output.split(b"\n")[:-1]:
        hit = _HIT.fullmatch(line)
        if cancelled():
            return
        if hit is None:
            continue
        hits, begin = hits + 1, (first + int(hit[1]), int(hit[2]) + len(hit[3]) + 1)
        if pattern.search(without_codes(hit[3])):
            yield Found(begin[0] - 1, settled(hit[3]))
    if hits >= _MOST_LINES or not _ALL.search(answer.output):
        yield from back.search(follower.read_at, pattern, begin, cancelled)


def _looked_for(path: str, pattern: "re.Pattern[bytes]") -> str:
    """The host's command; empty where the pattern holds no plain text that could be looked for."""
    words = [max(found, key=len) for found in runs(pattern.pattern.decode("utf-8", "replace"))]
    if pattern.flags & re.VERBOSE or not all(words) or any("\ufffd" in word or "\n" in word for word in words):
        return ""
    wanted = " ".join(f"-e {shlex.quote(word)}" for word in words)
    case = " -i" if pattern.flags & re.IGNORECASE else ""
    grep = f"LC_ALL=C grep -anbF{case} -m {_MOST_LINES} {wanted} -- {shlex.quote(path)}"
    return f'{{ {grep}; echo "@grep $?"; }} 2>/dev/null | head -c {_MOST_BYTES}'
