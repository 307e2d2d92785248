"""What can be served on: the scenarios of the tutorial and the recipes, and whether each fits what was detected.

An offer is a preset. Those of the tutorial are the scenarios; all others are recipes for a goal, with the figures that
their source published. Whether one fits is arithmetic over the detected hosts: series, count, free devices. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from wizard import places, presets
from wizard.errors import WizardError
from wizard.model import hardware
from wizard.model.finding import Severity
from wizard.model.preset import Figures, Preset, Workload
from wizard.model.selection import RoleName, Scenario, Selection
from wizard.plan import launch_flow
from wizard.wording import counted

GOALS = ("general", "latency", "throughput", "long context", "accuracy")


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether the detected hosts can serve an offer, and why."""

    fits: bool | None
    """None: nothing was detected, so nothing can be said."""
    reason: str
    remark: str = ""
    """A warning that holds on any host: weights that do not fit, a recipe withdrawn by its authors."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A preset as something to choose."""

    preset: Preset
    is_scenario: bool
    """One of the tutorial's; else a recipe."""
    fit: Fit

    @property
    def name(self) -> str:
        """The preset's name."""
        return self.preset.name

    @property
    def needs(self) -> str:
        """The hosts it takes, ``2 x A3``."""
        selection = self.preset.selection
        return f"{selection.host_count} x {selection.series}"


def offers(hosts: Sequence[hardware.Host] = ()) -> tuple[Offer, ...]:
    """Everything that can be started from: the tutorial's scenarios, then recipes by goal, then the operator's own."""
    found, _ = presets.presets()
    listed = [Offer(preset, _is_scenario(preset), fit(preset.selection, hosts, preset)) for preset in found]
    return tuple(sorted(listed, key=_place))


def unjudged() -> tuple[Offer, ...]:
    """The same list at once, before anything was worked out about it."""
    unknown = Fit(None, "to be worked out")
    return tuple(sorted((Offer(item, _is_scenario(item), unknown) for item in presets.presets()[0]), key=_place))


def offer(name: str, hosts: Sequence[hardware.Host] = ()) -> Offer:
    """One of them.

    Raises:
        SelectionError: there is no such preset.
    """
    preset = presets.preset(name)
    return Offer(preset, _is_scenario(preset), fit(preset.selection, hosts, preset))


def suggested(hosts: Sequence[hardware.Host]) -> str | None:
    """The scenario to begin with: the one that fits and uses the most of what was detected; None where none does."""
    if not hosts:
        return None
    fitting = [item for item in offers(hosts) if item.is_scenario and item.fit.fits]
    best = max(fitting, key=lambda item: item.preset.selection.host_count, default=None)
    return best.name if best else None


def fit(selection: Selection, hosts: Sequence[hardware.Host], preset: Preset | None = None) -> Fit:
    """Whether detected hosts can serve a selection."""
    remark = _remark(selection, preset)
    if not hosts:
        return Fit(None, "nothing detected yet, so it cannot be said whether it fits", remark)
    needed, devices = selection.host_count, _devices(selection)
    series = selection.series.value
    same = [host for host in hosts if host.series and host.series.value == series and host.is_usable]
    free = [host for host in same if len(host.free_devices) >= devices]
    if len(free) >= needed:
        names = ", ".join(host.address for host in free[:needed])
        return Fit(True, f"{names}: {devices} free devices{' each' if needed > 1 else ''}", remark)
    wanted = f"needs {needed} x {series} with {devices} free devices"
    if len(same) < needed:
        return Fit(False, f"{wanted}; found {_found(hosts)}", remark)
    busy = next(host for host in same if host not in free)
    return Fit(False, f"{wanted}; {busy.address} has {len(busy.free_devices)} of {len(busy.devices)} free", remark)


def with_detected(selection: Selection, hosts: Sequence[hardware.Host]) -> Selection:
    """The selection with detected hosts in its places, where nobody has named any and they fit."""
    if selection.hosts or not fit(selection, hosts).fits:
        return selection
    return places.assigned(selection, hosts)


def goal_text(preset: Preset) -> str:
    """What a recipe is good for and for which load, in a few words."""
    load = workload_text(preset.about.workload)
    return preset.about.goal + (f": {load}" if load else "")


def figures_text(preset: Preset) -> str:
    """The figures its source published, with their kind and date; says so where there are none."""
    told = _figures(preset.about.figures)
    if not told:
        return "no figures published"
    return f"{told} ({preset.about.figures.kind}, {preset.about.date})"


