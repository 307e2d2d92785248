"""Does it fit? The budget of each role against the HBM of its devices.

What was measured in the files blocks; a published or estimated size warns; where the estimate is within its own error,
it is told with its terms and no more. Text has decimal GB for published checkpoints and binary GiB for HBM.
"""

import math
from collections.abc import Iterator

from wizard.check.budget import GIB, Basis, Budget, weights_of
from wizard.check.facts import Facts
from wizard.check.report import fix
from wizard.check.resolved import EAGLE_FAMILY, Server
from wizard.knowledge import facts as knowledge
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import Selection, Series

POOL = "SGLang, srt/model_executor/model_runner_kv_cache_mixin.py; since 0.5.23 srt/mem_cache/kv_cache_configurator.py"
ERROR_OF_ESTIMATES = 1.1
"""Published sizes count files that are not loaded, and what is free before loading is not known: a tenth."""
ERROR_WITH_COPIES = 1.3
"""The tutorial's own launches of W8A8 weights (A3 alone, prefill-decode) are up to a quarter over the estimate."""
_HIGHEST_SHARE = 0.95


def _pairs(facts: Facts) -> Iterator[tuple[Server, Budget]]:
    found = {budget.role: budget for budget in facts.budgets}
    return ((server, found[server.launch.name]) for server in facts.servers if server.launch.name in found)


def weights_do_not_fit(facts: Facts) -> Iterator[Finding]:
    """``memory.weights``: the weights are larger than the HBM of the devices of an instance."""
    total, basis = weights_of(facts)
    for server, budget in _pairs(facts):
        system = budget.term("system").size or 0
        if total is None or total <= budget.devices * (budget.hbm - system):
            continue
        hbm, fixes = budget.devices * budget.hbm, _ways_out(facts)
        yield Finding(
            code="memory.weights",
            severity=Severity.ERROR if basis is Basis.MEASURED else Severity.WARNING,
            message=(
                f"{facts.selection.model.name} {facts.selection.model.quantization} weights do not fit: "
                f"{total / 1e9:g} GB ({total / GIB:.1f} GiB, {basis.value}) against {budget.devices} x "
                f"{budget.hbm / GIB:g} GiB = {hbm / GIB:g} GiB ({hbm / 1e9:.1f} GB) of HBM{server.launch.where}"
            ),
            hint="; ".join((*map(_as_flags, fixes), *_enough(facts))),
            options=("tp-size", "pp-size"),
            source=facts.weights.source if facts.weights else "the files on the host",
            fixes=fixes,
        )


def _as_flags(way: Fix) -> str:
    return f"{way.label}: `{' '.join(word for edit in way.edits for word in edit.flag())}`"


def _enough(facts: Facts) -> tuple[str, ...]:
    """The smallest sets of hosts that hold these weights, in a few words."""
    from wizard.check.needed import host_sets

    names = " or ".join(item.name for item in host_sets(facts))
    return (f"these weights need {names}",) if names else ()


def _ways_out(facts: Facts) -> tuple[Fix, ...]:
    """Smaller weights, more hosts, or larger hosts: those of the three that hold the model."""
    selection = facts.selection
    found = [Fix("use W4A8 weights (about 420 GB)", _smaller(facts))] if _can_shrink(selection) else []
    if selection.series is Series.A2 and selection.model.name == "GLM-5.2":
        two_hosts = (
            Edit(EditKind.PRESET, "a3-multi"),
            Edit(EditKind.SERIES, "A2"),
            Edit(EditKind.SET, f"tp-size={2 * knowledge.hardware(Series.A2).devices}"),
        )
        found += [Fix("use two A2 hosts", two_hosts), Fix("use an A3 host", (Edit(EditKind.PRESET, "a3-single"),))]
    return tuple(found)


def _can_shrink(selection: Selection) -> bool:
    return not selection.model.quantization.upper().startswith("W4")


def _smaller(facts: Facts) -> tuple[Edit, ...]:
    """Other weights; where the present ones were measured, these are found somewhere else."""
    kind = Edit(EditKind.QUANTIZATION, "W4A8")
    published = facts.model.weights if facts.model else ()
    hub_id = next((item.hub_id for item in published if item.quantization == "W4A8"), "")
    return (kind, Edit(EditKind.MODEL_PATH, hub_id)) if facts.measured and hub_id else (kind,)


def no_room_for_the_cache(facts: Facts) -> Iterator[Finding]:
    """``memory.share``: the release would end with `Not enough memory` when it sizes the KV cache."""
    total, _ = weights_of(facts)
    for server, budget in _pairs(facts):
        usable = budget.hbm - (budget.term("system").size or 0)
        if not budget.short or total is None or total > budget.devices * usable:
            continue
        need, share = usable * budget.share + budget.short, usable * budget.share
        sure = total / budget.devices > ERROR_OF_ESTIMATES * share or need > ERROR_WITH_COPIES * share
        fixes = tuple(_ways_to_room(facts, server, budget, need / usable)) if sure else ()
        terms = " + ".join(f"{name} {(budget.term(name).size or 0) / GIB:.1f}" for name in ("weights", "copies"))
        margin = "" if sure else "; recipes that are published as running are over it by as much"
        yield Finding(
            code="memory.share",
            severity=Severity.WARNING if sure else Severity.INFO,
            message=(
                f"{terms} and one page of KV cache = {need / GIB:.1f} GiB of a device; --mem-fraction-static "
                f"{budget.share:g} allows {share / GIB:.1f} GiB (estimated{margin}){server.launch.where}"
            ),
            hint="; or ".join(way.label for way in fixes) or "use more devices, or smaller weights",
            options=("mem-fraction-static",),
            source=POOL,
            fixes=fixes,
        )


