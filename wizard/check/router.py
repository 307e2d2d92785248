"""What the router refuses, by its own parser and by the configuration check of its compiled core.

Source: sglang-router 0.3.2, ``sglang_router/router_args.py`` and the core's own messages.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wizard.check.facts import Facts
from wizard.check.launch import Launch, words_of
from wizard.check.report import Change, fix
from wizard.model.finding import Finding, Severity
from wizard.model.selection import AUTO, RoleName

_SOURCE = "sglang-router 0.3.2, its own configuration check"
_HIGHEST = 65535
_BOOTSTRAP = 8998
_SCHEMES = ("http://", "https://", "grpc://")


class Bound(NamedTuple):
    """The numbers that the router takes for an option."""

    option: str
    lowest: float
    highest: float | None = None
    applies: str = ""
    """A policy that must be in use for the number to be looked at."""


BOUNDS = (
    Bound("port", 1, _HIGHEST),
    Bound("prometheus-port", 1, _HIGHEST),
    Bound("cache-threshold", 0, 1, "cache_aware"),
    Bound("balance-rel-threshold", 1, None, "cache_aware"),
    Bound("eviction-interval", 1, None, "cache_aware"),
    Bound("eviction-interval-secs", 1, None, "cache_aware"),
    Bound("max-tree-size", 1, None, "cache_aware"),
    Bound("balance-abs-threshold", 0),
    Bound("request-timeout-secs", 1),
    Bound("worker-startup-timeout-secs", 1),
    Bound("worker-startup-check-interval", 1),
    Bound("queue-timeout-secs", 1),
    Bound("queue-size", 0),
    Bound("retry-max-retries", 1),
    Bound("retry-backoff-multiplier", 1),
    Bound("retry-jitter-factor", 0, 1),
    Bound("retry-initial-backoff-ms", 1),
    Bound("retry-max-backoff-ms", 1),
    Bound("cb-failure-threshold", 1),
    Bound("cb-success-threshold", 1),
    Bound("cb-timeout-duration-secs", 1),
    Bound("cb-window-duration-secs", 1),
    Bound("max-payload-size", 1),
)


def _router(facts: Facts) -> Launch | None:
    return next((launch for launch in facts.launches if launch.name == RoleName.ROUTER), None)


def _plain(launch: Launch) -> bool:
    """Whether the compiled core runs; the small load balancer in Python looks at nothing."""
    return not launch.on("mini-lb")


def _policies(launch: Launch) -> set[str]:
    names = ("policy", "prefill-policy", "decode-policy") if launch.on("pd-disaggregation") else ("policy",)
    return {policy for name in names if (policy := launch.text(name))}


def _finding(
    launch: Launch, code: str, message: str, options: tuple[str, ...], ways: tuple[Change, ...] = ()
) -> Finding:
    fixes = tuple(fix(launch, way) for way in ways)
    hint = "; or ".join(way.label for way in fixes) or "see `--explain " + code + "`"
    return Finding(code, Severity.ERROR, f"{message} (router)", hint, options, (), _SOURCE, fixes)


def bounds(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-number``: a number that the router refuses."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    for bound in BOUNDS:
        number = launch.fraction(bound.option) if launch.given(bound.option) else None
        if number is None or (bound.applies and bound.applies not in _policies(launch)):
            continue
        if bound.option == "queue-timeout-secs" and launch.number("queue-size") == 0:
            continue
        if number < bound.lowest or (bound.highest is not None and number > bound.highest):
            limit = f"at least {bound.lowest:g}" + (f" and at most {bound.highest:g}" if bound.highest else "")
            message = f"--{bound.option} must be {limit}, not {number:g}"
            yield _finding(launch, "sglang.router-number", message, (bound.option,), ({bound.option: None},))


def backoff(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-backoff``: the longest wait between tries is shorter than the first."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    first, longest = launch.number("retry-initial-backoff-ms"), launch.number("retry-max-backoff-ms")
    if first is not None and longest is not None and 0 < longest < first:
        ways: tuple[Change, ...] = ({"retry-initial-backoff-ms": None, "retry-max-backoff-ms": None},)
        message = f"--retry-max-backoff-ms {longest} is below --retry-initial-backoff-ms {first}"
        yield _finding(
            launch, "sglang.router-backoff", message, ("retry-initial-backoff-ms", "retry-max-backoff-ms"), ways
        )


def ports(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-port-same``: requests and metrics would be served on one port."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    port, metrics = launch.number("port") or 30000, launch.number("prometheus-port") or 29000
    if port == metrics:
        yield _finding(
            launch,
            "sglang.router-port-same",
            f"requests and metrics would both be served on port {port}",
            ("port", "prometheus-port"),
            ({"prometheus-port": 29001 if port != 29001 else 29000},),
        )


def listening(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-host``: the router listens on an IP address, not on a name."""
    launch = _router(facts)
    host = launch.text("host") if launch is not None and launch.given("host") else None
    if launch is None or not host or host == AUTO or not _plain(launch) or _is_listening_address(host):
        return
    message = f"--host {host} is no IPv4 address to listen on" if ":" not in host else f"--host {host} needs brackets"
    ways: tuple[Change, ...] = (({"host": f"[{host}]"},) if ":" in host else ()) + ({"host": "0.0.0.0"},)  # noqa: S104
    yield _finding(launch, "sglang.router-host", message, ("host",), ways)


