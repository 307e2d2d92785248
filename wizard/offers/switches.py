"""The features of a role as switches: what state each is in, whether it may be switched now, and if not, why.

A switch is blocked where the role or the release has no such thing, where the scenario decides it, where it needs
another feature that is off, and where one that is on excludes it; the reason names the choice that blocks it. Whatever
is on may always be switched off. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from wizard import features
from wizard.features import State
from wizard.knowledge import facts
from wizard.knowledge.releases import Release
from wizard.model.finding import Edit, EditKind, Finding, Fix
from wizard.model.notes import Feature
from wizard.model.selection import Role, RoleName, Selection
from wizard.offers.fields import Field, number_field, release_for

GROUPS = (
    "parallelism",
    "memory",
    "speculative decoding",
    "graph",
    "scheduling",
    "disaggregation",
    "communication",
    "kernels",
    "serving",
    "observability",
)
"""The order in which groups are shown: the tutorial's first."""


@dataclass(frozen=True)
class Switch:
    """One feature of one role, as it can be chosen now."""

    feature: Feature
    role: str
    settings: Role
    selection: Selection
    state: State
    blocked: str = ""
    """Why it cannot be switched now, in one sentence; empty where it can."""
    way: Fix | None = None
    """What would switch it on all the same, with everything it needs."""

    @property
    def is_on(self) -> bool:
        """Whether all of it is set."""
        return self.state is State.ON

    @property
    def is_shown_off(self) -> bool:
        """Whether it is neither on nor partly on."""
        return self.state in (State.OFF, State.UNAVAILABLE)

    @property
    def edit(self) -> Edit:
        """What switching it does."""
        kind = EditKind.NO_FEATURE if self.state in (State.ON, State.PARTIAL) else EditKind.FEATURE
        return Edit(kind, f"{self.role}.{self.feature.id}")

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Its numbers, in the order of the knowledge."""
        return tuple(number_field(self.selection, self.role, number) for number in self.feature.numbers)

    @cached_property
    def summary(self) -> str:
        """Its numbers as they stand, for one line: ``16 devices``, ``deepep auto``."""
        if self.is_shown_off:
            return ""
        parts = [f"{field.text} {field.unit}".strip() for field in self.fields if field.text]
        return ", ".join(parts[:3])

    @property
    def partly(self) -> str:
        """For a feature that is partly on: what is missing to be all of it."""
        if self.state is not State.PARTIAL:
            return ""
        wanted = self.feature.detect or (*self.feature.options, *self.feature.environment)
        held = {*self.settings.options, *self.settings.environment}
        missing = [
            name if name in self.feature.environment else f"--{name}"
            for name in wanted
            if not held & {name, *features.spelled(name)}
        ]
        return "missing: " + ", ".join(missing) if missing else "its settings say otherwise"


def switches(selection: Selection, role_name: str) -> tuple[Switch, ...]:
    """Every feature for a role, by group and in the order of the knowledge; none for a router."""
    if role_name == RoleName.ROUTER or role_name not in selection.roles:
        return ()
    role, release = selection.role(role_name), release_for(selection, role_name)
    found = features.states(role_name, role, release)
    listed = sorted(facts.features(), key=lambda feature: _place(feature.group))
    return tuple(_switch(feature, selection, role_name, found, release) for feature in listed)


def _place(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _switch(
    feature: Feature, selection: Selection, role_name: str, found: dict[str, State], release: Release
) -> Switch:
    blocked = way = None
    if found[feature.id] in (State.OFF, State.UNAVAILABLE):
        blocked, way = _blocked(feature, role_name, found, release)
    elif feature.decided_by:
        blocked = f"the {feature.decided_by} decides it: choose another one to change it"
    return Switch(feature, role_name, selection.role(role_name), selection, found[feature.id], blocked or "", way)


def _blocked(feature: Feature, role_name: str, found: dict[str, State], release: Release) -> tuple[str, Fix | None]:
    """Why a feature that is off cannot be switched on, and what would do it."""
    if feature.decided_by:
        return f"the {feature.decided_by} decides it: choose another one to change it", None
    if role_name not in feature.roles:
        return f"not for the role {role_name}: it is for {', '.join(feature.roles)}", None
    if found[feature.id] is State.UNAVAILABLE or not features.is_in(feature, release):
        return f"SGLang {release.version} does not have it: choose another release", None
    excluded = [other for other in _excluding(feature) if found[other.id] is State.ON]
    missing = [other for other in _needed(feature) if found[other.id] is not State.ON]
    if not excluded and not missing:
        return "", None
    words = [f"does not go with `{other.label}`, which is on" for other in excluded]
    words += [
        f"needs `{other.label}`, which is {'not complete' if found[other.id] is State.PARTIAL else 'off'}"
        for other in missing
    ]
    return "; ".join(words), _way(feature, role_name, excluded, missing)


def _way(feature: Feature, role: str, excluded: Sequence[Feature], missing: Sequence[Feature]) -> Fix | None:
    if any(other.decided_by or role not in other.roles for other in (*excluded, *missing)):
        return None
    off = [Edit(EditKind.NO_FEATURE, f"{role}.{other.id}") for other in excluded]
    on = [Edit(EditKind.FEATURE, f"{role}.{other.id}") for other in missing]
    words = [f"`{other.label}` off" for other in excluded] + [f"`{other.label}` on" for other in missing]
    label = f"switch {', '.join(words)}, and this on"
    return Fix(label, (*off, *on, Edit(EditKind.FEATURE, f"{role}.{feature.id}")))


def _needed(feature: Feature) -> Iterator[Feature]:
    """What it needs, and what that needs, the deepest first."""
    for name in feature.requires:
        other = facts.feature(name)
        yield from _needed(other)
        yield other


def _excluding(feature: Feature) -> Iterator[Feature]:
    for other in facts.features():
        if other.id in feature.conflicts or feature.id in other.conflicts:
            yield other


def about(findings: Sequence[Finding], role: str, names: Sequence[str]) -> tuple[Finding, ...]:
    """The findings that are about some options or variables of a role.

    A finding names options without their role; its message or its fixes say which role it means.
    """
    wanted = {name for given in names for name in (given, *features.spelled(given))}
    return tuple(finding for finding in findings if wanted & set(finding.options) and means(finding, role))


def options_of(finding: Finding) -> tuple[str, ...]:
    """The options it is about, each with its role where the finding means one: ``decode.tp-size``."""
    roles = sorted(_roles_of(finding))
    return tuple(f"{role}.{name}" for role in roles for name in finding.options) if roles else finding.options


def means(finding: Finding, role: str) -> bool:
    """Whether a finding may be about a role: its fixes or its message name it, or they name none."""
    named = _roles_of(finding)
    return not named or role in named


def _roles_of(finding: Finding) -> set[str]:
    told = {role.value for role in RoleName if finding.message.endswith(f" ({role.value})")}
    named = told | {edit.value.partition(".")[0] for fix in finding.fixes for edit in fix.edits} & set(RoleName)
    return named or {word.value for word in RoleName if f"({word.value})" in finding.message}
