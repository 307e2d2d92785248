"""Small words that many sentences share."""


def counted(number: int, noun: str) -> str:
    """``1 host``, ``2 hosts``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """Text whose control characters are shown, not obeyed: it moves no cursor and ends no line."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
