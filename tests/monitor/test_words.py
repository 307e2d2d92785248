"""Which lines are compared with which signatures: by words that every match holds."""

import tomllib
from typing import Any

import pytest

from wizard.knowledge import diagnoses
from wizard.knowledge.diagnoses import catalogue
from wizard.monitor.gate import gate


def test_a_signature_without_a_plain_word_is_refused() -> None:
    """Every line would have to be compared with it."""
    data: dict[str, Any] = tomllib.loads(diagnoses.FILE.read_text(encoding="utf-8"))
    data["diagnosis"][0]["signatures"].append(r"zz\w+")
    with pytest.raises(ValueError, match="zz"):
        diagnoses.build(data)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("NPU out of memory", ("NPU out of memory",)),
        (r"\[Errno 98\].*already in use", ("already in use",)),
        (r"rror: (?:npu|NPU) gone?:+ away", ("rror: ", )),
        (r"failed: [abc] because|(?:x|y)abcd?efgh", ("failed: ", "efgh")),
    ],
)  # fmt: skip
def test_lines_are_told_apart_by_what_every_match_holds(pattern: str, words: tuple[str, ...]) -> None:
    """Neither what may be missing, nor one of several alternatives."""
    data = tomllib.loads(diagnoses.FILE.read_text(encoding="utf-8"))
    data["diagnosis"] = [{**data["diagnosis"][0], "signatures": [pattern]}]
    assert diagnoses.build(data).words == words


def test_no_line_that_a_signature_matches_is_passed_over() -> None:
    """Not even where only the rarest end of a word is looked for."""
    pattern = gate(catalogue().words)
    for word in catalogue().words:
        assert pattern.search(f"x {word} y".encode()), word
    assert not pattern.search(
        b"[2026-03-04 05:06:07 TP0] Error: it failed and was stopped, nothing to be found or read"
    )
