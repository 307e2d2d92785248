"""The Ascend documents: features together, support of options, variables that need something, usual values."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from wizard.check.budget import graphs_on
from wizard.check.facts import Facts
from wizard.check.report import fix, variable_fix, with_way
from wizard.check.resolved import EXPERT_BACKENDS, Server
from wizard.check.rule import Rule
from wizard.knowledge.ascend import PARTIAL, UNTOLD, documents
from wizard.knowledge.facts import variable_note
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Series

_TUNING = "SGLang Ascend docs, optimization/parameter_tuning (newest seen 2026-11)"
_VARIABLES = "SGLang Ascend docs, reference/environment_variables (newest seen 2026-11)"
_MEMFABRIC = "SGLang Ascend docs, installation and reference/glossary (newest seen 2026-11)"
_HUBS = ("chunked prefill", "NPU graphs")
"""Features that are partly compatible with nearly all others: told once, with all of them."""
_SAID = {
    "never": "is never used on Ascend: what it belongs to does not run there",
    "gpu": "is for GPUs only",
    "planned": "is planned for Ascend, not there yet",
    "experimental": "is experimental on Ascend",
}
_SWITCH_WORDS = frozenset(("true", "1", "yes", "y", "false", "0", "no", "n"))


def _context(server: Server) -> bool:
    switches = ("enable-prefill-cp", "enable-dsa-prefill-context-parallel", "enable-nsa-prefill-context-parallel")
    return server.cp > 1 or any(map(server.launch.on, switches))


IS_ON: dict[str, Callable[[Server], object]] = {
    "tensor parallelism": lambda s: s.tp > 1,
    "attention data parallelism": lambda s: s.attention_dp_on,
    "expert parallelism": lambda s: s.ep > 1,
    "context parallelism": _context,
    "prefill-decode disaggregation": lambda s: s.mode != "null",
    "quantisation": lambda s: s.quantization is not None,
    "chunked prefill": lambda s: s.mode != "decode" and s.chunk_before > 0,
    "NPU graphs": graphs_on,
    "speculative decoding": lambda s: s.algorithm is not None,
    "the prefix cache": lambda s: s.radix,
    "the overlap schedule": lambda s: s.overlap,
    "the DP LM head": lambda s: s.launch.on("enable-dp-lm-head"),
    "MLAPO": lambda s: s.launch.variable_on("SGLANG_NPU_USE_MLAPO"),
    "two streams": lambda s: s.launch.variable_on("SGLANG_NPU_USE_MULTI_STREAM"),
    "EPLB": lambda s: s.launch.on("enable-eplb"),
    "the NZ weight format": lambda s: not s.launch.variable_on("SGLANG_NPU_DISABLE_ACL_FORMAT_WEIGHT"),
}
"""When a feature of the matrix is on."""


def together(facts: Facts) -> Iterator[Finding]:
    """``ascend.partial``, ``ascend.untold``: features that the documents do not call fully compatible."""
    source = documents().matrix_source
    for server in facts.servers:
        if not server.npu:
            continue
        on = tuple(name for name in documents().features if IS_ON[name](server))
        partial, untold = (_pairs(on, cell) for cell in (PARTIAL, UNTOLD))
        if partial:
            text = "; ".join(_told(one, others) for one, others in partial.items())
            message = f"the documents call these only partly compatible{server.launch.where}: {text}"
            yield Finding("ascend.partial", Severity.INFO, message, source=source)
        if untold:
            text = "; ".join(f"{one} with {_listed(others)}" for one, others in untold.items())
            message = f"no document says whether these work together{server.launch.where}: {text}"
            yield Finding("ascend.untold", Severity.INFO, message, source=source)


@lru_cache(maxsize=64)
def _pairs(on: tuple[str, ...], cell: str) -> Mapping[str, list[str]]:
    """Feature that is on → those of the others that are on and of which the matrix says this."""
    known = documents()
    pairs: dict[str, list[str]] = defaultdict(list)
    for place, one in enumerate(on):
        for other in on[place + 1 :]:
            if known.cell(one, other) == cell:
                hub, rest = (other, one) if other in _HUBS and one not in _HUBS else (one, other)
                pairs[hub].append(rest)
    return pairs


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1]


def _told(one: str, others: list[str]) -> str:
    reasons = documents().reasons
    why = reasons.get(one) or (reasons.get(others[0]) if len(others) == 1 else None)
    return f"{one} with {_listed(others)}" + (f" ({why})" if why else "")


def support(facts: Facts) -> Iterator[Finding]:
    """``ascend.support``: an option that the documents do not call supported on A2 and A3."""
    known = documents()
    for server in facts.servers:
        launch = server.launch
        for name in launch.options:
            level = known.support.get(name)
            if level is None:
                continue
            way = fix(launch, {name: None})
            yield with_way(
                "ascend.support",
                Severity.INFO if level == "experimental" else Severity.WARNING,
                f"--{name} {_SAID[level]}{launch.where}",
                (name,),
                known.support_source,
                way,
            )


def far_off(facts: Facts) -> Iterator[Finding]:
    """``ascend.far-off``: a number far from everything that is recommended."""
    for server in facts.servers:
        launch = server.launch
        for name, span in documents().spans.items():
            text = launch.variable(name) if name.isupper() else (launch.text(name) if launch.given(name) else None)
            try:
                number = float(text or "")
            except ValueError:
                continue
            if span.lowest <= number <= span.highest or number != number:  # noqa: PLR0124 - not a number
                continue
            way = variable_fix(launch, name, None) if name.isupper() else fix(launch, {name: None})
            yield Finding(
                code="ascend.far-off",
                severity=Severity.WARNING,
                message=f"{name} {text} is far from what is usual: {span.usual}{launch.where}",
                hint=f"choose one near to it, or {way.label}",
                options=(name,),
                source=_TUNING,
                fixes=(way,),
            )


def unreadable(facts: Facts) -> Iterator[Finding]:
    """``ascend.variable-value``: a variable that SGLang cannot read; it warns and takes its default."""
    for server in facts.servers:
        for name, text in server.launch.role.environment.items():
            note = variable_note(name) if name.startswith("SGLANG_") else None
            if note is None or _readable(note.kind, text):
                continue
            way = variable_fix(server.launch, name, note.default)
            wanted = {"bool": "1 or 0", "int": "a whole number"}[note.kind]
            yield with_way(
                "ascend.variable-value",
                Severity.WARNING,
                f"{name} takes {wanted}; `{text}` is ignored and the default is used",
                (name,),
                "SGLang 0.5.13.post1 and 0.5.23, srt/environ.py",
                way,
            )


def _readable(kind: str, text: str) -> bool:
    if kind == "bool":
        return text.lower() in _SWITCH_WORDS
    return kind != "int" or text.strip().lstrip("+-").isdigit()


def _partition(server: Server) -> str:
    """Why the layers of the stages do not make up the model."""
    text, model = server.launch.variable("SGLANG_PP_LAYER_PARTITION"), server.launch.known.model
    if text is None or model is None:
        return ""
    words = text.split(",")
    if not all(word.strip().isdigit() for word in words):
        return f"`{text}` is no list of numbers"
    if len(words) != server.pp:
        return f"it names {len(words)} stages, --pp-size is {server.pp}"
    total = sum(int(word) for word in words)
    return f"its layers add up to {total}, the model has {model.layers}" if total != model.layers else ""


def _transfers(server: Server) -> bool:
    return server.mode != "null" and server.transfer == "ascend"


def _protocol(server: Server) -> str:
    """What the transfer protocol should be instead; where it is not set, the plan sets it."""
    chosen = server.launch.variable("ASCEND_MF_TRANSFER_PROTOCOL")
    series = server.launch.known.selection.series
    if not _transfers(server) or chosen is None:
        return ""
    if series is Series.A2 and chosen != "device_rdma":
        return "an A2 host transfers over device_rdma only"
    return "an A3 host uses its default, sdma" if series is Series.A3 and chosen == "device_rdma" else ""


def _bound(server: Server) -> int | None:
    """Tokens of a decode step on one rank where they are more than DeepEP may dispatch; None: they fit."""
    most = server.launch.variable_number("SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK", 128)
    running = server.launch.number("max-running-requests")
    decodes = server.mode == "decode" or (server.mode == "null" and server.launch.text("deepep-mode") == "low_latency")
    if running is None or server.attention_dp < 1 or server.backend not in EXPERT_BACKENDS or not decodes:
        return None
    ranks = max(server.attention_dp, 1) * max(server.tp // max(server.attention_dp, 1), 1)
    tokens = -(-running * (server.draft.tokens or 1 if server.algorithm else 1) // ranks)
    return tokens if tokens > most > 0 else None


RULES: tuple[Rule | Callable[[Facts], Iterator[Finding]], ...] = (
    together,
    support,
    far_off,
    unreadable,
    Rule(
        "ascend.layer-partition",
        ("pp-size",),
        _partition,
        lambda s: f"SGLANG_PP_LAYER_PARTITION: {_partition(s)}",
        ({"$SGLANG_PP_LAYER_PARTITION": None},),
        "The layers of the pipeline stages are named one by one; they must make up the model exactly.",
        "Name as many numbers as there are stages, 78 layers in all for GLM-5.x, or unset the variable.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/distributed/utils.py",
    ),
    Rule(
        "ascend.balancer-fused",
        ("enable-eplb", "moe-a2a-backend"),
        lambda s: s.launch.on("enable-eplb") and s.backend == "ascend_fuseep",
        "--enable-eplb does not go with --moe-a2a-backend ascend_fuseep",
        ({"moe-a2a-backend": "deepep"}, {"enable-eplb": None}),
        "The fused operator knows no moved experts; EPLB works with deepep.",
        "Use --moe-a2a-backend deepep.",
        _TUNING,
    ),
    Rule(
        "ascend.transfer-protocol",
        ("disaggregation-transfer-backend",),
        _protocol,
        lambda s: (
            f"ASCEND_MF_TRANSFER_PROTOCOL is {s.launch.variable('ASCEND_MF_TRANSFER_PROTOCOL') or 'not set'}: "
            f"{_protocol(s)}"
        ),
        lambda s: [
            {"$ASCEND_MF_TRANSFER_PROTOCOL": "device_rdma" if s.launch.known.selection.series is Series.A2 else None}
        ],
        "The KV cache travels from prefill to decode over RDMA on A2, and over the links between devices on A3.",
        "Set it to device_rdma on A2, leave it out on A3.",
        _MEMFABRIC,
        Severity.WARNING,
    ),
    Rule(
        "ascend.graph-compile",
        ("enable-torch-compile",),
        lambda s: s.launch.on("enable-torch-compile") and graphs_on(s),
        "--enable-torch-compile does not go with NPU graphs",
        ({"enable-torch-compile": None},),
        "Both capture the model; the documents say to switch graphs off when the compiler is on.",
        "Remove --enable-torch-compile.",
        _TUNING,
        Severity.WARNING,
    ),
    Rule(
        "ascend.task-queue",
        (),
        lambda s: s.launch.variable("TASK_QUEUE_ENABLE") == "2" and graphs_on(s),
        "TASK_QUEUE_ENABLE=2 does not go with NPU graphs",
        ({"$TASK_QUEUE_ENABLE": 0}, {"$TASK_QUEUE_ENABLE": None}),
        "Level 2 of the operator queue is for prefill without graphs; decode with graphs uses 0, others 1.",
        "Set it to 0 on decode servers.",
        _TUNING,
        Severity.WARNING,
    ),
    Rule(
        "ascend.skip-gather",
        ("load-balance-method",),
        lambda s: (
            s.launch.variable_on("SGLANG_SCHEDULER_SKIP_ALL_GATHER")
            and s.attention_dp_on
            and s.launch.text("load-balance-method") not in ("round_robin", "auto", None)
        ),
        lambda s: (
            "SGLANG_SCHEDULER_SKIP_ALL_GATHER needs a balanced load, --load-balance-method "
            f"{s.launch.text('load-balance-method')} gives none"
        ),
        ({"load-balance-method": "round_robin"}, {"$SGLANG_SCHEDULER_SKIP_ALL_GATHER": None}),
        "Without the gathering ranks do not know of each other's work, so every rank must have some.",
        "Use --load-balance-method round_robin.",
        _TUNING,
        Severity.WARNING,
    ),
    Rule(
        "ascend.blocking",
        (),
        lambda s: s.launch.variable_on("ASCEND_LAUNCH_BLOCKING"),
        "ASCEND_LAUNCH_BLOCKING makes every operator wait; it is for debugging, and graphs cannot be captured",
        ({"$ASCEND_LAUNCH_BLOCKING": None},),
        "Every published launch unsets it.",
        "Unset it.",
        _VARIABLES,
        Severity.WARNING,
    ),
    Rule(
        "ascend.dispatch-bound",
        ("max-running-requests", "speculative-num-draft-tokens", "dp-size"),
        lambda s: _bound(s) is not None,
        lambda s: (
            f"{_bound(s)} tokens of a step on each rank are more than "
            "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK "
            f"{s.launch.variable('SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK') or '128 (default)'} allows"
        ),
        lambda s: [{"$SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK": _bound(s)}] if (_bound(s) or 0) <= 1024 else [],
        "Requests of a rank times draft tokens must fit into DeepEP's buffers. The page asks for running requests x "
        "(1 + draft tokens) in all; the recipes keep (running requests / ranks) x draft tokens, as this rule does.",
        "Raise the variable (at most 1024), or lower --max-running-requests.",
        _TUNING,
        Severity.WARNING,
    ),
)
