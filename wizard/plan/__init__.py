"""Selection → LaunchFlow: what exactly will be started, where, and in which order.

``launch_flow`` is the one entry. ``topology`` says who runs where, ``ports`` keeps servers on one host apart,
``server`` and ``router`` write the command lines. Nothing here judges the selection; that is ``wizard.check``.
"""

from collections.abc import Sequence

from wizard.knowledge import facts
from wizard.knowledge.releases import Release
from wizard.knowledge.releases import release as release_of
from wizard.model.flow import Container, LaunchFlow, Preparation, Process, Ref, Variable
from wizard.model.preset import Correction
from wizard.model.selection import RuntimeKind, Selection
from wizard.plan.outline import sites
from wizard.plan.ports import ServerPorts
from wizard.plan.router import router_process
from wizard.plan.server import server_process, text
from wizard.plan.topology import Topology, topology, variables

MODEL_PATH = "MODEL_PATH"
IMAGE = "IMAGE"


def launch_flow(selection: Selection, corrections: Sequence[Correction] = ()) -> LaunchFlow:
    """Everything the selection starts.

    Args:
        selection: what was chosen.
        corrections: deliberate differences from the published recipe, to be told in the exports.

    Raises:
        PlanError: the hosts given are not the ones the roles need, or a value that SGLang would take for an option.
    """
    release = release_of(selection.release)
    where = topology(selection)
    processes, ports = _servers(selection, release, where)
    if where.router is not None:
        processes.append(router_process(selection, where, ports))
    container = _container(selection) if selection.runtime.kind is RuntimeKind.CONTAINER else None
    image = (Variable(IMAGE, selection.runtime.image, "container image"),) if container else ()
    model = Variable(MODEL_PATH, text(selection.model.path), "folder of the model weights on this host, or a hub id")
    return LaunchFlow(
        title=selection.preset or f"{selection.model.name} {selection.scenario.value}",
        release=selection.release,
        model=f"{selection.model.name} {selection.model.quantization}".strip(),
        scenario=selection.scenario,
        variables=(model, *image, *variables(where)),
        processes=tuple(processes),
        preparation=Preparation(
            scaling_governor=selection.tuning.scaling_governor,
            sysctl=tuple(selection.tuning.sysctl.items()),
            unset=selection.tuning.unset,
            scripts=selection.tuning.scripts,
        ),
        container=container,
        corrections=tuple(corrections),
    )


def _servers(selection: Selection, release: Release, where: Topology) -> tuple[list[Process], dict[str, ServerPorts]]:
    """The server processes in start order, and the ports of each by name."""
    found = tuple(sites(selection, release, where))
    return [server_process(*pair) for pair in found], {site.place.name: ports for site, ports in found}


def _container(selection: Selection) -> Container:
    hardware, container = facts.hardware(selection.series), facts.container_facts()
    return Container(
        image=(Ref(IMAGE),),
        devices=(*hardware.device_files, *container.extra_devices),
        mounts=container.mounts,
        shm_size=selection.runtime.shm_size,
    )
