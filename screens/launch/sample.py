"""A made-up launch for the README's picture: every process answers, with the times of an ordinary start."""

from collections.abc import Iterator

from wizard.model.flow import LaunchFlow, resolve
from wizard.model.run import Run, RunEvent, State

NAME = "a3-pd-1126-0304"
BEGAN_S = 1_795_662_240.0
"""26 November 2026, 03:04 UTC, in seconds since the epoch."""
_READY_AFTER_S = {"prefill": 734.0, "decode": 911.0, "router": 5.0}


def events(flow: LaunchFlow, endpoint: str, served_name: str) -> list[RunEvent]:
    """What was told, in the launch's own words."""
    return sorted(_events(flow, endpoint, served_name), key=lambda event: event.time)


def _events(flow: LaunchFlow, endpoint: str, served_name: str) -> Iterator[RunEvent]:
    values = flow.values()
    hosts = {process.name: resolve(process.address, values) for process in flow.processes}
    folder = f"script in ~/.local/state/glm-wizard/runs/{NAME}"
    for host in sorted(set(hosts.values())):
        yield RunEvent(BEGAN_S, "copy", folder, host=host)
    for pid, process in enumerate(flow.processes, 21015):
        began_s = BEGAN_S + (_READY_AFTER_S["decode"] if process.role == "router" else 2)
        ready_s = began_s + _READY_AFTER_S[process.role]
        place = (process.name, hosts[process.name])
        yield RunEvent(began_s, "start", f"started as pid {pid}", *place, State.STARTING)
        yield RunEvent(ready_s, "ready", f"ready: port {process.ports[0].number} answers", *place, State.READY)
    yield RunEvent(BEGAN_S + 918, "request", "it answers: The capital of France is Paris.", "router")
    yield RunEvent(BEGAN_S + 918, "ready", f"{endpoint} serves {served_name}", state=State.READY)


def run(flow: LaunchFlow, endpoint: str, served_name: str) -> Run:
    """The run they belong to."""
    plan = flow.plan_hash()
    return Run(
        name=NAME, created="2026-11-26T03:04:00+00:00", plan=plan, state=State.READY,
        endpoint=endpoint, served_name=served_name,
    )  # fmt: skip
