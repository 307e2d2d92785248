"""Benchmark and accuracy run as commands for one service: what ``--verify --bench`` runs and ``bench.sh`` holds.

Source: SGLang documentation, Ascend NPUs: performance testing (``bench_serving``) and accuracy evaluation (EvalScope).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wizard.model.preset import About

KEY = "OPENAI_API_KEY"
"""Where bench_serving looks for a key."""
DATASET = "gsm8k"
EVALSCOPE_ABSENT = "evalscope is not there: `pip install evalscope`, where the server runs"
_PROGRAM = ("python3", "-m", "sglang.bench_serving")
_DEFAULT_CONCURRENCY = 32
_DEFAULT_PROMPTS = 100
_DEFAULT_INPUT, _DEFAULT_OUTPUT = 1024, 512
"""The load of the performance page, where a preset publishes none."""
_SCRIPTS = ("/usr/local/Ascend/ascend-toolkit/set_env.sh", "/usr/local/Ascend/nnal/atb/set_env.sh")
INSIDE = (
    'words=("$0" "$@"); set --; unset https_proxy http_proxy HTTPS_PROXY HTTP_PROXY; '
    f'for file in {" ".join(_SCRIPTS)}; do if [ -r "$file" ]; then . "$file" >/dev/null 2>&1; fi; done; '
    'if ! command -v "${words[0]}" >/dev/null 2>&1; then echo "${words[0]} is not installed here" >&2; exit 127; fi; '
    'exec "${words[@]}"'
)
"""What bash is told where the server runs: the words of a command follow."""


class Service(NamedTuple):
    """What is measured, as its clients see it."""

    host: str
    port: str
    url: str
    """Without a path."""
    served_name: str
    has_key: bool = False


def benchmark(service: Service, about: About | None, tokenizer: str = "") -> tuple[str, ...]:
    """``sglang.bench_serving`` with the workload of the preset, against this address.

    Args:
        service: what is measured.
        about: what the preset publishes.
        tokenizer: folder of the weights where the server runs, for counting tokens.
    """
    words = list(about.benchmark) if about and about.benchmark else _workload(about)
    words = _with(words, {"--host": service.host, "--port": service.port})
    if "--model" not in words and service.served_name:
        words += ["--model", service.served_name]
    if "--tokenizer" not in words and tokenizer:
        words += ["--tokenizer", tokenizer]
    return (*_PROGRAM, *words)


def accuracy(service: Service, dataset: str = DATASET, limit: int | None = None) -> tuple[str, ...]:
    """EvalScope against the chat endpoint, as the accuracy page has it."""
    words = [
        "evalscope", "eval", "--model", service.served_name, "--api-url", f"{service.url}/v1",
        "--api-key", f"${KEY}" if service.has_key else "EMPTY", "--eval-type", "openai_api", "--datasets", dataset,
    ]  # fmt: skip
    return (*words, "--limit", str(limit)) if limit else tuple(words)


def burden(words: Sequence[str], about: About | None) -> str:
    """What a benchmark asks of the service, and how long that may take: to be said before it begins."""
    requests, at_once = _number(words, "--num-prompts"), _number(words, "--max-concurrency")
    given = _number(words, "--random-output-len") or _number(words, "--gsp-output-len")
    load = f"{requests or 'its'} requests{f', {at_once} at once,' if at_once else ''}"
    told = f"it sends {load} to the service, on the devices that serve: who uses it meanwhile waits longer"
    rate = about.figures.output_tok_s if about and about.figures else None
    if not (requests and given and rate):
        return f"{told}; how long it takes is not known"
    return f"{told}; at the published {rate:g} token/s it takes about {max(1, round(requests * given / rate / 60))} min"


def _number(words: Sequence[str], name: str) -> int | None:
    text = words[words.index(name) + 1] if name in words[:-1] else ""
    return int(text) if text.isdigit() else None


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
