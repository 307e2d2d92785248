"""The findings that guard an export: those of ``--check``, with whatever is known about hosts and weights."""

from typing import TYPE_CHECKING

from wizard import check, paths
from wizard.model.finding import Finding
from wizard.model.selection import Selection

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def guarding(invocation: "Invocation", selection: Selection) -> tuple[Finding, ...]:
    """What the checks say of a selection. Looking at hosts and files is loaded only where there is something to see.

    Raises:
        WizardError: a recording that cannot be read.
    """
    options, path = invocation.options, selection.model.path
    if not (options.machine or options.probe or (path.startswith("/") and paths.is_folder(path))):
        return check.findings(selection)
    from wizard.words import looked

    hosts, weights = looked.hosts_of(invocation, selection), looked.weights_of(selection)
    return check.findings(selection, hosts, weights=weights)
