"""What is answered: the capital of France, a sum, and for everything else that no model is running."""

from __future__ import annotations

import re

_SUM = re.compile(r"(-?\d+)\s*([+*x×-])\s*(-?\d+)\s*(?:=|\?|$)")
_RUBBISH = "!!!!!!!! 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
THINKING = "This is SIMULATED thinking: the question has a known answer, so nothing has to be worked out."
MARK = "[SIMULATED]"


def answer(question: str, *, rubbish: bool = False) -> str:
    """The answer to a question or the rest of a sentence."""
    if rubbish:
        return _RUBBISH
    asked = question.lower()
    if "capital of france is" in asked.rstrip()[-40:]:
        return f" Paris. {MARK}"
    if "capital of france" in asked:
        return f"The capital of France is Paris. {MARK}"
    found = _SUM.search(question)
    if found:
        left, sign, right = int(found[1]), found[2], int(found[3])
        value = {"+": left + right, "-": left - right}.get(sign, left * right)
        return f"{value} {MARK}"
    return f"This is a SIMULATED answer: no model is running here. {MARK}"


def pieces(text: str, limit: int) -> list[str]:
    """The text in pieces as large as a token may be, at most ``limit``."""
    return re.findall(r"\s*\S+|\s+$", text)[: max(0, limit)]


def prompt_of(messages: list[dict[str, object]]) -> str:
    """What a chat asks: the last message of the user."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, list):
                return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
            return str(content)
    return ""


def tokens_in(text: str) -> int:
    """About as many tokens as a tokenizer would make of it."""
    return max(1, len(re.findall(r"\w+|[^\w\s]", text)))
