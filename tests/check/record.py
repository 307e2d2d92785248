"""Asks the real releases about the generated command lines and writes their verdicts.

``SGLANG_ORACLE=PATH python -m tests.check.record [RELEASE…]``: PATH is a program that is called with a release (or
``router``), reads one JSON object a line (``argv``, ``env``) and answers each with a JSON object: ``verdict`` (accept,
reject, unknown), ``error``, ``changed``. Verdicts that depend on the host (unknown) are left out.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.check.generate import Line, lines
from tests.check.verdicts import FILE, ROUTER

RELEASES = ("0.5.13.post1", "0.5.23", ROUTER)
ORACLE = "SGLANG_ORACLE"
_HOST = ("Failed to load Harmony", "Failed to download tokenizer", "does not appear to have a file named")
"""Errors that come from the machine of the recording, not from the command line."""


def ask(release: str, asked: Iterable[Line]) -> Iterator[tuple[Line, Mapping[str, Any]]]:
    """The answers of a real release to command lines."""
    listed = list(asked)
    text = "".join(json.dumps(line.as_json()) + "\n" for line in listed)
    done = subprocess.run([os.environ[ORACLE], release], input=text, capture_output=True, text=True, check=True)
    answers = [json.loads(answer) for answer in done.stdout.splitlines()]
    yield from zip(listed, answers, strict=True)


def entry(release: str, line: Line, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """One line of the recording; None where the verdict depends on the host."""
    error = answer.get("error") or ""
    if answer["verdict"] not in ("accept", "reject") or any(text in error for text in _HOST):
        return None
    found: dict[str, Any] = {"release": release, "id": line.id, "argv": line.argv}
    if line.env:
        found["env"] = dict(line.env)
    found["accepted"] = answer["verdict"] == "accept"
    if error:
        found["error"] = error.splitlines()[0][:160]
    changed = {flag.lstrip("-"): values[1] for flag, values in (answer.get("changed") or {}).items()}
    if changed and release != ROUTER:
        found["changed"] = changed
    return found


def write(entries: Iterable[Mapping[str, Any]]) -> int:
    """Writes the recording; the same verdicts give the same bytes."""
    texts = [json.dumps(item, separators=(",", ":")) for item in entries]
    FILE.write_bytes(gzip.compress(("\n".join(texts) + "\n").encode(), mtime=0))
    return len(texts)


def main(releases: Iterable[str]) -> None:
    """Records the releases named, or all."""
    found = (entry(name, *pair) for name in releases for pair in ask(name, lines(name)))
    print(write(item for item in found if item is not None), "verdicts")


if __name__ == "__main__":
    main(sys.argv[1:] or RELEASES)
