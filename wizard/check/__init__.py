"""May this be launched? A selection → findings, each with a reason, a source and, where there is one, a fix.

``findings`` runs every rule in ``RULES``; a rule is a pure function from ``Facts`` to findings.
"""

from collections.abc import Callable, Iterable

from wizard.check import memory, options
from wizard.check.facts import Facts
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Selection

RULES: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    options.unknown_release,
    options.unknown_options,
    memory.weights_do_not_fit,
)
_ORDER = tuple(Severity)


def findings(selection: Selection) -> tuple[Finding, ...]:
    """Everything the rules say about a selection, the worst first."""
    facts = Facts(selection)
    found = [finding for rule in RULES for finding in rule(facts)]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def blocking(found: Iterable[Finding], accepted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """The error findings that were not accepted by their code."""
    allowed = set(accepted)
    return tuple(finding for finding in found if finding.severity is Severity.ERROR and finding.code not in allowed)


def verdict(found: Iterable[Finding], accepted: Iterable[str] = ()) -> str:
    """The one closing line: ready, or how many errors, warnings and things that could not be checked."""
    allowed = set(accepted)
    counts = dict.fromkeys(Severity, 0)
    for finding in found:
        if finding.code not in allowed:
            counts[finding.severity] += 1
    parts = [_count(counts[Severity.ERROR], "error"), _count(counts[Severity.WARNING], "warning")]
    if counts[Severity.UNKNOWN]:
        parts.append(f"{counts[Severity.UNKNOWN]} could not be checked")
    if not counts[Severity.ERROR] and not counts[Severity.WARNING] and not counts[Severity.UNKNOWN]:
        return "ready"
    return ", ".join(parts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
