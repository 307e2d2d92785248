"""Does it answer? Ready means: a real question gets the right answer, through the address that clients use.

answers(target, asker, tell)   every step in order, with time and outcome
one_request(url, served_name)  the tutorial's question alone
steps, judging                 what is asked and what counts as an answer; pure
benchmark, accuracy            commands built for a run, and their results read; pure
"""

from wizard.verify.asking import Asker, DirectAsker, HostAsker
from wizard.verify.runner import Report, answers, one_request, other_name
from wizard.verify.steps import Outcome, Result
from wizard.verify.target import Target, of_run, of_url

__all__ = [
    "Asker", "DirectAsker", "HostAsker", "Outcome", "Report", "Result", "Target", "answers", "of_run", "of_url",
    "one_request", "other_name",
]  # fmt: skip
