"""Which lines are compared with which signatures: by words that every match holds."""

import re
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.monitor.reading import read
from wizard.knowledge import diagnoses
from wizard.knowledge.diagnoses import catalogue
from wizard.monitor import phases, reader, router
from wizard.monitor.failures import WORDS as FAILURE_WORDS
from wizard.monitor.gate import DIGITS, gate


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
        (r"\[Errno 98\].*already in use", ("[Errno 98]",)),
        (r"^Error: .*: image not known", (": image not known",)),
        (r"SMEM .*not found", ("SMEM ",)),
        (r"rror: (?:npu|NPU) gone?:+ away", ("rror: ", )),
        (r"failed: [abc] because|(?:x|y)abcd?efgh", ("failed: ", "efgh")),
    ],
)  # fmt: skip
def test_lines_are_told_apart_by_what_every_match_holds(pattern: str, words: tuple[str, ...]) -> None:
    """Neither what may be missing, nor one of several alternatives."""
    data = tomllib.loads(diagnoses.FILE.read_text(encoding="utf-8"))
    data["diagnosis"] = [{**data["diagnosis"][0], "signatures": [pattern]}]
    assert diagnoses.build(data).words == words


WORDS = (*catalogue().words, *phases.WORDS, *router.WORDS, *FAILURE_WORDS, *reader._WORDS)
SENTENCES = (
    "from prefill instance", "fetching prefill info", "in KVPoll.Bootstrapping", "KVPoll.WaitingForInput", "prefill",
    "python3 -m sglang.launch_server --disaggregation-mode decode --port 8000", "Decode instance could be dead",
    "disabled for prefill server", "Exception in ASGI application", "SIGTERM received", "hello",
    "server_args=ServerArgs(port=1)",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_no_line_that_a_signature_matches_is_passed_over(word: str) -> None:
    """Not even where only an end of a word is looked for, and whatever stands around it."""
    pattern = gate(WORDS)
    for line in (word, f"x {word} y", f"x{word}y", f"7{word}7"):
        assert pattern.search(line.encode().translate(None, DIGITS)), line


def test_everyday_lines_are_passed_over() -> None:
    """Most of a log has to be told in little time."""
    line = b"[2026-03-04 05:06:07 TP0] Error: it failed and was stopped, nothing to be found or read"
    assert not gate(WORDS).search(line.translate(None, DIGITS))


HEADS = ("", "[2026-03-04 05:06:07] ",
         "[2026-03-04 05:06:08 DP1 TP3] ", "[rank3]: ", "2026-03-04 05:06:07  INFO smg::x: ",
         "[ERROR] 2026-03-04-05:06:07 (PID:1, Device:0, RankID:2) ", "  ", "RuntimeError: ")  # fmt: skip
TAILS = ("", " failed", ": error code is 507015", " 4/8 [00:01<00:02]", "=1", " hello", "\r 50%", " with exit code -9")
LINES = st.tuples(
    st.sampled_from(HEADS), st.one_of(st.sampled_from(WORDS), st.sampled_from(SENTENCES), st.text(max_size=20)),
    st.one_of(st.integers(0, 9999).map(str), st.sampled_from(WORDS), st.just("")), st.sampled_from(TAILS),
).map("".join)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=30))
def test_passing_lines_over_changes_no_verdict(lines: list[str]) -> None:
    """The same is told when every line is looked at closely."""
    text = "\n".join(line.replace("\n", " ") for line in lines)
    quick = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_gate", lambda: re.compile(b""))
        assert quick == read(text)
