"""How a host is reached: one way to run a script on it, here or over ssh. Nothing is decided or understood here.

    shell(address, ssh)   LocalShell for this machine, SshShell for every other
    Shell.run             a script within a limit that holds: what it printed, its status, or why there is none
    Shell.open            a script that goes on, as a stream; closing the stream ends it over there too

Whoever needs a host goes through this room; nobody else starts ssh.
"""

from wizard.reach import pretended
from wizard.reach.address import is_this_machine
from wizard.reach.local import LocalShell
from wizard.reach.remote import SshShell
from wizard.reach.shell import TIMED_OUT, Answer, Shell
from wizard.reach.stream import Stream
from wizard.reach.talk import end_all

__all__ = [
    "TIMED_OUT",
    "Answer",
    "LocalShell",
    "Shell",
    "SshShell",
    "Stream",
    "end_all",
    "is_here",
    "is_this_machine",
    "shell",
]


def is_here(address: str, ssh: str = "") -> bool:
    """Whether a host is this machine itself, so that no ssh is needed; an empty address is."""
    return not address or (not ssh and is_this_machine(address))


def shell(address: str, ssh: str = "") -> Shell:
    """The way to the host of that address.

    Args:
        address: as the operator named the host; this machine's own addresses need no ssh.
        ssh: what ssh is to be told where that is not the address: ``user@host``, an alias, ``ssh://host:port``.
    """
    variables = pretended.environment(address)
    if variables is not None:
        return LocalShell(address, environment=variables)
    return LocalShell(address) if is_here(address, ssh) else SshShell(ssh or address, address)
