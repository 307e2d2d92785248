"""Words become options by the release's own parser rules, and what it would object to is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import NASTY
from wizard.importing.arguments import ProblemKind, as_value, parse_arguments
from wizard.knowledge import releases
from wizard.model.selection import OptionValue

RELEASE = releases.release("0.5.14")


def render(options: dict[str, OptionValue]) -> list[str]:
    """The words an export writes for options."""
    words: list[str] = []
    for name, value in options.items():
        words.append(f"--{name}")
        if value is not True:
            words += [
                item if isinstance(item, str) else repr(item)
                for item in (value if isinstance(value, tuple) else (value,))
            ]
    return words


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("--tp-size 16 --trust-remote-code", {"tp-size": 16, "trust-remote-code": True}),
        ("--tp 16 --moe-dense-tp 1 --model m", {"tp-size": 16, "moe-dense-tp-size": 1, "model-path": "m"}),
        ("--tp-size=16 --dtype=bfloat16", {"tp-size": 16, "dtype": "bfloat16"}),
        ("--chunked-prefill-size -1 --port 8000", {"chunked-prefill-size": -1, "port": 8000}),
        ("--mem-fraction-static 0.8", {"mem-fraction-static": 0.8}),
        ("--mem-fraction-static 0.80", {"mem-fraction-static": "0.80"}),
        ("--cuda-graph-bs 8", {"cuda-graph-bs": 8}),
        ("--cuda-graph-bs 1 2 4 --port 1", {"cuda-graph-bs": (1, 2, 4), "port": 1}),
        ("--served-model-name 5", {"served-model-name": "5"}),
    ],
)
def test_options(words: str, options: dict[str, OptionValue]) -> None:
    """Canonical names, aliases and abbreviations, typed values; numbers only where their text comes back exactly."""
    found = parse_arguments(words.split(), RELEASE)
    assert (dict(found.options), found.problems) == (options, ())


@pytest.mark.parametrize(
    ("words", "kind", "option", "kept"),
    [
        ("--no-such-thing a b --port 1", ProblemKind.UNKNOWN, "no-such-thing", ("a", "b")),
        ("--no-such-thing", ProblemKind.UNKNOWN, "no-such-thing", True),
        ("--speculative-num 3", ProblemKind.AMBIGUOUS, "speculative-num", 3),
        ("--port", ProblemKind.MISSING_VALUE, "port", True),
        ("--port --tp-size 1", ProblemKind.MISSING_VALUE, "port", True),
        ("--port eight", ProblemKind.BAD_VALUE, "port", "eight"),
        ("--deepep-mode fast", ProblemKind.BAD_CHOICE, "deepep-mode", "fast"),
        ("--tp 8 --tp-size 16", ProblemKind.REPEATED, "tp-size", 16),
        ("--trust-remote-code=yes", ProblemKind.EXPLICIT_VALUE, "trust-remote-code", True),
    ],
)
def test_problems(words: str, kind: ProblemKind, option: str, kept: OptionValue) -> None:
    """Each objection names the option and where it stands; what was written is kept."""
    found = parse_arguments(words.split(), RELEASE)
    (problem,) = found.problems
    assert (problem.kind, problem.option) == (kind, option)
    assert f"--{option}" in problem.message or words.partition(" ")[0] in problem.message
    assert words.split()[problem.index].partition("=")[0].lstrip("-") in {option, "tp-size"}
    assert found.options[option] == kept


def test_a_stray_word_is_left_out() -> None:
    """As the release's parser would not accept it."""
    found = parse_arguments(["--trust-remote-code", "yes", "--port", "1"], RELEASE)
    assert [(p.kind, p.option, p.index) for p in found.problems] == [(ProblemKind.STRAY_WORD, "yes", 1)]
    assert dict(found.options) == {"trust-remote-code": True, "port": 1}


def test_a_secret_is_in_no_message() -> None:
    """Repeated or not."""
    found = parse_arguments(["--api-key", "sk-1", "--api-key", "sk-2"], RELEASE)
    assert [p.kind for p in found.problems] == [ProblemKind.REPEATED]
    assert "sk-" not in found.problems[0].message


def test_a_router_may_name_several_servers() -> None:
    """Every occurrence is kept apart."""
    words = "--pd-disaggregation --prefill http://a:1 8998 --prefill http://b:1 --decode http://c:2"
    found = parse_arguments(words.split(), releases.router())
    assert found.problems == ()
    assert found.occurrences == {"prefill": (("http://a:1", "8998"), ("http://b:1",)), "decode": (("http://c:2",),)}


@given(NASTY)
def test_values_come_back_exactly(text: str) -> None:
    """A number is a number only if exactly this text is written for it."""
    value = as_value(text)
    assert (value if isinstance(value, str) else repr(value)) == text


NAMES = st.sampled_from(
    [
        option.name
        for option in RELEASE.options
        if option.kind == "str" and option.nargs is None and option.choices is None
    ]
)


@given(st.dictionaries(NAMES, NASTY.filter(lambda text: not text.startswith("-")), max_size=5))
@settings(max_examples=60, deadline=None)
def test_written_options_come_back(options: dict[str, OptionValue]) -> None:
    """Options → words → options."""
    found = parse_arguments(render(options), RELEASE)
    assert list(found.options.items()) == list(options.items())
    assert found.problems == ()


@given(st.lists(st.one_of(NASTY, st.sampled_from([option.flags[0] for option in RELEASE.options])), max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_words_are_read(words: list[str]) -> None:
    """Never an error; every objection points at a word."""
    for release in (RELEASE, releases.router()):
        assert all(0 <= problem.index < len(words) for problem in parse_arguments(words, release).problems)
