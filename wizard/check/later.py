"""What a release takes on its command line and what is fatal later, in a scheduler or at the first request.

Owns the arithmetic of the model and the host against a server's sizes. Codes are ``ascend.*`` and ``hardware.*``: the
release's own start says nothing about them.
"""

from collections.abc import Iterable

from wizard.check.parallel import divisors
from wizard.check.report import Change
from wizard.check.resolved import DESCRIBED, EXPERT_BACKENDS, PLAIN, Server
from wizard.check.rule import Rule
from wizard.model.finding import Severity

_MODEL = "SGLang 0.5.13.post1 and 0.5.23, srt/models/deepseek_v2.py"
_BACKEND = "SGLang 0.5.13.post1 and 0.5.23, srt/hardware_backend/npu/attention/ascend_backend.py"
_MOST_DISPATCH_TOKENS = 1024


def _attention_ranks(server: Server) -> int:
    groups = server.attention_dp * server.cp
    return server.tp // groups if groups > 0 else 0


def _head_count(server: Server) -> int:
    model = server.launch.known.model
    return model.attention_heads if model else 0


def _heads(server: Server) -> bool:
    ranks = _attention_ranks(server)
    return ranks > 0 and _head_count(server) % ranks != 0


def _head_ways(server: Server) -> list[Change]:
    """Tensor parallel sizes near this one that the heads and the hosts allow."""
    groups, hosts = server.attention_dp * server.cp, max(server.nodes, 1)
    most = server.launch.known.hardware.devices * hosts // max(server.pp, 1)
    sizes = [groups * ranks for ranks in divisors(_head_count(server), _attention_ranks(server))]
    experts = server.launch.known.model.experts if server.launch.known.model else 0
    fitting = [size for size in sizes if size <= most and size * server.pp % hosts == 0 and experts % size == 0]
    return [{"tp-size": size} for size in fitting[:2]]


def _experts(server: Server) -> int:
    model = server.launch.known.model
    return (model.experts if model else 0) + server.size("ep-num-redundant-experts", 0)


def _expert_groups(server: Server) -> bool:
    model = server.launch.known.model
    if model is None or server.ep < 1:
        return False
    return server.tp > model.experts or _experts(server) % server.ep != 0


def _expert_ways(server: Server) -> Iterable[Change]:
    """No copies; where there are none, sizes near this one that experts, heads and hosts allow."""
    experts, hosts = _experts(server), max(server.nodes, 1)
    if server.size("ep-num-redundant-experts", 0):
        return [{"ep-num-redundant-experts": None}]
    if server.backend not in EXPERT_BACKENDS:
        return [{"ep-size": size} for size in divisors(experts, server.ep) if server.tp % size == 0][:2]
    is_alone = server.attention_dp == server.tp  # every rank its own attention group: these go along
    groups = 1 if is_alone else server.attention_dp * server.cp
    most = server.launch.known.hardware.devices * hosts // max(server.pp, 1)
    sizes = [size for size in divisors(experts, server.tp) if size <= most and size * server.pp % hosts == 0]
    fitting = [size for size in sizes if groups > 0 and size % groups == 0 and _head_count(server) % size == 0]
    return [{"tp-size": size, **({"dp-size": size} if is_alone else {})} for size in fitting[:2]]


def _dispatch(server: Server) -> int:
    return server.launch.variable_number("SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK", 0)


def _no_request(server: Server) -> bool:
    given, ranks = server.launch.number("max-running-requests"), max(server.attention_dp, server.replicas, 1)
    return given is not None and given // ranks < 1


def _mixed(server: Server) -> bool:
    kept = server.attention_dp_flag or server.algorithm is None
    return server.npu and server.mode != "decode" and server.launch.on("enable-mixed-chunk") and kept


def _needed(server: Server) -> int:
    ranks = server.tp * server.pp * max(server.replicas, 1)
    per_host = ranks // server.nodes if server.nodes > 0 else ranks
    return server.size("base-gpu-id", 0) + per_host * max(server.size("gpu-id-step"), 1)


def _too_many(server: Server) -> bool:
    return server.npu and _needed(server) > server.launch.known.hardware.devices


