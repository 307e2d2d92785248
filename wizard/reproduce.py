"""The one command line that gives the same selection again: its preset, and the flags for everything that differs.

Pure: it compares two selections. Where flags cannot say it (a changed sysctl, another order of options), the line names
the selection file that stands beside every exported folder.
"""

from collections.abc import Iterator, Mapping

from wizard import choose
from wizard.errors import UsageError
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Host, OptionValue, Role, RoleName, Selection
from wizard.names import HostName

PROGRAM = "glm-wizard"
SELECTION_FILE = "selection.toml"


def command_line(base: Selection | None, selection: Selection) -> tuple[str, ...]:
    """The words of the line, without what to do at its end.

    Args:
        base: the preset the selection started from, None if there is none.
        selection: what the line must give.
    """
    edits = edits_between(base, selection) if base is not None else None
    if base is None or edits is None:
        return (PROGRAM, "--config", SELECTION_FILE)
    return (PROGRAM, "--preset", base.preset, *(word for edit in edits for word in edit.flag()))


def edits_between(base: Selection, selection: Selection) -> tuple[Edit, ...] | None:
    """The edits that lead from ``base`` to ``selection``; None where edits cannot."""
    edits = tuple(_edits(base, selection))
    try:
        reached = choose.apply_all(base, edits)
    except UsageError:
        return None
    return edits if same(reached, selection) else None


def same(one: Selection, other: Selection) -> bool:
    """Whether two selections start the same things; who set what does not matter, the order of options does."""
    return one is other or (_content(one) == _content(other) and _orders(one) == _orders(other))


def _content(selection: Selection) -> dict[str, object]:
    """Everything but who set what."""
    fields = {name: getattr(selection, name) for name in Selection.model_fields}
    roles = {name: (r.instances, r.hosts_per_instance, r.options, r.environment) for name, r in selection.roles.items()}
    return fields | {"roles": roles}


def _orders(selection: Selection) -> list[tuple[str, ...]]:
    return [tuple(role.options) for role in selection.roles.values()]


def _edits(base: Selection, selection: Selection) -> Iterator[Edit]:
    heads = tuple(_heads(base, selection))
    yield from heads
    # another series or release brings an image of its own
    if selection.runtime.image != choose.apply_all(base, heads).runtime.image:
        yield Edit(EditKind.IMAGE, selection.runtime.image)
    if selection.runtime.kind != base.runtime.kind:
        yield Edit(EditKind.RUNTIME, selection.runtime.kind)
    if selection.hosts and selection.hosts != base.hosts:
        yield Edit(EditKind.HOSTS, _hosts(base, selection))
        yield from _interface(selection)
    yield from _model(base, selection)
    for name, role in selection.roles.items():
        if name in base.roles:
            yield from _role(f"{name}." if len(selection.roles) > 1 else "", base.role(name), role)
    yield from (Edit(EditKind.ACCEPT, code) for code in selection.accepted)


def _model(base: Selection, selection: Selection) -> Iterator[Edit]:
    if selection.model.path != base.model.path:
        yield Edit(EditKind.MODEL_PATH, selection.model.path)
    if selection.model.quantization != base.model.quantization:
        yield Edit(EditKind.QUANTIZATION, selection.model.quantization)


def _heads(base: Selection, selection: Selection) -> Iterator[Edit]:
    if selection.series != base.series:
        yield Edit(EditKind.SERIES, selection.series)
    if selection.release != base.release:
        yield Edit(EditKind.RELEASE, selection.release)


def _hosts(base: Selection, selection: Selection) -> str:
    servers = [host for host in selection.hosts if host.role != RoleName.ROUTER]
    sizes = {name: (role.instances, role.hosts_per_instance) for name, role in selection.roles.items()}
    plain = sizes == {name: (role.instances, role.hosts_per_instance) for name, role in base.roles.items()}
    multi = len(selection.server_roles) == 1
    words = [_target(host) if plain or multi else f"{host.role}={_target(host)}" for host in servers]
    return ",".join([*words, *(f"router={_target(host)}" for host in selection.hosts_of(RoleName.ROUTER))])


def _target(host: Host) -> str:
    """The host as ``--hosts`` takes it."""
    return str(HostName(host.address, host.ssh))


def _interface(selection: Selection) -> Iterator[Edit]:
    names = {host.interface for host in selection.hosts if host.role != RoleName.ROUTER}
    if names == {""}:
        return
    if len(names) == 1:
        yield Edit(EditKind.INTERFACE, names.pop())
    else:
        pairs = (f"{host.address}={host.interface}" for host in selection.hosts if host.interface)
        yield Edit(EditKind.INTERFACE, ",".join(pairs))


def _role(prefix: str, base: Role, role: Role) -> Iterator[Edit]:
    for name in base.options:
        if name not in role.options:
            yield Edit(EditKind.UNSET, prefix + name)
    for name, value in role.options.items():
        if name not in base.options or not _alike(base.options[name], value):
            yield Edit(EditKind.SET, prefix + _assignment(name, value))
    for name in base.environment:
        if name not in role.environment:
            yield Edit(EditKind.UNSET_ENV, prefix + name)
    for name, text in _changed(base.environment, role.environment):
        yield Edit(EditKind.ENV, f"{prefix}{name}={text}")


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in after.items() if before.get(name) != value)


def _alike(one: OptionValue, other: OptionValue) -> bool:
    return one == other and type(one) is type(other)


def _assignment(name: str, value: OptionValue) -> str:
    if value is True:
        return name
    items = value if isinstance(value, tuple) else (value,)
    return f"{name}=" + " ".join(item if isinstance(item, str) else repr(item) for item in items)