def _is_listening_address(host: str) -> bool:
    import ipaddress  # only where an address is given

    try:
        if host.startswith("["):
            return host.endswith("]") and bool(ipaddress.IPv6Address(host[1:-1]))
        return bool(ipaddress.IPv4Address(host))
    except ValueError:
        return False


def _servers(launch: Launch, role: str) -> list[tuple[str, ...]]:
    """The words of each ``--prefill`` or ``--decode``: an address, then perhaps a port."""
    value = launch.options.get(role)
    words = () if value is None or value == AUTO else words_of(value)
    found: list[tuple[str, ...]] = []
    for word in words:
        if "://" in word or "." in word or not found or (found and word.count(":") == 1):
            found.append((word,))
        else:
            found[-1] = (*found[-1], word)
    return found


def _counted(launch: Launch, role: str) -> int:
    value = launch.options.get(role)
    return launch.facts.selection.role(role).instances if value == AUTO else len(_servers(launch, role))


def addresses(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-url``: a server's address that the router cannot use."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    disaggregated = launch.on("pd-disaggregation")
    roles = (RoleName.PREFILL, RoleName.DECODE) if disaggregated else ()
    for role in roles:
        for words in _servers(launch, role):
            if not words[0].startswith(_SCHEMES):
                message = f"--{role.value} {words[0]} must begin with http://, https:// or grpc://"
                ways = _with(launch, role, words, "http")
                yield _finding(launch, "sglang.router-url", message, (role.value,), ways)
    for word in () if disaggregated else launch.words("worker-urls"):
        if not word.startswith(_SCHEMES):
            message = f"--worker-urls {word} must begin with http://, https:// or grpc://"
            yield _finding(launch, "sglang.router-url", message, ("worker-urls",), ({"worker-urls": None},))


def bootstrap(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-bootstrap``: the bootstrap port behind a prefill server is no port."""
    launch = _router(facts)
    if launch is None:
        return
    for words in _servers(launch, RoleName.PREFILL):
        if len(words) > 1 and not _is_bootstrap(words[1], strict=launch.on("pd-disaggregation")):
            message = f"--prefill {' '.join(words)}: `{words[1]}` is neither a port nor none"
            ways = _with(launch, RoleName.PREFILL, words, "port")
            yield _finding(launch, "sglang.router-bootstrap", message, ("prefill",), ways)


def _with(launch: Launch, role: RoleName, words: tuple[str, ...], what: str) -> tuple[Change, ...]:
    """The one server of a role with a scheme in front, or with the default bootstrap port behind."""
    if len(_servers(launch, role)) > 1:
        return ()
    return ({role.value: (f"http://{words[0]}", *words[1:]) if what == "http" else (words[0], _BOOTSTRAP)},)


def _is_bootstrap(word: str, *, strict: bool) -> bool:
    if word.lower() == "none":
        return True
    try:
        port = int(word)
    except ValueError:
        return False
    return (1 if strict else 0) <= port <= _HIGHEST


def small(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-mini``: the small load balancer needs servers of both kinds."""
    launch = _router(facts)
    if launch is None or not launch.on("mini-lb"):
        return
    if not launch.on("pd-disaggregation") or not all(_counted(launch, role) for role in ("prefill", "decode")):
        message = "--mini-lb needs --pd-disaggregation and at least one --prefill and one --decode"
        yield _finding(launch, "sglang.router-mini", message, ("mini-lb",), ({"mini-lb": None},))


def choices(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-workers``: a policy that chooses between two needs two servers."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    if launch.on("pd-disaggregation"):
        for role in ("prefill", "decode"):
            if launch.text(f"{role}-policy") == "power_of_two" and _counted(launch, role) < 2:
                option = f"{role}-policy"
                message = f"--{option} power_of_two needs two {role} servers"
                yield _finding(launch, "sglang.router-workers", message, (option,), ({option: None},))
    elif launch.text("policy") == "power_of_two" and 0 < len(launch.words("worker-urls")) < 2:
        message = "--policy power_of_two needs two workers"
        yield _finding(launch, "sglang.router-workers", message, ("policy",), ({"policy": "round_robin"},))


def discovery(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-partner``: an option that is refused without another."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    found = launch.on("service-discovery") and launch.on("pd-disaggregation")
    if found and not any(map(launch.given, ("prefill-selector", "decode-selector"))):
        message = "--service-discovery with --pd-disaggregation needs --prefill-selector or --decode-selector"
        yield _finding(launch, "sglang.router-partner", message, ("service-discovery",), ({"service-discovery": None},))
    if launch.given("tls-cert-path") != launch.given("tls-key-path"):
        message = "--tls-cert-path and --tls-key-path go together"
        ways: tuple[Change, ...] = ({"tls-cert-path": None, "tls-key-path": None},)
        yield _finding(launch, "sglang.router-partner", message, ("tls-cert-path", "tls-key-path"), ways)
    if launch.text("history-backend") == "oracle" and not launch.given("oracle-username"):
        message = "--history-backend oracle needs --oracle-username and its companions"
        yield _finding(launch, "sglang.router-partner", message, ("history-backend",), ({"history-backend": None},))


RULES = (bounds, backoff, ports, listening, addresses, bootstrap, small, choices, discovery)
