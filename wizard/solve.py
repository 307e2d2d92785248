"""Fix all: a small set of changes after which no error is left, or what stays and why. Pure.

The fixes are those that the findings offer; a search tries combinations of them, the fewest changes first. It is
bounded in steps, not in time, so that the same selection always gets the same answer.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from wizard import check, choose
from wizard.errors import WizardError
from wizard.model.finding import Edit, Finding, Fix, Severity
from wizard.model.hardware import Host
from wizard.model.selection import Origin, Selection

MAX_LOOKS = 300
"""Selections that are judged before the search gives up."""
MAX_FIXES = 12


@dataclass(frozen=True)
class Solution:
    """What fixing everything comes to."""

    selection: Selection
    """With the fixes made."""
    fixes: tuple[tuple[Finding, Fix], ...] = ()
    """Each fix with the finding it is for, in the order they are made."""
    left: tuple[Finding, ...] = ()
    """Errors that stay."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All changes, as flags would make them."""
        return tuple(edit for _, fix in self.fixes for edit in fix.edits)

    @property
    def why(self) -> str:
        """Why errors stay; empty when none does."""
        if not self.left:
            return ""
        without = [finding.code for finding in self.left if not finding.fixes]
        if without:
            return "no setting mends " + ", ".join(dict.fromkeys(without))
        return "the fixes offered lead to other errors: " + ", ".join(dict.fromkeys(f.code for f in self.left))


def fix_all(selection: Selection, hosts: Sequence[Host] = ()) -> Solution:
    """The smallest set of fixes found that leaves no error; where there is none, the one that leaves the fewest."""
    order = count()
    first = Solution(selection, (), _errors(selection, hosts))
    best, looks, seen = first, 1, {_key(selection)}
    waiting = [(*_cost(first), next(order), first)]
    while waiting and looks < MAX_LOOKS:
        here = heapq.heappop(waiting)[-1]
        best = min(best, here, key=lambda one: (len(one.left), len(one.edits)))
        if not here.left:
            return here
        for there in _next(here, hosts):
            if (key := _key(there.selection)) not in seen:
                seen.add(key)
                looks += 1
                heapq.heappush(waiting, (*_cost(there), next(order), there))
    return best


def _next(here: Solution, hosts: Sequence[Host]) -> Iterator[Solution]:
    """One more fix for the first error that has any."""
    target = next((finding for finding in here.left if finding.fixes), None)
    for fix in target.fixes if target is not None and len(here.fixes) < MAX_FIXES else ():
        try:
            selection = choose.apply_all(here.selection, fix.edits, Origin.FIX)
        except WizardError:
            continue  # a fix that cannot be made here, such as another preset's role
        yield Solution(selection, (*here.fixes, (target, fix)), _errors(selection, hosts))  # type: ignore[arg-type]


def _errors(selection: Selection, hosts: Sequence[Host]) -> tuple[Finding, ...]:
    return check.blocking(check.findings(selection, hosts), selection.accepted)


def _cost(solution: Solution) -> tuple[int, int]:
    """Changes made and errors that stay; then the changes alone."""
    return len(solution.edits) + len(solution.left), len(solution.edits)


def _key(selection: Selection) -> str:
    return selection.model_dump_json(exclude={"roles": {"__all__": {"origins"}}})


Judge = Callable[[Selection], tuple[Finding, ...]]
"""Selection → findings."""


def proven(selection: Selection, found: Sequence[Finding], judge: Judge) -> tuple[Finding, ...]:
    """The findings with those fixes that hold: the finding is gone after them, and no other error has come.

    A rule offers what is right by itself; here the whole selection is judged again after each fix.
    """
    errors = {_place(finding) for finding in found if finding.severity is Severity.ERROR}
    return tuple(
        finding._replace(fixes=tuple(fix for fix in finding.fixes if _holds(selection, finding, fix, errors, judge)))
        for finding in found
    )


def _holds(selection: Selection, finding: Finding, fix: Fix, errors: set[object], judge: Judge) -> bool:
    try:
        after = judge(choose.apply_all(selection, fix.edits, Origin.FIX))
    except WizardError:
        return False
    if _place(finding) in {_place(other) for other in after}:
        return False
    return {_place(other) for other in after if other.severity is Severity.ERROR} <= errors


def _place(finding: Finding) -> object:
    """What a finding is about: its code, the role in its message, hosts, and the option where it is about one word."""
    role = finding.message.rpartition("(")[2] if finding.message.endswith(")") else ""
    own = finding.options if finding.code.startswith("sglang.option-") else ()
    return finding.code, role, finding.hosts, own
