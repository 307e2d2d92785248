"""Hosts out of whatever an operator pastes: a list, an ``/etc/hosts``, an inventory, an MPI host file. Pure.

One host a line or several with commas and blanks between; comments, section headings, slot counts and the names behind
an address are left out. An ssh target keeps its user and its port.
"""

import re
from typing import NamedTuple

from wizard.names import host_name

_INVENTORY = re.compile(r"\bansible_host=(\S+)")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_NUMBERED = re.compile(r"(?P<host>[^:]+):(?P<number>\d{1,5})\Z")
_MOST_SLOTS = 64
"""A number behind a host is a count of slots up to this, as in MPI host files; a larger one, or 22, is a port."""


class Listed(NamedTuple):
    """What a text names."""

    addresses: tuple[str, ...]
    wrong: tuple[str, ...]
    """Words that can be no host, each once."""


def listed(text: str) -> Listed:
    """The hosts that a text names, each once, in order."""
    found: list[str] = []
    wrong: list[str] = []
    for line in text.splitlines():
        for word in _words(line.partition("#")[0].strip()):
            (found if host_name(word) else wrong).append(word)
    return Listed(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(wrong)))


def _words(line: str) -> list[str]:
    if not line or (line.startswith("[") and line.endswith("]")):
        return []
    inventory = _INVENTORY.search(line)
    if inventory:
        return [inventory[1]]
    parts = [_bare(part) for part in re.split(r"[\s,;]+", line) if part and "=" not in part]
    first = parts[0] if parts else ""
    names_follow = _NUMBER.match(first) and not any(_NUMBER.match(part) for part in parts[1:]) and "," not in line
    return [first] if names_follow else parts


def _bare(word: str) -> str:
    """Without the slot count of a host file; an IPv6 address keeps its colons, an ssh target its port."""
    found = _NUMBERED.match(word)
    is_port = found is not None and ("@" in word or int(found["number"]) == 22 or int(found["number"]) > _MOST_SLOTS)
    return word if found is None or is_port else found["host"]
