"""What is said beside the answer: on stderr, so that stdout holds the answer alone."""

import sys


def say(text: str) -> None:
    """One line of talk, on stderr."""
    print(text, file=sys.stderr)  # noqa: T201
