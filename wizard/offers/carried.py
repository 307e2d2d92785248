"""Going from one scenario or recipe to another without losing what was chosen, and saying what could not be kept.

Coming back to one that was left before gives it back as it was left; what was changed since then is put into it where
it makes sense there. Settings that follow from the number of hosts and devices stay the other's own. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from wizard import choose, places, presets
from wizard.errors import WizardError
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import OptionValue, Role, RoleName, Selection
from wizard.offers.fields import written
from wizard.wording import counted

SHAPE = frozenset(
    (
        "tp-size",
        "dp-size",
        "ep-size",
        "pp-size",
        "attn-cp-size",
        "dcp-size",
        "nnodes",
        "node-rank",
        "dist-init-addr",
        "host",
        "enable-dp-attention",
        "disaggregation-mode",
        "disaggregation-transfer-backend",
        "disaggregation-bootstrap-port",
        "prefill",
        "decode",
        "pd-disaggregation",
        "HCCL_SOCKET_IFNAME",
        "GLOO_SOCKET_IFNAME",
        "ASCEND_MF_STORE_URL",
    )
)
"""Settings that belong to the number of hosts, devices and roles."""


class Lost(NamedTuple):
    """Something that was chosen and could not be kept."""

    what: str
    why: str


class Moved(NamedTuple):
    """The selection after going to another scenario or recipe."""

    selection: Selection
    lost: tuple[Lost, ...]

    @property
    def notice(self) -> str:
        """What could not be kept, in one text; empty where everything was."""
        if not self.lost:
            return ""
        count = f"{counted(len(self.lost), 'setting')} could not be kept:"
        return "\n".join([count, *(f"{item.what}: {item.why}" for item in self.lost)])


def moved(name: str, now: Selection, past: Sequence[Selection] = ()) -> Moved:
    """The selection of the preset ``name``, with everything that was chosen so far and makes sense there.

    Args:
        name: the preset to go to.
        now: what is chosen now.
        past: what was chosen before, the oldest first.

    Raises:
        SelectionError: there is no such preset.
    """
    stays = _stays([*past, now])
    left = next((number for number in range(len(stays) - 1, -1, -1) if stays[number][1].preset == name), None)
    target = presets.preset(name).selection if left is None else stays[left][1]
    if left == len(stays) - 1:
        return Moved(now, ())
    since = stays[left + 1 :] if left is not None else [(_beginning(stays[-1]), now)]
    lost: list[Lost] = []
    for first, last in since:
        target, more = _carried(target, first, last)
        lost += more
    return Moved(target, tuple(dict.fromkeys(lost)))


def _stays(steps: Sequence[Selection]) -> list[tuple[Selection, Selection]]:
    """First and last selection of each time that a preset was stayed with."""
    stays = [(steps[0], steps[0])]
    for before, step in pairwise(steps):
        same = step.preset == before.preset
        stays[-1:] = [(stays[-1][0], step)] if same else [stays[-1], (step, step)]
    return stays


def _beginning(stay: tuple[Selection, Selection]) -> Selection:
    """What a stay's changes are counted from: the preset itself, where it is known."""
    last = stay[1]
    return presets.preset(last.preset).selection if last.preset in presets.files() else stay[0]


def _carried(target: Selection, first: Selection, last: Selection) -> tuple[Selection, list[Lost]]:
    """``target`` with the differences between two selections of another preset."""
    lost: list[Lost] = []
    for edit in _edits(target, first, last):
        try:
            target = choose.apply(target, edit)
        except WizardError as error:
            lost.append(Lost(edit.value.partition(".")[2] or edit.value, error.message))
    if last.runtime.shm_size != first.runtime.shm_size:
        target = target.evolve(runtime=target.runtime.evolve(shm_size=last.runtime.shm_size))
    if last.tuning != first.tuning:
        target = target.evolve(tuning=last.tuning)
    if last.hosts != first.hosts:
        target, more = _with_hosts(target, last)
        lost += more
    lost += list(_unkept(target, first, last))
    return target, lost


