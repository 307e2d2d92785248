"""``--completion SHELL``: a script that completes the command line, generated from the grammar and the knowledge.

Everything stands in the script itself, so that completing starts no Python; the operator's own presets and runs are
looked up by the shell. ``values`` says what each flag takes; one file per shell writes it down.
"""

import argparse
import sys

from wizard.completion import bash, fish, zsh
from wizard.completion.values import grammar
from wizard.errors import ExitCode, UsageError

SHELLS = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}


def run(shell: str, parser: argparse.ArgumentParser) -> ExitCode:
    """Prints the script of a shell.

    Raises:
        UsageError: there is none for that shell.
    """
    write = SHELLS.get(shell)
    if write is None:
        raise UsageError(f"there is no completion for `{shell}`", "known: " + ", ".join(f"`{one}`" for one in SHELLS))
    sys.stdout.write(write(grammar(parser)))
    return ExitCode.DONE
