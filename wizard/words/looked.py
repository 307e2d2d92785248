"""What a command line lets the wizard look at: hosts, recorded or asked, and the weights that are on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.model.hardware import Host, Weights
from wizard.model.selection import Selection
from wizard.names import HostName

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def hosts_of(invocation: "Invocation", selection: Selection) -> tuple[Host, ...]:
    """The hosts of a recording, or of a probe where one was asked for."""
    options = invocation.options
    if not (options.machine or options.probe):
        return ()
    from wizard.detect import command, recording

    named = tuple(HostName(host.address, host.ssh) for host in selection.hosts if host.address)
    addresses = tuple(dict.fromkeys(name.address for name in named))
    path = selection.model.path or None
    if not options.machine:
        return command.hosts(command.asked(named, model_path=path, done=command.told), path)
    captures, path = recording.read(Path(options.machine), path)
    if addresses and len(captures) > 1:
        captures = recording.chosen(captures, addresses)
    return command.hosts(captures, path)


def weights_of(selection: Selection) -> Weights | None:
    """The folder of the weights as it is on this machine, where there is one."""
    from wizard.detect.here import weights_here

    return weights_here(selection.model.path)
