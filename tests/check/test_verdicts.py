"""The rules say of a command line what the real release says: accepted means no `sglang.*` error, and the reverse."""

import os
from collections import Counter

import pytest

from tests.check import record
from tests.check.generate import Line, lines
from tests.check.verdicts import ROUTER, errors, read, recorded
from wizard.check import changes, typed
from wizard.check.facts import Facts
from wizard.model.selection import Series

RELEASES = ("0.5.13.post1", "0.5.23", ROUTER)
RECORDED = ("0.5.13.post1", "0.5.14", "0.5.16", "0.5.23", ROUTER)
FEWEST = {"0.5.13.post1": 3500, "0.5.14": 600, "0.5.16": 300, "0.5.23": 2000, ROUTER: 1200}
MOST = "SGLANG_ORACLE_LINES"
"""Names how many lines of each release are asked; all where it is not set."""


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("release", RECORDED)
def test_the_rules_agree_with_the_recorded_verdicts(release: str, every: int) -> None:
    """None missed and none false: over all that was recorded for a release, and quickly over every fourth line."""
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, str]] = []
    for verdict in [line for line in recorded() if line.release == release][::every]:
        found = errors(release, verdict.argv, verdict.env)
        counts["accepted" if verdict.accepted else "rejected"] += 1
        if bool(found) is verdict.accepted:
            wrong.append((verdict.id, verdict.error or ", ".join(f"{item.code}: {item.message}" for item in found)))
    assert sum(counts.values()) >= FEWEST[release] // every
    assert min(counts.values()) > 100 // every, counts
    assert not wrong, f"{len(wrong)} of {sum(counts.values())}: {wrong[:10]}"


@pytest.mark.parametrize("release", [name for name in RECORDED if name != ROUTER])
def test_what_the_release_changes_is_told(release: str) -> None:
    """Options on an accepted line that end up with another value are told with that value, and no others."""
    compared = 0
    for verdict in recorded():
        if verdict.release != release or not verdict.accepted:
            continue
        selection = typed.literal(read(release, verdict.argv), release, Series.A3, dict(verdict.env))
        (server,) = Facts(selection).servers
        ours = {change.option: str(value) for change, _, value in changes.after(server)}
        theirs = {name: _said(name, value) for name, value in verdict.changed.items() if name in _COMPARED}
        assert {name: ours.get(name) for name in _COMPARED if name in ours} == theirs, verdict.id
        compared += len(theirs)
    assert compared > 100


_COMPARED = {
    "ep-size": str,
    "chunked-prefill-size": str,
    "speculative-algorithm": str,
    "speculative-num-draft-tokens": str,
    "enable-mixed-chunk": lambda _: "off",
    "enable-dp-lm-head": lambda _: "off",
    "speculative-adaptive": lambda _: "off",
    "attention-backend": str,
    "prefill-attention-backend": str,
    "decode-attention-backend": str,
    "tool-call-parser": str,
    "hicache-io-backend": str,
    "hicache-mem-layout": str,
    "load-balance-method": str,
    "disaggregation-transfer-backend": str,
    "enable-symm-mem": lambda _: "off",
}


def _said(name: str, value: object) -> str:
    return _COMPARED[name](value)


PARTS = 4
"""Into how many tests the lines of a release are dealt, so that all cores ask."""


def _asked(release: str, part: int) -> list[Line]:
    """The lines of one part; evenly spread where the environment says how many of each release to ask."""
    written = list(lines(release))
    most = int(os.environ.get(MOST) or len(written))
    return written[:: max(1, len(written) // most)][part::PARTS]


@pytest.mark.sglang
@pytest.mark.skipif(record.ORACLE not in os.environ, reason=f"{record.ORACLE} names no program that runs the releases")
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("release", RELEASES)
def test_the_rules_agree_with_the_real_releases(release: str, part: int) -> None:
    """The same against the real thing, for the lines that the generator writes."""
    asked = _asked(release, part)
    wrong, judged = [], 0
    for line, answer in record.ask(release, asked):
        said = record.entry(release, line, answer)
        judged += said is not None
        if said is not None and bool(errors(release, line.argv, dict(line.env))) is said["accepted"]:
            wrong.append((line.id, said.get("error", "")))
    assert judged > 0.9 * len(asked)
    assert not wrong, f"{len(wrong)} of {len(asked)}: {wrong[:10]}"


def test_the_generator_writes_thousands_of_lines_for_each_release() -> None:
    """At least 2,000 for each server release, always the same."""
    for release in RELEASES[:2]:
        written = list(lines(release))
        assert len(written) >= 2000
        assert written == list(lines(release))
