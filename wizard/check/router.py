"""What the router refuses, by its own parser and by the configuration check of its compiled core.

Source: sglang-router 0.3.2, ``sglang_router/router_args.py`` and the core's own messages.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from wizard.check.facts import Facts
from wizard.check.launch import Launch, words_of
from wizard.check.report import Change, fix
from wizard.check.router_words import FORMATS, HIGHEST, format_problem, selects, url_problem
from wizard.model.finding import Finding, Severity
from wizard.model.selection import AUTO, RoleName

_SOURCE = "sglang-router 0.3.2, its own configuration check"
_HIGHEST = HIGHEST
_BOOTSTRAP = 8998
_WORD, _SIGNED, _LONG = 2**32 - 1, 2**31 - 1, 2**64 - 1
"""The largest numbers of the core's types."""


class Bound(NamedTuple):
    """The numbers that the router takes for an option."""

    option: str
    lowest: float
    highest: float = _LONG
    policies: tuple[str, ...] = ()
    """Policies of which one must be in use for the bounds to be looked at; none: whatever is in use."""
    unless: str = ""
    """A switch with which the lowest number is 0."""


_CACHE, _BUCKET = ("cache_aware",), ("bucket",)
BOUNDS = (
    Bound("port", 1, _HIGHEST),
    Bound("prometheus-port", 1, _HIGHEST),
    Bound("service-discovery-port", 0, _HIGHEST),
    Bound("cache-threshold", 0, 1, _CACHE),
    Bound("balance-rel-threshold", 1, _LONG, (*_CACHE, *_BUCKET)),
    Bound("eviction-interval", 1, _LONG, _CACHE),
    Bound("eviction-interval-secs", 1, _LONG, _CACHE),
    Bound("max-tree-size", 1, _LONG, _CACHE),
    Bound("bucket-adjust-interval-secs", 1, _LONG, _BUCKET),
    Bound("balance-abs-threshold", 0),
    Bound("bucket-adjust-interval-secs", 0),
    Bound("eviction-interval", 0),
    Bound("eviction-interval-secs", 0),
    Bound("max-tree-size", 0),
    Bound("max-idle-secs", 0),
    Bound("request-timeout-secs", 1),
    Bound("shutdown-grace-period-secs", 0),
    Bound("worker-startup-timeout-secs", 1),
    Bound("worker-startup-check-interval", 1),
    Bound("max-concurrent-requests", -_SIGNED - 1, _SIGNED),
    Bound("rate-limit-tokens-per-second", 0, _SIGNED),
    Bound("queue-timeout-secs", 1),
    Bound("queue-size", 0),
    Bound("retry-max-retries", 1, _WORD, unless="disable-retries"),
    Bound("retry-backoff-multiplier", 1),
    Bound("retry-jitter-factor", 0, 1),
    Bound("retry-initial-backoff-ms", 1),
    Bound("retry-max-backoff-ms", 1),
    Bound("cb-failure-threshold", 1, _WORD, unless="disable-circuit-breaker"),
    Bound("cb-success-threshold", 1, _WORD),
    Bound("cb-timeout-duration-secs", 1),
    Bound("cb-window-duration-secs", 1),
    Bound("health-failure-threshold", 0, _WORD),
    Bound("health-success-threshold", 0, _WORD),
    Bound("health-check-timeout-secs", 0),
    Bound("health-check-interval-secs", 0),
    Bound("tokenizer-cache-l0-max-entries", 0),
    Bound("tokenizer-cache-l1-max-memory", 0),
    Bound("max-payload-size", 1),
)
BOUND_WITH = {
    "service-discovery": Bound("service-discovery-port", 1),
    "tokenizer-cache-enable-l0": Bound("tokenizer-cache-l0-max-entries", 1),
    "tokenizer-cache-enable-l1": Bound("tokenizer-cache-l1-max-memory", 1),
}
"""Switch → the bound that it brings."""


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
    told: set[str] = set()
    for bound in (*BOUNDS, *(bound for switch, bound in BOUND_WITH.items() if launch.on(switch))):
        number = launch.fraction(bound.option) if launch.given(bound.option) else None
        if number is None or bound.option in told or not _looked_at(launch, bound):
            continue
        lowest = 0 if bound.unless and launch.on(bound.unless) else bound.lowest
        endless = bound.highest == _LONG and (math.isnan(number) or number == math.inf)
        if not (endless or lowest <= number <= bound.highest):
            told.add(bound.option)
            limit = f"at least {lowest:g}" + (f" and at most {bound.highest:g}" if bound.highest < _LONG else "")
            message = f"--{bound.option} must be {limit}, not {number:g}"
            yield _finding(launch, "sglang.router-number", message, (bound.option,), ({bound.option: None},))


