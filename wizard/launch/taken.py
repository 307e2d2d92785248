"""Ports and container names that somebody else has: who it is, and how to use another one."""

from wizard.errors import LaunchError
from wizard.launch import runs, sighting
from wizard.launch.places import place_of
from wizard.launch.sighting import Listener, Seen
from wizard.model.flow import LaunchFlow
from wizard.model.run import RunProcess, State

_STORE = "ASCEND_MF_STORE_URL"


def free(process: RunProcess, seen: Seen, flow: LaunchFlow) -> None:
    """Nobody else is on the ports of a process, or has its container's name.

    Raises:
        LaunchError: with who it is, and how to use another port.
    """
    host = place_of(process).address
    for listener in sighting.foreign(process, seen):
        raise LaunchError(
            f"port {listener.port} on {host} ({purpose(flow, process, listener.port)} of {process.name}) "
            f"is already served by {owner(listener, seen.boot_id)}",
            hint(flow, process, listener.port),
        )
    container = seen.container
    if container and container.is_running and not sighting.is_own_container(process, seen):
        raise LaunchError(
            f"a container called {process.container} already runs on {host}, and is not of this run",
            f"`docker stop {process.container}` there, or `--stop` the run it belongs to (`--runs` lists them)",
        )


def hint(flow: LaunchFlow, process: RunProcess, number: int) -> str:
    """What to do about a port that somebody else has."""
    return f"stop it, or use another port: {other_port(flow, process, number)}"


def owner(listener: Listener, boot_id: str) -> str:
    """Who holds the port; by its run where it is one of ours."""
    for run in runs.load_all():
        for process in run.processes:
            one = process.identity
            kin = {listener.pid, listener.session, *listener.ancestors}
            if one and one.boot_id == boot_id and one.pid in kin and process.state is not State.STOPPED:
                return f"{process.name} of run `{run.name}` (pid {listener.pid}; `--stop {run.name}` ends it)"
    return f"another process: {listener.owner}"


def purpose(flow: LaunchFlow, process: RunProcess, number: int) -> str:
    """What the process needs the port for."""
    ports = flow.process(process.name).ports
    return next((port.purpose for port in ports if port.number == number), "a port")


def other_port(flow: LaunchFlow, process: RunProcess, number: int) -> str:
    """The flag that gives the process another one."""
    what = purpose(flow, process, number).lower()
    for word, option in (
        ("api", "port"),
        ("prometheus", "prometheus-port"),
        ("bootstrap", "disaggregation-bootstrap-port"),
    ):
        if word in what:
            return f"`--set {process.role}.{option}={number + 10}`"
    if "store" in what:  # every role names the one there is
        roles = dict.fromkeys(one.role for one in flow.processes if _STORE in flow.environment(one))
        flags = " ".join(f"--env {role}.{_STORE}=tcp://auto:{number + 100}" for role in roles)
        return f"`{flags}`"
    ports = flow.process(process.name).ports
    met = next((port.number for port in ports if "rendezvous" in port.purpose), None)
    flag = f"port={ports[0].number + 100}" if met is None else f"dist-init-addr=auto:{met + 100}"
    return f"`--set {process.role}.{flag}`; `--plan` shows every port and what decides it"
