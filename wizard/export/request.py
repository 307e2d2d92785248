"""What an export is given besides the flow: where it came from and what was said about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.model.finding import Finding
from wizard.model.flow import LaunchFlow
from wizard.model.preset import About
from wizard.model.selection import Selection


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
