"""Names people type: what they may look like, and which known one was probably meant."""

import re
from collections.abc import Iterable

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ADDRESS = re.compile(r"(?![-.])[A-Za-z0-9_.:%-]+\Z")
"""An IPv4 or IPv6 address, or a host name the other hosts can resolve."""
INTERFACE = re.compile(r"(?!-)[A-Za-z0-9_.:@,^=-]+\Z")
"""A network interface, or a list of them as HCCL takes it."""


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    import difflib  # only where something was misspelt

    found = difflib.get_close_matches(text, list(known), n=1, cutoff=0.5)
    return found[0] if found else None
