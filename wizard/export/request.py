"""What an export is given besides the flow: where it came from and what was said about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard import __version__, reproduce
from wizard.model.finding import Finding
from wizard.model.flow import LaunchFlow
from wizard.model.preset import About, Preset
from wizard.model.selection import Selection
from wizard.plan import launch_flow


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Everything that a file of the export may say."""

    selection: Selection
    flow: LaunchFlow
    findings: Sequence[Finding]
    reproduce: Sequence[str]
    """The command line that gives the same export."""
    about: About | None = None
    """What is known about the preset it started from."""
    version: str = ""
    """Of glm-wizard."""
    is_recorded: bool = False
    """Whether a recorded machine answered instead of real hosts."""

    @property
    def recorded(self) -> str:
        """What every file says of that; empty where real hosts were asked, or none."""
        return "RECORDED: checked against a recorded machine, no real host was asked" if self.is_recorded else ""


def export_request(
    selection: Selection,
    preset: Preset | None,
    found: Sequence[Finding],
    form: str = "bash",
    *,
    machine: str = "",
    is_recorded: bool = False,
) -> ExportRequest:
    """What the exporters are given for a selection.

    Args:
        selection: what is exported.
        preset: what it is compared with in the line that reproduces it.
        found: what the checks say of it.
        form: the format, for that line.
        machine: the recorded machine that it was checked against, for that line.
        is_recorded: whether it was checked against one.

    Raises:
        PlanError: it cannot be planned.
    """
    words = reproduce.command_line(preset.selection if preset else None, selection)
    return ExportRequest(
        selection=selection,
        flow=launch_flow(selection, preset.about.corrections if preset else ()),
        findings=found,
        reproduce=(
            *words,
            *(("--machine", machine) if machine else ()),
            "--export",
            *(() if form == "bash" else (form,)),
        ),
        about=preset.about if preset else None,
        version=__version__,
        is_recorded=is_recorded or bool(machine),
    )
