"""What ``--check`` judges, and by what: a selection, or the very words of a command; recorded or probed hosts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard import check, choose, solve
from wizard.check import arguments, typed
from wizard.check.budget import Budget
from wizard.check.facts import Facts
from wizard.model.finding import EditKind, Finding
from wizard.model.selection import Origin, Selection
from wizard.words.looked import hosts_of, weights_of
from wizard.words.start import checked, edits_of, start

if TYPE_CHECKING:
    from wizard.importing import ImportedProblem, TypedCommand
    from wizard.invocation import Invocation

_READ_BEFORE = frozenset((EditKind.ENV, EditKind.RELEASE, EditKind.SERIES))
"""Changes that belong to a typed command from the beginning."""


@dataclass(frozen=True)
class Judged:
    """A selection, and everything that is said about it."""

    selection: Selection
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()
    """What the memory of a device goes to, for every server role."""


def judge(invocation: "Invocation") -> Judged:
    """What a command line means, judged.

    A command behind ``--`` is judged word for word: the release reads it as it stands. Everything else is a selection,
    which the wizard would write in the release's own spelling; so is a command that ``--fix`` corrects.

    Raises:
        WizardError: nothing to start from, a recording that cannot be read.
    """
    options = invocation.options
    alone = not (options.preset or options.config or options.script or options.fix)
    command = _typed(invocation) if invocation.command is not None and alone else None
    if command is not None:
        selection = typed.literal(command, command.release, command.series, command.environment)
        edits = (edit for edit in edits_of(invocation) if edit.kind not in _READ_BEFORE)
        selection = choose.apply_all(selection, edits, Origin.OPERATOR)
        facts = Facts(selection, hosts_of(invocation, selection), typed.judged(command), weights_of(selection))
        found = _proven(facts, lambda after: typed.objections(after, command))
        return Judged(selection, found, command.remarks, facts.budgets)
    started = start(invocation)
    facts = Facts(started.selection, hosts_of(invocation, started.selection), (), weights_of(started.selection))
    found = _proven(facts, lambda after: _objections(after, started.problems))
    if started.scripts:
        from wizard import lint

        found = check.joined(found, lint.findings(started.scripts, started.selection))
    return Judged(started.selection, found, started.notes, facts.budgets)


def _proven(facts: Facts, objections: Callable[[Selection], Iterable[Finding]]) -> tuple[Finding, ...]:
    """All findings with those fixes that hold when the whole is judged again."""

    def judged(selection: Selection) -> tuple[Finding, ...]:
        return check.joined(check.of_facts(replace(facts, selection=selection)), objections(selection))

    return solve.proven(facts.selection, judged(facts.selection), judged)


def _typed(invocation: "Invocation") -> "TypedCommand | None":
    from wizard import importing

    edits = edits_of(invocation)
    asked = {edit.kind.value: edit.value for edit in edits}
    pairs = [edit.value.partition("=") for edit in edits if edit.kind is EditKind.ENV]
    environment = {name.rpartition(".")[2]: value for name, _, value in pairs}
    words = tuple(checked(word, "--") for word in invocation.command or ())
    return importing.typed_command(
        words, environment=environment, release=asked.get("release"), series=asked.get("series")
    )


def _objections(selection: Selection, problems: "Sequence[ImportedProblem]") -> Iterable[Finding]:
    """What the release would say of the words of an imported script."""
    for item in problems:
        role = item.role.value if item.role.value in selection.roles else "server"
        if role in selection.roles:
            yield from arguments.from_objections(selection, role, (item.problem,))
