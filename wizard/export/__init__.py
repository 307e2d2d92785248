"""LaunchFlow → files: one module per format. Pure but for ``write``; nothing here decides what is started."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.export.request import ExportRequest


def script(request: "ExportRequest") -> str:
    """The launch script. Who only quotes a word needs neither it nor the plan."""
    from wizard.export import bash

    return bash.script(request)


def plan_json(request: "ExportRequest") -> str:
    """The flow as one JSON document."""
    from wizard.export import document  # a script needs none of it

    return document.plan_json(request)


def runbook(request: "ExportRequest") -> str:
    """What an operator does with the folder, in order."""
    from wizard.export import document

    return document.runbook(request)


def verify_script(request: "ExportRequest") -> str:
    """A script that asks whether the service answers."""
    from wizard.export import document

    return document.verify_script(request)


def bench_script(request: "ExportRequest") -> str:
    """A script that measures the service."""
    from wizard.export import bench

    return bench.script(request)


def selection_toml(request: "ExportRequest") -> str:
    """The selection file that ``--config`` reads."""
    from wizard.selection_file import dumps

    return (f"# {request.recorded}\n" if request.recorded else "") + dumps(request.selection)


EXPORTERS: "dict[str, Callable[[ExportRequest], str]]" = {"bash": script, "json": plan_json}
"""``--export FORMAT``: one file each."""

FOLDER_FILES: "dict[str, Callable[[ExportRequest], str]]" = {
    "launch.sh": script,
    "selection.toml": selection_toml,
    "verify.sh": verify_script,
    "bench.sh": bench_script,
    "RUNBOOK.md": runbook,
}
"""What ``--output FOLDER`` holds."""

__all__ = ["EXPORTERS", "FOLDER_FILES"]
