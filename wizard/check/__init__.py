"""May this be launched? A selection → findings, each with a reason, a source and, where there is one, a fix.

``findings`` runs every rule in ``RULES``; a rule is a pure function from ``Facts`` to findings.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from wizard.check import (
    adapters,
    arguments,
    ascend,
    cache,
    changes,
    context,
    disaggregation,
    graphs,
    kernels,
    later,
    limits,
    memory,
    modes,
    options,
    parallel,
    ports,
    router,
    seen,
    serving,
    speculation,
    together,
    topology,
    variables,
)
from wizard.check.facts import Facts
from wizard.errors import ExitCode
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Selection
from wizard.wording import counted

if TYPE_CHECKING:
    from wizard.model.hardware import Host, Weights

RULES: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    options.unknown_release,
    options.unknown_options,
    arguments.ambiguous,
    arguments.values,
    *parallel.RULES,
    *context.RULES,
    *cache.RULES,
    *graphs.RULES,
    *kernels.RULES,
    *speculation.RULES,
    *disaggregation.RULES,
    *ports.RULES,
    *modes.RULES,
    *serving.RULES,
    *adapters.RULES,
    limits.numbers,
    limits.names,
    limits.keys,
    limits.excluded,
    limits.partners,
    limits.foreign,
    variables.refused,
    variables.unread,
    *router.RULES,
    *later.RULES,
    *ascend.RULES,
    *topology.RULES,
    *together.RULES,
    *memory.RULES,
    *seen.RULES,
    changes.changes,
)
_ORDER = tuple(Severity)


def findings(
    selection: Selection,
    hosts: "Sequence[Host]" = (),
    *,
    only: tuple[str, ...] = (),
    weights: "Weights | None" = None,
) -> tuple[Finding, ...]:
    """Everything the rules say about a selection, the worst first.

    Args:
        selection: what was chosen.
        hosts: what was detected, as far as anything was; without it nothing is said about hardware and hosts.
        only: the roles that are judged; empty: all.
        weights: the folder of the weights as it is on this machine, where somebody looked.
    """
    return of_facts(Facts(selection, tuple(hosts), only, weights))


def of_facts(facts: Facts) -> tuple[Finding, ...]:
    """The same for facts that somebody looks into besides (``Facts.budgets``)."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def joined(found: Sequence[Finding], more: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with further ones, the worst first; what was said of an option already is not said again."""
    said = {(finding.code, finding.options) for finding in found}
    added = dict.fromkeys(finding for finding in more if (finding.code, finding.options) not in said)
    return tuple(sorted((*found, *added), key=lambda finding: _ORDER.index(finding.severity)))


def blocking(found: Iterable[Finding], accepted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """The error findings that were not accepted by their code."""
    allowed = set(accepted)
    return tuple(finding for finding in found if finding.severity is Severity.ERROR and finding.code not in allowed)


def exit_code(found: Iterable[Finding], accepted: Iterable[str] = ()) -> ExitCode:
    """What a word ends with that checked and does nothing further: an error, or a host that could not be asked."""
    blocked = {finding.code for finding in blocking(found, accepted)}
    if blocked & {"hardware.unreachable", "hardware.unreadable"}:
        return ExitCode.UNREACHABLE
    return ExitCode.FAILED if blocked else ExitCode.DONE


def verdict(found: Iterable[Finding], accepted: Iterable[str] = ()) -> str:
    """The one closing line: ready, or how many errors, warnings and things that could not be checked."""
    allowed = set(accepted)
    counts = dict.fromkeys(Severity, 0)
    for finding in found:
        if finding.code not in allowed:
            counts[finding.severity] += 1
    if not counts[Severity.ERROR] and not counts[Severity.WARNING] and not counts[Severity.UNKNOWN]:
        return "ready"
    errors, warnings = counted(counts[Severity.ERROR], "error"), counted(counts[Severity.WARNING], "warning")
    return f"{errors}, {warnings}, {counts[Severity.UNKNOWN]} could not be checked"
