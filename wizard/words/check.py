"""``--check``: may this be launched?"""

from typing import TYPE_CHECKING

from wizard import check
from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.words.judge import judge
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Reports every finding; exit 1 when an error was found that nobody accepted, 3 when a host could not be asked.

    Raises:
        WizardError: nothing to start from.
    """
    judged = judge(invocation)
    found, accepted = judged.findings, judged.selection.accepted
    verdict = check.verdict(found, accepted)
    if invocation.options.json:
        document = {
            "findings": [finding.as_json() for finding in found],
            "verdict": verdict,
            "budget": [budget.as_json() for budget in judged.budgets],
            "notes": list(judged.notes),
        }
        write_json(document)
    else:
        from wizard.words import check_text

        for note in judged.notes:
            say(f"note: {note}")
        check_text.show(found, judged.budgets, accepted, verdict, color=not invocation.options.no_color)
    return check.exit_code(found, accepted)
