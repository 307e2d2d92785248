"""Changing a selection: every flag of the command line, every fix and every key of the screens is an ``Edit``.

``apply`` is pure: a selection and an edit give a new selection, or an error that says what would have been right.
"""

from collections.abc import Callable, Iterable, Mapping

from wizard.errors import UsageError
from wizard.hosts import with_hosts, with_interface
from wizard.knowledge import facts
from wizard.knowledge.releases import Option, Release, nearest_release
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import (
    AUTO,
    OptionValue,
    Origin,
    Role,
    RoleName,
    RuntimeKind,
    Scalar,
    Selection,
    Series,
)
from wizard.names import VARIABLE_NAME, nearest

_SWITCH_WORDS = {"": True, "true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SHOWN = 12
"""How many of the options that an abbreviation could mean are named."""


def apply(selection: Selection, edit: Edit, origin: Origin = Origin.OPERATOR) -> Selection:
    """The selection after one edit.

    Raises:
        UsageError: the edit names something that does not exist, or a value that cannot be.
    """
    return _EDITS[edit.kind](selection, edit.value, origin)


def apply_all(selection: Selection, edits: Iterable[Edit], origin: Origin = Origin.OPERATOR) -> Selection:
    """The selection after several edits, in order."""
    for edit in edits:
        selection = apply(selection, edit, origin)
    return selection


def target(selection: Selection, name: str, *, router_only: bool = False) -> tuple[tuple[str, ...], str]:
    """``[ROLE.]NAME`` as the roles it means and the bare name; without a role, all server roles.

    Raises:
        UsageError: the role is not one of the selection's.
    """
    role, dot, rest = name.partition(".")
    is_held = any(name.lstrip("-") in one.options for one in selection.roles.values())  # an import keeps any name
    if dot and role in selection.roles:
        return (role,), rest
    if dot and not is_held:
        known = ", ".join(f"`{item}`" for item in selection.roles)
        raise UsageError(f"this selection has no role `{role}`", f"its roles: {known}")
    if router_only and RoleName.ROUTER in selection.roles:
        return (RoleName.ROUTER.value,), name
    return selection.server_roles, name


def changed(selection: Selection, roles: Iterable[str], change: Callable[[Role], Role]) -> Selection:
    """The selection with some roles replaced."""
    replaced = {name: change(selection.role(name)) for name in roles}
    return selection.evolve(roles={**selection.roles, **replaced})


def set_option(selection: Selection, text: str, origin: Origin = Origin.OPERATOR) -> Selection:
    """``[ROLE.]OPTION=VALUE``; a switch may stand alone.

    Raises:
        UsageError: unknown role or option (with the nearest names), or a value of the wrong kind.
    """
    name, equals, value = text.partition("=")
    if name.strip().lstrip("-") == "model-path":
        return _model_path(selection, value, origin)
    roles, option = _known_option(selection, name)
    parsed = parse_value(option, value if equals else None)

    def change(role: Role) -> Role:
        options = dict(role.options)
        if parsed is False:
            options.pop(option.name, None)
        else:
            options[option.name] = parsed
        return role.evolve(options=options, origins={**role.origins, option.name: origin})

    return changed(selection, roles, change)


def unset_option(selection: Selection, text: str, origin: Origin = Origin.OPERATOR) -> Selection:
    """``[ROLE.]OPTION``: SGLang's own default applies again. Whatever a role holds can go."""
    roles, held = target(selection, text.strip())
    names = {held.lstrip("-")}
    if not any(names & selection.role(role).options.keys() for role in roles):
        roles, option = _known_option(selection, text)
        names.add(option.name)

    def change(role: Role) -> Role:
        options = {name: value for name, value in role.options.items() if name not in names}
        return role.evolve(options=options, origins={**role.origins, **dict.fromkeys(sorted(names), origin)})

    return changed(selection, roles, change)


def _known_option(selection: Selection, text: str) -> tuple[tuple[str, ...], Option]:
    """The roles and the option that ``[ROLE.]OPTION`` means in the selection's release."""
    asked = text.strip().rpartition(".")[2].lstrip("-")
    server, router = release_of(selection.release), router_of()
    router_only = server.option(asked) is None and router.option(asked) is not None
    roles, _ = target(selection, text.strip(), router_only=router_only)
    release = router if roles == (RoleName.ROUTER,) else server
    if not asked:
        raise UsageError("an option has no name", "for example `--set tp-size=16`; `--explain NAME` looks a name up")
    found = release.resolve(f"--{asked}")
    if isinstance(found, Option):
        return roles, found
    if found is not None:
        shown = ", ".join(f"`{flag}`" for flag in found.candidates[:_SHOWN])
        more = f" and {len(found.candidates) - _SHOWN} more" if len(found.candidates) > _SHOWN else ""
        raise UsageError(f"`{asked}` could mean several options", f"one of: {shown}{more}")
    older = _in_another_release(asked, release)
    if older is not None:
        return roles, older
    near = release.suggest(asked)
    hint = "did you mean " + " or ".join(f"`{name}`" for name in near) if near else "`--explain NAME` looks a name up"
    raise UsageError(f"SGLang {release.version} has no option `{asked}`", hint)


def _in_another_release(name: str, release: Release) -> Option | None:
    """An option that another known release has and that is respelt for this one."""
    from wizard.knowledge import spelling
    from wizard.knowledge.releases import known_releases

    for version in known_releases():
        option = release_of(version).option(name)
        if option is not None:
            written = spelling.respell({option.name: True}, release)
            return option if option.name not in written.options else None
    return None


_TOPOLOGY = frozenset(("host", "nnodes", "node-rank", "dist-init-addr", RoleName.PREFILL, RoleName.DECODE))
"""Options that the word ``auto`` leaves to the plan."""


def parse_value(option: Option, text: str | None) -> OptionValue:
    """The value that a text means for an option. Text that a number would not give back exactly stays text.

    Raises:
        UsageError: a switch was given a value that is not yes or no, or a value is missing.
    """
    if option.kind == "flag":
        if text is None or text.lower() in _SWITCH_WORDS:
            return _SWITCH_WORDS[(text or "").lower()]
        raise UsageError(
            f"`{option.name}` is a switch, not `{text}`", f"`--set {option.name}` or `--unset {option.name}`"
        )
    if text is None:
        raise UsageError(f"`{option.name}` needs a value", f"`--set {option.name}=VALUE`")
    if text == AUTO and option.name in _TOPOLOGY:
        return AUTO
    if option.nargs in ("+", "*") or isinstance(option.nargs, int):
        return tuple(scalar(word) for word in text.split())
    return text if option.kind in ("str", "json") else scalar(text)


def scalar(text: str) -> Scalar:
    """An int or float whose text is exactly ``text``, else the text."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if repr(number) == text:
            return number
    return text


def set_variable(selection: Selection, text: str, origin: Origin = Origin.OPERATOR) -> Selection:
    """``[ROLE.]NAME=VALUE``.

    Raises:
        UsageError: no ``=``, or a name that no shell can export.
    """
    name, equals, value = text.partition("=")
    roles, variable = target(selection, name)
    if not equals or not VARIABLE_NAME.match(variable):
        raise UsageError(
            f"`{text}` is not NAME=VALUE",
            "for example `--env HCCL_BUFFSIZE=1000` or `--env decode.TASK_QUEUE_ENABLE=0`",
        )

    def change(role: Role) -> Role:
        environment = {**role.environment, variable: value}
        return role.evolve(environment=environment, origins={**role.origins, variable: origin})

    return changed(selection, roles, change)


def unset_variable(selection: Selection, text: str, origin: Origin = Origin.OPERATOR) -> Selection:
    """``[ROLE.]NAME``: the variable is not exported."""
    roles, variable = target(selection, text)

    def change(role: Role) -> Role:
        environment = {name: value for name, value in role.environment.items() if name != variable}
        return role.evolve(environment=environment, origins={**role.origins, variable: origin})

    return changed(selection, roles, change)


def _feature(on: bool) -> Callable[[Selection, str, Origin], Selection]:
    def edit(selection: Selection, text: str, origin: Origin) -> Selection:
        from wizard import features

        roles, name = target(selection, text)
        feature = facts.feature(name)
        where = [role for role in roles if role in feature.roles] or list(roles)
        switch = features.switch_on if on else features.switch_off

        def change(role: Role) -> Role:
            after = switch(feature, role)
            names = _differences(role.options, after.options) | _differences(role.environment, after.environment)
            return after.evolve(origins={**after.origins, **dict.fromkeys(sorted(names), origin)})

        return changed(selection, where, change)

    return edit


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _model_path(selection: Selection, text: str, origin: Origin) -> Selection:
    if not text.strip():
        raise UsageError("the model path is blank", "give the folder of the weights, or a hub id")
    servers = [name for name in selection.roles if name != RoleName.ROUTER]
    selection = changed(selection, servers, lambda role: role.evolve(origins={**role.origins, "model-path": origin}))
    return selection.evolve(model=selection.model.evolve(path=text))


def _quantization(selection: Selection, text: str, _origin: Origin) -> Selection:
    known = {weights.quantization.upper() for weights in facts.model_facts(selection.model.name).weights}
    if text.upper() not in known:
        near = nearest(text.upper(), known)
        hint = f"did you mean `{near}`" if near else "known: " + ", ".join(sorted(known))
        raise UsageError(f"no published {selection.model.name} weights are `{text}`", hint)
    return selection.evolve(model=selection.model.evolve(quantization=text.upper()))


def _release(selection: Selection, text: str, _origin: Origin) -> Selection:
    version, exact = nearest_release(text)
    release = version if exact else text
    image = facts.image_for(selection.series, release)
    runtime = (
        selection.runtime.evolve(image=image.image)
        if image is not None and release != selection.release
        else selection.runtime
    )
    return selection.evolve(release=release, runtime=runtime)


def _image(selection: Selection, text: str, _origin: Origin) -> Selection:
    release = facts.release_of_image(text) or selection.release
    return selection.evolve(release=release, runtime=selection.runtime.evolve(image=text))


def _runtime(selection: Selection, text: str, _origin: Origin) -> Selection:
    kinds = [kind.value for kind in RuntimeKind]
    if text not in kinds:
        raise UsageError(f"`{text}` is no runtime", "`container` or `host`")
    return selection.evolve(runtime=selection.runtime.evolve(kind=text))


def _series(selection: Selection, text: str, _origin: Origin) -> Selection:
    if text.upper() not in [series.value for series in Series]:
        raise UsageError(f"`{text}` is no known series", "`A2` (8 devices a host) or `A3` (16 devices a host)")
    series = Series(text.upper())
    image = facts.image_for(series, selection.release) if series is not selection.series else None
    runtime = selection.runtime.evolve(image=image.image) if image is not None else selection.runtime
    return selection.evolve(series=series, runtime=runtime)


def _accept(selection: Selection, text: str, _origin: Origin) -> Selection:
    return selection if text in selection.accepted else selection.evolve(accepted=(*selection.accepted, text))


def _preset(selection: Selection, text: str, _origin: Origin) -> Selection:
    """Another preset; what is known about hosts and weights is kept where it fits."""
    from wizard import presets

    chosen = presets.preset(text).selection
    model = chosen.model.evolve(path=selection.model.path)
    runtime = chosen.runtime.evolve(kind=selection.runtime.kind)
    fits = chosen.host_count == selection.host_count and chosen.scenario is selection.scenario
    return chosen.evolve(model=model, runtime=runtime, hosts=selection.hosts if fits else ())


_EDITS: dict[EditKind, Callable[[Selection, str, Origin], Selection]] = {
    EditKind.PRESET: _preset,
    EditKind.SET: set_option,
    EditKind.UNSET: unset_option,
    EditKind.ENV: set_variable,
    EditKind.UNSET_ENV: unset_variable,
    EditKind.FEATURE: _feature(True),
    EditKind.NO_FEATURE: _feature(False),
    EditKind.MODEL_PATH: _model_path,
    EditKind.QUANTIZATION: _quantization,
    EditKind.HOSTS: lambda selection, text, _: with_hosts(selection, text),
    EditKind.INTERFACE: lambda selection, text, _: with_interface(selection, text),
    EditKind.IMAGE: _image,
    EditKind.RELEASE: _release,
    EditKind.RUNTIME: _runtime,
    EditKind.SERIES: _series,
    EditKind.ACCEPT: _accept,
}
