"""What a launch is asked to do, and the run that it will be: a launch flow with folders, ports and names. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wizard import reach
from wizard.export import EXPORTERS, selection_toml
from wizard.export.request import ExportRequest
from wizard.launch import runs
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.model.hardware import Host
from wizard.model.listening import only_address
from wizard.model.run import Run, RunProcess
from wizard.reach import Shell, pretended

READY_LIMIT_S = 2 * 3600.0
"""How long a server may take to become ready: 774 GB over a slow share take more than an hour."""
LOST_AFTER_S = 120.0
"""How long a host may be silent before the launch gives it up."""
ROUTER_PATIENCE_S = 60.0
"""How long a router may know no servers although all are ready; it takes a second, or never comes to know them."""

HOPELESS_AFTER_S = 5.0
"""How long a process whose port is taken may stand still before it is given up; behind other causes it is longer."""


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a launch needs to know."""

    request: ExportRequest
    hosts: tuple[Host, ...] = ()
    """What was detected; empty: the preflight detects."""
    is_forced: bool = False
    """Goes on despite error findings."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable → secret. Handed to the hosts' shells on their standard input, and nowhere else."""
    is_simulated: bool = field(default_factory=pretended.are_there)
    """Stand-ins are started, not servers."""
    way: Callable[[str, str], Shell] = reach.shell
    """How a host is reached, by address and ssh target."""
    ready_limit_s: float = READY_LIMIT_S
    lost_after_s: float = LOST_AFTER_S
    router_patience_s: float = ROUTER_PATIENCE_S
    hopeless_after_s: float = HOPELESS_AFTER_S

    @property
    def flow(self) -> LaunchFlow:
        """What will be started."""
        return self.request.flow

    def files(self) -> dict[str, str]:
        """What the run's folder begins with: the very script that ``--export`` writes, and the selection."""
        return {runs.SCRIPT: EXPORTERS["bash"](self.request), runs.SELECTION: selection_toml(self.request)}


def planned_run(order: Order, created: str) -> Run:
    """The run as it stands before anything is done.

    Args:
        order: what to start.
        created: ISO 8601 with offset.
    """
    flow, selection = order.flow, order.request.selection
    return Run(
        name=run_name(flow.title, created),
        created=created,
        plan=flow.plan_hash(),
        version=order.request.version,
        selection=selection_toml(order.request),
        title=flow.title,
        release=flow.release,
        runtime=selection.runtime.kind.value,
        image=selection.runtime.image if flow.container else "",
        is_simulated=order.is_simulated,
        processes=tuple(planned_process(flow, process) for process in flow.processes),
        endpoint=flow.endpoint,
        served_name=selection.served_name,
        weights=selection.model.path,
    )


def run_name(title: str, created: str) -> str:
    """``a3-pd-1126-0312``: the title, month and day, hour and minute."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower() or "run"
    month, day, hour, minute = created[5:7], created[8:10], created[11:13], created[14:16]
    return f"{plain[:40]}-{month}{day}-{hour}{minute}"


def planned_process(flow: LaunchFlow, process: Process) -> RunProcess:
    """A process of the flow as a process of a run."""
    values = flow.values()
    address = resolve(process.address, values) if process.address else ""
    url = resolve(process.ready.url, values)
    is_contained = flow.container is not None
    return RunProcess(
        name=process.name,
        role=process.role,
        instance=process.instance,
        rank=process.rank,
        address=address,
        ssh=process.ssh if process.ssh != address else "",
        port=process.ports[0].number if process.ports else None,
        ports=tuple(port.number for port in process.ports),
        bind=_bind(flow, process),
        ready_url=url,
        ready_line=process.ready.log_line,
        waits_for=process.waits_for,
        devices=process.devices,
        container=f"glm-wizard-{process.name}" if is_contained else "",
    )


def _bind(flow: LaunchFlow, process: Process) -> str:
    """The one address its API listens on; empty where that is every address, or a name that only its host resolves."""
    words = flow.argv(process)
    return only_address(words[words.index("--host") + 1] if "--host" in words[:-1] else "127.0.0.1")
