"""The recorded verdicts of the real releases, and what the rules say about the same command lines."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wizard import check
from wizard.check import typed
from wizard.check.typed import Words
from wizard.importing.arguments import Problem, parse_arguments
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Selection, Series

DATA = Path(__file__).parents[1] / "data"
FILE = DATA / "sglang_verdicts.jsonl.gz"
"""Lines of ``generate.py``; ``record.py`` writes it."""
RECIPES = DATA / "sglang_verdicts_recipes.jsonl.gz"
"""Lines made another way: published recipes with up to three changes, the words of a router, 0.5.14 and 0.5.16."""
ROUTER = "router"


class Verdict(NamedTuple):
    """What a real release said to a command line."""

    release: str
    id: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    accepted: bool
    error: str
    changed: Mapping[str, Any]
    """Option → what it became, where it was on the line and ended up different."""


def recorded() -> Iterator[Verdict]:
    """Every recorded verdict, in the order of the recording."""
    for file in (FILE, RECIPES):
        for line in gzip.decompress(file.read_bytes()).decode().splitlines():
            entry = json.loads(line)
            yield Verdict(
                entry["release"],
                entry["id"],
                tuple(entry["argv"]),
                entry.get("env", {}),
                entry["accepted"],
                entry.get("error", ""),
                entry.get("changed", {}),
            )


class Parsed(NamedTuple):
    """A command line as `wizard.check.typed` takes it."""

    options: Mapping[str, Any]
    problems: tuple[Problem, ...]
    router: bool


def read(release: str, argv: Sequence[str]) -> Parsed:
    """The options of a command line, and what the parser would object to."""
    router = release == ROUTER
    parsed = parse_arguments(argv, router_of() if router else release_of(release))
    return Parsed(parsed.options, parsed.problems, router)


def of_words(selection: Selection, words: Words) -> tuple[Finding, ...]:
    """All that is said of a command line as it was typed."""
    found = check.findings(selection, only=typed.judged(words))
    return check.joined(found, typed.objections(selection, words))


def findings(parsed: Parsed, release: str, env: Mapping[str, str]) -> tuple[Finding, ...]:
    """All that is said of a command line for A3 hosts."""
    return of_words(typed.literal(parsed, release, Series.A3, dict(env)), parsed)


def errors(release: str, argv: Sequence[str], env: Mapping[str, str]) -> list[Finding]:
    """The `sglang.*` error findings of a command line."""
    parsed = read(release, argv)
    found = findings(parsed, "0.5.23" if parsed.router else release, env)
    return [item for item in found if item.severity is Severity.ERROR and item.code.startswith("sglang.")]
