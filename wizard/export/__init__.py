"""LaunchFlow → files: one module per format. Pure but for ``write``; nothing here decides what is started."""

from collections.abc import Callable

from wizard.export.bash import script
from wizard.export.document import plan_json, runbook, verify_script
from wizard.export.request import ExportRequest
from wizard.selection_file import dumps


def selection_toml(request: ExportRequest) -> str:
    """The selection file that ``--config`` reads."""
    return dumps(request.selection)


EXPORTERS: dict[str, Callable[[ExportRequest], str]] = {"bash": script, "json": plan_json}
"""``--export FORMAT``: one file each."""

FOLDER_FILES: dict[str, Callable[[ExportRequest], str]] = {
    "launch.sh": script,
    "selection.toml": selection_toml,
    "verify.sh": verify_script,
    "RUNBOOK.md": runbook,
}
"""What ``--output FOLDER`` holds."""

__all__ = ["EXPORTERS", "FOLDER_FILES", "ExportRequest"]
