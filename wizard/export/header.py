"""The comment at the top of a script: what it is, what made it, how to use it, what is known against it.

The same input gives the same bytes: no date, no host name, nothing that varies between two runs.
"""

import textwrap
from collections.abc import Iterator

from wizard.export.quote import join
from wizard.export.request import ExportRequest
from wizard.model.finding import Severity
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.wording import one_line

_WIDTH = 118


def header(request: ExportRequest) -> str:
    """The header, every line a comment."""
    return "".join(f"# {line}".rstrip() + "\n" for line in _lines(request))


def _lines(request: ExportRequest) -> Iterator[str]:
    flow, selection = request.flow, request.selection
    yield f"{one_line(flow.model)} on Ascend with SGLang: {one_line(flow.title)}"
    yield ""
    yield f"Made by glm-wizard {request.version}. The same file again, on any machine:"
    yield "  " + join(request.reproduce)
    if request.recorded:
        yield request.recorded
    yield ""
    for key, value in _metadata(request):
        yield f"glm-wizard: {key} = {one_line(value)}"
    if request.about is not None:
        yield from _wrapped(f"Source: {request.about.source}, {request.about.date}")
        yield from _wrapped(f"Status: {request.about.status}; {request.about.verified}")
    yield ""
    yield from _findings(request)
    yield from _use(flow)
    corrections = [f"{item.what}: {item.why}" for item in flow.corrections] + list(_notes(flow))
    if corrections:
        yield ""
        yield "Different from the published recipe, on purpose:"
        for text in corrections:
            yield from _wrapped(text, bullet=True)
    if selection.accepted:
        yield ""
        yield "Accepted findings: " + ", ".join(one_line(code) for code in selection.accepted)


def _metadata(request: ExportRequest) -> Iterator[tuple[str, str]]:
    """What an import of this script cannot see in its commands."""
    selection = request.selection
    yield "preset", selection.preset or "-"
    yield "scenario", selection.scenario
    yield "series", selection.series
    yield "release", selection.release
    yield "model", selection.model.name
    yield "quantization", selection.model.quantization or "-"
    yield "runtime", selection.runtime.kind
    yield "image", selection.runtime.image or "-"
    yield "accepted", ", ".join(selection.accepted) or "-"


def _findings(request: ExportRequest) -> Iterator[str]:
    shown = [
        f
        for f in request.findings
        if f.severity in (Severity.ERROR, Severity.WARNING) and f.code not in request.selection.accepted
    ]
    for finding in shown:
        yield from _wrapped(f"{finding.severity.upper()} {finding.code}: {finding.message}")
        if finding.hint:
            yield from _wrapped(f"hint: {finding.hint}", indent="  ")
    if shown:
        yield ""


def _use(flow: LaunchFlow) -> Iterator[str]:
    yield "Use: save it as launch.sh, copy the same file to every host, and there:"
    yield "  bash launch.sh            starts the server that belongs to the host, in the foreground"
    yield "  bash launch.sh NAME       starts one process by name"
    yield "  bash launch.sh --list     prints the names"
    values = flow.values()
    for process in flow.processes:
        if not process.address:
            continue
        place = resolve(process.address, values)
        waits = f", when {', '.join(process.waits_for)} are ready" if process.waits_for else ""
        command = f"bash launch.sh {process.name}" if process.waits_for else "bash launch.sh"
        yield from _wrapped(
            f"on {place}: {command}{'' if process.waits_for else f' ({process.name})'}{waits}", indent="  "
        )
    yield f"It serves when {_url(flow, flow.entry)} answers 200."


def _url(flow: LaunchFlow, process: Process) -> str:
    return one_line(resolve(process.ready.url, flow.values()))


def _notes(flow: LaunchFlow) -> Iterator[str]:
    """What the plan changed or added, once for all processes that share it."""
    seen: dict[str, list[str]] = {}
    for process in flow.processes:
        for setting, prefix in [*((s, "--") for s in process.options), *((s, "") for s in process.environment)]:
            if setting.note:
                seen.setdefault(f"{prefix}{setting.name}: {setting.note}", []).append(process.name)
    for text, names in seen.items():
        yield f"{text} ({', '.join(names)})"


def _wrapped(text: str, *, bullet: bool = False, indent: str = "") -> Iterator[str]:
    first = "- " if bullet else indent
    later = "  " if bullet else indent + "  "
    yield from textwrap.wrap(
        one_line(text), _WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    ) or [""]
