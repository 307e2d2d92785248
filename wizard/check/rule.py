"""One rule of a release about a server role: what it refuses, why, and what would be accepted.

A rule is data around two small pure functions. It is called with ``Facts`` like every other rule of ``wizard.check``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from wizard.check.facts import Facts
from wizard.check.report import Change, fix
from wizard.check.resolved import Server
from wizard.model.finding import Finding, Fix, Severity

Say = str | Callable[[Server], str]
Ways = tuple[Change, ...] | Callable[[Server], Iterable[Change]]
"""Text and changes, or how they follow from the server."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a release does with some settings of a server role.

    Attributes:
        code: stable name, for ``--explain`` and ``--accept``.
        options: the options it is about.
        applies: whether these settings meet it; truth is what counts.
        message: what is wrong with them, in their own numbers.
        ways: changes that the release would accept, the best first.
        meaning: why, for ``--explain``.
        remedy: what to do, for ``--explain``.
        source: where the release says so.
    """

    code: str
    options: tuple[str, ...]
    applies: Callable[[Server], object]
    message: Say
    ways: Ways = ()
    meaning: str = ""
    remedy: str = ""
    source: str = ""
    severity: Severity = Severity.ERROR

    def __call__(self, facts: Facts) -> Iterator[Finding]:
        """The findings of this rule, one for each role that meets it."""
        for server in facts.servers:
            if self.applies(server):
                yield self.finding(server)

    def finding(self, server: Server) -> Finding:
        """What is said about one role."""
        fixes = tuple(self._fixes(server))
        return Finding(
            code=self.code,
            severity=self.severity,
            message=(self.message if isinstance(self.message, str) else self.message(server)) + server.launch.where,
            hint="; or ".join(way.label for way in fixes[:3]) or self.remedy,
            options=self.causes(server) or self.options[:1],
            source=self.source,
            fixes=fixes,
        )

    def causes(self, server: Server) -> tuple[str, ...]:
        """The smallest set of the options that are set and that together bring the rule about.

        Without any one of them, the others of the rule left out as well, it would not apply.
        """
        given = [name for name in self.options if server.launch.given(name)]
        left_out: set[str] = set()
        for name in reversed(given) if len(given) > 1 else ():
            if self.applies(server.without({*left_out, name})):
                left_out.add(name)
        return tuple(name for name in given if name not in left_out)

    def _fixes(self, server: Server) -> Iterator[Fix]:
        """The ways out that change something and that the release can spell."""
        for change in self.ways if isinstance(self.ways, tuple) else self.ways(server):
            real = {name: value for name, value in change.items() if _changes(server, name, value)}
            if real:
                yield fix(server.launch, real)


def _changes(server: Server, name: str, value: object) -> bool:
    """Whether a change can be written and changes something."""
    if name.startswith("$"):
        return value is not None or server.launch.variable(name[1:]) is not None
    return server.launch.knows(name) and (value is not None or server.launch.given(name))
