"""Small words that many sentences share, and what in a text a terminal would act on."""

ACTING = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""What must not reach a terminal besides the first 32 characters, as a regular expression has it: what it acts on, what
turns the text after it around, and bytes of a name that are no UTF-8."""


def counted(number: int, noun: str) -> str:
    """``1 host``, ``2 hosts``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """Text whose control characters are shown, not obeyed: it moves no cursor and ends no line."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
