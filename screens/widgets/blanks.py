"""Something to type into: its name, the field, and below it what is allowed or what is wrong.

Typing is checked at once and never blocked: what is in order is passed on while one types, what is not waits for Enter,
which passes it on all the same. A field that is left with what is not in order holds what it held before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from screens.messages import TypingEnded, Withdrawn
from screens.text import outside, printable, put


def _nothing_wrong(_: str) -> str:
    return ""


@dataclass(frozen=True)
class Blank:
    """What a field asks for."""

    key: str
    label: str
    text: str
    """What it holds now."""
    message: Callable[[str, bool], Message]
    """What a text leads to; whether it is being typed, or was ended with Enter."""
    hint: str = ""
    """What is allowed, with its unit."""
    empty: str = ""
    """What applies where nothing is typed."""
    choices: tuple[str, ...] = ()
    objection: Callable[[str], str] = _nothing_wrong
    """What is wrong with a text; empty where nothing is."""
    is_forced: bool = True
    """Whether Enter passes on even what is wrong."""
    help_name: str = ""


@runtime_checkable
class Form(Protocol):
    """A page of fields that knows their order."""

    def field_after(self, field: "BlankField") -> "BlankField | None":
        """Where Enter leads; None after the last one."""

    def take_lines(self, field: "BlankField", lines: Sequence[str]) -> None:
        """Several lines were pasted into a field."""


class Typed(Input):
    """The field itself. Up and down go to the field above and below.

    Enter is taken by the app's own loop, before the next key is dealt out: what is typed quickly, or pasted by a
    terminal as keys, lands in the field it is meant for.
    """

    @dataclass
    class Ended(Message):
        """Enter was pressed, and every key before it has been taken in."""

    @dataclass
    class Left(Message):
        """The focus is elsewhere, and everything that was typed before that has been taken in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            "next field",
            tooltip="Set it, and on to the next field or back to the list",
            priority=True,
        ),
        Binding("down", "screen.focus_next", "next field", show=False),
        Binding("up", "screen.focus_previous", "previous field", show=False),
    ]
    DEFAULT_CSS = """
    Typed, Typed.-textual-compact { border: none; height: 1; padding: 0 1; width: 1fr; background: $panel; }
    Typed:focus, Typed.-textual-compact:focus { border: none; background: $panel; text-style: underline; }
    Typed.-wrong { color: $text-error; }
    """

    def help_name(self) -> str:
        """The option or variable it sets."""
        field = self._around
        return field.blank.help_name if field is not None and field.blank is not None else ""

    @property
    def _around(self) -> "BlankField | None":
        return next((node for node in self.ancestors if isinstance(node, BlankField)), None)

    @property
    def _form(self) -> Form | None:
        return next((node for node in self.ancestors if isinstance(node, Form)), None)

    async def action_submit(self) -> None:
        """What was typed counts once it has arrived; the next key belongs to the next field at once."""
        self.post_message(self.Ended())
        form, field = self._form, self._around
        following = form.field_after(field) if form is not None and field is not None else None
        if following is not None:
            self.screen.set_focus(following.field)

    @on(Ended)
    async def _ended(self, event: Ended) -> None:
        event.stop()
        await super().action_submit()

    def leave(self) -> None:
        """Something else is in view now."""
        if self._around is not None:
            self._around.call_later(self._around.leave)  # in its own turn: what the screen sends goes no further

    def on_paste(self, event: events.Paste) -> None:
        """A line is text; of several lines the form makes what it can. None of them is a key."""
        event.stop()
        event.prevent_default()
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        form, field = self._form, self._around
        if form is not None and field is not None and lines:
            form.take_lines(field, lines)
        elif lines:
            self.take(lines)

    def take(self, lines: Sequence[str]) -> None:
        """The first line goes where the cursor is; that there were more is said."""
        self.replace(lines[0], *self.selection)
        if len(lines) > 1:
            self.app.notify(f"Only the first of {len(lines)} pasted lines was taken.", markup=False)


