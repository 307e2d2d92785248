"""Texts without what is nobody else's business: keys, tokens, user names, addresses, host names.

Owns what is replaced and by what. The same thing is replaced by the same everywhere, so that logs of several hosts
still fit together; times, numbers and versions stay. Pure.
"""

import ipaddress
import re
from collections.abc import Iterable

SECRET = "<secret>"  # noqa: S105 (stands in place of one)
_ENDS = "(?:api|access|secret|private|auth)[_-]?key|secret|token|passw(?:or)?d|passphrase|credential"
SECRET_NAMES = rf"[\w.-]*(?:{_ENDS})s?"
"""How variables and options that hold a secret are called."""
_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"(?i:\b(?:bearer|basic) )(?P<keep>)[\w.~+/=-]{6,}"),
    re.compile(
        # options of SGLang are called hf_ too, in small letters
        r"\b(?:sk|pk|rk)-[\w-]{8,}|\bhf[_-](?=[\w-]*[A-Z\d])[\w-]{8,}|\b(?:ghp|gho|ghs|glpat|xox[bap])[_-][\w-]{8,}"
        r"|\bA(?:KIA|SIA)[0-9A-Z]{12,}"
    ),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*"),
)
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>(?<![\w.-])(?:--{SECRET_NAMES}\s+(?=[^\s-])|(?:--)?{SECRET_NAMES}['\"]?\s*[=:]\s*))"
    r"(?P<value>(?P<quote>\\*['\"])[^\n]*?(?P=quote)|[^\s,;'\")}\][{]+)"
)
_NO_SECRET = re.compile(r"(?i)['\"]?(?:none|null|true|false|auto|unset|env:\w+|\$\{?\w+.*|<[\w ]+>|)['\"]?")
"""Values that give nothing away: names of variables."""
_COUNTED = re.compile(r"(?i)#?[\w.-]*tokens?['\"]?\s*[=:]?\s*")
"""`token` and `tokens` count in these logs; only a long word behind them is a secret."""
# a megabyte without a blank, such as a picture in a request, must not be gone through from each of its letters
_SCHEME = r"(?P<scheme>[a-zA-Z][\w+.-]{0,20}://)"
_LOGIN = re.compile(rf"{_SCHEME}(?P<login>[^\s/@'\"]+)@")
_URL_HOST = re.compile(rf"{_SCHEME}(?P<host>[A-Za-z0-9](?:[\w-]*\w)?(?:\.[A-Za-z0-9](?:[\w-]*\w)?)*)")
_MAIL = re.compile(r"\b(?P<user>[\w.+-]{1,64})@(?P<host>[A-Za-z][\w-]*(?:\.[\w-]+)*)")
_HOME = re.compile(r"(?P<folder>/(?:home|Users|data/home|export/home)/)(?P<user>[^/\s'\":,;)\]]+)")
_V4 = re.compile(r"(?<![\w.])(?P<ip>(?:\d{1,3}\.){3}\d{1,3})(?![\w.]*\d\.)")
_VERSION = re.compile(r"(?i)version[\w\"']*\s*[:=|]?\s*[\"']?\Z")
_V6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_MAC = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\w:])")
_PUBLIC = {"huggingface.co", "github.com", "quay.io", "docker.io", "modelscope.cn", "docs.sglang.io", "localhost"}
_USERS_KEPT = {"root", "git"}
_LEAST = 3
"""Names shorter than that are no names: they would be found in every word."""


