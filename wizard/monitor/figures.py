"""The batch lines of all releases: how many requests, how fast, how full.

Owns reading one line, and summing the latest lines of the data-parallel ranks of an instance.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from wizard.monitor.lines import prefix

_FIELD = re.compile(rb"#?([a-zA-Z][a-zA-Z0-9 ./()-]*): (-?\d+(?:\.\d+)?|True|False)(?![\d.]*\w)")
_THROUGHPUT = {"decode": "gen throughput (token/s)", "prefill": "input throughput (token/s)"}
_USAGES = ("token usage", "full token usage", "gpu token usage")
_QUEUES = (
    "pending-token", "prealloc-req", "bootstrap-req", "inflight-req", "optimistic-req", "transfer-req",
    "host-receive-req", "retracted-req",
)  # fmt: skip
_DECODE_QUEUES = {"transfer-req", "retracted-req", "pre-allocated usage"}
_PREFILL_QUEUES = {"inflight-req", "bootstrap-req"}


class Batch(NamedTuple):
    """One batch line. None where the line does not say."""

    kind: str
    """``decode`` or ``prefill``."""
    time: str | None
    ranks: tuple[tuple[str, int], ...]
    throughput_tok_s: float | None
    running_req: int | None
    queue_req: int | None
    token_usage: float | None
    accept_len: float | None = None
    accept_rate: float | None = None
    new_token: int | None = None
    cached_token: int | None = None
    graph: bool | None = None
    """Whether a captured graph ran; None where the line does not say."""
    queues: tuple[tuple[str, int], ...] = ()
    """The queues of prefill/decode disaggregation under the names they are printed with."""
    role: str | None = None
    """``prefill`` or ``decode`` where the fields belong to disaggregation."""


class Totals(NamedTuple):
    """The latest line of each data-parallel rank, added up. None where no line said it."""

    dp_ranks: int
    throughput_tok_s: float | None
    running_req: int | None
    queue_req: int | None


def batch(raw: bytes) -> Batch | None:
    """A batch line read; None where it is none, or was cut off. Of two lines run into one, the last."""
    kind = "decode" if b"Decode batch" in raw else "prefill"
    start = raw.rfind(b"Decode batch" if kind == "decode" else b"Prefill batch")
    if start < 0:
        return None
    fields = {name.decode(): value for name, value in _FIELD.findall(raw, start)}
    throughput = _number(fields, _THROUGHPUT[kind])
    running, queue = _number(fields, "running-req"), _number(fields, "queue-req")
    if queue is None or running is None or (kind == "decode" and throughput is None):
        return None
    head = prefix(raw[max(raw.rfind(b"[20", 0, start), 0) : start].decode("utf-8", "replace"))
    return Batch(
        kind, head.time, head.ranks, throughput, int(running), int(queue),
        next((value for name in _USAGES if (value := _number(fields, name)) is not None), None),
        _number(fields, "accept len"), _number(fields, "accept rate"),
        _whole(fields, "new-token"), _whole(fields, "cached-token"),
        next((value == b"True" for name, value in fields.items() if name.endswith(" graph")), None),
        tuple((name, int(fields[name])) for name in _QUEUES if fields.get(name, b"").isdigit()),
        _role(kind, fields),
    )  # fmt: skip


def totals(batches: Iterable[Batch]) -> Totals:
    """The figures of an instance from the latest line of each of its ranks."""
    latest = {dict(one.ranks).get("DP"): one for one in batches}
    rates = [one.throughput_tok_s for one in latest.values() if one.throughput_tok_s is not None]
    running = [one.running_req for one in latest.values() if one.running_req is not None]
    queued = [one.queue_req for one in latest.values() if one.queue_req is not None]
    return Totals(
        len(latest),
        round(sum(rates), 2) if rates else None,
        sum(running) if running else None,
        sum(queued) if queued else None,
    )


def _role(kind: str, fields: dict[str, bytes]) -> str | None:
    if kind == "decode":
        return "decode" if fields.keys() & _DECODE_QUEUES else None
    return "prefill" if fields.keys() & _PREFILL_QUEUES else None


def _number(fields: dict[str, bytes], name: str) -> float | None:
    value = fields.get(name)
    return None if value is None or value in (b"True", b"False") else float(value)


def _whole(fields: dict[str, bytes], name: str) -> int | None:
    value = _number(fields, name)
    return None if value is None else int(value)
