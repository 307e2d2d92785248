"""The text around a script: it marks where the output begins and ends, and ends the script when nobody listens. Pure.

The shell reads the envelope from its stdin, which stays open: when it closes (the reader ended, the connection died),
the whole process group is ended. What the script itself reads comes along in base64.
"""

import base64
from typing import NamedTuple

_BEFORE = """{
printf '\\n%s\\n' 'MARK'
exec 3<&0
(
  trap '' TERM
  cat <&3
  kill -TERM 0
  sleep 1
  pkill -KILL -s $$
  kill -KILL 0
) >/dev/null 2>&1 &
exec 3<&-
"""
_AFTER = """
code=$?
printf '\\n%s= %s\\n' 'MARK' "$code"
exit "$code"
}
"""
_AFTER_STREAM = """
exit
}
"""


class Said(NamedTuple):
    """What lies between the marks."""

    has_begun: bool
    output: bytes
    code: int | None


def wrapped(script: str, mark: str, *, stdin: bytes = b"", is_stream: bool = False) -> bytes:
    """The envelope with the script in it. The shell reads it whole before it starts any of it."""
    if stdin:
        inner = f"base64 -d <<'{mark}' | (\n{base64.encodebytes(stdin).decode('ascii')}{mark}\n{script}\n)"
    else:
        inner = f"(\n{script}\n) </dev/null"
    after = _AFTER_STREAM if is_stream else _AFTER
    return f"{_BEFORE.replace('MARK', mark)}{inner}{after.replace('MARK', mark)}".encode("utf-8", "surrogateescape")


def begin(mark: str) -> bytes:
    """What stands right before the script's output. What a login file prints comes earlier."""
    return f"\n{mark}\n".encode("ascii")


def unwrapped(output: bytes, mark: str) -> Said:
    """What the script printed, and its status if it came to its end."""
    _, found, rest = output.partition(begin(mark))
    said, ended, code = rest.rpartition(f"\n{mark}= ".encode("ascii"))
    if not ended:
        return Said(bool(found), rest, None)
    return Said(bool(found), said, int(code) if code.strip().isdigit() else None)
