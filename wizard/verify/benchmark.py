"""The benchmark and the accuracy run as commands built for one run, and their results read. Pure.

Source: SGLang documentation, Ascend NPUs: performance testing (`bench_serving`) and accuracy evaluation (EvalScope).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wizard.model.preset import About
from wizard.verify.target import Target

KEY = "OPENAI_API_KEY"
"""Where bench_serving looks for a key."""
DATASET = "gsm8k"
_PROGRAM = ("python3", "-m", "sglang.bench_serving")
_DEFAULT_CONCURRENCY = 32
_DEFAULT_PROMPTS = 100
_DEFAULT_INPUT, _DEFAULT_OUTPUT = 1024, 512
"""The load of the performance page, where a preset publishes none."""
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


def benchmark(target: Target, about: About | None, tokenizer: str = "") -> Command:
    """``sglang.bench_serving`` with the workload of the preset, against this run's address.

    Args:
        target: what is measured.
        about: what the preset publishes.
        tokenizer: folder of the weights where the server runs, for counting tokens.
    """
    words = list(about.benchmark) if about and about.benchmark else _workload(about)
    host, port = target.place
    words = _with(words, {"--host": host, "--port": str(port)})
    if "--model" not in words and target.served_name:
        words += ["--model", target.served_name]
    if "--tokenizer" not in words and tokenizer:
        words += ["--tokenizer", tokenizer]
    return Command("benchmark", (*_PROGRAM, *words))


def accuracy(target: Target, dataset: str = DATASET, limit: int | None = None) -> Command:
    """EvalScope against the chat endpoint, as the accuracy page has it."""
    words = [
        "evalscope", "eval", "--model", target.served_name, "--api-url", f"{target.url}/v1",
        "--api-key", f"${KEY}" if target.api_key else "EMPTY", "--eval-type", "openai_api", "--datasets", dataset,
    ]  # fmt: skip
    if limit:
        words += ["--limit", str(limit)]
    return Command("accuracy", tuple(words), "evalscope is not there: `pip install evalscope`, where the server runs")


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


def _workload(about: About | None) -> list[str]:
    load = about.workload if about else None
    concurrency = (load.concurrency if load else None) or _DEFAULT_CONCURRENCY
    return [
        "--backend", "sglang", "--dataset-name", "random",
        "--random-input-len", str((load.input_tokens if load else None) or _DEFAULT_INPUT),
        "--random-output-len", str((load.output_tokens if load else None) or _DEFAULT_OUTPUT),
        "--random-range-ratio", "1",
        "--num-prompts", str(max(_DEFAULT_PROMPTS, 3 * concurrency)), "--max-concurrency", str(concurrency),
    ]  # fmt: skip


def _with(words: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The words with the values of some options replaced, or added."""
    changed = list(words)
    for name, value in values.items():
        if name in changed[:-1]:
            changed[changed.index(name) + 1] = value
        else:
            changed += [name, value]
    return changed
