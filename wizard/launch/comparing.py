"""Two runs side by side: what was set differently, on what they ran, and what was measured of each."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wizard.launch.figures import newest
from wizard.launch.timing import READY
from wizard.model.run import Run
from wizard.model.selection import Selection

_KINDS = ("benchmark", "accuracy")


class Difference(NamedTuple):
    """Something that is not the same."""

    where: str
    """A role, a host, or ``all``."""
    kind: str
    """``option``, ``variable``, ``launch``, ``fact``."""
    name: str
    before: str | None
    after: str | None


class Figure(NamedTuple):
    """Something that was measured of at least one of them."""

    name: str
    before: float | None
    after: float | None

    @property
    def change_pct(self) -> float | None:
        """From the first to the second, in percent of the first."""
        if self.before is None or self.after is None or not self.before:
            return None
        return round(100 * (self.after - self.before) / self.before, 1)


def settings(before: Selection, after: Selection) -> Iterator[Difference]:
    """What was chosen differently. Text from one side that the other lacks is None there."""
    yield from _differences("all", "launch", _whole(before), _whole(after))
    for name in dict.fromkeys([*before.roles, *after.roles]):
        one, other = before.roles.get(name), after.roles.get(name)
        for kind, of_one, of_other in (
            ("option", one.options if one else {}, other.options if other else {}),
            ("variable", one.environment if one else {}, other.environment if other else {}),
        ):
            yield from _differences(name, kind, of_one, of_other)


def _whole(selection: Selection) -> dict[str, Any]:
    """What belongs to the whole launch, by the flag that sets it."""
    found: dict[str, Any] = {
        "preset": selection.preset,
        "release": selection.release,
        "model-path": selection.model.path,
        "quantization": selection.model.quantization,
        "runtime": selection.runtime.kind.value,
        "image": selection.runtime.image,
        "hosts": ",".join(host.address for host in selection.hosts),
        "interface": ",".join(host.interface for host in selection.hosts if host.interface),
        "accept": ",".join(selection.accepted),
    }
    for name, role in selection.roles.items():
        found[f"instances of {name}"] = role.instances
        found[f"hosts per instance of {name}"] = role.hosts_per_instance
    return {name: value for name, value in found.items() if value not in ("", None)}


def facts(before: Run, after: Run) -> Iterator[Difference]:
    """What was measured of the hosts before the start, where it differs."""
    for host in dict.fromkeys([*before.facts, *after.facts]):
        yield from _differences(host, "fact", before.facts.get(host, {}), after.facts.get(host, {}))


def _differences(where: str, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name), after.get(name)
        if one != other:
            yield Difference(where, kind, name, _text(one), _text(other))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def figures(before: Run, after: Run) -> tuple[Figure, ...]:
    """What was measured: start-up, benchmark and accuracy, the newest of each run."""
    one, other = _measured(before), _measured(after)
    return tuple(Figure(name, one.get(name), other.get(name)) for name in dict.fromkeys([*one, *other]))


def _measured(run: Run) -> dict[str, float]:
    found: dict[str, float] = {}
    for process in run.processes:
        found |= {f"start of {process.name}, {name} (s)": seconds for name, seconds in sorted(process.times.items(),
                  key=lambda item: item[0] != READY)}  # fmt: skip
    for kind in _KINDS:
        own = newest(run, kind)
        found |= {f"{kind}: {name}": value for name, value in own.result.items()} if own else {}
    return found
