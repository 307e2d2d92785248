"""The questions put to a program: one JSON object a line out, one a line in.

Out: ``{"page", "step", "steps", "question", "choices": [{"value", "label", "note", "blocked", "brief"}], "default",
"told", "help", "verdict", "error": null | {"message", "hint"}}``; ``step`` is null where not everybody is asked.
In: ``{"answer": TEXT}``; ``back``, ``undo``, ``redo`` and ``quit`` are answers.
At the end: ``{"outcome": "done" | "launch" | "quit", "selection": TOML, "reproduce": [WORDS]}``.
"""

import json
from typing import IO, Any

from wizard.errors import UsageError
from wizard.prompts import pages
from wizard.prompts.ask import LeftError
from wizard.prompts.walk import Tools, Walk
from wizard.selection_file import dumps


def run(walk: Walk, tools: Tools, asked: IO[str], answers: IO[str]) -> Walk:
    """Asks until the walk has ended.

    Raises:
        LeftError: the answers ended before the walk did.
    """
    error: dict[str, str] | None = None
    while not walk.outcome:
        _write(asked, {**_document(walk), "error": error})
        try:
            line = answers.readline()
        except KeyboardInterrupt:
            raise LeftError(walk) from None
        if not line:
            raise LeftError(walk)
        try:
            walk, error = pages.answered(walk, _answer(line), tools), None
        except UsageError as refused:
            error = {"message": refused.message, "hint": refused.hint or ""}
    _write(asked, ended(walk))
    return walk


def ended(walk: Walk) -> dict[str, Any]:
    """What is said when it is over."""
    selection = dumps(walk.session.selection)
    return {"outcome": walk.outcome, "selection": selection, "reproduce": list(walk.session.reproduce)}


def _document(walk: Walk) -> dict[str, Any]:
    question = pages.question(walk)
    return {
        "page": question.page,
        "step": pages.step(question.page),
        "steps": len(pages.STEPS),
        "question": question.text,
        "choices": [choice._asdict() for choice in question.choices],
        "default": question.default,
        "told": list(question.told),
        "help": question.help,
        "verdict": walk.session.verdict,
    }


def _answer(line: str) -> str:
    """The answer in a line.

    Raises:
        UsageError: it is no JSON object with an ``answer``.
    """
    try:
        document = json.loads(line)
    except ValueError:
        document = None
    answer = document.get("answer") if isinstance(document, dict) else None
    if not isinstance(answer, str):
        raise UsageError("the line is no answer", 'one line of JSON: {"answer": "a3-pd"}')
    return answer


def _write(file: IO[str], document: dict[str, Any]) -> None:
    file.write(json.dumps(document) + "\n")
    file.flush()
