"""Names people type: what they may look like, and which known one was probably meant."""

import re
from collections.abc import Iterable

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ADDRESS = re.compile(r"(?![-.])[A-Za-z0-9_.:%-]+\Z")
"""An IPv4 or IPv6 address, or a host name the other hosts can resolve."""
INTERFACE = re.compile(r"(?!-)[A-Za-z0-9_.:@,^=-]+\Z")
"""A network interface, or a list of them as HCCL takes it."""


_NEGATIVE_NUMBER = re.compile(r"-\d+\Z|-\d*\.\d+\Z")


def looks_like_option(value: str) -> bool:
    """Whether argparse would take this value of an option for another option, and so end with an error.

    Its own rule: a leading dash, unless it is a lone dash, a negative number, or a text with spaces and no ``=``.
    """
    if not value.startswith("-") or value == "-" or _NEGATIVE_NUMBER.match(value):
        return False
    return " " not in value or "=" in value


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    import difflib  # only where something was misspelt

    found = difflib.get_close_matches(text, list(known), n=1, cutoff=0.5)
    return found[0] if found else None
