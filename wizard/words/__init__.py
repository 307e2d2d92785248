"""What each word of the command line does: one file per stage, named after it.

``run`` picks the word. Words print data on stdout and talk on stderr, and return an exit code; errors are raised.
"""

import sys
from collections.abc import Callable
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
    for name, word in _WORDS.items():
        if getattr(options, name) not in (None, False):
            _tell_idle(name, options)
            return word(invocation)
    raise UsageError("nothing to do", "`--help` shows every word")


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


def _bundle(invocation: "Invocation") -> ExitCode:
    from wizard.words import bundle

    return bundle.run(invocation)


def _check(invocation: "Invocation") -> ExitCode:
    from wizard.words import check

    return check.run(invocation)


def _detect(invocation: "Invocation") -> ExitCode:
    from wizard.words import detect

    return detect.run(invocation)


def _diagnose(invocation: "Invocation") -> ExitCode:
    from wizard.words import diagnose

    return diagnose.run(invocation)


def _explain(invocation: "Invocation") -> ExitCode:
    from wizard.words import explain

    return explain.run(invocation)


def _export(invocation: "Invocation") -> ExitCode:
    from wizard.words import export

    return export.run(invocation)


def _features(invocation: "Invocation") -> ExitCode:
    from wizard.words import features

    return features.run(invocation)


def _launch(invocation: "Invocation") -> ExitCode:
    from wizard.words import launch

    return launch.run(invocation)


def _monitor(invocation: "Invocation") -> ExitCode:
    from wizard.words import monitor

    return monitor.run(invocation)


def _plan(invocation: "Invocation") -> ExitCode:
    from wizard.words import plan

    return plan.run(invocation)


def _presets(invocation: "Invocation") -> ExitCode:
    from wizard.words import presets

    return presets.run(invocation)


def _prompt(invocation: "Invocation") -> ExitCode:
    from wizard.words import prompt

    return prompt.run(invocation)


def _verify(invocation: "Invocation") -> ExitCode:
    from wizard.words import verify

    return verify.run(invocation)


def _runs(invocation: "Invocation") -> ExitCode:
    from wizard.words import runs

    return runs.run(invocation)


def _stop(invocation: "Invocation") -> ExitCode:
    from wizard.words import stop

    return stop.run(invocation)


def _demo(invocation: "Invocation") -> ExitCode:
    from wizard.words import demo

    return demo.run(invocation)


# Each word loads its own stage and no other: `--export` must not wait for tables that it never prints.
_WORDS: dict[str, Callable[["Invocation"], ExitCode]] = {
    "export": _export,
    "plan": _plan,
    "presets": _presets,
    "features": _features,
    "explain": _explain,
    "check": _check,
    "detect": _detect,
    "diagnose": _diagnose,
    "monitor": _monitor,
    "bundle": _bundle,
    "launch": _launch,
    "runs": _runs,
    "stop": _stop,
    "prompt": _prompt,
    "verify": _verify,
    "demo": _demo,
}
