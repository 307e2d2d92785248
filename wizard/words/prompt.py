"""``--prompt``: the wizard question by question."""

import signal
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import choose, drafts, presets, session
from wizard.detect import command
from wizard.errors import ExitCode, UsageError
from wizard.prompts import ask, protocol, world
from wizard.prompts.walk import Walk
from wizard.words.start import FIRST, edits_of, is_given, start
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Asks until everything is chosen, exported or launched; leaving keeps a file that takes it up.

    Raises:
        UsageError: there is no terminal to ask on.
    """
    options = invocation.options
    if not options.json and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "`--prompt` asks on a terminal, and this is none",
            "`--preset NAME --export` needs no questions; `--prompt --json` answers a program",
        )
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal keeps what was chosen, too
        signal.signal(number, signal.default_int_handler)
    machine = Path(options.machine) if options.machine else None
    walk = _begun(invocation)
    if machine is not None:
        walk = replace(walk, session=walk.session.detected(command.recorded(machine)))
    try:
        if options.json:
            walk = protocol.run(walk, world.World(machine, say), sys.stdout, sys.stdin)
        else:
            walk = ask.run(walk, world.World(machine, print), read=ask.reader(is_plain=options.plain), say=print)
    except ask.LeftError as left:
        say(f"\ninterrupted; {world.kept(left.walk)}")
        return ExitCode.INTERRUPTED
    if walk.outcome == "quit":
        say(world.kept(walk))
        return ExitCode.DONE
    if walk.outcome == "launch":
        return _launched(invocation, walk)
    drafts.settled(walk.session.selection, was_changed=walk.session.was_changed)
    return ExitCode.DONE


def _launched(invocation: "Invocation", walk: Walk) -> ExitCode:
    """What `--config FILE --launch` does with what was chosen."""
    from wizard import words

    place = drafts.keep(walk.session.selection)
    if place is None:
        raise UsageError("what was chosen could not be saved, so nothing was started", "is the disk full?")
    asked = {"preset": None, "script": None, "config": str(place), "prompt": False, "launch": True}
    again = invocation._replace(options=Namespace(**vars(invocation.options) | asked), edits=(), command=None)
    code: ExitCode | None = None
    try:
        code = words.run(again)
    finally:
        if code is ExitCode.DONE:
            drafts.discard()
        else:
            say(world.kept(walk))
    return code


def _begun(invocation: "Invocation") -> Walk:
    """The first question: which scenario; with a start given, the one after it."""
    if is_given(invocation):
        started = start(invocation)
        for note in started.notes:
            say(f"note: {note}")
        return Walk(session.Session(started.selection, started.preset), "hosts")
    draft = drafts.unfinished()
    if draft is not None and not invocation.options.json:
        say(f"an unfinished selection is in {draft.path}: `glm-wizard --config {draft.path} --prompt` takes it up")
    selection = choose.apply_all(presets.preset(FIRST).selection, edits_of(invocation))
    return Walk(session.started(selection), "scenario")
