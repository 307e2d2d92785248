"""The questions put to a person, line by line: plain sentences, numbered choices, one answer a line.

questionary reads the answers (history, editing, paste); a terminal that is not able to (``TERM=dumb``) is read plainly.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Callable

from wizard.errors import UsageError
from wizard.monitor.text import printable
from wizard.prompts import pages
from wizard.prompts.walk import Choice, Question, Tools, Verbatim, Walk, meant

_HELP = "`back` one question, `undo` and `redo` changes, `quit` leaves and keeps what was chosen."


def run(walk: Walk, tools: Tools, *, read: Callable[[str], str], say: Callable[[str], None]) -> Walk:
    """Asks until the walk has ended.

    Args:
        walk: where to begin.
        tools: what looks at hosts and writes files.
        read: gets one line; raises KeyboardInterrupt or EOFError when the person leaves.
        say: tells one sentence.

    Raises:
        LeftError: the person left in the middle; it holds the walk.
    """
    told: tuple[str, Question] | None = None
    while not walk.outcome:
        try:
            question = pages.question(walk)
            if told != (walk.page, question):
                _tell(question, say)
                told = (walk.page, question)
            answer = read(_prompt(question))
            if answer.lstrip().startswith("?"):
                for sentence in _helped(question, answer.strip()[1:].strip()):
                    say(_wrapped(sentence))
            else:
                walk = pages.answered(walk, answer, tools)
        except (KeyboardInterrupt, EOFError):
            raise LeftError(walk) from None
        except UsageError as error:
            say(_wrapped(f"error: {error.message}"))
            say(_wrapped(f"hint: {error.hint}"))
    return walk


class LeftError(Exception):
    """The person left in the middle."""

    def __init__(self, walk: Walk) -> None:
        super().__init__("left")
        self.walk = walk


def _tell(question: Question, say: Callable[[str], None]) -> None:
    say("")
    for sentence in question.told:
        say(_wrapped(sentence))
    step = pages.step(question.page)
    say(_wrapped(f"Step {step} of {len(pages.STEPS)}. {question.text}" if step else question.text))
    for number, choice in enumerate(question.choices, 1):
        note = choice.brief or _note(choice)
        say(_wrapped(f"  {number}. {choice.label}" + (f" ({note})" if note else ""), "     "))
    if any(choice.brief for choice in question.choices):
        say("`? NUMBER` tells more about one.")


def _note(choice: Choice) -> str:
    return f"not now: {choice.blocked}" if choice.blocked else choice.note


def _helped(question: Question, word: str) -> tuple[str, ...]:
    """What `?` is answered with: about the question, or about the choice that is named behind it."""
    if not word:
        usual = "Answer with a number or a word from the list, or press Enter for the default."
        return (question.help or usual, _HELP)
    choice = meant(question, word)
    return (choice.label, _note(choice) or "Nothing more is known about it.")


def _wrapped(sentence: str, indent: str = "") -> str:
    """A sentence on lines of the terminal's width, broken between words; a line to copy stays whole."""
    sentence, is_whole = printable(sentence), isinstance(sentence, Verbatim)
    if is_whole:
        return sentence
    width = max(20, shutil.get_terminal_size().columns - 1)
    return textwrap.fill(sentence, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _prompt(question: Question) -> str:
    if not question.choices:
        return f"Answer [{question.default}]: " if question.default else "Answer: "
    values = [choice.value for choice in question.choices]
    place = values.index(question.default) + 1 if question.default in values else 1
    return f"1 to {len(values)} [{place}]: "


def reader(*, is_plain: bool = False) -> Callable[[str], str]:
    """How this terminal is read.

    Args:
        is_plain: nothing is drawn while one types: for screen readers that read every redraw aloud.
    """
    if is_plain or os.environ.get("TERM", "dumb") in ("dumb", "unknown", ""):
        return _plain
    import questionary
    from questionary import Style

    plain = Style([("qmark", ""), ("question", ""), ("answer", "")])

    def read(prompt: str) -> str:
        answer = questionary.text(prompt.strip(), qmark="", style=plain).unsafe_ask()
        return "" if answer is None else str(answer)

    return read


def _plain(prompt: str) -> str:
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")