RULES: tuple[Rule, ...] = (
    Rule(
        "hardware.devices",
        ("tp-size", "pp-size", "nnodes", "base-gpu-id"),
        _too_many,
        lambda s: (
            f"{_needed(s)} devices are needed on each host ({s.tp} x {s.pp} ranks over {s.nodes}), "
            f"an {s.launch.known.hardware.name} has {s.launch.known.hardware.devices}"
        ),
        lambda s: [
            {
                "tp-size": s.launch.known.hardware.devices * max(s.nodes, 1),
                "pp-size": None,
                "base-gpu-id": None,
                "gpu-id-step": None,
                **({"dp-size": None} if s.replicas > 1 else {}),
            }
        ],
        "Every rank takes a device of its own; a rank without one dies when it selects it.",
        "Use a smaller tensor parallel size, or more hosts.",
        "arithmetic; srt/managers/scheduler.py",
        Severity.WARNING,
    ),
    Rule(
        "hardware.sizes",
        ("tp-size", "pp-size", "ep-size", "dp-size"),
        lambda s: min(s.tp, s.pp, s.size("dp-size"), s.size("ep-size"), s.cp) < 1,
        "a parallel size below 1 starts nothing",
        lambda s: [
            {name: 1 for name in ("tp-size", "pp-size", "dp-size", "ep-size", "attn-cp-size") if s.size(name) < 1}
        ],
        "The command line takes any whole number; ranks are started for positive ones only.",
        "Give sizes of at least 1.",
        "arithmetic",
    ),
    Rule(
        "ascend.attention-heads",
        ("tp-size", "dp-size", "attn-dp-size", "attn-cp-size"),
        _heads,
        lambda s: f"{_head_count(s)} attention heads cannot be split over {_attention_ranks(s)} ranks",
        _head_ways,
        "Heads are dealt out evenly to the attention ranks (tensor parallel / attention DP / context parallel).",
        "Choose sizes so that the attention ranks divide the number of heads.",
        _MODEL,
    ),
    Rule(
        "ascend.experts",
        ("ep-size", "ep-num-redundant-experts", "tp-size"),
        _expert_groups,
        lambda s: f"{_experts(s)} experts cannot be dealt out to {s.ep} expert parallel ranks",
        _expert_ways,
        "Experts, copies included, are dealt out evenly to the expert parallel ranks.",
        "Choose a number of ranks that divides the experts with their copies.",
        _MODEL,
    ),
    Rule(
        "ascend.dispatch-tokens",
        ("moe-a2a-backend",),
        lambda s: _dispatch(s) > _MOST_DISPATCH_TOKENS,
        lambda s: f"SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK {_dispatch(s)} is above {_MOST_DISPATCH_TOKENS}",
        ({"$SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK": _MOST_DISPATCH_TOKENS},),
        "The exchange of tokens has buffers for at most 1024 tokens per rank.",
        "Set it to at most 1024.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/layers/moe/token_dispatcher/deepep.py",
    ),
    Rule(
        "ascend.running-requests",
        ("max-running-requests", "dp-size", "attn-dp-size"),
        _no_request,
        lambda s: (
            f"--max-running-requests {s.launch.number('max-running-requests')} leaves none for each data parallel rank"
        ),
        lambda s: [{"max-running-requests": max(s.attention_dp, s.replicas, 1)}, {"max-running-requests": None}],
        "The number is shared by the data parallel ranks; each needs at least one.",
        "Give at least the data parallel size.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/managers/tp_worker.py",
    ),
    Rule(
        "ascend.mixed-chunk",
        ("enable-mixed-chunk",),
        _mixed,
        "--enable-mixed-chunk fails at the first mixed batch of this model on NPUs",
        ({"enable-mixed-chunk": None},),
        "The ascend backend has no kernel for batches that mix prefill and decode of a model with latent attention.",
        "Remove --enable-mixed-chunk.",
        _BACKEND,
    ),
    Rule(
        "ascend.description",
        ("quantization",),
        lambda s: s.quantization == DESCRIBED and s.checkpoint == PLAIN,
        "--quantization modelslim, but these weights are not quantised",
        ({"quantization": None},),
        "ModelSlim weights come with a description file, without which loading stops.",
        "Remove --quantization, or name the quantised weights.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/model_loader/weight_utils.py",
    ),
    Rule(
        "ascend.weight-layout",
        (),
        lambda s: (
            not s.attention_dp_flag
            and s.launch.variable_on("SGLANG_USE_FIA_NZ")
            and not s.launch.variable_on("SGLANG_NPU_USE_MLAPO")
        ),
        "SGLANG_USE_FIA_NZ needs SGLANG_NPU_USE_MLAPO=1",
        ({"$SGLANG_NPU_USE_MLAPO": 1}, {"$SGLANG_USE_FIA_NZ": None}),
        "The layout is written by the fused preparation of attention only.",
        "Set SGLANG_NPU_USE_MLAPO=1 as well.",
        "SGLang 0.5.13.post1, srt/hardware_backend/npu/attention/mla_preprocess.py",
    ),
    Rule(
        "ascend.device",
        ("device",),
        lambda s: not s.npu,
        lambda s: f"--device {s.launch.text('device')} is not npu: nothing is set up for Ascend",
        ({"device": "npu"},),
        "The word is not checked; only npu brings the settings of Ascend devices.",
        "Use --device npu.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/server_args.py",
    ),
)
