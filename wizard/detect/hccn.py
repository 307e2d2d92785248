"""``hccn_tool``: the network port of every die, which matters as soon as hosts talk to one another. Pure."""

import re

from wizard.detect.cells import integer
from wizard.detect.sections import Sections
from wizard.model.hardware import RocePort

_SECTION = re.compile(r"hccn-([0-9]{1,4})")
_LINK = re.compile(r"^[ \t]*link status[ \t]*:[ \t]*(\S+)", re.MULTILINE)
_ADDRESS = re.compile(r"^[ \t]*ipaddr[ \t]*:[ \t]*(\S+)", re.MULTILINE)
_MASK = re.compile(r"^[ \t]*netmask[ \t]*:[ \t]*(\S+)", re.MULTILINE)
_HEALTH = re.compile(r"^[ \t]*net health status[ \t]*:[ \t]*(\S.*?)\s*$", re.MULTILINE)
_TLS = re.compile(r"\btls switch\[([0-9])\]")
_GATEWAY = re.compile(r"^[ \t]*default gateway[ \t]*:[ \t]*([0-9a-fA-F.:]+)", re.MULTILINE)
_NETDETECT = re.compile(r"^[ \t]*netdetect address[ \t]*:[ \t]*([0-9a-fA-F.:]+)", re.MULTILINE)
_VNIC = re.compile(r"^[ \t]*vnic ipaddr[ \t]*:[ \t]*(\S+)", re.MULTILINE)
_NEIGHBOUR = re.compile(r"^[ \t]*Ifname[ \t]*:[ \t]*(\S+)", re.MULTILINE)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None


def ports(sections: Sections) -> tuple[RocePort, ...] | None:
    """The ports of all dies asked, by number; None when the tool is not there or no die is."""
    found = {int(match[1]): text.output for name, text in sections.items() if (match := _SECTION.fullmatch(name))}
    return tuple(_port(number, found[number]) for number in sorted(found)) if found else None


def _port(number: int, text: str) -> RocePort:
    return RocePort(
        device=number,
        link=_found(_LINK, text),
        address=_found(_ADDRESS, text),
        netmask=_found(_MASK, text),
        health=_found(_HEALTH, text),
        tls=integer(_found(_TLS, text)),
        gateway=_found(_GATEWAY, text),
        netdetect=_found(_NETDETECT, text),
        vnic_address=_found(_VNIC, text),
        neighbour=_found(_NEIGHBOUR, text),
    )
