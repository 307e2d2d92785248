"""How many lines a second are understood on one core."""

import random
import re
import statistics
import string
import time

import pytest

from wizard.monitor.reader import LogReader

ROUNDS = 3
LINES = 100_000
STAMP = "[2026-03-04 05:06:07 DP3 TP3 EP3] "
DECODE = (
    STAMP + "Decode batch, #running-req: {n}, #token: 100{n}, token usage: 0.42, accept len: 2.71, accept rate: 0.68, "
    "pre-allocated usage: 0.00, #prealloc-req: 0, #transfer-req: 1, #retracted-req: 0, npu graph: True, "
    "gen throughput (token/s): 5{n}.25, #queue-req: 3"
)
PREFILL = (
    STAMP + "Prefill batch, #new-seq: 1, #new-token: {n}, #cached-token: 0, token usage: 0.42, #running-req: 7, "
    "#queue-req: 0, #pending-token: 0, npu graph: False, input throughput (token/s): 1234.50"
)
ACCESS = '[2026-03-04 05:06:07] INFO:     127.0.0.1:4{n} - "POST /v1/chat/completions HTTP/1.1" 200 OK'
OTHER = STAMP + "Scheduling request {n} with a prompt that shares its start with others, nothing to report about it"
ERROR = STAMP + "Error {w} failed: could not {w} of a thing with many words in it {w}"
UNALIKE = STAMP + "{w} scheduling a request with {w} and {w}, nothing to report about it"
SERVING = (DECODE, PREFILL, ACCESS, ACCESS, DECODE)
EVERYTHING = (*SERVING, OTHER)


def log(kinds: tuple[str, ...], lines: int = LINES) -> bytes:
    """A log that goes round ``kinds``, no two lines alike; ``{w}`` is a word that never was."""
    chance = random.Random(1)  # noqa: S311
    words = ("".join(chance.choices(string.ascii_lowercase, k=9)) for _ in iter(int, 1))
    text = "".join(kinds[n % len(kinds)].replace("{n}", str(n)) + "\n" for n in range(lines))
    return re.sub(r"\{w\}", lambda _: next(words), text).encode()


def understood_per_s(data: bytes) -> float:
    """Median over the rounds, of processor time: feed in pieces of 1 MiB, then ask what it said."""
    found = []
    for _ in range(ROUNDS):
        reader = LogReader()
        start = time.process_time()
        for place in range(0, len(data), 1024 * 1024):
            reader.feed(data[place : place + 1024 * 1024])
        reader.close()
        assert reader.reading().lines == LINES
        found.append(LINES / (time.process_time() - start))
    return statistics.median(found)


def plain_per_s(data: bytes) -> float:
    """The obvious way: decode, split, and match prefix and fields of every line with regular expressions."""
    head = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)((?: [A-Z_]+\d+)*)\] (.*)")
    field = re.compile(r"#?([a-z][a-z -]*(?:\(token/s\))?): ([\d.]+)")
    start = time.process_time()
    for line in data.decode().split("\n"):
        found = head.match(line)
        if found and " batch" in found[3][:20]:
            _ = {name: float(value) for name, value in field.findall(found[3])}
    return LINES / (time.process_time() - start)


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("serving", SERVING), ("mixed", EVERYTHING), ("unknown", (OTHER,)),
        ("unknown lines, never alike", (UNALIKE,)), ("error lines, never alike", (ERROR,)),
    ],
)  # fmt: skip
def test_understanding_costs_less_than_matching_every_line(name: str, kinds: tuple[str, ...]) -> None:
    """Lines per second, and the ratio to a plain reader that knows neither phases nor failures."""
    data = log(kinds)
    own, plain = understood_per_s(data), plain_per_s(data)
    print(f"\n{name}: {own:,.0f} lines/s understood, {plain:,.0f} lines/s matched plainly, x{own / plain:.2f}")
    assert own > plain or name not in ("serving", "mixed")