class Redaction:
    """Replaces, and remembers by what.

    Args:
        users: names of users that are known.
        hosts: names and addresses of hosts that are known.
        secrets: values that must not be seen anywhere.
    """

    def __init__(self, users: Iterable[str] = (), hosts: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._given: dict[str, dict[str, str]] = {"user": {}, "host": {}, "IPv4": {}, "IPv6": {}, "MAC": {}}
        self._count = 0
        self._secrets = sorted({text for text in secrets if len(text) > _LEAST}, key=len, reverse=True)
        self._users = _known(name for name in users if name not in _USERS_KEPT)
        self._hosts = _known(name for name in hosts if not _address(name) and name.lower() not in _PUBLIC)

    @property
    def counts(self) -> dict[str, int]:
        """How many different things of each kind were replaced; of secrets, how often."""
        return {"secret": self._count, **{kind: len(names) for kind, names in self._given.items()}}

    def text(self, text: str) -> str:
        """The text without them."""
        for secret in self._secrets:
            self._count += text.count(secret)
            text = text.replace(secret, SECRET)
        for pattern in _SECRETS:
            text = pattern.sub(self._secret, text)
        text = _LOGIN.sub(lambda found: f"{found['scheme']}{self._hidden()}@", text)
        text = _ASSIGNED.sub(self._assigned, text)
        text = _MAC.sub(lambda found: self._named("MAC", found[0].lower()), text)
        text = _V6.sub(self._v6, text)
        text = _V4.sub(self._v4, text)
        text = _MAIL.sub(lambda found: f"{self._user(found['user'])}@{self._host(found['host'])}", text)
        text = _URL_HOST.sub(lambda found: found["scheme"] + self._host(found["host"]), text)
        text = _HOME.sub(lambda found: found["folder"] + self._user(found["user"]), text)
        if self._hosts:
            text = self._hosts.sub(lambda found: self._named("host", found[0]), text)
        return self._users.sub(lambda found: self._named("user", found[0]), text) if self._users else text

    def _hidden(self) -> str:
        self._count += 1
        return SECRET

    def _secret(self, found: re.Match[str]) -> str:
        if "keep" in found.groupdict():
            return found[0][: found.start("keep") - found.start()] + self._hidden()
        return self._hidden()

    def _assigned(self, found: re.Match[str]) -> str:
        value = found["value"]
        if SECRET in value or _NO_SECRET.fullmatch(value):
            return found[0]
        if _COUNTED.fullmatch(found["name"]) and len(value.strip("'\"")) < 12:
            return found[0]
        quote = found["quote"] or ""
        return f"{found['name']}{quote}{self._hidden()}{quote}"

    def _v4(self, found: re.Match[str]) -> str:
        text = found["ip"]
        address = _address(text)
        if address is None or address.is_loopback or address.is_unspecified or text.startswith(("255.", "0.")):
            return text
        is_version = _VERSION.search(found.string[max(found.start() - 40, 0) : found.start()])
        return text if is_version else self._named("IPv4", text)

    def _v6(self, found: re.Match[str]) -> str:
        address = _address(found[0])
        if address is None or address.is_loopback or address.is_unspecified or not re.search(r"\d", found[0]):
            return found[0]
        return self._named("IPv6", str(address))

    def _host(self, name: str) -> str:
        is_kept = name.lower() in _PUBLIC or _address(name) is not None or name in self._given["host"].values()
        return name if is_kept or len(name) < _LEAST else self._named("host", name)

    def _user(self, name: str) -> str:
        return name if name in _USERS_KEPT or name in self._given["user"].values() else self._named("user", name)

    def _named(self, kind: str, name: str) -> str:
        given = self._given[kind]
        if name in given.values():
            return name
        return given.setdefault(name, _replacement(kind, len(given) + 1))


def _replacement(kind: str, number: int) -> str:
    """An address that no machine has (documentation ranges), or a number."""
    if kind == "IPv4":
        return f"{('192.0.2', '198.51.100', '203.0.113')[(number - 1) // 254 % 3]}.{(number - 1) % 254 + 1}"
    if kind == "IPv6":
        return f"2001:db8::{number:x}"
    return f"02:00:00:00:{number // 256 % 256:02x}:{number % 256:02x}" if kind == "MAC" else f"{kind}{number}"


def _known(names: Iterable[str]) -> re.Pattern[str] | None:
    words = sorted({name for name in names if len(name) >= _LEAST}, key=len, reverse=True)
    return re.compile(rf"(?<![\w]){'(?:' + '|'.join(map(re.escape, words)) + ')'}(?![\w])") if words else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
