"""Context parallelism of prefill and decode, overlap of two batches, elastic experts, EPLB: what a release refuses."""

from wizard.check.parallel import divisors
from wizard.check.report import Change
from wizard.check.resolved import Server
from wizard.check.rule import Rule

_13 = "SGLang 0.5.13.post1, srt/server_args.py"
_23 = "SGLang 0.5.23, srt/arg_groups/parallel_hook.py"
_CP_SWITCHES = ("enable-dsa-prefill-context-parallel", "enable-nsa-prefill-context-parallel", "enable-prefill-cp")
_NO_CP: Change = dict.fromkeys(
    (*_CP_SWITCHES, "enable-prefill-context-parallel", "cp-strategy", "dsa-prefill-cp-mode", "nsa-prefill-cp-mode")
)


def _dcp(server: Server) -> str:
    size = server.size("dcp-size")
    if size <= 1 and server.launch.on("dcp-replicate-q-proj"):
        return "--dcp-replicate-q-proj needs a size above 1"
    if size < 1:
        return "it must be at least 1"
    if size == 1:
        backend = server.launch.text("dcp-comm-backend")
        return "--dcp-comm-backend needs a size above 1" if backend in ("a2a", "fi_a2a") else ""
    if server.launch.on("enable-prefill-cp"):
        return "it does not go with --enable-prefill-cp"
    if server.launch.on("enable-hisparse") or server.hierarchical:
        return "it does not go with HiSparse or the hierarchical cache"
    if server.mode != "null":
        return "it does not go with prefill-decode disaggregation on this model"
    if server.launch.number("speculative-eagle-topk") not in (None, 1):
        return "it needs --speculative-eagle-topk 1"
    return "this communication backend needs CUDA" if server.launch.text("dcp-comm-backend") == "fi_a2a" else ""


def _dcp_of(server: Server) -> str:
    """The same for any release: those before 0.5.23 have it on AMD devices only."""
    if not server.attention_dp_flag and server.size("dcp-size") >= 1:
        return "this release has it on AMD devices only" if server.size("dcp-size") > 1 else ""
    return _dcp(server)


def _eplb(server: Server) -> bool:
    ep = server.ep if server.backend != "none" else server.given_ep
    return server.launch.on("enable-eplb") and ep <= 1


def _dispatch(server: Server) -> bool:
    return (
        server.attention_dp_flag
        and server.backend == "none"
        and server.launch.text("ep-dispatch-algorithm") in ("static", "lp")
    )


def _elastic(server: Server) -> str:
    launch = server.launch
    backend = launch.given("elastic-ep-backend") and launch.text("elastic-ep-backend") != "none"
    if backend and server.pp != 1:
        return "elastic experts do not go with pipeline parallelism"
    if (
        backend
        and launch.on("enable-eplb")
        and launch.text("eplb-algorithm")
        not in (
            "auto",
            "elasticity_aware",
            "elasticity_aware_hierarchical",
        )
    ):
        return "elastic experts need --eplb-algorithm auto or elasticity_aware"
    if backend:
        return ""
    for name in ("elastic-ep-rejoin", "elastic-ep-join-mode", "max-ep-size"):
        if launch.given(name):
            return f"--{name} needs --elastic-ep-backend"
    if server.size("elastic-ep-join-rank-offset", 0) != 0:
        return "--elastic-ep-join-rank-offset needs --elastic-ep-join-mode scale"
    return "--elastic-ep-initial-size needs elastic experts" if launch.given("elastic-ep-initial-size") else ""


_EXCHANGE_NEEDED = ("0.5.13.post1", "0.5.14")
"""Releases in which two-batch overlap always needs an all-to-all backend; later ones take attention DP as well."""


