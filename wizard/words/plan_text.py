"""The plan for people: processes in order, their commands with origins, ports and what they wait for."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wizard.export.quote import join, quote
from wizard.export.request import ExportRequest
from wizard.launch.earlier import Earlier, minutes
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.model.selection import Origin
from wizard.words.console import console


def show(request: ExportRequest, changes: list[dict[str, object]], last: Earlier | None = None, *, color: bool) -> None:
    """Prints the plan on stdout, with what it took the last time where there was one."""
    out = console(color=color)
    flow = request.flow
    out.print(Text(f"{flow.model}, {flow.title}: plan {flow.plan_hash()}, SGLang {flow.release}", style="bold"))
    out.print(_overview(flow, last))
    if last is not None:
        out.print(Text(f"The last time ({last.run}) everything was ready after {minutes(last.ready_s)}."))
    for process in flow.processes:
        _process(out, flow, process)
    if changes:
        out.print(_changes(changes))
    unfilled = flow.unfilled()
    if unfilled:
        out.print(Text("Not filled in yet:", style="bold"))
        for variable in unfilled:
            out.print(Text(f"  {variable.name}: {variable.meaning}"))
    out.print(Text("The same again: " + join(request.reproduce)), soft_wrap=True)


def _overview(flow: LaunchFlow, last: Earlier | None) -> Table:
    table = Table("process", "host", "devices", "ports", "waits for", pad_edge=False)
    if last is not None:
        table.add_column("last time")
    values = flow.values()
    for process in flow.processes:
        derived = [port.number for port in process.ports if port.derived]
        ports = [f"{port.number} {port.purpose}" for port in process.ports if not port.derived]
        if derived:
            ports.append(f"{min(derived)}-{max(derived)} derived" if len(derived) > 1 else f"{derived[0]} derived")
        table.add_row(
            Text(process.name),
            Text(resolve(process.address, values) or "where it is started"),
            Text(str(process.devices) if process.devices else "-"),
            Text("\n".join(ports)),
            Text(", ".join(process.waits_for) or "-"),
            *([Text(minutes(last.processes[process.name]) if process.name in last.processes else "-")] if last else []),
        )
    return table


def _process(out: Console, flow: LaunchFlow, process: Process) -> None:
    """The exact command: values that are known are filled in, the others stand as <NAME>."""
    values = flow.values()
    out.print()
    out.print(Text(process.name, style="bold"))
    for setting in process.environment:
        text = f"export {setting.name}={quote(resolve(setting.words[0], values))}"
        out.print(_line(text, setting.origin, setting.note), soft_wrap=True)
    out.print(Text(" ".join(process.program)), soft_wrap=True)
    for setting in process.options:
        text = join(resolve(item, values) for item in setting.words) or f"(no --{setting.name})"
        out.print(_line("  " + text, setting.origin, setting.note), soft_wrap=True)


def _line(text: str, origin: Origin, note: str) -> Text:
    line = Text(text)
    if origin is not Origin.PRESET or note:
        line.append(f"   <- {origin.value}" + (f": {note}" if note else ""), style="italic")
    return line


def _changes(changes: list[dict[str, object]]) -> Table:
    table = Table(
        "role", "setting", "preset", "now", title="Different from the preset", title_justify="left", pad_edge=False
    )
    for change in changes:
        before, after = ("not set" if value is None else str(value) for value in (change["before"], change["after"]))
        table.add_row(Text(str(change["role"])), Text(str(change["name"])), Text(before), Text(after))
    return table
