"""Before a launch: what would happen, what stands in its way, and what has to be asked. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from screens.text import outside
from wizard.errors import WizardError
from wizard.model.finding import Severity
from wizard.model.flow import LaunchFlow, resolve
from wizard.session import Session


class Question(NamedTuple):
    """What the operator is asked before anything is started."""

    words: str
    detail: str


def obstacle(session: Session) -> str:
    """Why it cannot be launched at all; empty where it can."""
    planned = session.planned
    if isinstance(planned, WizardError):
        return str(planned)
    blank = [variable for variable in planned.unfilled() if variable.name != "IMAGE" or planned.container]
    if blank:
        return f"not filled in yet: {', '.join(variable.name for variable in blank)}. Review (key 3) asks for them."
    if any(host.is_recorded for host in session.hosts):
        return "the hosts are recordings: they can be planned for and exported, but nothing can be started on them."
    return ""


def question(session: Session) -> Question | None:
    """What is asked where the checks say something; None where they do not."""
    told = [f for f in session.findings if f.severity in (Severity.ERROR, Severity.WARNING)]
    left = [finding for finding in told if finding.code not in session.selection.accepted]
    if not left:
        return None
    return Question(f"Launch despite {session.verdict}?", "\n".join(f"{f.severity}: {f.message}" for f in left))


def summary(session: Session) -> Iterator[Content]:
    """Hosts, devices, ports, what is changed as root: everything that a launch touches."""
    planned = session.planned
    if isinstance(planned, WizardError):
        return
    yield Content("")
    for number, process in enumerate(planned.processes, start=1):
        where = resolve(process.address, planned.values()) or "this machine"
        devices = f"{process.devices} devices, " if process.devices else ""
        ports = _span(sorted(port.number for port in process.ports))
        yield Content.assemble(
            f"{number} ", outside(process.name, "bold"), outside(f"  on {where}: {devices}ports {ports}")
        )
    yield from _touched(planned)
    yield Content("")
    yield outside(f"checks: {session.verdict}")


def _touched(flow: LaunchFlow) -> Iterator[Content]:
    prepared = flow.preparation
    root = [f"CPU governor {prepared.scaling_governor}"] if prepared.scaling_governor else []
    root += [f"{name}={value}" for name, value in prepared.sysctl]
    if root:
        yield Content("")
        yield outside(f"changed as root where it may be: {', '.join(root)}")
    if flow.container is not None:
        yield outside(f"image: {resolve(flow.container.image, flow.values())}")
    yield Content("stopped: nothing. Ports and devices that others use stop the launch.")


def _span(numbers: list[int]) -> str:
    """Numbers with neighbours drawn together: ``6688, 8000-8006``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
