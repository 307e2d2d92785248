"""What a launch would do, command by command and host by host, without doing any of it.

Pure, except that it looks which addresses are this machine's own: those need no ssh.
"""

import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wizard import reach
from wizard.launch import ways
from wizard.launch.order import Order
from wizard.launch.places import Place, by_place, place_of
from wizard.launch.ways import Way
from wizard.model.flow import LaunchFlow, Process
from wizard.model.run import Run, RunProcess
from wizard.verify.steps import QUESTION

FOLDER = "${XDG_STATE_HOME:-~/.local/state}/glm-wizard/runs"


class Step(NamedTuple):
    """One thing that would be done."""

    stage: str
    host: str
    command: str
    process: str = ""
    becomes: str = ""
    """The command that the script turns into, as text for a shell."""
    is_read_only: bool = False


def steps(order: Order, run: Run) -> tuple[Step, ...]:
    """Every step of a launch, in order."""
    return tuple(_steps(order, run))


def _steps(order: Order, run: Run) -> Iterator[Step]:
    hosts = by_place(run.processes)
    for place in hosts:
        probes = "npu-smi info; hccn_tool; /proc, disks, ports, containers, weights"
        yield Step("preflight", place.address, f"{_reached(place)}: {probes}", is_read_only=True)
    yield from _ways(order.flow, run)
    for place in hosts:
        yield Step("copy", place.address, f"mkdir -p {FOLDER}/{run.name} && cat >{FOLDER}/{run.name}/launch.sh")
    if run.image:
        for place in hosts:
            image = shlex.quote(run.image)
            yield Step("prepare", place.address, f"docker image inspect {image} || docker pull {image}")
    for place in by_place(run.servers):
        yield from (Step("prepare", place.address, text) for text in _tuning(order.flow))
    for group in (run.servers, run.routers):
        yield from (_start(order.flow, run, process) for process in group)
        yield from (_ready(process) for process in group)
    yield Step("request", place_of(run.entry).address, f'POST {run.endpoint}/generate "{QUESTION}"', run.entry.name)


def _ways(flow: LaunchFlow, run: Run) -> Iterator[Step]:
    """Nothing of it stays: the ports are closed again within seconds."""
    wanted = ways.needed(flow, run.processes)
    for place in dict.fromkeys(way.callee for way in wanted):
        command = f"open ports for a moment: {_numbers(way for way in wanted if way.callee == place)}"
        yield Step("preflight", place.address, command, is_read_only=True)
    for caller, callee in dict.fromkeys((way.caller, way.callee) for way in wanted):
        its = _numbers(way for way in wanted if (way.caller, way.callee) == (caller, callee))
        yield Step("preflight", caller.address, f"connect to {callee.address}: {its}", is_read_only=True)


def _numbers(its: Iterable[Way]) -> str:
    return ", ".join(dict.fromkeys(str(way.port) if way.port else "a free one" for way in its))


def _reached(place: Place) -> str:
    return "here" if reach.is_here(*place) else f"ssh {place.ssh or place.address}"


def _tuning(flow: LaunchFlow) -> Iterator[str]:
    governor = flow.preparation.scaling_governor
    if governor:
        yield f"echo {shlex.quote(governor)} | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
    for name, value in flow.preparation.sysctl:
        yield f"sysctl -w {shlex.quote(f'{name}={value}')}"


def _start(flow: LaunchFlow, run: Run, process: RunProcess) -> Step:
    command = (
        f"cd {FOLDER}/{run.name} && GLM_WIZARD_PLAN={run.plan} setsid bash ./launch.sh {process.name} "
        f">>{process.name}.log 2>&1 </dev/null"
    )
    return Step("start", place_of(process).address, command, process.name, _becomes(flow, flow.process(process.name)))


def _becomes(flow: LaunchFlow, process: Process) -> str:
    """Its variables and its argv; secrets are references, so none can stand here."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in flow.environment(process).items()]
    return " ".join([*variables, shlex.join(flow.argv(process))])


def _ready(process: RunProcess) -> Step:
    command = f"GET {process.ready_url}: 200, from pid and port of this run" if process.ready_url else ""
    if not command:
        command = f"`{process.ready_line}` in {process.name}.log"
    return Step("ready", place_of(process).address, command, process.name, is_read_only=True)
