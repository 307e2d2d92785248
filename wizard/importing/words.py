"""Text of a shell script → tokens: words with exact quoting, operators, here-documents.

Owns what bash's reader does before anything has a meaning. Every text gives tokens; a quote that is never closed
goes to the end of the text and is noted.
"""

import re
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import Literal as Kinds
from typing import NamedTuple

from wizard.importing import quoting
from wizard.importing.syntax import Arithmetic, ArrayLiteral, Heredoc, Literal, Parameter, Part, Substitution, Word

MAX_DEPTH = 12
"""How deep words may stand in words (``${A:-${B:-…}}``) before they are taken as they are."""

_BLANK = re.compile(r"(?:[ \t\r\f\v]|\\\n)+")
_EMPTY_LINES = re.compile(r"(?:[ \t]*\n)+")
_PLAIN = re.compile(r"[^\s\\'\"$`;&|<>()]+")
_PLAIN_IN_WHOLE = re.compile(r"[^\\'\"$`]+")
_IN_DOUBLE = re.compile(r'[^"\\$`]+')
_OPERATOR = re.compile(r"\d*(?:&>>|&>|>&|<&|<<<|<<-|<<|>>|>\||<>|>|<)|;;&|;;|;&|&&|\|\||\|&|[()&;|]")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]", re.ASCII)
_ASSIGNS_ARRAY = re.compile(r"[A-Za-z_]\w*(?:\[[^]]*\])?\+?=\Z", re.ASCII)
_PARAMETER = re.compile(
    r"(?P<prefix>[!#]?)(?P<name>[A-Za-z_]\w*|\d+|[@*#?$!-])(?:\[(?P<index>[^]]*)\])?"
    r"(?P<operator>:-|:=|:\?|:\+|%%|##|//|\^\^|,,|[-=?+%#/^,:@*])?(?P<operand>.*)\Z",
    re.DOTALL | re.ASCII,
)
_REGEX_OPERAND = re.compile(r"\S+")
_MAX_LOOK_AHEAD = 1_000_000
_BEFORE_COMMAND = frozenset(
    ["", ";", "&", "&&", "||", "|", "|&", "(", "then", "do", "else", "if", "elif", "while", "until", "!", "{", ")"]
)
_BEFORE_ARITHMETIC = _BEFORE_COMMAND | {"for"}


class Token(NamedTuple):
    """One token. ``text`` is the operator, or the raw text of a word."""

    kind: Kinds["word", "operator", "newline", "arithmetic", "end"]
    text: str
    line: int
    word: Word | None = None
    heredoc: Heredoc | None = None