def _edits(target: Selection, first: Selection, last: Selection) -> Iterator[Edit]:
    if last.release != first.release:
        yield Edit(EditKind.RELEASE, last.release)
    if last.series not in (first.series, target.series) and target.series == first.series:
        yield Edit(EditKind.SERIES, last.series)
    if last.runtime.image != first.runtime.image and target.series == last.series:
        yield Edit(EditKind.IMAGE, last.runtime.image)
    if last.runtime.kind != first.runtime.kind:
        yield Edit(EditKind.RUNTIME, last.runtime.kind)
    if last.model.path != first.model.path and last.model.path.strip():
        yield Edit(EditKind.MODEL_PATH, last.model.path)
    if last.model.quantization != first.model.quantization:
        yield Edit(EditKind.QUANTIZATION, last.model.quantization)
    yield from (Edit(EditKind.ACCEPT, code) for code in last.accepted if code not in first.accepted)
    for role, name, value, is_variable in _differences(first, last):
        for goal in _goals(target, last, role, name):
            yield from _setting(target.role(goal), f"{goal}.{name}", value, is_variable=is_variable)


def _setting(role: Role, place: str, value: OptionValue | None, *, is_variable: bool) -> Iterator[Edit]:
    name = place.partition(".")[2]
    if value is None:
        held: Iterable[str] = role.environment if is_variable else role.options
        if name in held:
            yield Edit(EditKind.UNSET_ENV if is_variable else EditKind.UNSET, place)
    elif is_variable:
        yield Edit(EditKind.ENV, f"{place}={value}")
    else:
        yield Edit(EditKind.SET, place if value is True else f"{place}={written(value)}")


def _differences(first: Selection, last: Selection) -> Iterator[tuple[str, str, OptionValue | None, bool]]:
    """Role, name, new value and whether it is a variable, of every setting that was changed."""
    for role_name, role in last.roles.items():
        before = first.roles.get(role_name, Role())
        for name in dict.fromkeys((*before.options, *role.options)):
            if before.options.get(name) != role.options.get(name):
                yield role_name, name, role.options.get(name), False
        for name in dict.fromkeys((*before.environment, *role.environment)):
            if before.environment.get(name) != role.environment.get(name):
                yield role_name, name, role.environment.get(name), True


def _goals(target: Selection, last: Selection, role: str, name: str) -> tuple[str, ...]:
    """The roles of the target that a setting of another one goes to."""
    same_shape = target.series == last.series and target.scenario == last.scenario
    if name in SHAPE and not same_shape:
        return ()
    if role in target.roles:
        return (role,)
    if role == RoleName.ROUTER:
        return ()
    if role == RoleName.SERVER:
        return target.server_roles
    return (RoleName.SERVER.value,) if _agreed(last, name) and RoleName.SERVER in target.roles else ()


def _agreed(selection: Selection, name: str) -> bool:
    """Whether prefill and decode say the same, so that one server can say it too."""
    roles = [selection.role(role) for role in selection.server_roles]
    said = [(role.options.get(name), role.environment.get(name)) for role in roles]
    return all(item == said[0] for item in said)


def _unkept(target: Selection, first: Selection, last: Selection) -> Iterator[Lost]:
    for role, name, value, _ in _differences(first, last):
        if _goals(target, last, role, name):
            continue
        shown = f"{role}: {name}" + (f" = {written(value)}" if value is not None else " (removed)")
        if name in SHAPE:
            yield Lost(shown, "it follows from the number of hosts and devices, which is another here")
        elif role == RoleName.ROUTER:
            yield Lost(shown, "there is no router here")
        else:
            yield Lost(shown, "prefill and decode say different things, and here is one server")
    if last.series not in (first.series, target.series):
        yield Lost(f"series {last.series}", f"this one is for {target.series}")


def _with_hosts(target: Selection, last: Selection) -> tuple[Selection, list[Lost]]:
    """The hosts of a selection in the places of another one."""
    known = [host for host in places.places(last) if host.address or host.interface or host.ssh]
    after = places.dealt(target, known)
    router = places.router_host(last)
    lost = []
    if router is not None and RoleName.ROUTER in target.roles:
        after = places.with_router(after, router.address)
    elif router is not None:
        lost.append(Lost(f"router host {router.address}", "there is no router here"))
    extra = known[len(places.places(target)) :]
    lost += [Lost(f"host {host.address}", f"this one takes {target.host_count}") for host in extra]
    return after, lost
