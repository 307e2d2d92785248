"""``--detect``: what the hosts are."""

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Probes this machine, the hosts given, or a recorded machine.

    Raises:
        WizardError: a recording that cannot be read or written, or a host whose name cannot be one.
    """
    from wizard.detect import command
    from wizard.hosts import named

    options = invocation.options
    for flag in ("machine", "record"):
        if getattr(options, flag) == "":
            raise UsageError(f"`--{flag}` names no folder", f"`--{flag} FOLDER`; is a variable of the shell empty?")
    edits = dict(invocation.edits)
    hosts = tuple(host for _, host in named(edits["hosts"])) if edits.get("hosts") else ()
    return command.run(
        hosts,
        machine=Path(options.machine) if options.machine else None,
        record=Path(options.record) if options.record else None,
        model_path=edits.get("model-path"),
        shown=command.Shown(as_json=options.json, color=not options.no_color, is_whole=options.verbose),
    )
