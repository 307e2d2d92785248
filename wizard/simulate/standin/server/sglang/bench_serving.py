"""SIMULATED stand-in for ``python3 -m sglang.bench_serving``: asks the service a few times and prints the table."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import threading
import time

from .settings import NOTICE

_FEW = 8
"""Requests that are really made, however many are asked for."""


def main(words: list[str] | None = None) -> int:
    """Measures, and prints the result as the real one does."""
    own = argparse.ArgumentParser(prog="bench_serving.py", allow_abbrev=False)
    for name in ("host", "model", "tokenizer", "backend", "dataset-name"):
        own.add_argument(f"--{name}", default="")
    for name in ("port", "num-prompts", "max-concurrency", "random-input-len", "random-output-len", "seed"):
        own.add_argument(f"--{name}", type=int, default=1)
    own.add_argument("--random-range-ratio", type=float, default=1.0)
    given, others = own.parse_known_args(sys.argv[1:] if words is None else words)
    if others:
        sys.stderr.write(f"SIMULATED: these words are not looked at: {' '.join(others)}\n")
    count = min(given.num_prompts, _FEW)
    times: list[float] = []
    begun = time.monotonic()
    threads = [threading.Thread(target=_asked, args=(given, times)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.monotonic() - begun
    if not times:
        sys.stderr.write("ValueError: all requests failed\n")
        return 1
    tokens = len(times) * given.random_output_len
    sys.stdout.write(f"{NOTICE}: {count} short requests were made instead of {given.num_prompts}\n")
    sys.stdout.write("\n============ Serving Benchmark Result ============\n")
    figures = {
        "Successful requests:": len(times), "Benchmark duration (s):": passed,
        "Total input tokens:": len(times) * given.random_input_len, "Total generated tokens:": tokens,
        "Request throughput (req/s):": len(times) / passed, "Output token throughput (tok/s):": tokens / passed,
        "Concurrency:": float(min(count, given.max_concurrency)), "Mean TTFT (ms):": times[0] * 1000,
        "Mean TPOT (ms):": sum(times) / len(times) * 1000 / given.random_output_len,
    }  # fmt: skip
    for label, value in figures.items():
        sys.stdout.write(f"{label:<40} {value:<10}\n" if isinstance(value, int) else f"{label:<40} {value:<10.2f}\n")
    sys.stdout.write("==================================================\n")
    return 0


def _asked(given: argparse.Namespace, times: list[float]) -> None:
    begun = time.monotonic()
    connection = http.client.HTTPConnection(given.host, given.port, timeout=30)
    try:
        body = {"text": "SIMULATED load", "sampling_params": {"max_new_tokens": 16}}
        connection.request("POST", "/generate", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            times.append(time.monotonic() - begun)
    except OSError:
        return
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