def workload_text(load: Workload) -> str:
    """The load a recipe was tuned for; empty when the source does not say."""
    parts = []
    if load.input_tokens and load.output_tokens:
        parts.append(f"{load.input_tokens:,} tokens in, {load.output_tokens:,} out")
    if load.prefix_hit_percent:
        parts.append(f"{load.prefix_hit_percent} % prefix hits")
    if load.concurrency:
        parts.append(f"{counted(load.concurrency, 'request')} at once")
    return ", ".join(parts)


def drawing(selection: Selection, *, ascii_only: bool = False) -> tuple[str, ...]:
    """A small picture of hosts, roles and router; every line is at most 60 cells wide."""
    boxes, more = _boxes(selection)
    router = RoleName.ROUTER in selection.roles
    joint = "=" if selection.scenario is Scenario.MULTI else ">" if router else " "
    inner = max(len(line) for box in boxes for line in box)
    top = " ".join("┌ " + box[0] + " " + "─" * (inner - len(box[0])) + "┐" for box in boxes)
    middle = joint.join(f"│ {box[1]:<{inner}} │" for box in boxes)
    bottom = " ".join("└" + "─" * (inner + 2) + "┘" for box in boxes)
    head = "clients ─> router ─> " if router else "clients ─> "
    lines = (" " * len(head) + top, head + middle + more, " " * len(head) + bottom)
    return tuple(line.translate(_ASCII) for line in lines) if ascii_only else lines


_ASCII = str.maketrans({"┌": "+", "┐": "+", "└": "+", "┘": "+", "─": "-", "│": "|"})


def _boxes(selection: Selection) -> tuple[list[tuple[str, str]], str]:
    """Title and content of the boxes, at most one for each role or rank; and what stands for the rest."""
    devices, boxes, more = _devices(selection), [], []
    first = 1
    for name in selection.server_roles:
        role = selection.role(name)
        count = role.instances * role.hosts_per_instance
        if selection.scenario is Scenario.MULTI:
            boxes += [(f"host {rank + 1}", f"rank {rank}, {devices}") for rank in range(min(count, 2))]
            more += [f" +{count - 2}"] if count > 2 else []
        else:
            title = f"host {first}" if count == 1 else f"{count} hosts"
            many = f"{role.instances} x " if role.instances > 1 else ""
            boxes.append((title, f"{many}{name}, {devices}"))
        first += count
    return boxes, "".join(more)


def _is_scenario(preset: Preset) -> bool:
    return preset.name in presets.FIRST and not preset.yours


def _place(item: Offer) -> tuple[int, int]:
    if item.is_scenario:
        return 0, presets.FIRST.index(item.name)
    goal = item.preset.about.goal
    return 2 if item.preset.yours else 1, GOALS.index(goal) if goal in GOALS else len(GOALS)


def _found(hosts: Sequence[hardware.Host]) -> str:
    counts: dict[str, int] = {}
    for host in hosts:
        kind = host.series.value if host.series and host.is_usable else "not usable"
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(
        f"{count} x {kind}" if kind != "not usable" else f"{count} not usable" for kind, count in counts.items()
    )


def _devices(selection: Selection) -> int:
    """Devices that a host gives at most."""
    anywhere = selection.evolve(hosts=()) if selection.hosts else selection
    try:
        return max(process.devices for process in launch_flow(anywhere).servers)
    except (WizardError, ValueError):
        return 0


def _remark(selection: Selection, preset: Preset | None) -> str:
    status = preset.about.status if preset else ""
    parts = [status] if status not in ("", "current") else []
    parts += list(_memory(preset.name)) if preset and not preset.yours and selection == preset.selection else []
    return "; ".join(parts)


@cache
def _memory(name: str) -> tuple[str, ...]:
    """What the checks say of the memory of a shipped preset as it is."""
    from wizard import check  # loaded once the list is in view

    found = check.findings(presets.preset(name).selection)
    bad = (Severity.ERROR, Severity.WARNING)
    return tuple(item.message for item in found if item.code.startswith("memory.") and item.severity in bad)[:1]


def _figures(told: Figures) -> str:
    parts = []
    if told.tpot_ms is not None:
        parts.append(f"{told.tpot_ms:g} ms per output token")
    if told.ttft_s is not None:
        parts.append(f"{told.ttft_s:g} s to the first token")
    if told.output_tok_s is not None:
        parts.append(f"{told.output_tok_s:,} tokens/s")
    return ", ".join(parts)
