"""What a regular expression holds literally: the plain text that stands in everything it matches."""

import re

_TOKEN = re.compile(
    r"(?P<literal>\\[^a-zA-Z0-9]|[^\\\[().^$|*?+{])|(?P<open>\()|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<many>[*?+]|\{[\d,]+\})|(?P<other>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)"
)


def runs(pattern: str) -> list[list[str]]:
    """What every match holds literally, for each of the pattern's alternatives."""
    alternatives, depth = [[""]], 0
    for token in _TOKEN.finditer(pattern):
        kind, text, pieces = token.lastgroup, token[0], alternatives[-1]
        depth += (kind == "open") - (kind == "close")
        if depth or kind == "close":
            pieces.append("")
        elif kind == "bar":
            alternatives.append([""])
        elif kind == "literal":
            pieces[-1] += text[-1]
        elif kind == "many" and text[0] != "+":
            pieces[-1:] = [pieces[-1][:-1], ""]
        else:
            pieces.append("")
    return alternatives
