"""The errors an operator can cause or meet, and the exit codes they end in.

    WizardError                 what, where, and a hint; turned into text in one place (wizard.cli)
    ├── UsageError              the command line or a file is wrong            exit 2
    │   ├── SelectionError      a selection file, a preset or a setting
    │   └── ImportScriptError   a script that cannot be read as a launch
    ├── PlanError               the selection cannot become a launch flow      exit 2
    ├── ProbeError              a host could not be reached or probed          exit 3
    └── LaunchError             something that was started failed              exit 1
        ├── BusyError           another wizard is at it
        └── LeftError           left before anything was started               exit 4

Findings are not errors: a wrong choice is normal, and is reported, not raised.
Any other exception is a bug and keeps its traceback.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with; part of the command line's contract."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 4


class WizardError(Exception):
    """An error with a next step.

    Args:
        message: what is wrong and where, lower case, no full stop, literals in backticks.
        hint: what to do next, or None where there is nothing sensible to say.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(WizardError):
    """The command line or a file given on it is wrong."""

    exit_code = ExitCode.USAGE


class SelectionError(UsageError):
    """A selection file, a preset or a single setting cannot be used as it stands."""


class ImportScriptError(UsageError):
    """A script or command line in which no launch was found, or that contradicts itself."""


class PlanError(UsageError):
    """The selection cannot become a launch flow (for example: more roles than hosts)."""


class ProbeError(WizardError):
    """A host could not be reached or probed."""

    exit_code = ExitCode.UNREACHABLE


class LaunchError(WizardError):
    """Something that was started did not come up, or did not stop."""


class BusyError(LaunchError):
    """Another wizard is acting on the same run or plan at the moment."""


class LeftError(LaunchError):
    """The operator left before anything was started."""

    exit_code = ExitCode.INTERRUPTED
