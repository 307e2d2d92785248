"""Where logs are: files here and on other hosts, containers, what is piped in. Nothing is opened here."""

from typing import NamedTuple

from wizard.model.run import Run

PIPED = "-"
"""The path of what is piped in."""


class Source(NamedTuple):
    """Where a log is."""

    name: str
    """How it is called on the screen: the process, or the file."""
    path: str
    """Of the file on its host; ``-`` is what is piped in."""
    address: str = ""
    """Of its host; empty: this machine."""
    ssh: str = ""
    """ssh target; empty: the address."""
    container: str = ""
    """Container whose output is the log, where there is no file."""
    role: str = ""
    """``server``, ``prefill``, ``decode`` or ``router`` where it is known."""


def sources_of(run: Run) -> tuple[Source, ...]:
    """The logs of a run, in the order of its processes."""
    return tuple(
        Source(one.name, one.log, one.address, one.ssh, "" if one.log else one.container, one.role)
        for one in run.processes
    )