class BlankField(Vertical):
    """Label, field and message."""

    DEFAULT_CSS = """
    BlankField {
        height: auto;
        & > Horizontal { height: 1; }
        & .label { width: 17; height: 1; text-wrap: nowrap; text-overflow: ellipsis; padding-right: 1; }
        & > .message { height: auto; color: $text-muted; padding-left: 2; }
        &.-wrong > .message { color: $text-error; text-style: bold; }
        &.-none { display: none; }
    }
    """

    @dataclass
    class Done(Message):
        """Enter was pressed in the field."""

        field: "BlankField"

    def __init__(self) -> None:
        super().__init__(classes="-none")
        self.blank: Blank | None = None
        self._is_made = self._takes_focus = False
        self._told: str | None = None
        """What was passed on, while nothing has come of it yet."""
        self._holds_typed = False
        """Whether something was passed on while it was typed, since one came here."""

    def compose(self) -> ComposeResult:
        """Label and field in one line, message below."""
        with Horizontal():
            yield Static(markup=False, classes="label")
            yield Typed(compact=True, select_on_focus=False)
        yield Static(markup=False, classes="message")

    def on_mount(self) -> None:
        """Catches up with what was asked for while it was being made."""
        self._is_made = True
        blank, self.blank = self.blank, None
        self.show(blank)
        if self._takes_focus:
            self.take_focus()

    def take_focus(self) -> None:
        """Types here, at the end of what is there; as soon as the field is made."""
        self._takes_focus = not self._is_made
        if self._is_made:
            self.field.focus()
            self.field.cursor_position = len(self.field.value)

    @property
    def field(self) -> Typed:
        """Where one types."""
        return self.query_one(Typed)

    def show(self, blank: Blank | None) -> None:
        """Asks for something else, or for nothing. What is being typed stays as it is, unless it was undone."""
        before, self.blank, self._told = self.blank, blank, None
        self.set_class(blank is None, "-none")
        if blank is None or not self._is_made:
            return
        is_same = before is not None and before.key == blank.key
        field = self.field
        if not is_same:
            self.query_one(".label", Static).update(outside(blank.label))
            choices = [choice for choice in blank.choices if choice.isprintable()]
            field.suggester = SuggestFromList(choices, case_sensitive=False) if choices else None
        field.placeholder = printable(blank.empty, 60)
        changed = before is None or not is_same or before.text != blank.text
        if changed and field.value.strip() != printable(blank.text).strip():
            self._put(printable(blank.text))
        if changed or before is None or before.hint != blank.hint:
            self._judge()

    def _put(self, text: str) -> None:
        with self.prevent(Input.Changed):
            self.field.value = text

    def _judge(self) -> str:
        """Shows what is wrong, else what is allowed; returns what is wrong."""
        if self.blank is None:
            return ""
        wrong = self.blank.objection(self.field.value)
        self.set_class(bool(wrong), "-wrong")
        self.field.set_class(bool(wrong), "-wrong")
        forced = ". Enter sets it all the same" if self.blank.is_forced else ""
        words = f"! {wrong}{forced}" if wrong else self.blank.hint
        if not wrong and self.blank.text and not self.field.value.strip():
            words = "left blank: Enter clears it"
        message = self.query_one(".message", Static)
        put(message, outside(words))
        message.display = bool(words)
        return wrong

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        wrong = self._judge()
        if not wrong and self.field.value.strip():  # while a field is cleared to type something else, nothing changes
            self._tell(typing=True)

    @on(Input.Submitted)
    def _ended(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._judge() or (self.blank is not None and self.blank.is_forced):
            self._tell(typing=False)
        self.post_message(self.Done(self))

    def on_descendant_blur(self, _: events.DescendantBlur) -> None:
        """Once everything that was typed has been looked at, it is seen what became of it."""
        self.field.post_message(Typed.Left())

    @on(Typed.Left)
    def _left(self, event: Typed.Left) -> None:
        """The focus is elsewhere, and stays there."""
        event.stop()
        if not self.field.has_focus:
            self.leave()

    def leave(self) -> None:
        """What is in order stays; what is not gives way to what held before one came."""
        known = printable(self.blank.text) if self.blank is not None else self.field.value
        if self.field.value not in (known, self._told):
            if self._holds_typed and (self._judge() or not self.field.value.strip()):  # `30`, on the way to `300`
                self.post_message(Withdrawn())
            self._put(known)
            self._judge()
        self._holds_typed = False
        self.post_message(TypingEnded())

    def _tell(self, *, typing: bool) -> None:
        if self.blank is not None and self.field.value != printable(self.blank.text):
            self._told = self.field.value
            self._holds_typed = typing
            self.post_message(self.blank.message(self.field.value, typing))