def _ways_to_room(facts: Facts, server: Server, budget: Budget, share: float) -> Iterator[Fix]:
    """A larger share where graphs and buffers leave one, else smaller weights."""
    enough = math.ceil(share * 100 + 2) / 100
    usable = budget.hbm - (budget.term("system").size or 0)
    rest = usable * (1 - enough) - sum(budget.term(name).size or 0 for name in ("graphs", "buffers"))
    if enough <= _HIGHEST_SHARE and rest >= 0:
        yield fix(server.launch, {"mem-fraction-static": enough})
    if _can_shrink(facts.selection):
        yield Fix("use W4A8 weights (about 420 GB)", _smaller(facts))


def no_room_for_graphs(facts: Facts) -> Iterator[Finding]:
    """``memory.reserve``: graphs and communication buffers need more than the share leaves."""
    for server, budget in _pairs(facts):
        left = budget.term("left").size
        if left is None or left >= 0 or budget.short:
            continue
        usable = budget.hbm - (budget.term("system").size or 0)
        lower = math.floor((budget.share + left / usable) * 100 - 2) / 100
        fixes = tuple(_lower_share(server, budget, lower, usable))
        yield Finding(
            code="memory.reserve",
            severity=Severity.WARNING,
            message=(
                f"--mem-fraction-static {budget.share:g} leaves {usable * (1 - budget.share) / GIB:.1f} GiB, graphs "
                f"and communication buffers take {-left / GIB:.1f} GiB more (estimated){server.launch.where}"
            ),
            hint="; or ".join(way.label for way in fixes) or "lower HCCL_BUFFSIZE, or use more devices",
            options=("mem-fraction-static", "HCCL_BUFFSIZE"),
            source=POOL,
            fixes=fixes,
        )


def _lower_share(server: Server, budget: Budget, share: float, usable: int) -> Iterator[Fix]:
    weights = (budget.term("weights").size or 0) + (budget.term("copies").size or 0)
    if share * usable > weights + GIB:
        yield fix(server.launch, {"mem-fraction-static": share})


def no_room_for_a_request(facts: Facts) -> Iterator[Finding]:
    """``memory.context``: a request of the length asked for is larger than the whole KV cache."""
    for server, budget in _pairs(facts):
        asked = server.launch.number("context-length") if server.launch.given("context-length") else None
        if not budget.tokens or asked is None or asked <= 2 * budget.tokens:
            continue
        way = fix(server.launch, {"context-length": budget.tokens})
        yield Finding(
            code="memory.context",
            severity=Severity.WARNING,
            message=(
                f"--context-length {asked} is more than the KV cache holds: about {budget.tokens} tokens "
                f"(estimated){server.launch.where}"
            ),
            hint=f"{way.label}; or raise --mem-fraction-static, or use more devices",
            options=("context-length", "mem-fraction-static"),
            source=POOL,
            fixes=(way,),
        )


def size_unknown(facts: Facts) -> Iterator[Finding]:
    """``memory.size``: nobody knows how large the weights are, so nothing is said about what fits."""
    if weights_of(facts)[0] is None and facts.servers:
        model = facts.selection.model
        named = f"{model.name} {model.quantization}".strip()
        yield Finding(
            code="memory.size",
            severity=Severity.UNKNOWN,
            message=f"how large the {named} weights are is not known: whether they fit was not checked",
            hint="name the kind with `--quantization W8A8`, or give `--model-path` a folder that can be read here",
            options=("quantization",),
            source="arithmetic",
        )


def no_draft_layer(facts: Facts) -> Iterator[Finding]:
    """``memory.draft-layer``: speculation uses the checkpoint's own MTP layer, and the files hold none."""
    without = any(weights.has_mtp_weights is False for weights in facts.measured)
    for server in facts.servers if without else ():
        launch = server.launch
        if server.algorithm not in EAGLE_FAMILY or launch.given("speculative-draft-model-path"):
            continue
        from wizard.check.parallel import NO_SPECULATION

        way = fix(launch, {n: v for n, v in NO_SPECULATION.items() if launch.given(n)}, "switch speculation off")
        yield Finding(
            code="memory.draft-layer",
            severity=Severity.ERROR,
            message=f"--speculative-algorithm needs the MTP layer, which these weights lack{server.launch.where}",
            hint=f"{way.label}; or use weights with the layer",
            options=("speculative-algorithm",),
            source="the files on the host; SGLang, srt/models/deepseek_nextn.py",
            fixes=(way,),
        )


RULES = (
    weights_do_not_fit,
    no_room_for_the_cache,
    no_room_for_graphs,
    no_room_for_a_request,
    size_unknown,
    no_draft_layer,
)
