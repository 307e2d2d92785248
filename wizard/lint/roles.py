"""Where the commands of several roles contradict each other: prefill, decode and router, each with both values."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from wizard.importing.placeholders import split_port
from wizard.lint.start import Start, finding
from wizard.model.finding import Finding, Severity


class Common(NamedTuple):
    """A setting that prefill and decode servers must have in common."""

    name: str
    default: str
    why: str
    is_variable: bool = False


COMMON = (
    Common("disaggregation-transfer-backend", "mooncake", "both ends speak one protocol"),
    Common("page-size", "", "pages are moved as they are"),
    Common("kv-cache-dtype", "auto", "the cache is moved as it is"),
    Common("served-model-name", "", "the router offers one model"),
    Common("model-path", "", "both must hold the same weights"),
    Common("quantization", "", "both must hold the same weights"),
    Common("ASCEND_MF_STORE_URL", "", "they find each other through one store", is_variable=True),
)


def _value(start: Start, common: Common) -> str:
    return (start.variable(common.name) if common.is_variable else start.text(common.name)) or common.default


def _pairs(starts: Sequence[Start]) -> Iterator[tuple[Start, Start]]:
    prefills = [start for start in starts if start.role == "prefill"]
    for decode in (start for start in starts if start.role == "decode"):
        yield from ((prefill, decode) for prefill in prefills[:1])


def unlike(starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.roles-differ``: a setting that prefill and decode must share, and do not."""
    for prefill, decode in _pairs(starts):
        for common in COMMON:
            ours, theirs = _value(prefill, common), _value(decode, common)
            if ours == theirs or (not common.default and not (ours and theirs)):
                continue
            place = "" if common.is_variable else common.name
            shown = common.name if common.is_variable else f"--{common.name}"
            message = f"{shown} is {ours} for prefill ({prefill.where(place)}) and {theirs} for decode: {common.why}"
            yield finding("script.roles-differ", Severity.ERROR, message, f"give both the same {shown}",
                          where=decode.where(place), options=(common.name,))  # fmt: skip


def router_urls(starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.router-url``: the router asks a port where no server listens."""
    for router, role, given in _asked(starts):
        servers = [start for start in starts if start.role == role]
        ports = {start.text("port") or "30000" for start in servers}
        _, port = split_port(given[0].rpartition("/")[2])
        if servers and port is not None and str(port) not in ports:
            there = f"{', '.join(sorted(ports))} ({servers[0].where('port')})"
            message = f"the router asks {role} at {given[0]}, but --port of {role} is {there}"
            yield finding("script.router-url", Severity.ERROR, message, "use the server's port in the router's URL",
                          where=router.where(role), options=(role, "port"))  # fmt: skip


def bootstrap(starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.router-bootstrap``: the router tells decode another bootstrap port than prefill opens."""
    name = "disaggregation-bootstrap-port"
    opened = {start.text(name) or "8998" for start in starts if start.role == "prefill"}
    for router, role, given in _asked(starts):
        told = given[1] if role == "prefill" and len(given) > 1 else ""
        if opened and told.isdecimal() and told not in opened:
            message = f"the router names bootstrap port {told}, but prefill opens {', '.join(sorted(opened))}"
            yield finding("script.router-bootstrap", Severity.ERROR, message, "name the port that prefill opens",
                          where=router.where("prefill"), options=("prefill", name))  # fmt: skip


def _asked(starts: Sequence[Start]) -> Iterator[tuple[Start, str, tuple[str, ...]]]:
    """What every router asks: the router, the role, and the words behind the option."""
    for router in (start for start in starts if start.role == "router"):
        for role in ("prefill", "decode"):
            yield from ((router, role, given) for given in router.arguments.occurrences.get(role, ()))


RULES: tuple[Callable[[Sequence[Start]], Iterator[Finding]], ...] = (unlike, router_urls, bootstrap)
