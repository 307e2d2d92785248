"""The questions about settings: roles, groups of features, features, their numbers, and any option by name."""

from collections.abc import Sequence

from wizard.errors import UsageError
from wizard.model.finding import Edit, EditKind
from wizard.names import VARIABLE_NAME
from wizard.offers import switches
from wizard.offers.fields import Field
from wizard.offers.preview import consequences
from wizard.offers.switches import Switch
from wizard.prompts.walk import Choice, Question, Tools, Walk

_DONE = Choice("next", "go on", "to what the checks say")


def _state(switch: Switch) -> str:
    return "on" if switch.is_on else "unavailable" if switch.blocked else "off" if switch.is_shown_off else "partly on"


def ask(walk: Walk) -> Question:
    """Which role's settings, or any option by name."""
    selection = walk.session.selection
    roles = []
    for role in selection.server_roles:
        known = switches.switches(selection, role)
        roles.append(Choice(role, f"features of {role}", f"{sum(one.is_on for one in known)} of {len(known)} on"))
    choices = (_DONE, *roles, Choice("option", "set or unset any option or variable by its name"))
    return Question(
        "settings",
        "Change settings, or go on?",
        choices,
        "next",
        (),
        "The preset's settings are a complete recipe; nothing needs to be changed.",
    )


def answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """To a role, to an option, or on."""
    if answer == "next":
        return walk.to("findings")
    return walk.to("setting") if answer == "option" else walk.to("groups", answer)


def _of_role(walk: Walk, role: str) -> Sequence[Switch]:
    return switches.switches(walk.session.selection, role)


def ask_group(walk: Walk) -> Question:
    """Which group of features."""
    groups: dict[str, list[Switch]] = {}
    for switch in _of_role(walk, walk.detail):
        groups.setdefault(switch.feature.group, []).append(switch)
    choices = [
        Choice(name, name, f"{sum(one.is_on for one in members)} of {len(members)} on")
        for name, members in groups.items()
    ]
    return Question(
        "groups", f"Which features of {walk.detail}?", (Choice("next", "done with these"), *choices), "next"
    )


def group_answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """To the features of a group, or back to the roles."""
    return walk.to("settings") if answer == "next" else walk.to("features", f"{walk.detail} {answer}")


def ask_feature(walk: Walk) -> Question:
    """Which feature of a group."""
    role, _, group = walk.detail.partition(" ")
    members = [switch for switch in _of_role(walk, role) if switch.feature.group == group]
    choices = [
        Choice(
            one.feature.id, f"{one.feature.label}: {_state(one)}", one.summary or one.blocked or one.feature.explanation
        )
        for one in members
    ]
    return Question("features", f"Which feature of {role}?", (Choice("next", "done with these"), *choices), "next")


def feature_answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """To one feature, or back to the groups."""
    role = walk.detail.partition(" ")[0]
    return walk.to("groups", role) if answer == "next" else walk.to("feature", f"{role} {answer}")


def _switch(walk: Walk) -> Switch:
    role, name = walk.detail.split()[:2]
    return next(switch for switch in _of_role(walk, role) if switch.feature.id == name)


def ask_number(walk: Walk) -> Question:
    """What to do with a feature: switch it, or change one of its numbers."""
    one = _switch(walk)
    session = walk.session
    led = consequences(session.selection, [one.edit], session.findings, session.hosts)
    note = "; ".join(change.text for change in led.changes) or led.refusal
    verb = "off" if one.edit.kind is EditKind.NO_FEATURE else "on"
    way = (Choice("way", one.way.label, "with everything it needs"),) if one.blocked and one.way else ()
    choices = (
        Choice("next", "done with it"),
        Choice("switch", f"switch {one.feature.label} {verb}", note, one.blocked),
        *way,
        *(
            Choice(field.name, f"change {field.flag}", _held(field))
            for field in (() if one.is_shown_off else one.fields)
        ),
    )
    told = (
        f"{one.feature.label} is {_state(one)} for {one.role}. {one.feature.explanation}",
        *filter(None, (one.partly,)),
    )
    return Question("feature", "What now?", choices, "next", told)


def _held(field: Field) -> str:
    return f"now {field.text or field.default or 'not set'} {field.unit}".strip() + (
        f"; {field.range}" if field.range else ""
    )


def number_answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """Switches, or goes on to a number."""
    one = _switch(walk)
    if answer == "next":
        return walk.to("features", f"{one.role} {one.feature.group}")
    if answer == "switch":
        return walk.changed([one.edit], "feature", walk.detail)
    if answer == "way" and one.way is not None:
        return walk.changed(one.way.edits, "feature", walk.detail)
    return walk.to("value", f"{walk.detail} {answer}")


def _field(walk: Walk) -> Field:
    name = walk.detail.split()[2]
    return next(field for field in _switch(walk).fields if field.name == name)


def ask_value(walk: Walk) -> Question:
    """The value of a number."""
    field = _field(walk)
    text = f"{field.flag} ({field.range})" if field.range else field.flag
    return Question("value", f"Value of {text}; `-` unsets it", (), field.text or "-", (field.meaning,), field.advice)


def value_answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """Sets it and returns to the feature."""
    field = _field(walk)
    text = "" if answer.strip() == "-" else answer
    wrong = field.objection(text)
    if wrong:
        raise UsageError(wrong, f"it may be {field.range}" if field.range else "try another value")
    place = " ".join(walk.detail.split()[:2])
    if text.strip() == field.text:
        return walk.to("feature", place)
    return walk.changed([field.edit(text)], "feature", place)


def ask_setting(_walk: Walk) -> Question:
    """Any option or variable by name."""
    text = "[ROLE.]OPTION=VALUE, a switch alone, VARIABLE=VALUE, -NAME to unset, or a flag; empty to go back"
    return Question(
        "setting",
        text,
        (),
        "",
        (),
        "For example decode.max-running-requests=64, enable-metrics, HCCL_BUFFSIZE=1200, "
        "-context-length. `glm-wizard --explain NAME` tells about any of them.",
    )


def setting_answered(walk: Walk, answer: str, _tools: Tools) -> Walk:
    """Sets it and asks for the next."""
    text = answer.strip()
    if not text:
        return walk.to("settings")
    return walk.changed([_edit(text)], "setting")


def _edit(text: str) -> Edit:
    """The change that a line means: a flag of the command line, a setting, or one that goes."""
    flag, _, value = text.removeprefix("--").replace("=", " ", 1).partition(" ")
    if text.startswith("--") and flag in [*EditKind]:
        return Edit(EditKind(flag), value.strip())
    is_unset = text.startswith("-") and not text.startswith("--")
    bare = text.lstrip("-")
    name = bare.partition("=")[0].rpartition(".")[2]
    is_variable = VARIABLE_NAME.match(name) is not None and name.upper() == name
    if is_unset:
        return Edit(EditKind.UNSET_ENV if is_variable else EditKind.UNSET, bare)
    return Edit(EditKind.ENV if is_variable else EditKind.SET, bare)