class Scanner:
    """One pass over a text.

    Args:
        text: what to read.
        line: number of its first line.
        depth: how many words it is nested in.
    """

    def __init__(self, text: str, line: int = 1, depth: int = 0) -> None:
        self.text = text
        self.position = 0
        self.depth = depth
        self.tokens: list[Token] = []
        self.unclosed: list[int] = []
        """Lines on which a quote or bracket opens that is never closed."""
        self._first_line = line
        self._line_ends = [*accumulate(len(part) + 1 for part in text.split("\n"))]
        self._pending: list[tuple[int, bool]] = []
        self._in_test = False
        self._looked_ahead = 0

    def scan(self) -> tuple[Token, ...]:
        """All tokens, the last one of kind ``end``."""
        while self.position < len(self.text):
            self._next()
        self._read_heredocs()
        self.tokens.append(Token("end", "", self._line()))
        return tuple(self.tokens)

    def whole(self, *, quoted: bool) -> Word:
        """All of the text as one word, blanks included (what stands behind ``${NAME:-``, or in a here-document)."""
        line = self._line()
        return Word(tuple(self._parts(whole=True, quoted=quoted)), line, self.text)

    def _line(self) -> int:
        return self._first_line + bisect_right(self._line_ends, self.position)

    def _next(self) -> None:
        blank = _BLANK.match(self.text, self.position)
        if blank:
            self.position = blank.end()
            return
        character = self.text[self.position]
        if character == "\n":
            self._newline()
        elif character == "#":
            end = self.text.find("\n", self.position)
            self.position = len(self.text) if end < 0 else end
        elif self._in_test:
            self._test_token()
        elif self.text.startswith(("<(", ">("), self.position):
            self._word()
        elif operator := _OPERATOR.match(self.text, self.position):
            self._operator(operator.group())
        else:
            self._word()

    def _newline(self) -> None:
        line = self._line()
        self.position += 1
        if not self._in_test:
            self.tokens.append(Token("newline", "\n", line))
            self._read_heredocs()
        empty = _EMPTY_LINES.match(self.text, self.position)
        self.position = empty.end() if empty else self.position

    def _test_token(self) -> None:
        """Inside ``[[ … ]]`` operators are words, and the right side of ``=~`` is taken whole."""
        operator = _OPERATOR.match(self.text, self.position)
        after_match = bool(self.tokens) and self.tokens[-1].text == "=~"
        if operator and not after_match:
            if operator.group() == ";":  # never closed: the test ends where its command ends
                self._in_test = False
                return
            self._literal(operator.end())
        elif after_match and self.text[self.position] not in "\"'$":
            found = _REGEX_OPERAND.match(self.text, self.position)
            self._literal(found.end() if found else self.position + 1)
        else:
            self._word()

    def _literal(self, end: int) -> None:
        text, line = self.text[self.position : end], self._line()
        self.position = end
        self.tokens.append(Token("word", text, line, Word((Literal(text, quoted=False),), line, text)))

    def _operator(self, text: str) -> None:
        line = self._line()
        if text == "(" and self._arithmetic():
            return
        self.position += len(text)
        kind = text.lstrip("0123456789")
        if kind in ("<<", "<<-"):
            self._pending.append((len(self.tokens), kind == "<<-"))
        self.tokens.append(Token("operator", text, line))

    def _arithmetic(self) -> bool:
        """``((…))`` where a command may stand."""
        if not self.text.startswith("((", self.position) or self._before() not in _BEFORE_ARITHMETIC:
            return False
        if self._looked_ahead > _MAX_LOOK_AHEAD:
            return False
        end = quoting.end_of_bracket(self.text, self.position + 1, "(")
        self._looked_ahead += end - self.position
        inner = self.text[self.position + 2 : end - 2]
        if self.text[end - 2 : end] != "))":
            return False
        self.tokens.append(Token("arithmetic", inner, self._line()))
        self.position = end
        return True

    def _before(self) -> str:
        """The text of the token before; empty at the start of a line."""
        return self.tokens[-1].text if self.tokens and self.tokens[-1].kind != "newline" else ""

    def _read_heredocs(self) -> None:
        """The bodies of the here-documents that were announced on the line that just ended."""
        for index, indented in self._pending:
            delimiter = self.tokens[index + 1].word if index + 1 < len(self.tokens) else None
            if delimiter is None:
                continue
            quoted = any(not isinstance(part, Literal) or part.quoted for part in delimiter.parts)
            name = "".join(part.text for part in delimiter.parts if isinstance(part, Literal))
            line = self._line()
            body = self._heredoc_body(name, indented)
            self.tokens[index] = self.tokens[index]._replace(heredoc=Heredoc(body, quoted, line))
        self._pending = []

    def _heredoc_body(self, delimiter: str, indented: bool) -> str:
        lines: list[str] = []
        while self.position < len(self.text):
            end = self.text.find("\n", self.position)
            end = len(self.text) if end < 0 else end
            line = self.text[self.position : end]
            self.position = min(end + 1, len(self.text))
            line = line.lstrip("\t") if indented else line
            if line == delimiter:
                break
            lines.append(line)
        return "".join(f"{line}\n" for line in lines)

    def _word(self) -> None:
        start, line = self.position, self._line()
        parts = tuple(self._parts(whole=False, quoted=False))
        if self.position == start:  # a character that starts nothing
            self.position, parts = start + 1, (Literal(self.text[start], quoted=False),)
        text = self.text[start : self.position]
        if text == "]]":
            self._in_test = False
        elif text == "[[" and self._before() in _BEFORE_COMMAND:
            self._in_test = True
        if parts:
            self.tokens.append(Token("word", text, line, Word(parts, line, text, start)))

    def _parts(self, *, whole: bool, quoted: bool) -> list[Part]:
        parts: list[Part] = []
        plain = _PLAIN_IN_WHOLE if whole else _PLAIN
        while self.position < len(self.text):
            found = plain.match(self.text, self.position)
            if found:
                parts.append(Literal(found.group(), quoted))
                self.position = found.end()
                continue
            more = self._special(parts, whole=whole, quoted=quoted)
            if more is None:
                break
            parts += more
        return parts

    def _special(self, before: list[Part], *, whole: bool, quoted: bool) -> list[Part] | None:
        """The part at a quote, a backslash, a ``$`` or an array's bracket; None where the word ends."""
        character, start = self.text[self.position], self.position
        if character == "\\":
            return self._escaped(quoted)
        if character == "'":
            return [self._single(quoted)]
        if character == '"':
            self.position += 1
            return self._double()
        if character == "$":
            return [self._dollar(quoted)]
        if character == "`":
            return [self._backtick(quoted)]
        if character in "<>" and self.text.startswith("(", start + 1) and not before:
            self.position = quoting.end_of_bracket(self.text, start + 2, "(")
            return [Substitution(self._inside(start + 2, ")"), quoted=True, source=self.text[start : self.position])]
        if character == "(" and not whole:
            return self._array(before)
        return None

    def _inside(self, start: int, closing: str) -> str:
        """The text between ``start`` and the closing character before the position; notes where it is missing."""
        if self.position > start and self.text[self.position - 1] == closing:
            return self.text[start : self.position - 1]
        self.unclosed.append(self._first_line + bisect_right(self._line_ends, start - 1))
        return self.text[start : self.position]

    def _escaped(self, quoted: bool) -> list[Part]:
        following = self.text[self.position + 1 : self.position + 2]
        self.position += 2
        if following == "\n":
            return []
        if quoted and following not in ("$", "`", '"', "\\"):
            return [Literal("\\" + following, quoted=True)]
        return [Literal(following or "\\", quoted=True)]

    def _single(self, quoted: bool) -> Part:
        """``'…'``; inside double quotes the quote is an ordinary character."""
        start = self.position
        self.position = start + 1 if quoted else quoting.end_of_single(self.text, start + 1)
        return Literal("'" if quoted else self._inside(start + 1, "'"), quoted=True)

    def _double(self) -> list[Part]:
        start = self.position
        parts: list[Part] = [Literal("", quoted=True)]
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == '"':
                self.position += 1
                return parts
            if found := _IN_DOUBLE.match(self.text, self.position):
                parts.append(Literal(found.group(), quoted=True))
                self.position = found.end()
            elif character == "\\":
                parts += self._escaped(quoted=True)
            elif character == "$":
                parts.append(self._dollar(quoted=True))
            else:
                parts.append(self._backtick(quoted=True))
        self.unclosed.append(self._first_line + bisect_right(self._line_ends, start - 1))
        return parts

    def _backtick(self, quoted: bool) -> Part:
        start = self.position
        self.position = quoting.end_of_backtick(self.text, start + 1)
        body = re.sub(r"\\([`$\\])", r"\1", self._inside(start + 1, "`"))
        return Substitution(body, quoted, f"$({body})")

    def _dollar(self, quoted: bool) -> Part:
        start = self.position
        following = self.text[start + 1 : start + 2]
        if following == "(":
            return self._parenthesis(quoted)
        if following == "{":
            self.position = quoting.end_of_bracket(self.text, start + 2, "{", quoted=quoted)
            return self._parameter(self._inside(start + 2, "}"), quoted, self.text[start : self.position])
        if following == "'" and not quoted:
            self.position = quoting.end_of_ansi(self.text, start + 2)
            return Literal(quoting.ansi(self._inside(start + 2, "'")), quoted=True)
        if following == '"' and not quoted:
            self.position += 1
            return Literal("", quoted=False)
        if name := _NAME.match(self.text, start + 1):
            self.position = name.end()
            return Parameter(name.group(), quoted, self.text[start : self.position])
        self.position += 1
        return Literal("$", quoted)

    def _parenthesis(self, quoted: bool) -> Part:
        start = self.position
        self.position = quoting.end_of_bracket(self.text, start + 2, "(")
        source = self.text[start : self.position]
        if source.startswith("$((") and source.endswith("))"):
            return Arithmetic(source[3:-2], quoted, source)
        return Substitution(self._inside(start + 2, ")"), quoted, source)

    def _parameter(self, inner: str, quoted: bool, source: str) -> Part:
        if len(inner) == 1 and inner in "#?!$-@*":
            return Parameter(inner, quoted, source)
        found = _PARAMETER.match(inner)
        if not found or (found["operand"] and not found["operator"]):
            return Substitution("", quoted, source)
        operand: Word | None = None
        if found["operator"]:
            operand = self._operand(
                found["operand"], quoted and found["operator"] not in {"%", "%%", "#", "##", "/", "//"}
            )
        return Parameter(
            found["name"], quoted, source, found["prefix"], found["index"] or "", found["operator"] or "", operand
        )

    def _operand(self, text: str, quoted: bool) -> Word:
        line = self._line()
        if self.depth >= MAX_DEPTH:
            return Word((Literal(text, quoted),), line, text)
        return replace(Scanner(text, line, self.depth + 1).whole(quoted=quoted), line=line)

    def _array(self, before: list[Part]) -> list[Part] | None:
        """The words in the parentheses of ``NAME=(…)``; None where a parenthesis ends the word."""
        name = before[-1].text if len(before) == 1 and isinstance(before[-1], Literal) and not before[-1].quoted else ""
        if not _ASSIGNS_ARRAY.match(name):
            return None
        start, line = self.position + 1, self._line()
        self.position = quoting.end_of_bracket(self.text, start, "(")
        inner = self._inside(start, ")")
        if self.depth >= MAX_DEPTH:
            return [ArrayLiteral(())]
        nested = Scanner(inner, line, self.depth + 1)
        return [ArrayLiteral(tuple(token.word for token in nested.scan() if token.word is not None))]
