"""Before a launch: what would happen, what stands in its way, and what has to be asked. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from screens.looking import only_recorded
from screens.text import outside
from wizard.errors import WizardError
from wizard.model.finding import Severity
from wizard.offers import touched
from wizard.session import Session


class Question(NamedTuple):
    """What the operator is asked before anything is started."""

    words: str
    detail: str
    is_despite: bool
    """Whether the checks say something against it."""


def obstacle(session: Session) -> str:
    """Why it cannot be launched at all; empty where it can."""
    planned = session.planned
    if isinstance(planned, WizardError):
        return str(planned)
    blank = planned.unfilled()
    if blank:
        return f"not filled in yet: {', '.join(variable.name for variable in blank)}. Review (key 3) asks for them."
    if only_recorded(session.hosts):
        return "the hosts are recordings: they can be planned for and exported, but nothing can be started on them."
    return ""


def question(session: Session) -> Question:
    """What is asked before anything happens: what is touched, and what the checks say."""
    told = [f for f in session.findings if f.severity in (Severity.ERROR, Severity.WARNING)]
    left = [finding for finding in told if finding.code not in session.selection.accepted]
    planned = session.planned
    touches = "" if isinstance(planned, WizardError) else touched.paragraph(planned)
    lines = [touches, f"Checks: {session.verdict}", *(f"{f.severity}: {f.message}" for f in left)]
    words = f"Launch despite {session.verdict}?" if left else "Launch this?"
    return Question(words, "\n".join(lines), bool(left))


def summary(session: Session) -> Iterator[Content]:
    """Hosts, devices, ports, what is changed as root: everything that a launch touches."""
    planned = session.planned
    if isinstance(planned, WizardError):
        return
    yield Content("")
    for number, process in enumerate(planned.processes, start=1):
        rest = touched.where(planned, process).removeprefix(process.name)
        yield Content.assemble(f"{number} ", outside(process.name, "bold"), outside(f" {rest}"))
    yield Content("")
    for sentence in (touched.root(planned), touched.image(planned), touched.STOPS):
        if sentence:
            yield outside(sentence)
