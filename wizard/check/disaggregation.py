"""Prefill-decode disaggregation settings that a release refuses, looked at one role at a time."""

from wizard.check.report import Change
from wizard.check.resolved import Server
from wizard.check.rule import Rule

_HOOK = "SGLang 0.5.13.post1 and 0.5.23, srt/arg_groups/pd_disaggregation_hook.py"
_23 = "SGLang 0.5.23, srt/arg_groups/pd_disaggregation_hook.py"
_CACHE = "SGLang 0.5.13.post1, srt/server_args.py; 0.5.23, srt/arg_groups/kv_cache_hook.py"
_ASCEND: Change = {"disaggregation-transfer-backend": "ascend"}


def _decode_radix(server: Server) -> str:
    if server.mode != "decode" or not server.launch.on("disaggregation-decode-enable-radix-cache"):
        return ""
    if server.launch.on("enable-hisparse"):
        return "it does not go with --enable-hisparse"
    if server.attention_dp_flag:
        if server.transfer == "fake":
            return "it does not go with the transfer backend fake"
        allowed = (None, "DSPARK", "EAGLE", "EAGLE3")
        return "" if server.algorithm in allowed else f"it does not go with speculation by {server.algorithm}"
    if server.transfer not in ("nixl", "mooncake"):
        return f"it needs the transfer backend nixl or mooncake, not {server.transfer}"
    return "" if server.algorithm is None else "it does not go with speculative decoding"


def _offload(server: Server) -> str:
    if not server.launch.on("disaggregation-decode-enable-offload-kvcache"):
        return ""
    if server.mode != "decode":
        return "it is for decode servers"
    if not server.launch.given("hicache-storage-backend"):
        return "it needs --hicache-storage-backend"
    backup = server.launch.text("disaggregation-decode-retraction-backup")
    return "it does not go with a retraction backup in the host pool" if backup == "host_pool" else ""


def staging(server: Server) -> bool:
    """Whether the staging buffer is asked for with a transfer backend that has none."""
    if server.mode not in ("prefill", "decode") or server.transfer in ("mooncake", "nixl"):
        return False
    return server.launch.variable_on("SGLANG_DISAGG_STAGING_BUFFER")


def _role_switch(server: Server) -> str:
    if not server.launch.on("enable-pd-role-switch") or server.mode not in ("prefill", "decode"):
        return ""
    reasons = (
        (server.ep > 1, "expert parallelism"),
        (server.backend != "none", "an all-to-all backend"),
        (server.pp > 1, "pipeline parallelism"),
        (server.size("dcp-size") > 1, "decode context parallelism"),
        (server.algorithm is not None, "speculative decoding"),
    )
    return ", ".join(text for met, text in reasons if met)


def _complete(server: Server) -> str:
    """Why allocation after the prefill is refused."""
    launch = server.launch
    if launch.text("disaggregation-decode-allocation-policy") != "prefill_complete":
        return ""
    own = server.size("dp-size") if launch.on("enable-dp-attention") else 1
    reasons = (
        (server.mode not in ("prefill", "decode"), "a server of its own"),
        (server.transfer != "mooncake", f"the transfer backend {server.transfer}"),
        (server.pp != 1 or server.cp != 1 or server.size("dcp-size") != 1, "pipeline or context parallelism"),
        (server.tp != own, "attention tensor parallelism"),
        (launch.on("enable-hisparse"), "HiSparse"),
        (server.mode == "decode" and server.hierarchical, "the hierarchical cache"),
    )
    return ", ".join(text for met, text in reasons if met)


def _encoder(server: Server) -> str:
    launch = server.launch
    if launch.on("encoder-only") and server.mode != "null":
        return "--encoder-only does not go with prefill-decode disaggregation"
    both = [name for name in ("encoder-only", "language-only") if launch.on(name)]
    return f"--{both[0]} is for models with pictures or sound" if both else ""


