"""May this be launched? A selection → findings, each with a reason, a source and, where there is one, a fix.

``findings`` runs every rule in ``RULES``; a rule is a pure function from ``Facts`` to findings.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from wizard.check import (
    arguments,
    cache,
    context,
    disaggregation,
    kernels,
    later,
    limits,
    memory,
    options,
    parallel,
    ports,
    router,
    serving,
    speculation,
    topology,
    variables,
)
from wizard.check.facts import Facts
from wizard.model.finding import Finding, Severity
from wizard.model.hardware import Host
from wizard.model.selection import Selection, Series

if TYPE_CHECKING:
    from wizard.check.typed import Words

RULES: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    options.unknown_release,
    options.unknown_options,
    arguments.ambiguous,
    arguments.values,
    *parallel.RULES,
    *context.RULES,
    *cache.RULES,
    *kernels.RULES,
    *speculation.RULES,
    *disaggregation.RULES,
    *ports.RULES,
    *serving.RULES,
    limits.numbers,
    limits.names,
    limits.partners,
    limits.foreign,
    variables.refused,
    variables.unread,
    *router.RULES,
    *later.RULES,
    *topology.RULES,
    memory.weights_do_not_fit,
)
_ORDER = tuple(Severity)


def findings(selection: Selection, hosts: Sequence[Host] = ()) -> tuple[Finding, ...]:
    """Everything the rules say about a selection, the worst first.

    Args:
        selection: what was chosen.
        hosts: what was detected, as far as anything was; without it nothing is said about hardware and hosts.
    """
    facts = Facts(selection, tuple(hosts))
    found = [finding for rule in RULES for finding in rule(facts)]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def of_words(words: "Words", release: str, series: Series, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """Everything about one command line as it was typed: the release reads these very words, nothing is respelt.

    Args:
        words: its options and what the release's parser would say of them (``wizard.importing.arguments``).
        release: the release that reads them.
        series: the hosts they are for.
        environment: variables that are exported before.
    """
    from wizard.check import typed

    selection = typed.literal(words, release, series, environment)
    found = [*findings(selection), *typed.objections(selection, words)]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: _ORDER.index(finding.severity)))


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
