"""What our own exports say beyond their commands: the spelling of the preset, what the plan adds by itself, the image.

An export writes options in the release's spelling and adds what the hosts need. Read back as they stand, these would
look like the operator's choices; here they become again what the selection said. Scripts of others pass unchanged.
"""

import re
from collections.abc import Iterable, Mapping

from wizard import presets
from wizard.errors import SelectionError
from wizard.knowledge import releases, spelling
from wizard.model.selection import OptionValue, Role, RoleName, Selection
from wizard.plan.server import transfer_variables

_METADATA = re.compile(r"^# glm-wizard: (\w+) = (.*)$", re.MULTILINE)


def restored(selection: Selection, texts: Iterable[str]) -> Selection:
    """The selection that an export of ours was made from; any other selection as it is."""
    said = {key: value for text in texts for key, value in _METADATA.findall(text)}
    if not said:
        return selection
    image = selection.runtime.image or said.get("image", "").removeprefix("-")
    accepted = tuple(code for code in said.get("accepted", "-").split(", ") if code != "-")
    selection = selection.evolve(runtime=selection.runtime.evolve(image=image), accepted=accepted)
    base = _base(selection.preset)
    roles = {}
    for name, role in selection.roles.items():
        before = base.roles.get(name) if base else None
        options = role.options
        if before is not None and name != RoleName.ROUTER:
            options = _in_preset_spelling(options, before.options, releases.release(selection.release))
        roles[name] = role.evolve(options=options, environment=_chosen(selection, role, before))
    return selection.evolve(roles=roles)


def _base(preset: str) -> Selection | None:
    try:
        return presets.preset(preset).selection
    except SelectionError:
        return None


def _chosen(selection: Selection, role: Role, before: Role | None) -> Mapping[str, str]:
    """The variables without those that the plan would add with the same value."""
    added = {name: value for name, value, _ in transfer_variables(selection, role)}
    kept = before.environment if before else {}
    return {name: value for name, value in role.environment.items() if name in kept or added.get(name) != value}


def _in_preset_spelling(
    options: Mapping[str, OptionValue], base: Mapping[str, OptionValue], release: releases.Release
) -> Mapping[str, OptionValue]:
    """The options under the preset's names, where respelling them gives back exactly what was read."""
    found: dict[str, OptionValue] = {}
    taken: set[str] = set()
    for name, value in base.items():
        written = spelling.respell({name: value}, release).options
        if name in options:
            found[name] = options[name]
        elif all(new in options for new in written):
            same = all(options[new] == given for new, given in written.items())
            found[name] = value if same else next(iter(options[new] for new in written))
            taken |= written.keys()
    found |= {name: value for name, value in options.items() if name not in found and name not in taken}
    again = spelling.respell(found, release).options
    return found if list(again.items()) == list(options.items()) else options
