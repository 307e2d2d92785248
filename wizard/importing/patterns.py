"""Shell patterns (``*``, ``?``, ``[…]``) on known texts: matching, and cutting as ``${X%…}`` does. Bounded."""

import fnmatch
import re

MAX_LENGTH = 2000
_MAX_STARS = 6
_SUBSTRING = re.compile(r"\s*(-?\d{1,6})\s*(?::\s*(-?\d{1,6})\s*)?\Z", re.ASCII)


def matches(text: str, pattern: str) -> bool | None:
    """Whether all of a text fits a pattern; None where finding out could take long."""
    compiled = _compiled(text, pattern)
    return None if compiled is None else compiled.match(text) is not None


def is_plain(pattern: str) -> bool:
    """Whether a pattern matches only itself."""
    return not any(character in pattern for character in "*?[")


def edited(text: str, operator: str, operand: str) -> str | None:
    """``${text<operator>operand}``; None for what is not supported."""
    if operator in ("%", "%%", "#", "##"):
        return _cut(text, operator, operand)
    if operator in ("/", "//"):
        return _replaced(text, operator, operand)
    if operator == ":":
        return _substring(text, operand)
    if operator in ("^^", ",,") and not operand:
        return text.upper() if operator == "^^" else text.lower()
    return text if operator == "@" else None


def _compiled(text: str, pattern: str) -> re.Pattern[str] | None:
    if len(text) > MAX_LENGTH or len(pattern) > MAX_LENGTH or pattern.count("*") > _MAX_STARS:
        return None
    try:
        return re.compile(fnmatch.translate(pattern))
    except (re.error, OverflowError):
        return None


def _cut(text: str, operator: str, pattern: str) -> str | None:
    compiled = _compiled(text, pattern)
    if compiled is None:
        return None
    longest = len(operator) > 1
    at_end = operator[0] == "%"
    cuts = range(len(text) + 1)
    for cut in cuts if at_end == longest else reversed(cuts):
        removed, kept = (text[cut:], text[:cut]) if at_end else (text[:cut], text[cut:])
        if compiled.match(removed):
            return kept
    return text


def _replaced(text: str, operator: str, operand: str) -> str | None:
    pattern, _, replacement = operand.partition("/")
    if not pattern or not is_plain(pattern) or pattern[0] in "#%":
        return None
    return text.replace(pattern, replacement, -1 if operator == "//" else 1)


def _substring(text: str, operand: str) -> str | None:
    found = _SUBSTRING.match(operand)
    if not found:
        return None
    start = int(found[1])
    start = max(start + len(text), 0) if start < 0 else start
    if found[2] is None:
        return text[start:]
    length = int(found[2])
    return text[start:length] if length < 0 else text[start : start + length]
