"""Texts that stand for a value nobody has filled in: ``<your node1 ip>``, ``/path/to/model``, ``{{HOST_IP}}``."""

import re

_PLACEHOLDER = re.compile(
    r"<[^<>]*>|\{\{.*?\}\}|\A\$\{?\w+\}?\Z|\.\.\.\Z|\bchange[-_ ]?me\b|\bto[-_ ]?do\b"
    r"|\byour[-_ ]?(?:\w+[-_ ])?"
    r"(?:models?|weights|path|ip|host|hostname|node|address|prefill|decode|router|nic|interface)\b",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?:\A|/)path/to(?:/|\Z)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:\A|\.)[xX]{1,3}(?:\.|\Z)")
LOOPBACK = frozenset(["127.0.0.1", "localhost", "::1"])
NOT_SPECIFIC = LOOPBACK | {"0.0.0.0", "::", "*"}  # noqa: S104 - recognised, not bound
"""Addresses that name no machine for the others."""


def is_placeholder(text: str) -> bool:
    """Whether a text is a placeholder, or empty."""
    return not text.strip() or bool(_PLACEHOLDER.search(text))


def is_unfilled_path(text: str) -> bool:
    """The same for a path."""
    return is_placeholder(text) or bool(_PATH.search(text))


def is_unfilled_address(text: str) -> bool:
    """The same for an address."""
    return is_placeholder(text) or bool(_ADDRESS.search(text))


def is_specific(address: str) -> bool:
    """Whether an address names one machine for the others."""
    return not is_unfilled_address(address) and address not in NOT_SPECIFIC


def split_port(text: str) -> tuple[str, int | None]:
    """``10.0.0.1:5000`` → address and port; the port is None where there is none. IPv6 brackets are taken off."""
    address, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()):
        return text.strip("[]"), None
    return address.strip("[]"), int(port[:6])
