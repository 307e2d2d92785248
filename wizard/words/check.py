"""``--check``: may this be launched?"""

import json
import sys
from typing import TYPE_CHECKING

from wizard import check
from wizard.errors import ExitCode
from wizard.model.finding import Severity
from wizard.words.export import talk
from wizard.words.judge import judge
from wizard.words.start import say

if TYPE_CHECKING:
    from wizard.cli import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Reports every finding; exit code 1 when an error was found that nobody accepted.

    Raises:
        WizardError: nothing to start from.
    """
    judged = judge(invocation)
    found, accepted = judged.findings, judged.selection.accepted
    if invocation.options.json:
        document = {"findings": [finding.as_json() for finding in found], "verdict": check.verdict(found, accepted)}
        json.dump({**document, "notes": list(judged.notes)}, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        for note in judged.notes:
            say(f"note: {note}")
        talk(found, accepted, Severity.INFO)
        sys.stdout.write(check.verdict(found, accepted) + "\n")
    return ExitCode.FAILED if check.blocking(found, accepted) else ExitCode.DONE
