"""Any bytes in a log, and in its name, leave the screen whole: as text, as JSON, line by line and as events."""

import contextlib
import io
import json
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.monitor.reading import read
from wizard.json_text import json_text
from wizard.monitor.source import Source
from wizard.monitor.tail import Chunk
from wizard.monitor.watch import Watched
from wizard.words import diagnose, monitor
from wizard.words.diagnose import Report

ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Escape codes begin with one of these; so does what turns a line around."""
PIECES = st.sampled_from(
    [b"\x1b[2J", b"\x1b]0;owned\x07", b"\xc2\x9b31m", b"\x9b", b"\xe2\x80\xae", b"\r", b"\n", b"\x7f", b"\x00",
     b"[red]", b"\xff\xfe", b"\xed\xa0\x80", b"[2026-03-04 05:06:07 TP0] ", b"100%| 1/1 [",
     b"Traceback (most recent call last):\n",
     b'  File "/x/sglang/a.py", line 1, in f\n', b"RuntimeError: NPU out of memory ", b"No such container: ",
     b"Decode batch, #running-req: 1, #token: 1, token usage: 0.1, gen throughput (token/s): 9, #queue-req: 0\n"]
)  # fmt: skip
LOGS = st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=25).map(b"".join)
NAMES = st.one_of(st.text(min_size=1, max_size=8), st.sampled_from(["\x1b[31mx", "\udcff.log", "\u202egol.x", "a\nb"]))


class Bytes:
    """A follower that hands on what it was given."""

    state = "ended"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, budget_bytes: int) -> tuple[Chunk, ...]:
        """All of it, once."""
        data, self._data = self._data, b""
        return (Chunk(data),) if data else ()

    def close(self) -> None:
        """Nothing is open."""


def harmless(text: str) -> None:
    """Only line feeds and tabs act."""
    found = ACTING.search(text)
    assert found is None, text[max(found.start() - 40, 0) : found.end() + 20]
    text.encode()


@settings(max_examples=120, deadline=None)
@given(LOGS, NAMES)
@example(b"RuntimeError: \xc2\x9b31m NPU out of memory \xe2\x80\xae \x7f", "\udcff\x9b\x1b[31m.log")
def test_what_is_told_of_any_bytes_is_harmless(data: bytes, name: str) -> None:
    """And never raises; the JSON is JSON."""
    reports = [Report(name, read(data)), Report(name, None, "cannot be read")]
    told = diagnose.text(reports)
    harmless(told)
    document = json_text(diagnose.document(reports), indent=2)
    harmless(document)
    assert json.loads(document) == json.loads(json.dumps(diagnose.document(reports)))


@settings(max_examples=80, deadline=None)
@given(LOGS, NAMES)
@example(b"\x1b]0;owned\x07[2026-03-04 05:06:07] hello\n", "\x1b[31mred")
def test_what_is_watched_of_any_bytes_is_harmless(data: bytes, name: str) -> None:
    """Line by line, and as events of which each is a line."""
    for as_json in (False, True):
        watching = monitor.Watching((Watched(Source(name, "x"), Bytes(data)),))
        output = monitor._Json() if as_json else monitor._Plain(watching, color=False)
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) as out:
            monitor._follow(watching, output)
            out.seek(0)
            told = out.read()
        harmless(told)
        if as_json:
            assert all(json.loads(line)["process"] == name for line in told.splitlines())
