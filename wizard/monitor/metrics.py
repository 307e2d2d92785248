"""The figures that a server gives at ``/metrics``, where it was started with ``--enable-metrics``.

Owns reading the text format of Prometheus. Pure; asking the server is for whoever holds a connection.
"""

import re
from typing import NamedTuple

_SAMPLE = re.compile(
    r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>(?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*)\})?\s+(?P<value>\S+)", re.MULTILINE
)
_LABEL = re.compile(r"(\w+)=\"((?:[^\"\\]|\\.)*)\"")


class Sample(NamedTuple):
    """One number."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class Figures(NamedTuple):
    """What matters of a server. None where it does not say."""

    throughput_tok_s: float | None
    running_req: int | None
    queue_req: int | None
    token_usage: float | None
    accept_len: float | None
    cache_hit_rate: float | None


def samples(text: str) -> tuple[Sample, ...]:
    """Every number of an answer; what is no number, or not a finite one, is left out."""
    found = []
    for match in _SAMPLE.finditer(text):
        try:
            value = float(match["value"])
        except ValueError:
            continue
        if value - value == 0:
            found.append(Sample(match["name"], tuple(_LABEL.findall(match["labels"] or "")), value))
    return tuple(found)


def figures(text: str) -> Figures:
    """The figures of one server: what its ranks do together is added up, shares are those of the fullest rank."""
    values: dict[str, list[float]] = {}
    for sample in samples(text):
        values.setdefault(sample.name.removeprefix("sglang:"), []).append(sample.value)

    def total(name: str) -> float | None:
        return sum(values[name]) if name in values else None

    def most(name: str) -> float | None:
        return max(values[name]) if name in values else None

    running, queued = total("num_running_reqs"), total("num_queue_reqs")
    return Figures(
        total("gen_throughput"),
        None if running is None else int(running),
        None if queued is None else int(queued),
        most("token_usage"),
        most("spec_accept_length"),
        most("cache_hit_rate"),
    )