def _overlap(server: Server) -> str:
    launch = server.launch
    if not launch.on("enable-two-batch-overlap"):
        return ""
    if server.shares_top_k:
        return "this model's layers share the indexer's choice, which two-batch overlap does not carry"
    alone = server.attention_dp_on and launch.release.version not in _EXCHANGE_NEEDED
    if server.backend == "none" and not alone:
        return "it needs an all-to-all backend such as deepep"
    if not server.graph_phases and launch.on("enforce-shared-experts-fusion"):
        return "it does not go with --enforce-shared-experts-fusion"
    return ""


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.context-decode",
        _CP_SWITCHES,
        lambda s: s.mode == "decode" and any(map(s.launch.on, _CP_SWITCHES)),
        "context parallelism of prefill does not go on a decode server",
        (_NO_CP,),
        "A decode server never prefills, so it refuses the option.",
        "Set it for the prefill role only.",
        f"{_13}; 0.5.23, srt/arg_groups/model_hook.py",
    ),
    Rule(
        "sglang.context-both",
        (*_CP_SWITCHES, "enable-prefill-context-parallel"),
        lambda s: s.launch.on("enable-prefill-context-parallel") and any(map(s.launch.on, _CP_SWITCHES)),
        "two kinds of prefill context parallelism are switched on at once",
        ({"enable-prefill-context-parallel": None},),
        "One switch is for models with sparse attention, as GLM-5.2 is, the other for all others.",
        "Keep the one for sparse attention.",
        _13,
    ),
    Rule(
        "sglang.context-strategy",
        ("enable-prefill-cp", "cp-strategy"),
        lambda s: s.launch.on("enable-prefill-cp") and not s.launch.given("cp-strategy"),
        "--enable-prefill-cp needs --cp-strategy",
        (
            {"cp-strategy": "zigzag"},
            {"cp-strategy": "interleave"},
            {"enable-prefill-cp": None},
        ),
        "Since 0.5.14 the way in which a prompt is split over the ranks must be named.",
        "Add --cp-strategy zigzag (earlier: in-seq-split) or interleave (round-robin-split).",
        _23,
    ),
    Rule(
        "sglang.context-dcp",
        ("dcp-size", "dcp-comm-backend", "enable-hierarchical-cache", "speculative-eagle-topk"),
        lambda s: s.launch.knows("dcp-size") and _dcp_of(s),
        lambda s: f"decode context parallel size {s.size('dcp-size')}: {_dcp_of(s)}",
        ({"dcp-size": None, "dcp-comm-backend": None, "dcp-replicate-q-proj": None},),
        "Decode context parallelism of a model with sparse attention goes with few other features.",
        "Remove --dcp-size.",
        f"{_23}; srt/arg_groups/model_overrides/deepseek_v2.py",
    ),
    Rule(
        "sglang.context-fusion",
        ("enable-aiter-allreduce-fusion", "attn-cp-size", "moe-dp-size"),
        lambda s: s.launch.on("enable-aiter-allreduce-fusion") and max(s.cp, s.moe_dp) > 1,
        "--enable-aiter-allreduce-fusion does not go with context parallelism",
        ({"enable-aiter-allreduce-fusion": None},),
        "The fused reduction is for AMD devices, and both releases refuse it beside context parallel groups.",
        "Remove --enable-aiter-allreduce-fusion.",
        f"{_13}; {_23}",
    ),
    Rule(
        "sglang.experts-balancer",
        ("enable-eplb", "ep-size", "moe-a2a-backend"),
        _eplb,
        "--enable-eplb needs expert parallelism, but the expert parallel size is 1",
        lambda s: [
            {"enable-eplb": None},
            *({"ep-size": size} for size in divisors(s.tp, s.tp)[:1] if size > 1 and s.backend == "none"),
        ],
        "The balancer moves experts between ranks, so there must be several.",
        "Set --ep-size, use an all-to-all backend, or remove --enable-eplb.",
        f"{_13}; {_23}",
    ),
    Rule(
        "sglang.experts-dispatch",
        ("ep-dispatch-algorithm", "moe-a2a-backend"),
        _dispatch,
        lambda s: f"--ep-dispatch-algorithm {s.launch.text('ep-dispatch-algorithm')} needs an all-to-all backend",
        (
            {"ep-dispatch-algorithm": "dynamic"},
            {"ep-dispatch-algorithm": None},
        ),
        "Without an all-to-all backend all ranks must pick the same copy of an expert.",
        "Use dynamic, or leave it out.",
        _23,
    ),
    Rule(
        "sglang.experts-elastic",
        ("elastic-ep-backend", "max-ep-size", "pp-size", "elastic-ep-join-mode", "elastic-ep-rejoin", "eplb-algorithm"),
        _elastic,
        _elastic,
        (
            dict.fromkeys(
                (
                    "elastic-ep-backend",
                    "elastic-ep-rejoin",
                    "elastic-ep-join-mode",
                    "elastic-ep-join-rank-offset",
                    "elastic-ep-initial-size",
                    "max-ep-size",
                )
            ),
        ),
        "Elastic experts are a feature of their own with narrow conditions.",
        "Remove the elastic options.",
        f"{_13}; {_23}",
    ),
    Rule(
        "sglang.overlap-two-batch",
        ("enable-two-batch-overlap", "moe-a2a-backend", "enforce-shared-experts-fusion"),
        _overlap,
        lambda s: f"--enable-two-batch-overlap: {_overlap(s)}",
        ({"enable-two-batch-overlap": None},),
        "Two-batch overlap loses the indexer's choice between layers that share it, as GLM-5.2's do.",
        "Remove --enable-two-batch-overlap.",
        f"{_13}; 0.5.23, srt/arg_groups/model_hook.py",
    ),
)
