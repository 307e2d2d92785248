"""What a launch touches, in one paragraph: hosts, devices, ports, what is changed as root, what is stopped. Pure."""

from collections.abc import Iterable

from wizard.model.flow import LaunchFlow, Process, resolve

STOPS = "Nothing is stopped; ports and devices that others use stop the launch."


def paragraph(flow: LaunchFlow) -> str:
    """Everything in sentences."""
    starts = "; ".join(where(flow, process) for process in flow.processes)
    return " ".join(part for part in (f"Starts {starts}.", root(flow), image(flow), STOPS) if part)


def where(flow: LaunchFlow, process: Process) -> str:
    """``prefill-0 on 10.0.0.1 (16 devices, ports 8000, 8998)``."""
    place = resolve(process.address, flow.values()) or "this machine"
    devices = f"{process.devices} devices, " if process.devices else ""
    return f"{process.name} on {place} ({devices}ports {span(port.number for port in process.ports)})"


def root(flow: LaunchFlow) -> str:
    """What is changed on the hosts as root, in a sentence; empty where nothing is."""
    prepared = flow.preparation
    changed = [f"CPU governor {prepared.scaling_governor}"] if prepared.scaling_governor else []
    changed += [f"{name}={value}" for name, value in prepared.sysctl]
    return f"Changes on each host as root, where it may: {', '.join(changed)}." if changed else ""


def image(flow: LaunchFlow) -> str:
    """What it runs in, in a sentence."""
    if flow.container is None:
        return "Runs directly on the hosts, without a container."
    return f"Pulls the image where it is missing: {resolve(flow.container.image, flow.values())}."


def span(numbers: Iterable[int]) -> str:
    """Numbers with neighbours drawn together: ``6688, 8000-8006``."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
