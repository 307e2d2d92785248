"""JSON for programs that a person may look at: what a terminal would act on is written as an escape."""

import json
import re
import sys

from wizard.wording import ACTING

_ACTING = re.compile(f"[{ACTING}]")


def json_text(document: object, indent: int | None = None) -> str:
    """A document as JSON that is valid UTF-8 and leaves the screen whole, whatever its texts hold."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_json(document: object) -> None:
    """A document as the answer of a word: the whole of stdout."""
    sys.stdout.write(json_text(document, indent=2) + "\n")
