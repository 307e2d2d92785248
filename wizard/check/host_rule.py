"""One rule about a host: what is wrong with it for what would run there, and what would help."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from wizard.check.facts import Facts, Machine
from wizard.model.finding import Finding, Fix, Severity

Say = str | Callable[[Machine], str]


def _said(text: Say, machine: Machine) -> str:
    return text if isinstance(text, str) else text(machine)


@dataclass(frozen=True, slots=True)
class HostRule:
    """What is wrong with a host for what would run there.

    Attributes:
        code: stable name; what it means stands in ``knowledge/findings.toml``.
        severity: how bad it is.
        wrong: what is wrong, without the address; empty where nothing is, or where it cannot be told.
        hint: what to do.
        ways: fixes, where a change of the selection helps.
        options: the settings it is about.
        source: what the rule rests on.
    """

    code: str
    severity: Severity
    wrong: Callable[[Machine], str]
    hint: Say
    ways: Callable[[Machine], tuple[Fix, ...]] | None = None
    options: tuple[str, ...] = ()
    source: str = "what was read on the host"

    def __call__(self, facts: Facts) -> Iterator[Finding]:
        """The findings of this rule: one for all hosts of which the same is to be said."""
        alike: dict[tuple[str, str, tuple[Fix, ...]], list[str]] = {}
        for machine in facts.machines:
            text = self.wrong(machine)
            if text:
                fixes = self.ways(machine) if self.ways is not None else ()
                hint = "; or ".join(way.label for way in fixes) or _said(self.hint, machine)
                alike.setdefault((text, hint, fixes), []).append(machine.address)
        for (text, hint, fixes), hosts in alike.items():
            message = f"{_listed(hosts)}: {text}"
            yield Finding(self.code, self.severity, message, hint, self.options, tuple(hosts), self.source, fixes)


_NAMED = 4
"""So many hosts are named in a sentence."""


def _listed(hosts: Sequence[str]) -> str:
    """Hosts at the head of a sentence about one host; the field ``hosts`` of a finding names all of them."""
    if len(hosts) == 1:
        return hosts[0]
    rest = len(hosts) - _NAMED
    named = ", ".join(hosts) if rest <= 1 else f"{', '.join(hosts[:_NAMED])} and {rest} more hosts"
    return f"{named}, each"
