"""The steps of a verification in order: what is asked, how long it may take, and what counts as an answer. Pure."""

import json
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from wizard.verify.target import Target

QUESTION = "What is the capital of France?"
"""The question of the tutorial."""
ANSWER = "Paris"
READY_LIMIT_S = 30.0
"""``/health`` generates a token: a busy server takes up to 20 s for it."""
LOOK_LIMIT_S = 15.0
REQUEST_LIMIT_S = 600.0
"""The first request after a start may wait for kernels that are still compiled: more than five minutes were seen."""
_THOUGHT = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_SHOWN = 120
_ELSE = "is this SGLang, and the port of the server or router?"
ANSWER_TOKENS = 64
THINKING_TOKENS = 1024


class Outcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_ASKED = "not asked"
    """An earlier step failed, so that the answer would say nothing."""


class Reply(NamedTuple):
    """What came back."""

    status: int
    """0: nothing came."""
    body: str = ""
    seconds: float = 0.0
    error: str = ""
    """Why nothing came."""


class Verdict(NamedTuple):
    """What a reply means."""

    is_ok: bool
    detail: str
    """One line: what was said, or what is wrong with it."""
    hint: str = ""


class Result(NamedTuple):
    """A step that was done, or not."""

    name: str
    outcome: Outcome
    detail: str = ""
    seconds: float | None = None
    hint: str = ""

    def as_json(self) -> dict[str, object]:
        """The documented shape of a step of ``--verify --json``."""
        rounded = None if self.seconds is None else round(self.seconds, 3)
        return {"step": self.name, "outcome": self.outcome.value, "seconds": rounded, "detail": self.detail,
                "hint": self.hint or None}  # fmt: skip


class Step(NamedTuple):
    """One request and its judge."""

    name: str
    path: str
    limit_s: float
    judge: Callable[[Reply], Verdict]
    body: dict[str, Any] | None = None
    """None: a GET."""
    ends: bool = False
    """Whether nothing further is asked when it fails."""


def steps(target: Target, served_name: str) -> tuple[Step, ...]:
    """Everything that is asked, in order.

    Args:
        target: what is verified; whether it is a router is known.
        served_name: the name for chat requests.
    """
    ready = "/readiness" if target.is_router else "/health"
    return (
        Step(ready, ready, READY_LIMIT_S, _ready, ends=True),
        Step("/v1/models", "/v1/models", LOOK_LIMIT_S, lambda reply: models(reply, target.served_name)),
        Step("/generate", "/generate", REQUEST_LIMIT_S, generated, question(), ends=True),
        Step("chat, thinking", "/v1/chat/completions", REQUEST_LIMIT_S, thought, chat(served_name, thinking=True)),
        Step("chat, no thinking", "/v1/chat/completions", REQUEST_LIMIT_S, said, chat(served_name, thinking=False)),
    )


def question() -> dict[str, Any]:
    """The tutorial's question for ``/generate``."""
    return {"text": QUESTION, "sampling_params": {"temperature": 0, "max_new_tokens": ANSWER_TOKENS}}


def chat(served_name: str, *, thinking: bool) -> dict[str, Any]:
    """The same question for the chat endpoint."""
    return {
        "model": served_name,
        "messages": [{"role": "user", "content": QUESTION}],
        "temperature": 0,
        "max_tokens": THINKING_TOKENS if thinking else ANSWER_TOKENS,
        "chat_template_kwargs": {"enable_thinking": thinking},
    }


def names(reply: Reply) -> tuple[str, ...]:
    """The names in the answer of ``/v1/models``; none where it is no such answer."""
    data = _json(reply.body).get("data")
    cards = data if isinstance(data, list) else []
    return tuple(str(card["id"]) for card in cards if isinstance(card, dict) and "id" in card)


def models(reply: Reply, served_name: str) -> Verdict:
    """Is the served name among the models?"""
    if reply.status != 200:
        return _bad_status(reply)
    found = names(reply)
    if not found:
        return Verdict(False, "lists no model", _ELSE)
    if served_name and served_name not in found:
        wanted = f"clients ask for one of these names, not for `{served_name}`"
        return Verdict(False, f"serves {', '.join(found)}, not {served_name}", wanted)
    return Verdict(True, ", ".join(found))


def generated(reply: Reply) -> Verdict:
    """Does the completion hold the answer?"""
    if reply.status != 200:
        return _bad_status(reply)
    text = _json(reply.body).get("text")
    return _holds(text) if isinstance(text, str) else Verdict(False, f"no text in {_short(reply.body)}", _ELSE)


def thought(reply: Reply) -> Verdict:
    """Does the chat answer, after some thinking?"""
    if reply.status != 200:
        return _bad_status(reply)
    thinking, content = _message(reply)
    if not content and thinking:
        return Verdict(False, f"thinks for all of its {THINKING_TOKENS} tokens and says nothing")
    verdict = _holds(content)
    if verdict.is_ok and not thinking:
        return Verdict(True, f"{verdict.detail} (without any thinking)")
    return verdict


def said(reply: Reply) -> Verdict:
    """Does the chat answer at once?"""
    if reply.status != 200:
        return _bad_status(reply)
    thinking, content = _message(reply)
    if thinking:
        return Verdict(False, f"thinks although it was told not to: {_short(thinking)}")
    return _holds(content)


def _ready(reply: Reply) -> Verdict:
    if reply.status == 200:
        return Verdict(True, "200")
    if reply.status == 503:
        reason = str(_json(reply.body).get("reason") or "starting, or draining")
        return Verdict(False, f"503: {reason}", "`--monitor` shows how far it is; ask again when it is ready")
    return _bad_status(reply)


def _bad_status(reply: Reply) -> Verdict:
    if not reply.status:
        return Verdict(False, reply.error, "is the address right, and does the process run? `--runs` shows its state")
    hint = _ELSE if reply.status < 500 else "its log says why: `--diagnose FILE` reads it, of a run `--monitor RUN`"
    if reply.status in (401, 403):
        hint = "it asks for a key: export it in the variable that the service was started with, or GLM_WIZARD_API_KEY"
    return Verdict(False, f"{reply.status}: {_short(reply.body) or 'no text'}", hint)


def _holds(text: str) -> Verdict:
    if ANSWER.casefold() in text.casefold():
        return Verdict(True, _short(text))
    told = f"answers `{_short(text)}`, not {ANSWER}" if text.strip() else "answers nothing"
    return Verdict(False, told, "it computes wrong: weights, quantization or a kernel do not fit; health says nothing")


def _message(reply: Reply) -> tuple[str, str]:
    """Thinking and answer of a chat completion."""
    choices = _json(reply.body).get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(message, dict):
        return "", ""
    content, thinking = str(message.get("content") or ""), str(message.get("reasoning_content") or "")
    inside = _THOUGHT.search(content)
    if inside:
        thinking, content = thinking + inside[1], _THOUGHT.sub("", content)
    elif "</think>" in content:  # the template itself opens the thinking
        before, _, content = content.partition("</think>")
        thinking += before
    elif content.lstrip().startswith("<think>"):
        thinking, content = thinking + content, ""
    return thinking.strip(), content.strip()


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _short(text: str) -> str:
    """One line of it, without control characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
