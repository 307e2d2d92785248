"""The router in front of prefill and decode servers.

Source: sglang-router 0.3.2, ``launch_router`` (``--prefill URL [PORT]`` and ``--decode URL``, both repeatable).
"""

from wizard.model import secrets
from wizard.model.flow import Port, Process, Ready, Setting, Word, literal
from wizard.model.selection import AUTO, OptionValue, RoleName, Selection
from wizard.plan.ports import DEFAULT_PORT, ROUTER_METRICS_PORT, ServerPorts, number
from wizard.plan.server import plain_words
from wizard.plan.topology import Place, Topology

PROGRAM = ("python3", "-m", "sglang_router.launch_router")
READY_LINE = "Router ready"


def router_process(selection: Selection, topology: Topology, ports: dict[str, ServerPorts]) -> Process:
    """The router's process; ``ports`` holds the ports of every server process by name."""
    role = selection.role(RoleName.ROUTER)
    router = topology.router
    assert router is not None  # noqa: S101 - the caller asks only for selections with a router
    settings = tuple(
        Setting(name, _words(topology, router, ports, name, value), role.origin(name))
        for name, value in role.options.items()
    )
    opened = router_ports(selection)
    return Process(
        name=router.name,
        role=RoleName.ROUTER,
        instance=0,
        rank=0,
        ranks=1,
        address=router.address(),
        ssh=_ssh(topology, router),
        program=PROGRAM,
        options=settings,
        environment=tuple(
            Setting(name, (literal(value),), role.origin(name)) for name, value in role.environment.items()
        ),
        ports=opened,
        ready=Ready(
            ("http://", *_client_host(router, role.options.get("host")), f":{opened[0].number}/readiness"), READY_LINE
        ),
        waits_for=tuple(place.name for place in topology.places),
        secrets=tuple(
            dict.fromkeys(s for name, value in role.options.items() if (s := secrets.variable(name, value)) is not None)
        ),
    )


def router_ports(selection: Selection) -> tuple[Port, ...]:
    """The ports that the router opens, its own first."""
    options = selection.role(RoleName.ROUTER).options
    metrics = number(options, "prometheus-port", ROUTER_METRICS_PORT)
    return (
        Port(number(options, "port", DEFAULT_PORT), "API"),
        Port(metrics, "Prometheus metrics", derived="prometheus-port" not in options),
    )


def _ssh(topology: Topology, router: Place) -> str:
    host = router.host or topology.heads(RoleName.PREFILL)[0].host
    return (host.ssh or host.address) if host else ""


def _client_host(router: Place, host: OptionValue | None) -> Word:
    asked = str(host) if host is not None else "127.0.0.1"
    if asked in (AUTO, "0.0.0.0", "::"):  # noqa: S104 - recognised, not bound
        return router.in_url()
    return (f"[{asked}]",) if ":" in asked else (asked,)


def _words(
    topology: Topology, router: Place, ports: dict[str, ServerPorts], name: str, value: OptionValue
) -> tuple[Word, ...]:
    flag = literal(f"--{name}")
    if value == AUTO and name == "host":
        return (flag, router.address())
    if value == AUTO and name in (RoleName.PREFILL, RoleName.DECODE):
        words: list[Word] = []
        for head in topology.heads(name):
            words += [flag, ("http://", *head.in_url(), f":{ports[head.name].api}")]
            bootstrap = ports[head.name].bootstrap
            if bootstrap is not None:
                words.append(literal(str(bootstrap)))
        return tuple(words)
    return plain_words(name, value)
