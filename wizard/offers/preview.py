"""What a change would do, before it is made: to the commands that would run, and to what the checks say. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizard import check, choose
from wizard.errors import WizardError
from wizard.model.finding import Edit, Finding, Severity
from wizard.model.flow import LaunchFlow, Process
from wizard.model.hardware import Host
from wizard.model.selection import Selection
from wizard.plan import launch_flow


class Change(NamedTuple):
    """One setting of the commands before and after; None where it is not there."""

    role: str
    before: str | None
    after: str | None
    """As it is written: ``--tp-size 16``, ``HCCL_BUFFSIZE=1000``."""

    @property
    def text(self) -> str:
        """In one line: ``+ --enable-eplb``, ``- --tp-size 16``, ``~ --tp-size 16 -> 8``."""
        if self.before is None:
            return f"+ {self.after}"
        if self.after is None:
            return f"- {self.before}"
        name, _, was = self.before.partition("=" if not self.before.startswith("-") else " ")
        new = self.after.removeprefix(name).lstrip("= ")
        return f"~ {name} {was} -> {new}"


class Consequences(NamedTuple):
    """What a change leads to."""

    changes: tuple[Change, ...]
    new: tuple[Finding, ...]
    """Findings there would be then and are not now, the worst first; infos are left out."""
    gone: tuple[Finding, ...]
    refusal: str = ""
    """Why it cannot be made at all."""


def changes(before: Selection, after: Selection) -> tuple[Change, ...]:
    """How the commands of two selections differ, role by role, in the order of the commands."""
    try:
        old, new = launch_flow(before), launch_flow(after)
    except WizardError:
        return ()
    return tuple(_changes(old, new))


def consequences(
    selection: Selection, edits: Sequence[Edit], now: Sequence[Finding], hosts: Sequence[Host] = ()
) -> Consequences:
    """What some edits would lead to, given what the checks say now."""
    try:
        after = choose.apply_all(selection, edits)
    except WizardError as error:
        return Consequences((), (), (), f"{error.message}; {error.hint}" if error.hint else error.message)
    then = check.findings(after, hosts)
    return Consequences(changes(selection, after), _more(then, now), _more(now, then))


def _more(some: Sequence[Finding], others: Sequence[Finding]) -> tuple[Finding, ...]:
    known = Counter((finding.code, finding.options) for finding in others)
    found = []
    for finding in some:
        key = (finding.code, finding.options)
        if known[key]:
            known[key] -= 1
        elif finding.severity is not Severity.INFO:
            found.append(finding)
    return tuple(found)


def _changes(old: LaunchFlow, new: LaunchFlow) -> Iterator[Change]:
    roles = dict.fromkeys(process.role for process in (*old.processes, *new.processes))
    for role in roles:
        before, after = _settings(old, role), _settings(new, role)
        for name in dict.fromkeys((*before, *after)):
            if before.get(name) != after.get(name):
                yield Change(role, before.get(name), after.get(name))


def _settings(flow: LaunchFlow, role: str) -> dict[str, str]:
    """Name → the setting as written, of the first process of a role."""
    process = next((process for process in flow.processes if process.role == role), None)
    return {} if process is None else {**_options(flow, process), **_variables(flow, process)}


def _options(flow: LaunchFlow, process: Process) -> dict[str, str]:
    argv = flow.argv(process)[len(process.program) :]
    found, place = {}, 0
    for option in process.options:
        found[f"--{option.name}"] = " ".join(argv[place : place + len(option.words)])
        place += len(option.words)
    return found


def _variables(flow: LaunchFlow, process: Process) -> dict[str, str]:
    return {name: f"{name}={value}" for name, value in flow.environment(process).items()}
