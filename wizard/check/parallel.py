"""Sizes of parallelism that a release refuses: tensor, pipeline, data, expert and context parallel, hosts, ranks."""

from wizard.check.report import Change
from wizard.check.resolved import Server
from wizard.check.rule import Rule
from wizard.model.selection import AUTO

_13 = "SGLang 0.5.13.post1, srt/server_args.py"
_BOTH = f"{_13}; 0.5.23, srt/arg_groups/parallel_hook.py"
_CHECKED = f"{_13}; 0.5.23, srt/arg_groups/validation_hook.py"
_23 = "SGLang 0.5.23, srt/arg_groups/parallel_hook.py"


LARGEST = 4096
"""More devices than any launch of this model has."""


def divisors(number: int, wanted: int) -> list[int]:
    """The positive divisors of ``number``, the nearest to ``wanted`` first; of a size that no cluster has, only 1."""
    if number > LARGEST:
        return [1]
    found = [size for size in range(1, max(number, 0) + 1) if number % size == 0]
    return sorted(found, key=lambda size: (abs(size - wanted), size))


def _divides(number: int, size: int) -> bool:
    return size != 0 and number % size == 0


def _nodes_wrong(server: Server) -> bool:
    return not _divides(server.tp * server.pp, server.nodes)


def _nodes_ways(server: Server) -> list[Change]:
    if server.nodes < 1:
        return [{"nnodes": 1}]
    ranks = server.tp * server.pp
    hosts = server.launch.role.hosts_per_instance
    if hosts > 1:  # the hosts are there; the sizes give way
        if ranks % hosts == 0:
            return [{"nnodes": AUTO}]
        return [{"tp-size": server.launch.known.hardware.devices * hosts, "pp-size": None, "nnodes": AUTO}]
    return [{"nnodes": divisors(ranks, server.nodes)[0] if ranks > 0 else 1}]


def _dp_name(server: Server) -> str:
    return "attn-dp-size" if server.launch.given("attn-dp-size") and server.size("attn-dp-size") != 1 else "dp-size"


def _dp_wrong(server: Server) -> bool:
    if not server.attention_dp_on:
        return False
    if server.attention_dp < 1 and server.attention_dp_flag:
        return True
    return not _divides(server.tp, server.attention_dp)


