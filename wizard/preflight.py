"""What stands before a launch: which hosts were looked at and when, what blocks, what could not be checked. Pure.

Decides nothing of its own: what a host is comes from ``wizard.detect``, what is wrong from ``wizard.check``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from wizard.detect.words import headline
from wizard.errors import WizardError
from wizard.model.finding import Finding, Severity
from wizard.model.flow import resolve
from wizard.model.hardware import Host
from wizard.session import Session

HERE = "localhost"
"""This machine, where the selection names no host."""


class Look(NamedTuple):
    """A host as it was found, and when."""

    host: Host
    at: float
    """Seconds since the epoch."""
    took_s: float | None = None
    """How long the asking took; None where it was found otherwise."""


class Seen(NamedTuple):
    """One host of the selection before a launch."""

    address: str
    """Empty: this machine."""
    look: Look | None
    """None: nobody looked."""

    @property
    def is_bad(self) -> bool:
        """Whether nothing can be started there as it was found."""
        return self.look is not None and (not self.look.host.was_reached or not self.look.host.is_usable)

    @property
    def words(self) -> str:
        """What it is, in one line."""
        if self.look is None:
            return "not looked at"
        host = self.look.host
        fault = f": {host.fault.message}" if host.fault is not None else ""
        what = headline(host).partition(": ")[2]
        return f"RECORDED {what}{fault}" if host.is_recorded else what + fault


class Preflight(NamedTuple):
    """Everything that is known before a launch."""

    hosts: tuple[Seen, ...]
    blocking: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    unchecked: tuple[Finding, ...]
    missing: tuple[str, ...]
    """What only the operator can say and has not yet."""
    verdict: str

    @property
    def looks(self) -> tuple[Look, ...]:
        """The looks there were."""
        return tuple(seen.look for seen in self.hosts if seen.look is not None)

    @property
    def closing(self) -> str:
        """The one line that says how things stand; never "ready" where something was not looked at."""
        if self.missing:
            return f"not filled in yet: {', '.join(self.missing)}"
        bad = [seen.address or "this machine" for seen in self.hosts if seen.is_bad]
        if bad:
            return f"nothing can be started on {', '.join(bad)}; {self.verdict}"
        if not self.looks or len(self.looks) < len(self.hosts):
            count = len(self.hosts) - len(self.looks)
            return f"{count} of {len(self.hosts)} hosts not looked at; {self.verdict}"
        return "ready to launch" if self.verdict == "ready" else self.verdict


def preflight(session: Session, looks: Mapping[str, Look]) -> Preflight:
    """How things stand.

    Args:
        session: what was chosen and found.
        looks: address → when it was looked at and what was found.
    """
    accepted = set(session.selection.accepted)
    left = [finding for finding in session.findings if finding.code not in accepted]
    planned = session.planned
    missing: tuple[str, ...] = ()
    if not isinstance(planned, WizardError):
        missing = tuple(variable.name for variable in planned.unfilled())
    return Preflight(
        tuple(Seen(address, looks.get(address or HERE)) for address in addresses(session)),
        session.blocking,
        tuple(finding for finding in left if finding.severity is Severity.WARNING),
        tuple(finding for finding in left if finding.severity is Severity.UNKNOWN),
        missing,
        session.verdict,
    )


def addresses(session: Session) -> tuple[str, ...]:
    """The hosts that something is started on, each once; empty text: this machine."""
    planned = session.planned
    if isinstance(planned, WizardError):
        return tuple(dict.fromkeys(host.address for host in session.selection.hosts if host.address))
    values = planned.values()
    named = (resolve(process.address, values) for process in planned.processes)
    return tuple(dict.fromkeys(name for name in named if not name.startswith("<")))  # a placeholder is no host


def targets(session: Session) -> tuple[str, ...]:
    """How those hosts are asked: as ssh reaches them, else by their address."""
    ways = {host.address: host.ssh or host.address for host in session.selection.hosts if host.address}
    return tuple(ways.get(address, address) or HERE for address in addresses(session))


def age(seconds: float) -> str:
    """How long ago, in words that need no counting."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    return f"{int(seconds // 3600)} h ago"
