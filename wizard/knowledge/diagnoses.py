"""What is known about failures as they show in logs: signatures, meaning, remedy.

Owns reading ``diagnoses.toml`` and finding the signatures that a line of text holds. Which of several failures came
first, and whose fault it is, is decided by ``wizard.monitor.diagnosis``.
"""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wizard.knowledge.literals import runs
from wizard.model.finding import EditKind

FILE = Path(__file__).with_name("diagnoses.toml")
_SHORTEST = 4
"""Characters of a word that tells signatures apart."""


class FailureKind(StrEnum):
    """How a failure relates to others that are seen beside it."""

    CAUSE = "cause"
    """Specific: the first one is the root."""
    WRAPPER = "wrapper"
    """Says only that something below it failed."""
    PEER = "peer"
    """Usually another rank, node or process failed first."""
    FALLBACK = "fallback"
    """An exception that no signature knows."""
    SYMPTOM = "symptom"
    """Always a consequence."""
    WARNING = "warning"
    """The service goes on."""


class EditTemplate(NamedTuple):
    """An edit whose value is taken from the log: a group of the signature, or an option of the running server."""

    kind: EditKind
    name: str
    value: str = ""
    current: str = ""
    step: float = 0
    factor: float = 1
    lowest: float | None = None
    highest: float | None = None
    not_in: frozenset[str] = frozenset()
    """Phases in which it would not help."""
    within: str = ""
    """Pattern that the traceback must hold."""


class Signature(NamedTuple):
    """A pattern of a failure's line, and of the frames above it."""

    failure: str
    """Key of the failure it belongs to."""
    pattern: re.Pattern[str]
    within: re.Pattern[str] | None


class Failure(NamedTuple):
    """An entry of the catalogue."""

    key: str
    id: str
    kind: FailureKind
    meaning: str
    remedy: str
    source: str
    edits: tuple[EditTemplate, ...]


class Catalogue(NamedTuple):
    """All failures, and their signatures by the word that a line must hold to be compared with them."""

    failures: dict[str, Failure]
    signatures: tuple[tuple[str, tuple[tuple[int, Signature], ...]], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """A line that holds none of them matches no signature."""
        return tuple(word for word, _ in self.signatures)

    def by_id(self, name: str) -> Failure | None:
        """The failure with this id."""
        found = self.failures.get(name)
        return found or next((failure for failure in self.failures.values() if failure.id == name), None)

    def match(self, text: str, frames: str = "") -> tuple[Failure, re.Match[str]] | None:
        """The first failure, in the order of the file, whose signature ``text`` holds."""
        best: tuple[int, Signature, re.Match[str]] | None = None
        for word, signatures in self.signatures:
            if word not in text:
                continue
            for place, signature in signatures:
                if best is not None and place >= best[0]:
                    break
                found = signature.pattern.search(text)
                if found and (signature.within is None or signature.within.search(frames)):
                    best = (place, signature, found)
                    break
        return None if best is None else (self.failures[best[1].failure], best[2])


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue; read once."""
    import tomllib

    return build(tomllib.loads(FILE.read_text(encoding="utf-8")))


def build(data: dict[str, Any]) -> Catalogue:
    """A catalogue from the content of a file.

    Raises:
        ValueError: a signature holds no plain word, so every line would have to be compared with it.
    """
    failures = {entry["id"]: _failure(entry) for entry in data["diagnosis"]}
    by_word: dict[str, list[tuple[int, Signature]]] = {}
    place = 0
    for entry in data["diagnosis"]:
        for written in entry["signatures"]:
            signature = _signature(entry["id"], written)
            for word in _words(signature.pattern.pattern):
                by_word.setdefault(word, []).append((place, signature))
            place += 1
    return Catalogue(failures, tuple((word, tuple(found)) for word, found in by_word.items()))


def _words(pattern: str) -> tuple[str, ...]:
    """Words of which every line that matches holds one: the most telling of each alternative."""
    words = tuple(max(found, key=_telling) for found in runs(pattern))
    if min(map(len, words)) < _SHORTEST:
        raise ValueError(f"no plain word in signature {pattern!r}")
    return words


def _telling(word: str) -> tuple[bool, int]:
    """One with a capital or an unusual sign is rarer than a longer one of small letters, ``Error`` excepted."""
    bare = word.strip(" :.,-=")
    everyday = bare.isalpha() and bare[1:].islower()
    rare = any(not (character.islower() or character.isdigit() or character in " :.,-=") for character in bare)
    return len(word) >= _SHORTEST and rare and not everyday, len(word)


def _signature(failure: str, written: str | dict[str, str]) -> Signature:
    if isinstance(written, str):
        return Signature(failure, re.compile(written), None)
    return Signature(failure, re.compile(written["match"]), re.compile(written["within"]))


def _failure(entry: dict[str, Any]) -> Failure:
    edits = tuple(
        EditTemplate(**{**edit, "kind": EditKind(edit["kind"]), "not_in": frozenset(edit.get("not_in", ()))})
        for edit in entry.get("edits", ())
    )
    name = entry.get("json_id", entry["id"])
    kind = FailureKind(entry["kind"])
    return Failure(entry["id"], name, kind, entry["meaning"], entry["remedy"], entry["source"], edits)
