"""What counts as an answer: tables of replies, and hypothesis for everything a service might say."""

import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from wizard.errors import UsageError
from wizard.verify import of_url, steps
from wizard.verify.steps import Outcome, Reply, Result
from wizard.verify.target import Target, looks_like_url
from wizard.words.verify import show


def chat(content: str | None, thinking: str | None = None) -> Reply:
    """A chat completion."""
    message = {"role": "assistant", "content": content, "reasoning_content": thinking}
    return Reply(200, json.dumps({"choices": [{"message": message}]}))


@pytest.mark.parametrize(
    ("body", "is_ok", "part"),
    [
        ({"text": " Paris, the capital of fashion"}, True, "Paris"),
        ({"text": "The capital of France is **PARIS**."}, True, "PARIS"),
        ({"text": "!!!!!!!!!!!!"}, False, "answers `!!!!!!!!!!!!`, not Paris"),
        ({"text": ""}, False, "answers nothing"),
        ({"text": "\x1b[31mLyon\x07"}, False, "`[31mLyon`"),
        ({"error": "x"}, False, "no text"),
        ([], False, "no text"),
    ],
)
def test_a_completion_holds_the_answer_or_is_rubbish(body: object, is_ok: bool, part: str) -> None:
    """200 alone proves nothing."""
    verdict = steps.generated(Reply(200, json.dumps(body)))
    assert (verdict.is_ok, part in verdict.detail) == (is_ok, True), verdict


@pytest.mark.parametrize(
    ("reply", "thinking_ok", "plain_ok"),
    [
        (chat("Paris."), True, True),
        (chat("Paris.", "The user asks"), True, False),
        (chat("<think>hm</think>Paris."), True, False),
        (chat("hm</think>Paris."), True, False),
        (chat("<think></think>Paris."), True, True),
        (chat("<think>hm, Paris", None), False, False),
        (chat(None, "It is Paris"), False, False),
        (chat("Lyon"), False, False),
        (chat(None), False, False),
        (Reply(200, "{"), False, False),
        (Reply(500, "x"), False, False),
        (Reply(0, "", 1.0, "nothing listens there"), False, False),
    ],
)
def test_thinking_is_told_from_the_answer(reply: Reply, thinking_ok: bool, plain_ok: bool) -> None:
    """With a parser, without one, and where the template opens the thinking by itself."""
    assert (steps.thought(reply).is_ok, steps.said(reply).is_ok) == (thinking_ok, plain_ok)


@pytest.mark.parametrize(
    ("names", "wanted", "is_ok"),
    [(["glm"], "glm", True), (["glm"], "", True), (["other"], "glm", False), ([], "", False)],
)
def test_the_served_name_is_among_the_models(names: list[str], wanted: str, is_ok: bool) -> None:
    """A service under another name is not the one that was asked for."""
    reply = Reply(200, json.dumps({"data": [{"id": name} for name in names]}))
    assert steps.models(reply, wanted).is_ok is is_ok


KEYS = st.sampled_from(["text", "data", "choices", "message", "content", "id"])
DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)
)


@given(st.text() | DOCUMENTS.map(json.dumps), st.sampled_from([0, 200, 302, 404, 422, 500, 503]))
def test_whatever_a_service_says_is_judged(body: str, status: int) -> None:
    """No answer breaks the judge, none that lacks the word passes, and whoever is no SGLang is told what to do next."""
    reply = Reply(status, body, 0.1, "x")
    for step in steps.steps(Target("http://h", is_router=True), "glm"):
        verdict = step.judge(reply)
        assert "\n" not in verdict.detail
        assert all(char.isprintable() for char in verdict.detail)
        assert verdict.is_ok or verdict.hint or (status == 200 and step.name.startswith("chat"))
        if step.body is not None and "paris" not in body.casefold():
            assert not verdict.is_ok


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://10.0.0.1:8000", "http://10.0.0.1:8000"),
        ("10.0.0.1:8000", "http://10.0.0.1:8000"),
        ("https://glm.example/v1/models", "https://glm.example"),
        ("http://[::1]:6688/readiness", "http://[::1]:6688"),
    ],
)
def test_an_address_may_be_typed_in_any_usual_way(text: str, url: str) -> None:
    """And is told from the name of a run."""
    assert of_url(text, {}).url == url
    assert looks_like_url(text)
    assert not looks_like_url("a3-pd-1126-0312")


@pytest.mark.parametrize("text", ["ftp://x:1", "http://", "http://u:p@h:1", "http://h:many", "://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """With the next step."""
    with pytest.raises(UsageError) as refused:
        of_url(text, {})
    assert refused.value.hint


def test_the_key_comes_from_the_environment() -> None:
    """And from nowhere else."""
    found: Any = of_url("h:1", {"GLM_WIZARD_API_KEY": "k"})
    assert (found.api_key, of_url("h:1", {}).api_key) == ("k", "")


def test_on_a_terminal_a_flag_is_never_broken() -> None:
    """What is told to type can be copied, however narrow the terminal is."""
    flag = "--disaggregation-bootstrap-port"
    for width in range(40, 80):
        text = StringIO()
        out = Console(file=text, force_terminal=True, width=width)
        show(out, Result("/generate", Outcome.FAILED, f"refused without {flag}", hint=f"start it again with {flag} 1"))
        assert text.getvalue().count(flag) == 2, width
