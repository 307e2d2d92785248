"""Benchmark and accuracy run of one run (``wizard.plan.measuring`` builds them), and their results read. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from wizard.model.preset import About
from wizard.plan import measuring as plan
from wizard.plan.measuring import DATASET, KEY, Service
from wizard.verify.target import Target

_LINE = re.compile(r"^(?P<label>[A-Z][\w .()/%-]+?):\s+(?P<value>-?\d+(?:\.\d+)?)\s*$", re.MULTILINE)
_LABELS = {
    "Successful requests": "requests",
    "Benchmark duration (s)": "duration_s",
    "Request throughput (req/s)": "requests_s",
    "Input token throughput (tok/s)": "input_tok_s",
    "Output token throughput (tok/s)": "output_tok_s",
    "Total token throughput (tok/s)": "total_tok_s",
    "Concurrency": "concurrency",
    "Accept length": "accept_len",
    "Mean TTFT (ms)": "ttft_ms",
    "P99 TTFT (ms)": "ttft_p99_ms",
    "Mean TPOT (ms)": "tpot_ms",
    "P99 TPOT (ms)": "tpot_p99_ms",
    "Mean ITL (ms)": "itl_ms",
}
_ROW = re.compile(r"^\|(?P<cells>[^|\n]+(?:\|[^|\n]+){4,})\|\s*$", re.MULTILINE)


class Command(NamedTuple):
    """A command for the place where the server runs."""

    kind: str
    """``benchmark`` or ``accuracy``."""
    words: tuple[str, ...]
    needs: str = ""
    """A program that may not be there, and how it gets there."""

    @property
    def has_key(self) -> bool:
        """Whether the key's variable stands among the words."""
        return f"${KEY}" in self.words


class Row(NamedTuple):
    """A figure beside the published one. None: not measured, or not published."""

    name: str
    unit: str
    here: float | None
    published: float | None


def service(target: Target) -> Service:
    """The target as what is measured."""
    host, port = target.place
    return Service(host, str(port), target.url, target.served_name, has_key=bool(target.api_key))


def benchmark(target: Target, about: About | None, tokenizer: str = "") -> Command:
    """``sglang.bench_serving`` with the workload of the preset, against this run's address.

    Args:
        target: what is measured.
        about: what the preset publishes.
        tokenizer: folder of the weights where the server runs, for counting tokens.
    """
    return Command("benchmark", plan.benchmark(service(target), about, tokenizer))


def accuracy(target: Target, dataset: str = DATASET, limit: int | None = None) -> Command:
    """EvalScope against the chat endpoint, as the accuracy page has it."""
    return Command("accuracy", plan.accuracy(service(target), dataset, limit), plan.EVALSCOPE_ABSENT)


def figures(output: str) -> dict[str, float]:
    """What bench_serving printed; empty where it printed no result."""
    _, found, table = output.rpartition("Serving Benchmark Result")
    if not found:
        return {}
    return {_LABELS[one["label"]]: float(one["value"]) for one in _LINE.finditer(table) if one["label"] in _LABELS}


def scores(output: str) -> dict[str, float]:
    """Dataset → score, from EvalScope's table; empty where there is none."""
    rows = [[cell.strip() for cell in one["cells"].split("|")] for one in _ROW.finditer(output)]
    head = next((row for row in rows if "Dataset" in row and "Score" in row), None)
    if head is None:
        return {}
    dataset, score = head.index("Dataset"), head.index("Score")
    found: dict[str, float] = {}
    for row in rows:
        if len(row) == len(head) and re.fullmatch(r"\d+(\.\d+)?", row[score]):
            found.setdefault(row[dataset], float(row[score]))
    return found


def said(value: float | None, unit: str = "") -> str:
    """A figure with its unit; a dash where there is none."""
    return "-" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".") + (f" {unit}" if unit else "")


def compared(measured: Mapping[str, float], about: About | None) -> tuple[Row, ...]:
    """The measured figures beside those that the preset publishes."""
    published = about.figures if about else None
    ttft_s = measured["ttft_ms"] / 1000 if "ttft_ms" in measured else None
    return (
        Row("output", "token/s", measured.get("output_tok_s"), published.output_tok_s if published else None),
        Row("time per output token, mean", "ms", measured.get("tpot_ms"), published.tpot_ms if published else None),
        Row("time to first token, mean", "s", ttft_s, published.ttft_s if published else None),
        Row("input", "token/s", measured.get("input_tok_s"), None),
        Row("accept length", "", measured.get("accept_len"), None),
        Row("requests answered", "", measured.get("requests"), None),
        Row("duration", "s", measured.get("duration_s"), None),
    )