def _backup(server: Server) -> str:
    buffered = (server.launch.fraction("disaggregation-decode-host-receive-threshold") or 1) < 1
    if server.launch.text("disaggregation-decode-retraction-backup") != "host_pool" and not buffered:
        return ""
    if server.mode != "decode":
        return "the host pool is for decode servers"
    if server.size("dcp-size") > 1:
        return "the host pool does not go with decode context parallelism"
    launch = server.launch
    preempts = launch.on("enable-priority-scheduling") and not launch.on("disable-priority-preemption")
    return "the host pool needs --disable-priority-preemption with priority scheduling" if preempts else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.disaggregation-fake",
        ("disaggregation-transfer-backend",),
        lambda s: s.mode == "prefill" and s.transfer == "fake",
        "a prefill server cannot use the transfer backend fake",
        (_ASCEND,),
        "The backend fake moves nothing and is there to measure decode servers alone.",
        "Use --disaggregation-transfer-backend ascend.",
        _HOOK,
    ),
    Rule(
        "sglang.disaggregation-radix",
        ("disaggregation-decode-enable-radix-cache", "disaggregation-transfer-backend", "speculative-algorithm"),
        _decode_radix,
        lambda s: f"--disaggregation-decode-enable-radix-cache: {_decode_radix(s)}",
        lambda s: [
            {
                "disaggregation-decode-enable-radix-cache": None,
                **({"enable-hierarchical-cache": None} if s.hierarchical else {}),
            }
        ],
        "Prefixes on decode servers are kept for a few transfer backends, and in 0.5.13 without speculation.",
        "Remove the option: decode servers then keep no prefixes.",
        _HOOK,
    ),
    Rule(
        "sglang.disaggregation-offload",
        ("disaggregation-decode-enable-offload-kvcache", "hicache-storage-backend"),
        _offload,
        lambda s: f"--disaggregation-decode-enable-offload-kvcache: {_offload(s)}",
        ({"disaggregation-decode-enable-offload-kvcache": None},),
        "Decode servers can write their cache to a store, which must be named.",
        "Remove it, or name the store with --hicache-storage-backend.",
        _CACHE,
    ),
    Rule(
        "sglang.disaggregation-switch",
        ("enable-pd-role-switch", "ep-size", "moe-a2a-backend", "pp-size", "speculative-algorithm"),
        _role_switch,
        lambda s: f"--enable-pd-role-switch does not go with {_role_switch(s)}",
        ({"enable-pd-role-switch": None},),
        "Changing between prefill and decode while running does not rebuild what these features set up.",
        "Remove --enable-pd-role-switch.",
        _23,
    ),
    Rule(
        "sglang.disaggregation-allocation",
        ("disaggregation-decode-allocation-policy", "disaggregation-transfer-backend"),
        _complete,
        lambda s: f"--disaggregation-decode-allocation-policy prefill_complete does not go with {_complete(s)}",
        ({"disaggregation-decode-allocation-policy": None},),
        "Allocating after the prefill is there for the mooncake transfer with plain attention DP.",
        "Leave the policy to the release.",
        _23,
    ),
    Rule(
        "sglang.disaggregation-encoder",
        ("encoder-only", "language-only"),
        _encoder,
        _encoder,
        ({"encoder-only": None, "language-only": None},),
        "Splitting off an encoder is for models that have one.",
        "Remove the option.",
        "SGLang 0.5.13.post1, srt/server_args.py; 0.5.23, srt/arg_groups/pd_disaggregation_hook.py",
    ),
    Rule(
        "sglang.disaggregation-backup",
        ("disaggregation-decode-retraction-backup", "disaggregation-decode-host-receive-threshold"),
        _backup,
        lambda s: f"--disaggregation-decode-retraction-backup: {_backup(s)}",
        ({"disaggregation-decode-retraction-backup": None, "disaggregation-decode-host-receive-threshold": None},),
        "Retracted requests are kept in host memory on decode servers only.",
        "Leave it out.",
        "SGLang 0.5.23, srt/arg_groups/kv_cache_hook.py",
    ),
    Rule(
        "sglang.disaggregation-store",
        ("enable-response-store",),
        lambda s: s.launch.on("enable-response-store") and s.mode != "null",
        "--enable-response-store does not go with prefill-decode disaggregation",
        ({"enable-response-store": None},),
        "Answers can be kept by a server that makes them whole.",
        "Remove --enable-response-store.",
        "SGLang 0.5.23, srt/arg_groups/validation_hook.py",
    ),
    Rule(
        "sglang.disaggregation-threshold",
        ("disaggregation-decode-host-receive-threshold",),
        lambda s: not 0 <= (s.launch.fraction("disaggregation-decode-host-receive-threshold") or 0) <= 1,
        "--disaggregation-decode-host-receive-threshold must be between 0 and 1",
        ({"disaggregation-decode-host-receive-threshold": None},),
        "It is a share of the cache.",
        "Leave it out.",
        _23,
    ),
)
