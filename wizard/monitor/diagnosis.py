"""Which failure came first and what to do about it.

Owns ranking: causes before consequences, within a log and across the logs of a run. Pure: takes sightings, returns
values.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from wizard.knowledge.diagnoses import EditTemplate, Failure, FailureKind
from wizard.model.finding import Edit
from wizard.monitor.failures import LAUNCHER, Sighting

_TIERS = (
    frozenset({FailureKind.CAUSE}),
    frozenset({FailureKind.PEER, FailureKind.FALLBACK}),
    frozenset({FailureKind.WRAPPER}),
    frozenset({FailureKind.SYMPTOM}),
    frozenset({FailureKind.WARNING}),
)
_AHEAD_S = 60
"""A failure that another rank may have caused is the root all the same when it came this much earlier."""
_BIND = "attempting to bind"
"""The server says that it is ready even though its port belongs to another: the warm-up asked the other one."""


class Remedy(NamedTuple):
    """What to change: in words, and as edits of the selection where one exists."""

    text: str
    edits: tuple[Edit, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Words, and the flags that make the change."""
        return {"text": self.text, "flags": [word for edit in self.edits for word in edit.flag()]}


class Diagnosis(NamedTuple):
    """What broke."""

    id: str
    root_line: int
    text: str
    meaning: str
    remedy: Remedy
    source: str
    is_failure: bool
    """False where the service goes on."""
    is_known: bool
    """False where only an exception is known, or only consequences."""
    others: tuple[tuple[str, int], ...] = ()
    """Further failures, most telling first, with the line of each."""
    time: str | None = None
    blames_others: bool = False
    """Whether the cause may well be in another process's log."""


class Run(NamedTuple):
    """What has to be known about a log besides its sightings."""

    args_line: int = 0
    """Line on which the last start printed its options."""
    ready_line: int | None = None
    last_batch_line: int = 0
    options: Mapping[str, str] = {}


def diagnose(sightings: Iterable[Sighting], run: Run) -> Diagnosis | None:
    """The root of what was seen; None where nothing is wrong."""
    relevant = [sighting for sighting in sightings if not _survived(sighting, run)]
    relevant = [sighting for sighting in relevant if not _follows(sighting, relevant)]
    if not relevant:
        return None
    root = _root(relevant)
    failure = root.failure
    others: dict[str, int] = {}
    for sighting in sorted(relevant, key=lambda one: (_tier(one), one.line)):
        if sighting.failure.id != failure.id:
            others.setdefault(sighting.failure.id, sighting.line)
    return Diagnosis(
        failure.id, root.line, root.text, failure.meaning, remedy(root, run.options), failure.source,
        is_failure=failure.kind is not FailureKind.WARNING,
        is_known=failure.kind not in (FailureKind.FALLBACK, FailureKind.SYMPTOM),
        others=tuple(others.items()), time=root.time,
        blames_others=failure.kind in (FailureKind.PEER, FailureKind.SYMPTOM),
    )  # fmt: skip


def first(diagnoses: Mapping[str, Diagnosis]) -> str | None:
    """The log, of several of one run, that holds the cause: by time where it is known."""
    failing = {name: found for name, found in diagnoses.items() if found.is_failure}
    if not failing:
        return None
    own = {name: found for name, found in failing.items() if not found.blames_others} or failing
    order = list(own)
    return min(own, key=lambda name: (own[name].time or "9999", order.index(name)))


def remedy(sighting: Sighting, options: Mapping[str, str]) -> Remedy:
    """What to change, with the values of this log filled in."""
    failure: Failure = sighting.failure
    edits: dict[str, Edit] = {}
    for template in failure.edits:
        edit = _edit(template, sighting, options)
        if edit is not None:
            edits.setdefault(template.name, edit)
    return Remedy(failure.remedy, tuple(edits.values())[:1])


def _survived(sighting: Sighting, run: Run) -> bool:
    """Whether the server came up, or went on serving, after what was seen."""
    if sighting.lasting or _BIND in sighting.text:
        return sighting.line < run.args_line and run.ready_line is not None and run.ready_line > run.args_line
    if run.ready_line is not None and sighting.line < run.ready_line:
        return True
    if sighting.failure.key != "unknown_exception":
        return False
    # A program beside the server, such as a benchmark, may write to the same log and fail.
    foreign = run.ready_line is not None and "sglang" not in sighting.frames
    return foreign or run.last_batch_line > sighting.line


def _follows(sighting: Sighting, all_seen: list[Sighting]) -> bool:
    """Whether it was only the launcher that was killed: it kills its whole tree after a failure that was told."""
    return LAUNCHER.search(sighting.text) is not None and any(one.line < sighting.line for one in all_seen)


def _tier(sighting: Sighting) -> int:
    if sighting.failure.key == "unknown_exception":
        return 2
    return next(place for place, kinds in enumerate(_TIERS) if sighting.failure.kind in kinds)


def _root(sightings: list[Sighting]) -> Sighting:
    best = min(_tier(sighting) for sighting in sightings)
    root = min((one for one in sightings if _tier(one) == best), key=lambda one: one.line)
    if best == 0:
        earlier = [one for one in sightings if _tier(one) == 1 and one.line < root.line and _ahead(one, root)]
        root = min(earlier, key=lambda one: one.line, default=root)
    if root.native:
        same = (one for one in sightings if one.is_exception and one.failure.id == root.failure.id)
        root = min(same, key=lambda one: one.line, default=root)
    return root


def _ahead(one: Sighting, other: Sighting) -> bool:
    if one.time is None or other.time is None:
        return False
    try:
        return (datetime.fromisoformat(other.time) - datetime.fromisoformat(one.time)).total_seconds() > _AHEAD_S
    except ValueError:
        return False


def _edit(template: EditTemplate, sighting: Sighting, options: Mapping[str, str]) -> Edit | None:
    if sighting.phase in template.not_in:
        return None
    if template.within and not re.search(template.within, sighting.frames, re.IGNORECASE):
        return None
    groups = dict(sighting.groups)
    value = template.value
    if "{" in value:
        name = value.strip("{}")
        if name not in groups:
            return None
        value = groups[name]
    elif template.current:
        value = options.get(template.current, "")
        if not value:
            return None
    changed = _changed(value, template)
    if changed is None:
        return None
    if template.kind.value == "env" or changed:
        return Edit(template.kind, f"{template.name}={changed}")
    return Edit(template.kind, template.name)


def _changed(value: str, template: EditTemplate) -> str | None:
    if template.step == 0 and template.factor == 1:
        return value
    try:
        number = float(value) * template.factor + template.step
    except ValueError:
        return None
    lowest, highest = template.lowest, template.highest
    if (lowest is not None and number < lowest) or (highest is not None and number > highest):
        return None
    return str(round(number)) if value.isdigit() else f"{round(number, 3):g}"
