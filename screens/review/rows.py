"""Rows of the Review pages: commands with origins, and what differs from the preset. Pure."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from screens.text import outside
from screens.widgets.command_preview import lines_of
from screens.widgets.rows import Row
from wizard import features
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.model.selection import Origin, Selection
from wizard.offers.preview import changes

ORIGINS = {
    Origin.PRESET: "preset",
    Origin.OPERATOR: "you",
    Origin.IMPORT: "import",
    Origin.FIX: "fix",
    Origin.RULE: "rule",
}


def command_rows(flow: LaunchFlow) -> Iterator[Row]:
    """Every process: its variables, program and options as they run, each with who set it."""
    for process in flow.processes:
        yield Row(f"{process.name}  ", _heading(flow, process), is_heading=True)
        for line in lines_of(flow, process):
            kind, _, name = line.key.partition(" ")
            of = ", ".join(features.features_of(name)) if name else ""
            origin = "" if kind == "program" else ORIGINS[line.origin]
            right = Content.assemble(
                outside(f"{of}  " if of else "", "$text-muted"),
                outside(origin, "$text-muted" if line.origin is Origin.PRESET else "bold $text-accent"),
            )
            yield Row(f"{process.name} {line.key}", outside(f"  {line.text}"), right)


def _heading(flow: LaunchFlow, process: Process) -> Content:
    where = resolve(process.address, flow.values())
    return outside(process.name + (f" on {where}" if where else ""))


def note_of(flow: LaunchFlow, key: str) -> str:
    """Why the setting of a row is as it is, where the plan has something to say."""
    process_name, kind, name = split(key)
    for process in flow.processes:
        if process.name == process_name:
            settings = process.environment if kind == "variable" else process.options
            return next((setting.note for setting in settings if setting.name == name), "")
    return ""


def split(key: str) -> tuple[str, str, str]:
    """Process, kind and name of a command row."""
    process, _, rest = key.partition(" ")
    kind, _, name = rest.partition(" ")
    return process, kind, name


def change_rows(base: Selection | None, now: Selection) -> Sequence[Row]:
    """What differs from the preset, role by role."""
    if base is None:
        return [Row("", Content("There is no preset to compare with."), is_heading=True)]
    rows: list[Row] = []
    role = ""
    for number, change in enumerate(changes(base, now)):
        if change.role != role:
            role = change.role
            rows.append(Row(f"role {role}", outside(role), is_heading=True))
        style = {"+": "$text-success", "-": "$text-error"}.get(change.text[0], "$text-warning")
        rows.append(
            Row(f"{role} {number} {_name(change.after or change.before or '')}", outside(f"  {change.text}", style))
        )
    return rows or [Row("", Content("Nothing: this is the preset as it was published."), is_heading=True)]


def _name(written: str) -> str:
    return written.split("=", maxsplit=1)[0].split(" ", maxsplit=1)[0].lstrip("-")
