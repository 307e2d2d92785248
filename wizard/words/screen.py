"""No word at all: the full screen. This prepares what it starts from; ``screens`` is opened by ``wizard.cli``."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wizard import choose, drafts, presets
from wizard.errors import ExitCode, UsageError, WizardError
from wizard.model.hardware import Host
from wizard.session import Session, started
from wizard.words.start import FIRST, edits_of, is_given, start
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation

_DUMB = {"", "dumb", "unknown"}
HINT = (
    "`--preset NAME --export` prints a launch script without asking; `--detect`, `--check` and `--plan` report; "
    "`--help` shows every flag"
)


class Begun(NamedTuple):
    """What the full screen starts from."""

    session: Session
    stage: str
    notes: tuple[str, ...] = ()
    """What was said while reading it."""
    draft: drafts.Draft | None = None
    """An unfinished selection that can be taken up."""
    aim: tuple[str, ...] = ()
    """Options to go to at once."""


def instead(invocation: "Invocation") -> ExitCode | None:
    """Where no full screen can be shown: the same line by line, with a message; None where it can be.

    Raises:
        UsageError: there is no terminal to ask on either.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the full screen needs a terminal, and standard input or output is none", HINT)
    reason = why_not()
    if reason is None:
        return None
    from wizard.words import prompt

    say(f"{reason}, so the questions come line by line (`--prompt`)")
    return prompt.run(invocation)


def why_not(environment: Mapping[str, str] | None = None) -> str | None:
    """Why this terminal cannot show a full screen; None where it can."""
    kind = (os.environ if environment is None else environment).get("TERM", "")
    return f"the terminal `{kind or 'without a name'}` cannot show a full screen" if kind in _DUMB else None


def begun(invocation: "Invocation") -> Begun:
    """What a command line without a word starts from.

    Raises:
        WizardError: a file that cannot be read, a change that cannot be made.
    """
    hosts = _recorded(invocation.options.machine)
    if is_given(invocation):
        told = start(invocation)
        session, placed = _placed(Session(told.selection, told.preset, hosts))
        return Begun(session, "choose", (*told.notes, *placed))
    edits = edits_of(invocation)
    selection = choose.apply_all(presets.preset(FIRST).selection, edits)
    return Begun(started(selection, hosts), "choose" if edits else "detect", draft=drafts.unfinished())


def _placed(session: Session) -> tuple[Session, tuple[str, ...]]:
    """The session with the recorded hosts in places that nobody has named, as choosing a scenario does; what to say."""
    if not session.hosts:
        return session, ()
    from wizard.offers.scenarios import with_detected

    after = with_detected(session.selection, session.hosts)
    names = ", ".join(host.address for host in after.hosts if host.address)
    if not names:
        return session, ()
    try:
        placed = session.chosen(after, f"hosts: {names}")
    except WizardError:
        return session, ()  # a selection that cannot be planned so: its checks say why
    said = (f"Placed on {names}, as recorded. Ctrl+Z takes it back.",) if placed is not session else ()
    return placed, said


def _recorded(folder: str | None) -> tuple[Host, ...]:
    if not folder:
        return ()
    from wizard.detect import command

    return command.recorded(Path(folder))
