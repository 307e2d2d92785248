"""What a probe script prints, taken apart into sections, with secrets and serial numbers masked. Pure.

A section is one command's stdout, stderr and exit status. A stream that broke off yields the sections it had.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from wizard.model.hardware import Fault

TIMED_OUT = frozenset({124, 137})
"""Exit statuses of a command that its time limit ended."""

_MASKED = "******"
_SECRETS = (
    # serial numbers, and the die ids that identify a part as well
    re.compile(r"(?im)^(\s*(?:[a-z ]*serial (?:number|no\.?)|s/?n|[a-z]*die id|uuid)\s*:[ \t]*)(?!NA\b)\S.*$"),
    # user:password@ in an address
    re.compile(r"(://)[^/\s@:]+:[^/\s@]+(?=@)"),
    re.compile(r"(?i)((?:api[-_]?key|token|password|passwd|secret)[\"']?\s*[=:]\s*[\"']?)[^\s\"',}]+"),
    # hardware addresses
    re.compile(r"()\b(?!ff:ff)[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\b"),
)


class Section(NamedTuple):
    """One command of a probe."""

    output: str
    errors: str = ""
    status: int | None = 0
    """None when the stream broke off before the command ended."""

    @property
    def timed_out(self) -> bool:
        """Whether its time limit ended it, or the whole probe's did."""
        return self.status is None or self.status in TIMED_OUT


Sections = Mapping[str, Section]


class Captured(NamedTuple):
    """Everything one host said. This is what a recording keeps."""

    address: str
    sections: Mapping[str, Section]
    fault: Fault | None = None
    clock_offset_s: float | None = None
    is_recorded: bool = False
    ssh: str = ""
    """What ssh was told, where that was more than the address. No recording keeps it."""


def masked(text: str) -> str:
    """The text without serial numbers, hardware addresses, passwords and keys."""
    for pattern in _SECRETS:
        text = pattern.sub(lambda match: f"{match[1]}{_MASKED}", text)
    return text


def split(stream: str, mark: str) -> dict[str, Section]:
    """The sections of a probe's stream; the later of two with one name counts."""
    found: dict[str, Section] = {}
    for block in stream.split(f"{mark}< ")[1:]:
        name, _, rest = block.partition("\n")
        output, errors, status = _taken_apart(rest, mark)
        # The small files of a model hold words like `token` that are no secrets, and must stay what they are.
        hide = str if name.startswith("weights-") else masked
        found[name.strip()] = Section(hide(output), hide(errors), status)
    return found


def _taken_apart(block: str, mark: str) -> tuple[str, str, int | None]:
    """A block's stdout, stderr and status. Lines of stderr may come after the status: they belong to it as well."""
    first, *pieces = block.split(mark)
    output, errors, status = [first], [], None
    for piece in pieces:
        line, _, rest = piece[1:].partition("\n")
        if piece.startswith("="):
            status = int(line) if line.strip().isdecimal() else None
        else:
            errors.append(line.removeprefix(" ") + "\n")
            output.append(rest if status is None else "")
    return "".join(output), "".join(errors), status
