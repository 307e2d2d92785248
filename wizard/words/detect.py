"""``--detect``: what the hosts are."""

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import ExitCode

if TYPE_CHECKING:
    from wizard.cli import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Probes this machine, the hosts given, or a recorded machine.

    Raises:
        WizardError: a recording that cannot be read or written.
    """
    from wizard.detect import command

    options = invocation.options
    edits = dict(invocation.edits)
    hosts = tuple(item.rpartition("=")[2].strip() for item in edits.get("hosts", "").split(",") if item.strip())
    return command.run(
        hosts,
        machine=Path(options.machine) if options.machine else None,
        record=Path(options.record) if options.record else None,
        as_json=options.json,
        model_path=edits.get("model-path"),
        color=not options.no_color,
    )
