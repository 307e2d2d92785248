"""The outcome of a check, and what would make it go away.

A fix is a list of edits. An edit is exactly what one flag of the command line does, so a fix can be shown as flags,
applied by ``wizard.choose``, and recorded in the line that reproduces a selection.
"""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Will fail, or break something. Stops an export and a launch unless forced or accepted."""
    WARNING = "warning"
    """May fail, or rests on an estimate."""
    UNKNOWN = "unknown"
    """Could not be checked, and why."""
    INFO = "info"
    """SGLang will change this by itself; nothing is wrong."""


class EditKind(StrEnum):
    """The flag that an edit stands for."""

    PRESET = "preset"
    SET = "set"
    UNSET = "unset"
    ENV = "env"
    UNSET_ENV = "unset-env"
    FEATURE = "feature"
    NO_FEATURE = "no-feature"
    MODEL_PATH = "model-path"
    QUANTIZATION = "quantization"
    HOSTS = "hosts"
    INTERFACE = "interface"
    IMAGE = "image"
    RELEASE = "release"
    RUNTIME = "runtime"
    SERIES = "series"
    ACCEPT = "accept"


class Edit(NamedTuple):
    """One change to a selection, as one flag would make it."""

    kind: EditKind
    value: str
    """What stands after the flag: ``decode.max-running-requests=64``, ``A3``, …"""

    def flag(self) -> tuple[str, ...]:
        """The words that do the same; ``--flag=value`` where the value could be taken for a flag."""
        name = f"--{self.kind.value}"
        return (f"{name}={self.value}",) if self.value.startswith("-") or not self.value else (name, self.value)


class Fix(NamedTuple):
    """A way out: a label in the imperative, and the edits that do it."""

    label: str
    edits: tuple[Edit, ...]


class Finding(NamedTuple):
    """What a check found.

    ``code`` is stable and can be looked up with ``--explain``; ``options`` and ``hosts`` name what it is about.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    options: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    source: str = ""
    fixes: tuple[Fix, ...] = ()
    where: str = ""
    """``launch.sh:12``, where the finding is about a script."""

    def as_json(self) -> dict[str, object]:
        """The documented shape of ``--check --json``; ``where`` only about scripts."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "options": list(self.options),
            "hosts": list(self.hosts),
            "source": self.source,
            "fixes": [
                {"label": fix.label, "flags": [word for edit in fix.edits for word in edit.flag()]}
                for fix in self.fixes
            ],
            **({"where": self.where} if self.where else {}),
        }
