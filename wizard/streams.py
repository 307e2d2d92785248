"""What standard input, output and error may be when the command line starts, and what it means when they fail.

Owns that any of them may be closed, full, gone or of an encoding of its own. Standard library only: `--help` loads it.
"""

import errno
import io
import os
import sys
from contextlib import suppress

from wizard.errors import UsageError, WizardError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def prepare() -> None:
    """Makes all three usable: what is closed becomes /dev/null, and no character is too rare to be written.

    What goes into a file or a pipe is UTF-8 wherever the wizard runs, as are the files it writes; a terminal keeps its
    encoding, and shows what it cannot write as an escape.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            os.dup2(opened, descriptor)
            if opened != descriptor:
                os.close(opened)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))
    output = sys.stdout
    if isinstance(output, io.TextIOWrapper) and output.encoding.lower().replace("-", "") != "utf8":
        if output.isatty():
            output.reconfigure(errors="backslashreplace")
        else:
            output.reconfigure(encoding="utf-8")


def is_gone(error: BaseException) -> bool:
    """Whether the reader of the output went away; rich ends the process itself when it meets that."""
    return isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError)


def told(error: OSError) -> WizardError | None:
    """What an error of the system means to the operator; None where it is none of files and output."""
    if is_gone(error):
        return None
    reason = error.strerror or str(error)
    if error.filename is not None:
        name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
        return UsageError(f"`{name}` cannot be used: {reason}", "check the path, its permissions and the disk")
    if error.errno in _FULL:
        discard()
        return UsageError(f"the output cannot be written: {reason}", "make room, or send it elsewhere")
    return None


def discard() -> None:
    """Lets nothing that still waits in the output fail again when the process ends."""
    with suppress(io.UnsupportedOperation):
        descriptor = sys.stdout.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, descriptor)
        os.close(nothing)
