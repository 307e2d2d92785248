"""Whether an address is this machine."""

import ipaddress
import socket


def is_this_machine(address: str) -> bool:
    """Whether the address is one of this machine's own, so that no ssh is needed. Other loopback addresses are not."""
    if address == "localhost":
        return True
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if number.is_loopback:
        return address in {"127.0.0.1", "::1"}
    family = socket.AF_INET if number.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((address, 0))
    except OSError:
        return False
    return True
