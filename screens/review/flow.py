"""The launch flow in words: what starts where, when and on which ports, and what is done to a host first. Pure."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from screens.text import outside
from wizard.launch.earlier import Earlier
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.monitor.view import duration
from wizard.session import Session


def overview(session: Session, flow: LaunchFlow, last: Earlier | None = None, figures: Sequence[str] = ()) -> Content:
    """The whole page.

    Args:
        session: what was chosen.
        flow: what would be started.
        last: what it took the last time; None where there was none.
        figures: how fast it is, here and as published, in lines.
    """
    lines = [*_head(session, flow), Content("")]
    for number, process in enumerate(flow.processes, start=1):
        took_s = last.processes.get(process.name) if last else None
        lines += [*_process(number, flow, process, took_s), Content("")]
    if last is not None:
        lines += [
            outside(f"The last time ({last.run}) everything was ready after {duration(last.ready_s)}."),
            Content(""),
        ]
    if figures:
        lines += [*map(outside, figures), Content("")]
    lines += _preparation(flow)
    return Content("\n").join(lines)


def _head(session: Session, flow: LaunchFlow) -> Iterator[Content]:
    yield outside(f"{flow.model}, {flow.title}: SGLang {flow.release}, plan {flow.plan_hash()}", "bold")
    blank = flow.unfilled()
    if blank:
        words = f"{len(blank)} to fill in: " + ", ".join(variable.name for variable in blank)
        yield Content.assemble(Content.styled(words, "bold $text-warning"), "  (page To fill in)")
    if session.blocking:
        yield Content.styled(f"{session.verdict}: `f` shows them with their fixes", "bold $text-error")


def _process(number: int, flow: LaunchFlow, process: Process, took_s: float | None) -> Iterator[Content]:
    values = flow.values()
    where = resolve(process.address, values) or "the host it is started on"
    devices = f", {process.devices} devices" if process.devices else ""
    yield Content.assemble(f"{number} ", outside(process.name, "bold"), outside(f"  on {where}{devices}"))
    for purpose, numbers in _ports(process).items():
        yield outside(f"    ports   {numbers}: {purpose}")
    took = f"; the last time after {duration(took_s)}" if took_s is not None else ""
    yield outside(
        f"    ready   when {resolve(process.ready.url, values) or 'its log says so'}{_answers(process)}{took}"
    )
    yield outside(f"    after   {_waits(flow, process)}", "$text-muted")


def _answers(process: Process) -> str:
    return " answers" if process.ready.url else ""


def _ports(process: Process) -> dict[str, str]:
    """Purpose → port numbers; those that SGLang derives from others stand together."""
    named = {port.purpose: str(port.number) for port in process.ports if not port.derived}
    derived = sorted(port.number for port in process.ports if port.derived)
    if derived:
        span = f"{derived[0]}-{derived[-1]}" if len(derived) > 1 else str(derived[0])
        named[f"derived from these by SGLang ({len(derived)})"] = span
    return named


def _waits(flow: LaunchFlow, process: Process) -> str:
    if process.waits_for:
        return ", ".join(process.waits_for) + " answer"
    together = [other.name for other in flow.processes if other is not process and not other.waits_for]
    return "nothing; it starts together with " + ", ".join(together) if together else "nothing"


def _preparation(flow: LaunchFlow) -> Iterator[Content]:
    prepared = flow.preparation
    yield Content.styled("Done on each host first, as far as it may (reported, never fatal)", "bold")
    if prepared.scaling_governor:
        yield outside(f"    as root  CPU governor: {prepared.scaling_governor}")
    for name, value in prepared.sysctl:
        yield outside(f"    as root  sysctl {name}={value}")
    if prepared.scripts:
        yield outside(f"    sourced  {', '.join(prepared.scripts)}")
    if prepared.unset:
        yield outside(f"    unset    {', '.join(prepared.unset)}")
    if flow.container is not None:
        image = resolve(flow.container.image, flow.values())
        yield outside(f"    image    {image}, pulled where it is missing; shared memory {flow.container.shm_size}")
    else:
        yield Content("    no container: it runs directly on the host")
    for correction in flow.corrections:
        yield outside(f"    differs from the source: {correction.what} ({correction.why})", "$text-muted")
