"""``--export``: the launch as files."""

import sys
from typing import TYPE_CHECKING

from wizard import check, paths
from wizard.errors import ExitCode, UsageError
from wizard.export import EXPORTERS, FOLDER_FILES
from wizard.export.request import ExportRequest, export_request
from wizard.export.write import write_file, write_folder
from wizard.model.finding import Finding, Severity
from wizard.words.guard import guarding
from wizard.words.start import Started, start
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Writes the export; error findings stop it unless ``--force`` says to go on.

    Raises:
        WizardError: nothing to start from, an unknown format, a file in the way.
    """
    options = invocation.options
    exporter = EXPORTERS.get(options.export)
    if exporter is None:
        raise UsageError(f"unknown format `{options.export}`", "known: " + ", ".join(f"`{name}`" for name in EXPORTERS))
    started = start(invocation)
    for note in started.notes:
        say(f"note: {note}")
    found = guarding(invocation, started.selection)
    talk(found, started.selection.accepted)
    if check.blocking(found, started.selection.accepted) and not options.force:
        say(f"nothing was written: {check.verdict(found, started.selection.accepted)}")
        say("\nhint: apply a fix, or accept a finding with `--accept CODE`, or go on with `--force`")
        return check.exit_code(found, started.selection.accepted)
    request = request_of(started, found, options.export, machine=options.machine)
    _write(invocation, request, exporter(request))
    return ExitCode.DONE


def request_of(
    started: Started, found: tuple[Finding, ...], form: str = "bash", *, machine: str | None = None
) -> ExportRequest:
    """What the exporters are given for a command line."""
    return export_request(started.selection, started.preset, found, form, machine=machine or "")


def talk(found: tuple[Finding, ...], accepted: tuple[str, ...], worst: Severity = Severity.UNKNOWN) -> None:
    """The findings down to a severity, on stderr."""
    order = list(Severity)
    for finding in found:
        if order.index(finding.severity) > order.index(worst):
            continue
        mark = " (accepted)" if finding.code in accepted else ""
        where = f"{finding.where}: " if finding.where else ""
        say(f"{finding.severity}{mark}: {where}{finding.message} [{finding.code}]")
        if finding.hint:
            say(f"  hint: {finding.hint}")


def _write(invocation: "Invocation", request: ExportRequest, text: str) -> None:
    options = invocation.options
    if not options.output:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    overwrite = options.force or options.yes
    if options.export == "bash" and is_folder(options.output):
        files = {name: render(request) for name, render in FOLDER_FILES.items()}
        for path, state in write_folder(options.output, files, overwrite=overwrite):
            say(f"{state}: {path}")
    else:
        say(f"{write_file(options.output, text, overwrite=overwrite)}: {options.output}")


def is_folder(path: str) -> bool:
    """Whether ``--output`` means a folder: it is one, ends in a slash, or has no suffix."""
    from pathlib import Path

    return path.endswith("/") or paths.is_folder(path) or (not Path(path).suffix and not paths.is_file(path))
