"""The launch script: one file, the same on every host, that starts what belongs to the host it runs on.

Owns the text of the script; everything in it was decided by ``wizard.plan``. The parts that are the same in every
script stand in ``shell/*.sh``.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from wizard.export.header import header
from wizard.export.quote import join, quote, word
from wizard.export.request import ExportRequest
from wizard.knowledge import facts
from wizard.model.flow import Container, LaunchFlow, Preparation, Process, Ref, Variable
from wizard.wording import one_line

_SHELL = Path(__file__).with_name("shell")


def script(request: ExportRequest) -> str:
    """The whole script.

    Raises:
        UsageError: a value cannot be carried by any command line (NUL, not UTF-8).
    """
    flow = request.flow
    parts = [
        "#!/usr/bin/env bash\n" + header(request),
        "set -euo pipefail\n",
        _values(flow),
        *(_shell(name) for name in _libraries(flow)),
        _preparation(flow.preparation),
    ]
    parts += [_start(flow, process) for process in flow.processes]
    parts.append(_dispatch(flow))
    return _signed("\n".join(parts))


def _signed(text: str) -> str:
    """The script with the checksum of its own text, by which it knows whether it was edited."""
    checksum = hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
    head, plan, rest = text.partition("\nPLAN=")
    return f"{head}\nSCRIPT_SUM={checksum}{plan}{rest}"


def _libraries(flow: LaunchFlow) -> Iterator[str]:
    """The shared shell functions that this script calls, and no others."""
    yield "base"
    if flow.servers[0].address:
        yield "addresses"
    if any(process.interface for process in flow.processes):
        yield "interface"
    if flow.preparation.sysctl or flow.preparation.scaling_governor:
        yield "tuning"
    if flow.preparation.scaling_governor:
        yield "governor"
    if flow.preparation.scripts:
        yield "cann"
    if flow.container is not None:
        yield "container"


@cache
def _shell(name: str) -> str:
    return (_SHELL / f"{name}.sh").read_text(encoding="utf-8")


def function_name(process: Process) -> str:
    """The shell function that starts a process."""
    return "start_" + process.name.replace("-", "_")


def _values(flow: LaunchFlow) -> str:
    lines = [
        "# Values. Edit them here, or set them when starting: MODEL_PATH=/models/glm bash launch.sh",
        f"PLAN={flow.plan_hash()}",
    ]
    for variable in flow.variables:
        lines.append(f"# {one_line(variable.meaning)}")
        lines.append(assignment(variable))
    if flow.container is not None:
        lines += _container_values(flow.container)
    return "\n".join(lines) + "\n"


def assignment(variable: Variable) -> str:
    """``NAME=${NAME:-value}``: the value of the environment wins over the one that was chosen."""
    value = variable.value
    quoted = quote(value) if value else ""
    if quoted == value:
        return f'{variable.name}="${{{variable.name}:-{value}}}"'
    return f"{variable.name}=${{{variable.name}:-{quoted}}}"


def _container_values(container: Container) -> list[str]:
    return [
        "# how the image is run; devices and mounts that this host does not have are left out",
        f"SHM_SIZE={quote(container.shm_size)}",
        f"IMAGE_DISK_GB={facts.container_facts().free_disk_gb}",
        _array("DEVICES", container.devices),
        _array("MOUNTS", container.mounts),
    ]


def _array(name: str, words: Iterable[str]) -> str:
    return f"{name}=(\n" + "".join(f"  {quote(item)}\n" for item in words) + ")"


def _preparation(preparation: Preparation) -> str:
    tune = [f'tune "{name}" sysctl -w {quote(f"{name}={value}")}' for name, value in preparation.sysctl]
    if preparation.scaling_governor:
        governor = quote(preparation.scaling_governor)
        tune.insert(0, f'tune "the CPU frequency governor" set_governor {governor}')
    clean = []
    if preparation.unset:
        clean.append("unset " + join(preparation.unset))
    if preparation.scripts:
        clean.append("load_environment" + "".join(f" \\\n    {quote(path)}" for path in preparation.scripts))
    return _function("tune_host", tune or [":"]) + "\n" + _function("prepare_environment", clean or [":"])


def _function(name: str, lines: Iterable[str]) -> str:
    return f"{name}() {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _start(flow: LaunchFlow, process: Process) -> str:
    """The function that becomes one process."""
    lines = list(_needs(flow, process))
    if process.role != "router":
        if flow.container is None:
            lines.append("tune_host")
        lines.append("prepare_environment")
    lines += [f"export {setting.name}={word(setting.words[0])}" for setting in process.environment]
    lines.append("exec " + join(process.program) + "".join(f" \\\n    {text}" for text in _options(process)))
    title = f"# {process.name}: {_position(process)}\n"
    return title + _function(function_name(process), lines)


def _position(process: Process) -> str:
    if process.role == "router":
        return "start it when " + ", ".join(process.waits_for) + " are ready"
    parts = [f"{process.role} server" if process.role != "server" else "server"]
    if process.role != "server":
        parts.append(f"instance {process.instance}")
    if process.ranks > 1:
        parts.append(f"rank {process.rank} of {process.ranks}")
    if process.devices:
        parts.append(f"{process.devices} devices")
    return ", ".join(parts)


def _options(process: Process) -> Iterator[str]:
    for setting in process.options:
        if setting.words:
            yield " ".join(word(item) for item in setting.words)


def used_variables(flow: LaunchFlow, process: Process) -> tuple[Variable, ...]:
    """The flow's variables that a process's words refer to, in the order of the script."""
    words = [process.address, *process.argv, *(setting.words[0] for setting in process.environment)]
    names = {part.name for item in words for part in item if isinstance(part, Ref)}
    if process.interface:
        names.add(process.interface)
    return tuple(variable for variable in flow.variables if variable.name in names)


def _needs(flow: LaunchFlow, process: Process) -> Iterator[str]:
    used = used_variables(flow, process)
    for variable in used:
        if variable.required:
            yield f"need {variable.name} {quote(one_line(variable.meaning))}"
    for name in process.secrets:
        yield f"need {name} 'a secret, never written to a file'"
    if process.interface:
        address = next(
            variable.name for variable in used if variable.name == process.interface.replace("_INTERFACE", "_ADDRESS")
        )
        yield f'find_interface {process.interface} "${address}"'


def _dispatch(flow: LaunchFlow) -> str:
    """Which process a call of the script means, and starting it."""
    names = [process.name for process in flow.processes]
    servers = [process.name for process in flow.servers]
    addressed = bool(flow.servers[0].address)
    parts = [_array("PROCESSES", names) + "\n", _run(flow), _shell("main")]
    if addressed:
        parts += [_array("SERVERS", servers) + "\n", _function("address_of", _address_cases(flow)), _shell("match")]
    else:
        parts.append(_function("server_here", [f"printf {quote(servers[0])}"]))
    return "\n".join([*parts, 'main "$@"\n'])


def _address_cases(flow: LaunchFlow) -> list[str]:
    cases = [f"{process.name}) printf '%s' \"${_address_name(process)}\" ;;" for process in flow.processes]
    return ['case "$1" in', *(f"  {case}" for case in cases), "esac"]


def _address_name(process: Process) -> str:
    return next(part.name for part in process.address if isinstance(part, Ref))


def _run(flow: LaunchFlow) -> str:
    """``run NAME``: starts the process, inside the image where there is one."""
    lines = ['case "$1" in']
    for process in flow.processes:
        start = function_name(process)
        if flow.container is None:
            lines.append(f"  {process.name}) {start} ;;")
            continue
        passed = [variable.name for variable in used_variables(flow, process)] + list(process.secrets)
        lines.append(f"  {process.name})")
        lines += [f"    {need}" for need in _needs(flow, process)]
        lines.append(f"    if is_inside; then {start}; fi")
        if process.role != "router":
            lines.append("    tune_host")
        lines += [f"    run_in_container {join([process.name, *passed])}", "    ;;"]
    return _function("run", [*lines, "esac"])
