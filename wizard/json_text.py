"""JSON for programs that a person may look at: what a terminal would act on is written as an escape."""

import json
import re

_ACTING = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters that JSON lets through, what turns text around, and bytes of a name that are no UTF-8."""


def json_text(document: object, indent: int | None = None) -> str:
    """A document as JSON that is valid UTF-8 and leaves the screen whole, whatever its texts hold."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
