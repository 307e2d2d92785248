"""The last questions: what would be started, and what becomes of it."""

from wizard.errors import UsageError, WizardError
from wizard.export.command import typed_lines
from wizard.export.quote import join
from wizard.model.flow import resolve
from wizard.offers import touched
from wizard.prompts.walk import Choice, Question, Tools, Verbatim, Walk

_PLACES = {"script": "launch.sh", "folder": "glm-wizard-export/", "json": "plan.json", "save": "selection.toml"}
"""What can be written, and where if nothing else is said."""


def _flow(walk: Walk) -> list[str]:
    planned = walk.session.planned
    if isinstance(planned, WizardError):
        return [f"it cannot be planned: {planned.message}. {planned.hint}"]
    values = planned.values()
    told = ["What would be started, in order:"]
    for number, process in enumerate(planned.processes, 1):
        place = resolve(process.address, values) or "the host where the script is started"
        ports = ", ".join(f"{port.number} ({port.purpose})" for port in process.ports if not port.derived)
        told.append(f"{number} of {len(planned.processes)}: {process.name} on {place}, ports {ports}")
    told += [f"not filled in yet: {variable.name}, {variable.meaning}" for variable in planned.unfilled()]
    return told


def ask(walk: Walk) -> Question:
    """What becomes of the selection."""
    session = walk.session
    blocked = f"{session.verdict}; fix or accept them first" if session.blocking else ""
    choices = (
        Choice("script", "write the launch script", "one file for all hosts", blocked),
        Choice("folder", "write a folder", "script, selection, runbook, verify.sh and bench.sh", blocked),
        Choice("json", "write the plan as JSON", "", blocked),
        Choice("commands", "show every command"),
        Choice("launch", "start it", "the very script that an export writes", blocked),
        Choice("save", "save the selection", "`glm-wizard --config FILE` takes it up again"),
        Choice("settings", "change settings"),
        Choice("findings", "show what the checks say"),
        Choice("done", "finish"),
    )
    told = (*_flow(walk), f"Checked: {session.verdict}", "The same by flags:", Verbatim(join(session.reproduce)))
    return Question("review", "What now?", choices, "settings" if blocked else "script", told)


def answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """To a place to write to, back to changing, or to the end."""
    if answer in _PLACES:
        return walk.to("path", answer)
    if answer == "commands":
        return walk.to("review", said=_commands(walk))
    if answer in ("settings", "findings"):
        return walk.to(answer)
    return walk.to("start") if answer == "launch" else walk.ended(answer)


def ask_start(walk: Walk) -> Question:
    """Everything that a launch touches, before it touches it."""
    planned = walk.session.planned
    told = () if isinstance(planned, WizardError) else (touched.paragraph(planned), f"Checked: {walk.session.verdict}")
    choices = (Choice("no", "no, back; nothing is changed"), Choice("yes", "yes, start it"))
    return Question("start", "Start it?", choices, "no", told)


def start_answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """To the launch, or back to where one was, unchanged."""
    return walk.ended("launch") if answer == "yes" else walk.back


def _commands(walk: Walk) -> list[str]:
    planned = walk.session.planned
    if isinstance(planned, WizardError):
        return [planned.message]
    told = []
    for process in planned.processes:
        told += [f"{process.name}:", *map(Verbatim, typed_lines(planned, process))]
    return told


def ask_path(walk: Walk) -> Question:
    """Where to write."""
    return Question("path", "Write it where?", (), _PLACES[walk.detail], (), "A path; a folder ends in /.")


def path_answered(walk: Walk, answer: str, tools: Tools) -> Walk:
    """Writes it; a different file in the way is asked about first."""
    try:
        said = tools.write(walk.session, walk.detail, answer.strip(), overwrite=False)
    except UsageError as error:
        if "differs" not in error.message and "exists" not in error.message:
            raise
        return walk.to("overwrite", f"{walk.detail} {answer.strip()}", said=[error.message])
    return walk.to("review", said=said)


def ask_overwrite(walk: Walk) -> Question:
    """Whether to replace what is there."""
    path = walk.detail.partition(" ")[2]
    choices = (Choice("no", "no, another place"), Choice("yes", f"yes, replace {path}", "what is there now is lost"))
    return Question("overwrite", "Replace it?", choices, "no")


def overwrite_answered(walk: Walk, answer: str, tools: Tools) -> Walk:
    """Replaces it, or asks for another place."""
    form, _, path = walk.detail.partition(" ")
    if answer == "no":
        return walk.to("path", form)
    return walk.to("review", said=tools.write(walk.session, form, path, overwrite=True))
