"""Ports and addresses that a release refuses before it opens any."""

from wizard.check.resolved import Server
from wizard.check.rule import Rule

HIGHEST = 65535
_OFFSET = 233
_13 = "SGLang 0.5.13.post1, srt/server_args.py"
_NETWORK = "SGLang 0.5.13.post1 and 0.5.23, srt/utils/network.py"
_SERVING = "SGLang 0.5.23, srt/arg_groups/serving_hook.py"
_GRPC_STEP = 10_000


def _port(server: Server) -> int:
    return server.size("port", 30000)


def _derives_grpc(server: Server) -> bool:
    return not server.launch.knows("grpc-port")


def _grpc(server: Server) -> int | None:
    """The port of the gRPC listener as the release works it out; None: none."""
    asked = server.launch.variable("SGLANG_GRPC_PORT")
    named = int(asked) if asked is not None and asked.lstrip("-").isdigit() else None
    if _derives_grpc(server):
        return _port(server) + _GRPC_STEP if named is None else named
    own = server.launch.number("grpc-port") if server.launch.given("grpc-port") else None
    found = named if own is None else own
    if found is None and (server.launch.on("smg-grpc-mode") or server.launch.on("grpc-mode")):
        return _port(server) + _GRPC_STEP
    return found


def _grpc_range(server: Server) -> bool:
    port = _grpc(server)
    return port is not None and not 1 <= port <= HIGHEST


def _legacy(server: Server) -> bool:
    return server.launch.on("smg-grpc-mode") or server.launch.on("grpc-mode")


def _grpc_same(server: Server) -> bool:
    if _derives_grpc(server):
        return server.launch.variable_on("SGLANG_ENABLE_GRPC") and _grpc(server) == _port(server)
    return not _legacy(server) and _grpc(server) == _port(server)


def _grpc_with(server: Server) -> str:
    launch = server.launch
    if _derives_grpc(server) or _grpc(server) is None or _legacy(server):
        return ""
    if launch.on("encoder-only"):
        return "--encoder-only"
    if launch.on("use-ray"):
        return "--use-ray"
    if server.size("tokenizer-worker-num") > 1:
        return "more than one tokenizer worker"
    return "API keys" if launch.given("api-key") or launch.given("admin-api-key") else ""


def address_problem(text: str | None) -> str:
    """Why ``HOST:PORT`` cannot be read; empty where it can."""
    if not text:
        return "it is missing"
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not _is_ipv6(host):
            return f"`{text}` has no IPv6 address in its brackets"
        return _port_problem(rest[1:]) if rest.startswith(":") and len(rest) > 1 else f"`{text}` has no port"
    host, colon, port = text.rpartition(":")
    if not colon:
        return f"`{text}` has no port"
    if not host:
        return f"`{text}` has no host"
    return "an IPv6 address needs brackets: `[::1]:5000`" if ":" in host and _is_ipv6(host) else _port_problem(port)


def _port_problem(text: str) -> str:
    try:
        number = int(text)
    except ValueError:
        return f"`{text}` is no port number"
    return "" if 0 <= number <= HIGHEST else f"port {number} is above {HIGHEST}"


def _is_ipv6(text: str) -> bool:
    import ipaddress  # only where an address is given

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _uses_address(server: Server) -> bool:
    return server.attention_dp_on and not (server.nodes == 1 and not server.launch.given("dist-init-addr"))


def _address(server: Server) -> str:
    return address_problem(server.launch.text("dist-init-addr")) if _uses_address(server) else ""


def _derived(server: Server) -> str:
    """Why the ports that attention DP adds are out of range."""
    if not server.attention_dp_on:
        return ""
    given = server.launch.number("nccl-port") if server.launch.given("nccl-port") else None
    if given is not None and not 0 <= given <= HIGHEST:
        return f"--nccl-port {given} is no port"
    if _uses_address(server):
        return ""
    first = _port(server) + _OFFSET
    if first > HIGHEST:
        first = _port(server) - _OFFSET
    behind = 6 if server.attention_dp_flag else 5
    last = first - behind - 1 if first + behind > HIGHEST else first + behind
    return "" if 0 <= first <= HIGHEST and 0 <= last <= HIGHEST else f"--port {_port(server)} leaves no room for them"


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.port-grpc",
        ("port", "grpc-port"),
        _grpc_range,
        lambda s: (
            f"--port {_port(s)} is too high: {s.launch.release.version} always derives port {_grpc(s)} from it"
            if _derives_grpc(s) and s.launch.variable("SGLANG_GRPC_PORT") is None
            else f"the gRPC port {_grpc(s)} is not between 1 and {HIGHEST}"
        ),
        lambda s: [
            {"grpc-port": None, "$SGLANG_GRPC_PORT": None},
            *(
                [{"port": 30000}]
                if s.launch.variable("SGLANG_GRPC_PORT") is None and not s.launch.given("grpc-port")
                else []
            ),
        ],
        "0.5.13 adds 10000 to --port even when gRPC is off, so ports above 55535 are refused.",
        "Choose a port up to 55535.",
        f"{_13}; {_SERVING}",
    ),
    Rule(
        "sglang.port-grpc-same",
        ("port", "grpc-port"),
        _grpc_same,
        lambda s: f"gRPC and HTTP would both listen on port {_port(s)}",
        lambda s: [{"grpc-port": None}, {"port": _port(s) + 1}],
        "Two listeners need two ports.",
        "Choose another --grpc-port.",
        f"{_13}; 0.5.23, srt/arg_groups/validation_hook.py",
    ),
    Rule(
        "sglang.port-grpc-with",
        ("grpc-port", "api-key", "admin-api-key", "tokenizer-worker-num"),
        _grpc_with,
        lambda s: f"the gRPC listener does not go with {_grpc_with(s)}",
        ({"grpc-port": None},),
        "The native gRPC listener does not ask for keys and knows one tokenizer only.",
        "Remove --grpc-port.",
        _SERVING,
    ),
    Rule(
        "sglang.port-rendezvous",
        ("dist-init-addr", "nnodes", "enable-dp-attention"),
        _address,
        lambda s: f"--dist-init-addr: {_address(s)}",
        lambda s: [{"dist-init-addr": "auto:5000"} if s.nodes != 1 else {"dist-init-addr": None}],
        "With attention DP every rank finds the others over HOST:PORT, read before anything starts.",
        "Give --dist-init-addr as HOST:PORT, IPv6 in brackets.",
        _NETWORK,
    ),
    Rule(
        "sglang.port-derived",
        ("port", "nccl-port", "enable-dp-attention"),
        _derived,
        lambda s: f"attention data parallelism opens ports of its own: {_derived(s)}",
        lambda s: [
            {"nccl-port": None} if "nccl" in _derived(s) else {"port": 30000},
        ],
        "With attention DP on one host the ports from --port + 233 on are used as well.",
        "Choose a --port between 1024 and 55535.",
        f"{_NETWORK}; srt/server_args.py",
    ),
)
