"""Where a quoted or bracketed stretch of shell text ends, and what its escapes stand for. Text and positions only."""

import re

_ANSI_ESCAPE = re.compile(
    r"""((?:\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3})+)"""
    r"""|\\u([0-9a-fA-F]{1,4})|\\U([0-9a-fA-F]{1,8})|\\c(.)|\\(.)|(\\)\Z""",
    re.DOTALL,
)
_BYTE = re.compile(r"\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})")
_ANSI_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HIGHEST_CODE_POINT = 0x10FFFF
_CLOSING = {"(": ")", "{": "}"}


def ansi(text: str) -> str:
    """What the inside of ``$'…'`` stands for."""
    return _ANSI_ESCAPE.sub(_ansi_escape, text)


def _ansi_escape(match: re.Match[str]) -> str:
    octets, short, long, control, letter, _end = match.groups()
    if octets:
        values = [int(x, 16) if x else int(o, 8) & 0xFF for x, o in _BYTE.findall(octets)]
        return bytes(values).decode("utf-8", "surrogateescape")
    if short or long:
        number = int(short or long, 16)
        return chr(number) if number <= _HIGHEST_CODE_POINT else match.group()
    if control:
        return chr(ord(control.upper()) & 0x1F)
    if letter:
        return _ANSI_LETTERS.get(letter, letter if letter in "\\'\"?" else f"\\{letter}")
    return "\\"


def end_of_single(text: str, start: int) -> int:
    """Position after the quote that closes the one before ``start``; the end of the text if it is never closed."""
    end = text.find("'", start)
    return len(text) if end < 0 else end + 1


def end_of_ansi(text: str, start: int) -> int:
    """The same for ``$'``, where a backslash keeps the next character."""
    return _end_of_escaped(text, start, "'")


def end_of_backtick(text: str, start: int) -> int:
    """The same for a backtick."""
    return _end_of_escaped(text, start, "`")


def _end_of_escaped(text: str, start: int, quote: str) -> int:
    position = start
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == quote:
            return position + 1
        else:
            position += 1
    return len(text)


def end_of_bracket(text: str, start: int, opening: str, *, quoted: bool = False) -> int:
    """Position after the bracket that closes the one before ``start``, quotes and nested brackets respected.

    ``quoted``: the bracket stands in double quotes, where a single quote is an ordinary character.
    """
    return _Closing(text, opening, quoted).find(start)


class _Closing:
    """A walk over nested brackets and quotes; what is still open is a stack, so that depth costs no recursion."""

    def __init__(self, text: str, opening: str, quoted: bool) -> None:
        self.text = text
        self.open = [_CLOSING[opening]]
        self.quoted = quoted

    def find(self, start: int) -> int:
        position = start
        while position < len(self.text) and self.open:
            position = self._step(position)
        return min(position, len(self.text))

    def _step(self, position: int) -> int:
        character = self.text[position]
        if character == "\\":
            return position + 2
        if character == self.open[-1]:
            self.open.pop()
            return position + 1
        if character == '"':
            self.open.append('"')
        elif character in "({" and self._opens(position):
            self.open.append(_CLOSING[character])
        elif character == "'" and self._single_quotes():
            ends = end_of_ansi if position and self.text[position - 1] == "$" else end_of_single
            return ends(self.text, position + 1)
        elif character == "`":
            return end_of_backtick(self.text, position + 1)
        elif character == "#" and self._starts_comment(position):
            end = self.text.find("\n", position)
            return len(self.text) if end < 0 else end
        return position + 1

    def _opens(self, position: int) -> bool:
        """A bracket counts behind ``$``, and for ``(`` also where commands are written."""
        after_dollar = position > 0 and self.text[position - 1] == "$"
        return after_dollar or (self.text[position] == "(" and self.open[-1] == ")")

    def _single_quotes(self) -> bool:
        return self.open[-1] == ")" or (self.open[-1] == "}" and not (self.quoted and len(self.open) == 1))

    def _starts_comment(self, position: int) -> bool:
        return self.open[-1] == ")" and position > 0 and self.text[position - 1] in " \t\n;"
