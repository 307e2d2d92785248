"""Several servers together: prefill and decode that do not match, hosts that cannot find each other, open doors."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from wizard.check.facts import Facts
from wizard.check.report import fix, with_way
from wizard.check.resolved import Server
from wizard.model.finding import Finding, Severity
from wizard.model.selection import RoleName

TRANSFER = "SGLang 0.5.13.post1 and 0.5.23, srt/disaggregation/common/conn.py"
_LOOPBACK = ("127.", "localhost", "::1")
_EVERYWHERE = ("0.0.0.0", "::", "[::]")  # noqa: S104 - recognised, not bound


class Pair(NamedTuple):
    """A setting that prefill and decode must have in common."""

    code: str
    option: str
    value: Callable[[Server], int | str | None]
    why: str


PAIRS = (
    Pair(
        "topology.pd-name",
        "served-model-name",
        lambda s: s.launch.text("served-model-name"),
        "the router offers one model under one name",
    ),
    Pair(
        "topology.pd-weights",
        "quantization",
        lambda s: s.launch.text("quantization"),
        "both must read the same weights the same way",
    ),
    Pair("topology.pd-dtype", "dtype", lambda s: s.launch.text("dtype") or "auto", "the cache is moved as it is"),
    Pair("topology.pd-page", "page-size", lambda s: s.page, "pages are moved as they are"),
    Pair(
        "topology.pd-cache-type",
        "kv-cache-dtype",
        lambda s: s.launch.text("kv-cache-dtype") or "auto",
        "the cache is moved as it is",
    ),
    Pair(
        "topology.pd-transfer", "disaggregation-transfer-backend", lambda s: s.transfer, "both ends speak one protocol"
    ),
)


def _roles(facts: Facts) -> tuple[Server, Server] | None:
    found = {server.launch.name: server for server in facts.servers}
    prefill, decode = found.get(RoleName.PREFILL), found.get(RoleName.DECODE)
    return (prefill, decode) if prefill is not None and decode is not None else None


def unlike(facts: Facts) -> Iterator[Finding]:
    """``topology.pd-…``: prefill and decode servers that would not understand each other."""
    roles = _roles(facts)
    if roles is None:
        return
    prefill, decode = roles
    for pair in PAIRS:
        ours, theirs = pair.value(prefill), pair.value(decode)
        if ours != theirs:
            given = prefill.launch.options.get(pair.option, ours)
            way = fix(decode.launch, {pair.option: given}, f"give decode the {pair.option} of prefill")
            yield with_way(
                pair.code,
                Severity.ERROR,
                f"--{pair.option} is {ours} on prefill and {theirs} on decode: {pair.why}",
                (pair.option,),
                TRANSFER,
                way,
            )


def layout(facts: Facts) -> Iterator[Finding]:
    """``topology.pd-layout``: sizes of decode that cannot receive what prefill sends."""
    roles = _roles(facts)
    if roles is None:
        return
    prefill, decode = roles
    wrong = []
    if decode.cp != 1:
        wrong.append(("attn-cp-size", decode.cp, "must be 1"))
    if decode.pp not in (1, prefill.pp):
        wrong.append(("pp-size", decode.pp, f"must be 1 or that of prefill ({prefill.pp})"))
    for option, value, what in wrong:
        way = fix(decode.launch, {option: None})
        message = f"--{option} {value} on decode {what}"
        yield with_way("topology.pd-layout", Severity.ERROR, message, (option,), TRANSFER, way)


def addresses(facts: Facts) -> Iterator[Finding]:
    """``topology.address-twice``, ``topology.address-loopback``: hosts that cannot work together."""
    hosts = [host for host in facts.selection.hosts if host.address and host.role != RoleName.ROUTER]
    seen: dict[tuple[str, int, str], int] = {}
    for host in hosts:
        key = (host.role.value, host.instance, host.address)
        if key in seen:
            message = f"rank {seen[key]} and rank {host.rank} of one {host.role.value} have the address {host.address}"
            hint = "give each rank a host of its own with `--hosts`"
            yield Finding("topology.address-twice", Severity.ERROR, message, hint, (), (host.address,), "arithmetic")
        seen.setdefault(key, host.rank)
    several = len({host.address for host in hosts}) > 1
    for host in hosts if several else ():
        if host.address.startswith(_LOOPBACK):
            message = f"{host.address} means each host itself, but {len(hosts)} servers must reach each other"
            hint = "give the address that the other hosts use"
            yield Finding("topology.address-loopback", Severity.ERROR, message, hint, (), (host.address,), "arithmetic")


def open_door(facts: Facts) -> Iterator[Finding]:
    """``security.open``: everybody who can reach the host may use the model."""
    for launch in facts.launches:
        if launch.text("host") not in _EVERYWHERE or launch.given("api-key"):
            continue
        message = f"--host {launch.text('host')} listens on all addresses, and no key is asked for{launch.where}"
        way = fix(launch, {"api-key": "env:API_KEY"}, "ask for a key from the variable API_KEY")
        yield with_way(
            "security.open", Severity.WARNING, message, ("host", "api-key"), "SGLang, srt/utils/auth.py", way
        )


RULES = (unlike, layout, addresses, open_door)
