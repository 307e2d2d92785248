"""What each word of the command line does: one file per stage, named after it.

``run`` picks the word. Words print data on stdout and talk on stderr, and return an exit code; errors are raised.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from wizard.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Does what the command line asks for.

    Raises:
        WizardError: with the exit code it should end in.
    """
    options = invocation.options
    for name in _WORDS:
        if getattr(options, name) not in (None, False):
            _tell_idle(name, options)
            code: ExitCode = import_module(f"wizard.words.{name}").run(invocation)
            return code
    raise UsageError("nothing to do", "`--help` shows every word")


_WORDS = (
    "export", "plan", "presets", "features", "explain", "check", "detect", "diagnose", "monitor", "bundle", "launch",
    "runs", "stop", "prompt", "verify", "demo",
)  # fmt: skip
"""Each is a module with ``run``, loaded when it is asked for: ``--export`` must not wait for what it never shows."""
_OF_WORDS = {
    "output": ("export", "bundle", "demo"),
    "record": ("detect",),
    "probe": ("check", "export", "launch"),
    "dry_run": ("launch", "verify"),
    "bench": ("verify",),
    "accuracy": ("verify",),
    "diff": ("runs",),
    "fault": ("demo",),
    "speed": ("monitor",),
    "plain": ("monitor", "prompt"),
}
"""Flags that mean something with these words only."""


def _tell_idle(word: str, options: "Namespace") -> None:
    """Says which flags have no effect; nobody should wait for what does not come."""
    for flag, of in _OF_WORDS.items():
        if getattr(options, flag) not in (None, False) and word not in of:
            name, words = flag.replace("_", "-"), " and ".join(f"--{one}" for one in of)
            sys.stderr.write(f"note: --{name} has no effect with --{word}; it belongs to {words}\n")


def refuse_idle(options: "Namespace") -> None:
    """Without a word nobody should look through a screen for what a flag of some word asks for.

    Raises:
        UsageError: there is such a flag.
    """
    for flag, of in _OF_WORDS.items():
        if getattr(options, flag) not in (None, False):
            name, words = flag.replace("_", "-"), " or ".join(f"`--{one}`" for one in of)
            raise UsageError(f"`--{name}` does nothing alone", f"it belongs to {words}; without any, leave it out")


def is_asked(invocation: "Invocation") -> bool:
    """Whether the command line has a word; without one it means the full screen."""
    return any(getattr(invocation.options, name) not in (None, False) for name in _WORDS)


def wants_screen(invocation: "Invocation") -> bool:
    """Whether the word is shown on the full screen.

    Raises:
        UsageError: it is, and there is no terminal.
    """
    if invocation.options.monitor is None:
        return False
    from wizard.words import monitor

    return monitor.wants_screen(invocation)
