"""Bytes of a log as lines that can be compared: no escape codes, no wrappers of whoever carried the log.

Owns cleaning. What a line means is decided elsewhere.
"""

import json
import re

from wizard.wording import ACTING

LONGEST_BYTES = 8192
"""How much of either end of a line is looked at; the middle of a longer line is left out."""

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    rb"|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles, links, clipboard
    rb"|[PX^_][^\x1b\n]*(?:\x1b\\)?"
    rb"|[ -/]*[0-~])?"
)
_WRITTEN_OUT = re.compile(rb"\^\[\[[0-9;]*m")
"""Colours as a pager or a paste shows them."""
_JSON_FILE = re.compile(rb'^\{"log":("(?:[^"\\\n]|\\.)*"),"[^\n]*\}\r?$', re.MULTILINE)
"""A line in the files that docker keeps itself."""
_WRAPPER = re.compile(
    rb"\n(?:"
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d) (?:std(?:out|err) [FP] )?"  # docker, Kubernetes
    rb"|\([\w.]{1,60} (?:pid|ip)=[^)\n]{1,80}\) "  # Ray
    rb"|\[pod/[^\]\n]{1,200}\] "
    rb"|[\w.-]{1,60} +\| (?=\[20\d\d-|  |\w)"  # docker compose
    rb"|(?:[\w./-]{1,200}:)?\d+[:-](?=\[20\d\d-)"  # grep -n
    rb")+"
)
_RANK = re.compile(r"\[rank\d+\]: (?!\[)")  # torch puts it before every line of a traceback
_SNIFFED_BYTES = 65536
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f{ACTING}]")


def _unpacked(found: "re.Match[bytes]") -> bytes:
    try:
        text: str = json.loads(found[1].decode("utf-8", "replace"), strict=False)
    except ValueError:
        return found[0]
    return text.removesuffix("\n").replace("\n", " ").encode("utf-8", "surrogatepass")


def clean(data: bytes) -> bytes:
    """The same lines without escape codes and wrappers; the number of lines stays.

    Args:
        data: whole lines.
    """
    data = without_codes(data)
    if data.startswith(b'{"log":"'):
        data = without_codes(_JSON_FILE.sub(_unpacked, data))
    sniffed = b"\n" + data[:_SNIFFED_BYTES]
    if _WRAPPER.search(sniffed):
        return _WRAPPER.sub(b"\n", b"\n" + data)[1:]
    return data


def without_codes(data: bytes) -> bytes:
    """The same bytes without colours, titles, links and whatever else a terminal would act on after an escape."""
    if b"\x1b" in data:
        data = _ESCAPE.sub(b"", data)
    return _WRITTEN_OUT.sub(b"", data) if b"^[[" in data else data


def plain(raw: bytes) -> str:
    """A line as text; of a very long line the two ends.

    What is not UTF-8 becomes the replacement character. A carriage return starts the line again, as on a screen, so
    the pieces are parted by line feeds here.
    """
    if len(raw) > 2 * LONGEST_BYTES:
        raw = raw[:LONGEST_BYTES] + b" ... " + raw[-LONGEST_BYTES:]
    text = raw.decode("utf-8", "replace")
    if text.startswith("[rank"):
        text = _RANK.sub("", text, count=1)
    return "\n".join(piece for piece in text.split("\r") if piece.strip()) if "\r" in text else text


def printable(text: str) -> str:
    """Text that is safe to write on a terminal: control characters left out."""
    return _CONTROL.sub("", text).replace("\n", " ")
