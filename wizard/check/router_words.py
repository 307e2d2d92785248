"""Words that the router takes apart before it starts: addresses of servers, keys, roles, selectors.

Source: sglang-router 0.3.2, ``sglang_router/router_args.py`` and the URL check of its compiled core.
"""

import re
from collections.abc import Callable

from wizard.check.launch import Launch

SCHEMES = ("http://", "https://", "grpc://")
HIGHEST = 65535
_ROLES = ("admin", "user")
_FORBIDDEN = frozenset(" #/:<>?@[\\]^|")
"""Characters that no host name in a URL holds."""
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMERIC = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")
_PARTS = 4


def url_problem(text: str) -> str:
    """Why the router cannot use an address of a server; empty where it can."""
    scheme = next((scheme for scheme in SCHEMES if text.startswith(scheme)), "")
    if not scheme:
        return "must begin with http://, https:// or grpc://"
    rest = text[len(scheme) :].rstrip()
    if scheme != "grpc://":
        rest = rest.lstrip("/\\").replace("\\", "/")
    authority = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        host, closed, port = authority[1:].partition("]")
        return _address_problem(host, 6) if closed else "has an IPv6 address without its closing bracket"
    host, _, port = authority.partition(":")
    if port and not (port.isascii() and port.isdigit() and int(port) <= HIGHEST):
        return f"has the port `{port}`, which is none"
    return _host_problem(host, checked=scheme != "grpc://")


def _host_problem(host: str, *, checked: bool) -> str:
    if not host:
        return "names no host"
    strange = next((letter for letter in host if letter in _FORBIDDEN), "") or ("%" if _ESCAPE.search(host) else "")
    if strange:
        return f"has `{strange}` in the name of its host"
    last = host.rstrip(".").rpartition(".")[2]
    return _address_problem(host, 4) if checked and _NUMERIC.fullmatch(last) else ""


def _address_problem(host: str, version: int) -> str:
    import ipaddress  # only where an address is looked into

    if version == 6:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return f"has `{host}`, which is no IPv6 address"
        return ""
    parts = host.rstrip(".").split(".")
    numbers = [_number(part) for part in parts]
    limits = [256] * (len(parts) - 1) + [256 ** max(_PARTS + 1 - len(parts), 0)]
    fits = len(parts) <= _PARTS and all(
        number is not None and number < limit for number, limit in zip(numbers, limits, strict=True)
    )
    return "" if fits else f"has `{host}`, which is no IPv4 address"


def _number(part: str) -> int | None:
    """A part of an IPv4 address as URLs have it: decimal, octal behind 0, hexadecimal behind 0x."""
    if part[:2] in ("0x", "0X"):
        base, digits = 16, part[2:] or "0"
    else:
        base, digits = (8, part) if len(part) > 1 and part.startswith("0") else (10, part)
    try:
        return int(digits, base)
    except ValueError:
        return None


def _key(word: str) -> str:
    parts = word.split(":", 3)
    if len(parts) < _PARTS:
        return "is not `id:name:role:key`"
    return "" if parts[2].lower() in _ROLES else f"has the role `{parts[2]}`, but there are admin and user"


def _mapping(word: str) -> str:
    name, equals, role = word.partition("=")
    if not equals:
        return "is not `role=admin` or `role=user`"
    return "" if role.lower() in _ROLES else f"makes `{name}` a `{role}`, but there are admin and user"


FORMATS: dict[str, tuple[Callable[[str], str], bool]] = {
    "control-plane-api-keys": (_key, True),
    "jwt-role-mapping": (_mapping, False),
}
"""Option → what is wrong with one of its words, and whether the word must not be shown."""


def format_problem(launch: Launch, option: str) -> str:
    """What is wrong with the first word of an option that the router cannot take apart."""
    problem, secret = FORMATS[option]
    words = launch.words(option) if launch.given(option) else ()
    return next((f"{'a word' if secret else f'`{word}`'} {said}" for word in words if (said := problem(word))), "")


def selects(launch: Launch, option: str) -> bool:
    """Whether an option holds a selector: words without ``=`` are left out."""
    return any("=" in part for word in launch.words(option) for part in word.split(" ")) and launch.given(option)
