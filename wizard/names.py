"""Names people type: what they may look like, and which known one was probably meant."""

import re
from collections.abc import Iterable
from typing import NamedTuple

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ADDRESS = re.compile(r"(?![-.])[A-Za-z0-9_.:%-]+\Z")
"""An IPv4 or IPv6 address, or a host name the other hosts can resolve."""
INTERFACE = re.compile(r"(?!-)[A-Za-z0-9_.:@,^=-]+\Z")
"""A network interface, or a list of them as HCCL takes it."""

_FOUR_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+){3}\Z")

_SSH_TARGET = re.compile(
    r"""(?:ssh://)? (?P<user>(?![-.])[A-Za-z0-9_.-]+@)?
    (?: (?P<six>(?:[^:@\[\]/]*:){2,}[^:@\[\]/]*)
      | (?:\[(?P<boxed>[^@\[\]/]*:[^@\[\]/]*)\]|(?P<host>[^:@\[\]/]+)) (?: :(?P<port>[0-9]{1,5}))? )\Z""",
    re.VERBOSE,
)


class HostName(NamedTuple):
    """A host as an operator names it."""

    address: str
    """By which the other hosts reach it."""
    ssh: str = ""
    """What ssh is to be told, where that is more than the address."""

    def __str__(self) -> str:
        return self.ssh.removeprefix("ssh://") or self.address


def host_name(text: str) -> HostName | None:
    """``HOST``, ``USER@HOST``, ``HOST:PORT``, ``USER@[IPv6]:PORT``: its parts, or None when it is none of them."""
    found = _SSH_TARGET.match(text)
    if found is None:
        return None
    address, user, port = found["six"] or found["boxed"] or found["host"], found["user"] or "", found["port"]
    if not ADDRESS.match(address) or (port and not 0 < int(port) < 65536):
        return None
    if _FOUR_NUMBERS.match(address) and any(int(number) > 255 for number in address.split(".")):
        return None
    if port:
        shown = f"[{address}]" if found["boxed"] else address
        return HostName(address, f"ssh://{user}{shown}:{port}")
    return HostName(address, f"{user}{address}" if user else "")


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