def _fitting_dp(server: Server) -> list[Change]:
    ways: list[Change] = []
    for size in divisors(server.tp, server.attention_dp)[:3]:
        chunk = server.chunk_before
        if chunk <= 0 or server.mode == "decode" or (chunk // size) % max(server.page, 1) == 0:
            ways.append({_dp_name(server): size})
    return [*ways, {"dp-size": None, "attn-dp-size": None, "enable-dp-attention": None, "enable-dp-lm-head": None}]


def _replica_ways(server: Server) -> list[Change]:
    alone: Change = {"dp-size": None, "enable-dp-lm-head": None}
    if not _divides(server.tp, server.replicas):
        return [alone]
    address = server.launch.text("dist-init-addr") or "auto:5000"
    return [alone, {"enable-dp-attention": True, "dist-init-addr": address}]


def _cp_wrong(server: Server) -> bool:
    if server.cp <= 1:
        return False
    ranks = server.attention_dp if server.attention_dp_flag else server.size("dp-size")
    return not _divides(server.tp, server.cp) or not _divides(server.tp, ranks * server.cp)


def _moe_dp_wrong(server: Server) -> str:
    tp, size = server.tp, server.moe_dp
    ep = server.ep if server.attention_dp_flag else server.given_ep
    if size > 1:
        if not _divides(tp, size):
            return f"tensor parallel size {tp} is not divisible by it"
        if ep * size > tp or (ep > 1 and ep * size != tp):
            return f"expert parallel size {ep} x {size} is not the tensor parallel size {tp}"
        if server.pp != 1:
            return "it does not go with pipeline parallelism"
    if size not in {1, server.cp}:
        return f"it must be 1, or the attention context parallel size ({server.cp})"
    return ""


def _topology_wrong(server: Server) -> bool:
    if not server.attention_dp_flag:
        return False
    attention, experts = server.attention_dp * server.cp, server.ep * server.moe_dp
    return not (_divides(server.tp, attention) and _divides(server.tp, experts))


def _topology_ways(server: Server) -> list[Change]:
    if server.tp < 1:
        return [{"tp-size": 1}]
    if _divides(server.tp, server.attention_dp * server.cp):
        return [{"ep-size": divisors(server.tp, server.ep)[0], "moe-dp-size": None}]
    return [{"attn-cp-size": None}] if _divides(server.tp, server.attention_dp) else []


def _pp_spec_wrong(server: Server) -> str:
    if server.pp <= 1 or server.algorithm is None:
        return ""
    if not server.attention_dp_flag:
        return "0.5.13 has no speculation with pipeline parallelism"
    if server.algorithm != "EAGLE" or server.launch.on("enable-multi-layer-eagle"):
        return "only EAGLE (NEXTN) goes with pipeline parallelism" if server.algorithm != "DSPARK" else ""
    if not server.launch.variable_on("SGLANG_ENABLE_PP_SPEC"):
        return "" if server.mode == "prefill" else "it goes with pipeline parallelism on prefill servers only"
    if server.mode != "null" or server.attention_dp_on or server.launch.on("speculative-adaptive"):
        return "SGLANG_ENABLE_PP_SPEC goes with one plain server only: no prefill-decode, attention DP or adaptation"
    return ""


NO_SPECULATION: Change = dict.fromkeys(
    (
        "speculative-algorithm",
        "speculative-num-steps",
        "speculative-eagle-topk",
        "speculative-num-draft-tokens",
        "speculative-draft-model-path",
        "speculative-adaptive",
        "speculative-skip-dp-mlp-sync",
        "speculative-use-block-verification",
    )
)
"""What goes when speculation goes."""


def _all_to_all_wrong(server: Server) -> str:
    if not server.launch.on("enable-tp-lm-head-all-to-all"):
        return ""
    if not server.attention_dp_on:
        return "it needs attention data parallelism"
    if server.launch.on("enable-dp-lm-head"):
        return "it does not go with --enable-dp-lm-head"
    if server.tp != server.attention_dp:
        return f"tensor parallel size {server.tp} is not the attention DP size {server.attention_dp}"
    return "it does not go with context parallelism" if server.cp != 1 else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.parallel-nodes",
        ("nnodes", "tp-size", "pp-size"),
        _nodes_wrong,
        lambda s: f"{s.tp} x {s.pp} ranks (tensor x pipeline parallel) cannot be spread evenly over {s.nodes} hosts",
        _nodes_ways,
        "Every host runs the same number of ranks, so tensor x pipeline parallel size must be a multiple of the hosts.",
        "Choose a tensor parallel size that the number of hosts divides.",
        _CHECKED,
    ),
    Rule(
        "sglang.parallel-attention-dp",
        ("dp-size", "attn-dp-size", "enable-dp-attention", "tp-size"),
        _dp_wrong,
        lambda s: f"attention data parallel size {s.attention_dp} does not divide the tensor parallel size {s.tp}",
        _fitting_dp,
        "Attention DP splits the tensor parallel ranks into groups of equal size.",
        "Choose a divisor of the tensor parallel size.",
        _BOTH,
    ),
    Rule(
        "sglang.parallel-replicas",
        ("dp-size", "attn-dp-size", "enable-dp-attention"),
        lambda s: s.attention_dp_flag and s.attention_dp > 1 and s.replicas > 1,
        lambda s: f"{s.replicas} data-parallel replicas do not go with attention data parallel size {s.attention_dp}",
        (
            {"dp-size": None, "enable-dp-attention": None},
            {"attn-dp-size": None, "enable-dp-attention": True},
        ),
        "Since 0.5.23 --dp-size counts whole replicas, --attn-dp-size attention groups; both at once are refused.",
        "Keep one of them.",
        _23,
    ),
    Rule(
        "sglang.parallel-replica-nodes",
        ("dp-size", "nnodes"),
        lambda s: s.replicas > 1 and s.nodes != 1,
        lambda s: f"{s.replicas} data-parallel replicas cannot be spread over {s.nodes} hosts without attention DP",
        _replica_ways,
        "Data parallelism over several hosts is there for attention only.",
        "Add --enable-dp-attention, or take --dp-size away.",
        _CHECKED,
    ),
    Rule(
        "sglang.parallel-dp-lm-head",
        ("enable-dp-lm-head", "dp-size"),
        lambda s: s.launch.on("enable-dp-lm-head") and not s.attention_dp_on and s.replicas != 1,
        "--enable-dp-lm-head needs attention data parallelism",
        (
            {"enable-dp-lm-head": None},
            {"enable-dp-attention": True},
        ),
        "The LM head can be computed per attention DP rank only where there are such ranks.",
        "Add --enable-dp-attention, or remove --enable-dp-lm-head.",
        f"{_13}; 0.5.23, srt/arg_groups/overrides.py",
    ),
    Rule(
        "sglang.parallel-dense",
        ("moe-dense-tp-size", "tp-size"),
        lambda s: s.launch.number("moe-dense-tp-size") not in (None, 1, s.tp),
        lambda s: (
            f"--moe-dense-tp-size {s.launch.number('moe-dense-tp-size')} is neither 1 "
            f"nor the tensor parallel size {s.tp}"
        ),
        (
            {"moe-dense-tp-size": 1},
            {"moe-dense-tp-size": None},
        ),
        "Dense layers are either kept whole (1) or split like everything else (the tensor parallel size).",
        "Set it to 1, or leave it out.",
        _CHECKED,
    ),
    Rule(
        "sglang.parallel-context",
        ("attn-cp-size", "dp-size", "attn-dp-size", "tp-size"),
        _cp_wrong,
        lambda s: (
            f"context parallel size {s.cp} x attention DP {s.attention_dp} "
            f"does not divide the tensor parallel size {s.tp}"
        ),
        ({"attn-cp-size": None, "moe-dp-size": None},),
        "Context parallel groups are cut from the tensor parallel ranks of an attention DP group.",
        "Choose sizes whose product divides the tensor parallel size.",
        _BOTH,
    ),
    Rule(
        "sglang.parallel-moe-dp",
        ("moe-dp-size", "ep-size", "attn-cp-size", "pp-size"),
        _moe_dp_wrong,
        lambda s: f"--moe-dp-size {s.moe_dp}: {_moe_dp_wrong(s)}",
        ({"moe-dp-size": None},),
        "Data parallel experts come with context parallel attention of the same size and fill the tensor ranks.",
        "Remove --moe-dp-size.",
        _BOTH,
    ),
    Rule(
        "sglang.parallel-topology",
        ("ep-size", "moe-dp-size", "tp-size", "attn-cp-size"),
        _topology_wrong,
        lambda s: (
            f"the sizes do not fit together: tensor {s.tp}, expert {s.ep} x {s.moe_dp}, "
            f"attention {s.attention_dp} x {s.cp}"
        ),
        _topology_ways,
        "Expert groups and attention groups must each divide the tensor parallel ranks.",
        "Choose an expert parallel size that divides the tensor parallel size.",
        "SGLang 0.5.23, srt/runtime_context.py",
    ),
    Rule(
        "sglang.parallel-speculation",
        ("pp-size", "speculative-algorithm"),
        _pp_spec_wrong,
        lambda s: f"speculative decoding with {s.pp} pipeline stages: {_pp_spec_wrong(s)}",
        (NO_SPECULATION,),
        "Drafting needs the result of the last stage on the first; the releases allow it in few places.",
        "Remove the speculative options, or use tensor parallelism alone.",
        _CHECKED,
    ),
    Rule(
        "sglang.parallel-micro-batch",
        ("pp-max-micro-batch-size",),
        lambda s: (
            (s.launch.number("pp-max-micro-batch-size") or 1) < 1 or s.launch.number("pp-max-micro-batch-size") == 0
        ),
        "--pp-max-micro-batch-size must be at least 1",
        ({"pp-max-micro-batch-size": None},),
        "A pipeline stage works on at least one request at a time.",
        "Remove it: the release chooses.",
        _CHECKED,
    ),
    Rule(
        "sglang.parallel-slots-delay",
        ("min-free-slots-delay", "pp-size"),
        lambda s: s.pp > 1 and s.attention_dp_flag and s.launch.given("min-free-slots-delay"),
        "--min-free-slots-delay does not go with pipeline parallelism",
        ({"min-free-slots-delay": None},),
        "With pipeline stages the threshold may never be reached.",
        "Remove --min-free-slots-delay.",
        "SGLang 0.5.23, srt/arg_groups/validation_hook.py",
    ),
    Rule(
        "sglang.parallel-all-to-all-head",
        ("enable-tp-lm-head-all-to-all", "enable-dp-lm-head", "attn-dp-size"),
        _all_to_all_wrong,
        lambda s: f"--enable-tp-lm-head-all-to-all: {_all_to_all_wrong(s)}",
        ({"enable-tp-lm-head-all-to-all": None},),
        "The exchange replaces the DP LM head where every rank is an attention DP rank of its own.",
        "Remove it, or set the attention DP size to the tensor parallel size.",
        "SGLang 0.5.23, srt/arg_groups/overrides.py",
    ),
)
