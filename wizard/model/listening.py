"""Which addresses a port is listened on, and whether two listeners on one port stand in each other's way. Pure."""

import ipaddress


def from_kernel(text: str) -> str:
    """The address that ``/proc/net/tcp`` and ``tcp6`` spell as 32-bit words in the machine's byte order, little-endian.

    Raises:
        ValueError: it is no address.
    """
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def only_address(host: str) -> str:
    """The one address that ``--host`` makes a server listen on; empty for every address, or for a name."""
    try:
        return "" if ipaddress.ip_address(host).is_unspecified else host
    except ValueError:
        return ""


def collide(taken: str, bind: str) -> bool:
    """Whether nobody can listen at ``bind`` while somebody does at ``taken``, on the same port.

    Args:
        taken: an address.
        bind: an address; empty: every address.
    """
    there = ipaddress.ip_address(taken)
    return there.is_unspecified or not bind or there == ipaddress.ip_address(bind)
