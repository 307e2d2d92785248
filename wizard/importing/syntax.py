"""The pieces of a shell script that launch scripts are made of: words with their quoting, and commands.

Owns shapes only. ``words`` reads the words, ``shell`` the commands; ``expansion`` and ``interpreter`` say what they
mean.
"""

from dataclasses import dataclass
from typing import NamedTuple

MARKERS = (
    "sglang.launch_server",
    "sglang_router",
    "sglang serve",
    "launch_server.py",
    "launch_router.py",
    "smg launch",
)
"""Texts of which a launch has one; what holds none need not be looked into."""


def mentions_launch(text: str) -> bool:
    """Whether a text could hold the start of a server or router."""
    return any(marker in text for marker in MARKERS)


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$NAME`` or ``${NAME…}``."""

    name: str
    quoted: bool
    source: str
    prefix: str = ""
    """``#`` (length) or ``!`` (indices, or indirection)."""
    index: str = ""
    """What stands in ``[…]``."""
    operator: str = ""
    """``:-``, ``%%``, ``/``, …; empty for a plain reference."""
    operand: "Word | None" = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """``$(…)`` or backticks: never run, its output is unknown."""

    body: str
    quoted: bool
    source: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((…))``."""

    expression: str
    quoted: bool
    source: str


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """The parentheses of ``NAME=(…)``."""

    words: "tuple[Word, ...]"


Part = Literal | Parameter | Substitution | Arithmetic | ArrayLiteral


class Spot(NamedTuple):
    """Where a word stands: its line in the file, and its place in the text that it was read from."""

    line: int
    position: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """One word: parts that are written without a blank between them."""

    parts: tuple[Part, ...]
    line: int
    source: str = ""
    position: int = 0

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.line, self.position)

    @property
    def bare(self) -> str:
        """Its text if it is a single unquoted literal (a keyword, a name), else empty."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Literal) and not self.parts[0].quoted:
            return self.parts[0].text
        return ""

    @property
    def parameter(self) -> str:
        """The name of the variable that is all of this word (``$X``, ``"${X}"``), else empty."""
        kept = [part for part in self.parts if part != Literal("", quoted=True)]
        if len(kept) == 1 and isinstance(kept[0], Parameter):
            part = kept[0]
            plain = not (part.prefix or part.index or part.operator)
            return part.name if plain or part.operator in {":-", "-"} else ""
        return ""


@dataclass(frozen=True, slots=True)
class Heredoc:
    """The text of ``<<EOF``."""

    body: str
    quoted: bool
    line: int


@dataclass(frozen=True, slots=True)
class Simple:
    """One command: assignments in front, words, and where its output goes."""

    words: tuple[Word, ...]
    line: int
    heredocs: tuple[Heredoc, ...] = ()
    outputs: tuple[Word, ...] = ()
    """Files that its output is written to."""
    test: bool = False
    """``[[ … ]]``: operators are words of it."""


@dataclass(frozen=True, slots=True)
class Compute:
    """``(( … ))``."""

    expression: str
    line: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``, possibly negated."""

    commands: "tuple[Node, ...]"
    negated: bool
    line: int


@dataclass(frozen=True, slots=True)
class AndOr:
    """``a && b || c``: a first command, then pairs of operator and command."""

    first: "Node"
    rest: "tuple[tuple[str, Node], ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """Commands one after the other; a subshell keeps its changes to itself."""

    commands: "tuple[Node, ...]"
    line: int
    subshell: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """Conditions with their bodies, in order, and the ``else`` body."""

    branches: tuple[tuple[Block, Block], ...]
    otherwise: Block | None
    line: int


@dataclass(frozen=True, slots=True)
class For:
    """``for NAME in WORDS``; without ``in`` over the script's own arguments."""

    name: str
    words: tuple[Word, ...] | None
    body: Block
    line: int


@dataclass(frozen=True, slots=True)
class Count:
    """``for ((start; condition; step))``."""

    start: str
    condition: str
    step: str
    body: Block
    line: int


@dataclass(frozen=True, slots=True)
class While:
    """``while`` and ``until``."""

    condition: Block
    body: Block
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    """``case WORD in`` with its arms."""

    subject: Word
    arms: tuple[tuple[tuple[Word, ...], Block], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Function:
    """A definition; nothing happens until it is called."""

    name: str
    body: "Node"
    line: int
    launches: bool
    """Whether its text mentions a launch."""
    tunes: bool
    """Whether its text mentions the tuning of a host."""


Node = Simple | Compute | Pipeline | AndOr | Block | If | For | Count | While | Case | Function
