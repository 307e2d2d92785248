"""One line at the bottom where something is typed: what to search for, what to show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static


@dataclass(frozen=True)
class Question:
    """What is asked for."""

    label: str
    hint: str
    answer: Callable[[str], None]
    """Takes what was typed; raises ValueError where it makes no sense, and the message is shown beside it."""
    value: str = ""


class AskBar(Horizontal):
    """Hidden until something is asked. Enter answers, Escape leaves everything as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", tooltip="Leave everything as it was"),
    ]
    DEFAULT_CSS = """
    AskBar {
        display: none; height: 1; background: $panel;
        & > Static { width: auto; padding: 0 1; }
        & > #ask-problem { color: $text-error; max-width: 60%; text-wrap: nowrap; text-overflow: ellipsis; }
        & > Input { width: 1fr; min-width: 16; }
        &.-open { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._question: Question | None = None
        self._done: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        """What is asked, the answer, and what is wrong with it."""
        yield Static("", id="ask-label", markup=False)
        yield Input(id="ask-input", compact=True)
        yield Static("", id="ask-problem", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether something is asked now."""
        return self._question is not None

    def help_text(self) -> tuple[str, str]:
        """What is asked, and how it is answered."""
        question = self._question
        asked = f"{question.label}: {question.hint}. " if question else ""
        return "Question", (
            f"{asked}Enter answers, Esc leaves everything as it was. Small letters of a regular expression stand for "
            "large ones, too; one large letter makes it exact."
        )

    def ask(self, question: Question, done: Callable[[], None]) -> None:
        """Asks; ``done`` is called when it is over, answered or not."""
        self._question, self._done = question, done
        self.query_one("#ask-label", Static).update(Content(question.label))
        self._complain("")
        field = self.query_one(Input)
        field.placeholder = question.hint
        field.value = question.value
        self.add_class("-open")
        field.focus()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._complain("")

    @on(Input.Submitted)
    def _answer(self, event: Input.Submitted) -> None:
        event.stop()
        if self._question is None:
            return
        try:
            self._question.answer(event.value)
        except ValueError as error:
            self._complain(str(error))
            return
        self.action_cancel()

    def action_cancel(self) -> None:
        """Closes it."""
        self._question = None
        self.remove_class("-open")
        self._done()

    def _complain(self, text: str) -> None:
        problem = self.query_one("#ask-problem", Static)
        problem.update(Content(text))
        problem.display = bool(text)
