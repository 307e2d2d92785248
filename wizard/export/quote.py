"""Text as bash words: any text in, exactly that one word out.

Owns quoting only. The forms are chosen so that a reader sees plain words plainly and shellcheck has nothing to say:
bare, ``'…'`` where nothing could be taken for an expansion, ``$'…'`` for the rest.
"""

import re
from collections.abc import Iterable

from wizard.errors import UsageError
from wizard.model.flow import Ref, Word

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_PLAIN = re.compile(r"[^'$`\\\x00-\x1f\x7f]*\Z")
_ANSI = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_IN_DOUBLE = re.compile(r'([$`"\\])')


def checked(text: str, what: str = "value") -> str:
    """The text, if a process can be given it at all.

    Raises:
        UsageError: it holds a NUL, which ends an argument, or is not valid Unicode, which no file can hold.
    """
    if "\0" in text:
        raise UsageError(f"the {what} {text!r} holds a NUL character, which no command line can carry", "remove it")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"the {what} {text!r} is not valid UTF-8", "use a name that is") from None
    return text


def quote(text: str) -> str:
    """One bash word that stands for exactly ``text``.

    Raises:
        UsageError: the text holds a NUL or is not valid Unicode.
    """
    if _BARE.match(checked(text)):
        return text
    if _PLAIN.match(text):
        return f"'{text}'"
    return "$'" + "".join(_ANSI.get(char) or _escaped(char) for char in text) + "'"


def _escaped(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x20 or ord(char) == 0x7F else char


def join(words: Iterable[str]) -> str:
    """A command line that bash splits into exactly these words."""
    return " ".join(quote(word) for word in words)


def word(parts: Word) -> str:
    """A word of the flow: literal text is quoted, references become ``"${NAME}"`` inside double quotes."""
    if all(isinstance(part, str) for part in parts):
        return quote("".join(part for part in parts if isinstance(part, str)))
    text = "".join(_braced(part.name) if isinstance(part, Ref) else _in_double(part) for part in parts)
    if len(parts) == 1 and isinstance(parts[0], Ref):
        return f'"${parts[0].name}"'
    return f'"{text}"'


def _braced(name: str) -> str:
    return "${" + name + "}"


def _in_double(text: str) -> str:
    return _IN_DOUBLE.sub(r"\\\1", checked(text))