def _looked_at(launch: Launch, bound: Bound) -> bool:
    if bound.option == "queue-timeout-secs" and launch.number("queue-size") == 0:
        return False
    return not bound.policies or not _policies(launch).isdisjoint(bound.policies)


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
    planned = host == AUTO and not facts.only
    if launch is None or host is None or planned or not _plain(launch) or _is_listening_address(host):
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
        if not found or (not _is_number(word) and ("://" in word or "." in word or word.count(":") == 1)):
            found.append((word,))
        else:
            found[-1] = (*found[-1], word)
    return found


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _counted(launch: Launch, role: str) -> int:
    value = launch.options.get(role)
    return launch.known.selection.role(role).instances if value == AUTO else len(_servers(launch, role))


def addresses(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-url``: a server's address that the router cannot use."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    disaggregated = launch.on("pd-disaggregation")
    roles = (RoleName.PREFILL, RoleName.DECODE) if disaggregated else ()
    for role in roles:
        for words in _servers(launch, role):
            problem = url_problem(words[0])
            if problem:
                ways = _with(launch, role, words, "http") if "://" not in words[0] else ()
                yield _finding(launch, "sglang.router-url", f"--{role.value} {words[0]} {problem}", (role.value,), ways)
    for word in () if disaggregated or launch.on("service-discovery") else launch.words("worker-urls"):
        if problem := url_problem(word):
            message, ways = f"--worker-urls {word} {problem}", ({"worker-urls": None},)
            yield _finding(launch, "sglang.router-url", message, ("worker-urls",), ways)


def bootstrap(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-bootstrap``: the bootstrap port behind a prefill server is no port."""
    launch = _router(facts)
    if launch is None:
        return
    for words in _servers(launch, RoleName.PREFILL):
        if len(words) > 1 and not _is_bootstrap(words[1], strict=launch.on("pd-disaggregation") and _plain(launch)):
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
    return not strict or 1 <= port <= _HIGHEST


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
    elif launch.text("policy") == "power_of_two" and not launch.on("service-discovery") and _workers(launch) < 2:
        message = "--policy power_of_two needs two workers"
        yield _finding(launch, "sglang.router-workers", message, ("policy",), ({"policy": "round_robin"},))


def _workers(launch: Launch) -> int:
    return len(launch.words("worker-urls")) if launch.given("worker-urls") else 0


def formats(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-format``: a word that the router cannot take apart."""
    launch = _router(facts)
    for option in FORMATS if launch is not None else ():
        if launch is not None and (problem := format_problem(launch, option)):
            yield _finding(launch, "sglang.router-format", f"--{option}: {problem}", (option,), ({option: None},))
    if launch is None or not _plain(launch):
        return
    if launch.given("prometheus-host") and not launch.text("prometheus-host"):
        message, way = "--prometheus-host is empty", {"prometheus-host": None}
        yield _finding(launch, "sglang.router-format", message, ("prometheus-host",), (way,))
    endpoint = launch.text("otlp-traces-endpoint") or ""
    if launch.on("enable-trace") and launch.given("otlp-traces-endpoint") and not _is_endpoint(endpoint):
        message = f"--otlp-traces-endpoint `{endpoint}` is not `host:port`"
        yield _finding(launch, "sglang.router-format", message, ("otlp-traces-endpoint", "enable-trace"),
                       ({"otlp-traces-endpoint": None},))  # fmt: skip


def _is_endpoint(text: str) -> bool:
    host, _, port = text.partition("://")[2].rpartition(":") if "://" in text else text.rpartition(":")
    return bool(host) and port.isdigit()


def discovery(facts: Facts) -> Iterator[Finding]:
    """``sglang.router-partner``: an option that is refused without another."""
    launch = _router(facts)
    if launch is None or not _plain(launch):
        return
    if launch.on("service-discovery"):
        wanted = ("prefill-selector", "decode-selector") if launch.on("pd-disaggregation") else ("selector",)
        if not any(selects(launch, name) for name in wanted):
            message = f"--service-discovery needs {' or '.join(f'--{name} key=value' for name in wanted)}"
            ways: tuple[Change, ...] = ({"service-discovery": None},)
            yield _finding(launch, "sglang.router-partner", message, ("service-discovery",), ways)
    for one, other in _PAIRS:
        if launch.given(one) != launch.given(other):
            message = f"--{one} and --{other} go together"
            ways = ({one: None, other: None},)
            yield _finding(launch, "sglang.router-partner", message, (one, other), ways)
    backend = launch.text("history-backend") or ""
    missing = next((names for names in _STORES.get(backend, ()) if not any(map(launch.text, names))), ())
    if missing:
        message = f"--history-backend {backend} needs {' or '.join(f'--{name}' for name in missing)}"
        yield _finding(launch, "sglang.router-partner", message, ("history-backend",), ({"history-backend": None},))


_PAIRS = (("tls-cert-path", "tls-key-path"), ("client-cert-path", "client-key-path"))
_STORES: dict[str, tuple[tuple[str, ...], ...]] = {
    "oracle": (
        ("oracle-username",),
        ("oracle-password",),
        ("oracle-dsn", "oracle-connect-descriptor", "oracle-tns-alias"),
    ),
    "postgres": (("postgres-db-url",),),
    "redis": (("redis-url",),),
}
"""History store → what it needs, each one of some options."""


RULES = (bounds, backoff, ports, listening, addresses, bootstrap, small, choices, formats, discovery)
