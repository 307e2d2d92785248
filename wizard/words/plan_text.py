"""The plan for people: processes in order, their commands with origins, ports and what they wait for."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wizard.check.needed import HostSet
from wizard.export.quote import join, quote
from wizard.export.request import ExportRequest
from wizard.launch import earlier, timing
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.model.selection import Origin
from wizard.monitor.view import duration
from wizard.words.console import console


class Before(NamedTuple):
    """What the same launch took the last time."""

    whole: earlier.Earlier | None = None
    phases: Mapping[str, timing.Earlier] = {}
    """Process → what its starts with these weights on these hosts took."""
    figures: Sequence[str] = ()
    """How fast it is, here and as published, in lines."""

    def told(self, process: str) -> str:
        """Of one process, with its longest phases where they are known."""
        if process in self.phases:
            return timing.told(self.phases[process].last)
        known = self.whole.processes.get(process) if self.whole else None
        return "-" if known is None else duration(known)


def show(request: ExportRequest, changes: list[dict[str, object]], before: Before, *, color: bool) -> None:
    """Prints the plan on stdout, with what it took the last time where there was one."""
    out = console(color=color)
    flow, last = request.flow, before.whole
    out.print(Text(f"{flow.model}, {flow.title}: plan {flow.plan_hash()}, SGLang {flow.release}", style="bold"))
    if request.recorded:
        out.print(Text(request.recorded, style="bold yellow"))
    out.print(_overview(flow, before))
    if last is not None:
        out.print(Text(f"The last time ({last.run}) everything was ready after {duration(last.ready_s)}."))
    for line in before.figures:
        out.print(Text(line))
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


def _overview(flow: LaunchFlow, before: Before) -> Table:
    more = ("last time",) if before.whole or before.phases else ()
    table = Table("process", "host", "devices", "ports", "waits for", *more, pad_edge=False)
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
            *(Text(before.told(process.name)) for _ in more),
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


def show_host_sets(enough: Sequence[HostSet], *, color: bool) -> None:
    """Prints what would hold weights that do not fit; nothing where nothing is said."""
    out = console(color=color)
    if enough:
        out.print(Text("The weights do not fit; the smallest sets of hosts that hold them:", style="bold"))
    for item in enough:
        out.print(Text(f"  {item.told()}"))
