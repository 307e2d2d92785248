"""Settings that a release refuses in a mode, on a device, or with a neighbour, that they were not made for."""

from wizard.check.resolved import Server
from wizard.check.rule import Rule

_ATTENTION = "SGLang 0.5.23, srt/arg_groups/attention_hook.py"
_SERVING = "SGLang 0.5.23, srt/arg_groups/serving_hook.py"
_CACHE = "SGLang 0.5.23, srt/arg_groups/kv_cache_hook.py"
_MEDIA = "SGLang 0.5.23, srt/utils/common.py"
_APART = ("prefill", "decode")


def _domain(server: Server) -> str:
    """The first word that is no host name."""
    words = server.launch.words("allowed-media-domains") if server.launch.given("allowed-media-domains") else ()
    return next((word for word in words if "://" in word or any(letter in word for letter in "/?#@")), "")


_DEVICES = ("xpu", "hpu", "musa")
"""Devices whose own tools the release asks for their memory."""
_ATTENTION_OPTIONS = ("attention-backend", "prefill-attention-backend", "decode-attention-backend")
_FOREIGN_KERNELS = ("trtllm_mla", "trtllm_mha", "tokenspeed_mla")
"""Attention backends that look for their own devices; on NPUs the release puts ``ascend`` in their place."""
_NO_MODEL = ("none", "dummy")


def _device(server: Server) -> bool:
    device = (server.launch.text("device") or "").split(":")[0]
    return device in _DEVICES or (device == "mps" and server.attention_dp_flag)


def _kernel(server: Server) -> str:
    named = (server.launch.text(name) or "" for name in _ATTENTION_OPTIONS if server.launch.given(name))
    foreign = _FOREIGN_KERNELS if server.attention_dp_flag else (*_FOREIGN_KERNELS, "intel_xpu")
    return "" if server.npu else next((kernel for kernel in named if kernel in foreign), "")


def _no_model(server: Server) -> bool:
    """Whether the path stands for no model, and what is then not worked out is needed."""
    launch = server.launch
    if launch.known.selection.model.path.lower() not in _NO_MODEL:
        return False
    if not server.attention_dp_flag or not launch.given("chunked-prefill-size"):
        return True
    return (
        (launch.number("chunked-prefill-size") or 0) > 0 and server.mode != "decode" and not launch.given("page-size")
    )


RULES = (
    Rule(
        "sglang.device-tool",
        ("device",),
        _device,
        lambda s: (
            f"--device {s.launch.text('device')}: its own tools are asked for its memory, and an NPU host has none"
        ),
        ({"device": "npu"}, {"device": None}),
        "The release reads the memory of these devices with the tools of their makers before anything else.",
        "Use --device npu.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/utils/common.py",
    ),
    Rule(
        "sglang.kernel-attention",
        ("device", *_ATTENTION_OPTIONS),
        _kernel,
        lambda s: f"attention backend {_kernel(s)} looks for devices of its maker",
        ({"device": "npu"}, dict.fromkeys(_ATTENTION_OPTIONS)),
        "With --device npu every attention backend becomes ascend; with another device the backend looks for its own.",
        "Use --device npu --attention-backend ascend.",
        f"SGLang 0.5.13.post1, srt/server_args.py; {_ATTENTION}",
    ),
    Rule(
        "sglang.model-none",
        ("model-path",),
        _no_model,
        lambda s: f"--model-path {s.launch.known.selection.model.path} names no model: nothing is worked out from it",
        (),
        "The words none and dummy stand for no model; the release then leaves its settings open and stops at them.",
        "Give the folder of the weights; for weights of random numbers add --load-format dummy.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/server_args.py",
    ),
    Rule(
        "sglang.diffusion",
        ("dllm-algorithm", "disable-radix-cache"),
        lambda s: s.launch.given("dllm-algorithm") and (s.attention_dp_flag or s.radix),
        "--dllm-algorithm is for diffusion models",
        ({"dllm-algorithm": None, "dllm-algorithm-config": None},),
        "The release asks the model for the size of its blocks, and GLM has none.",
        "Remove --dllm-algorithm.",
        "SGLang 0.5.13.post1, srt/dllm/config.py; 0.5.23, srt/arg_groups/dllm_hook.py",
    ),
    Rule(
        "sglang.replay-state",
        ("enable-linear-replayssm", "disaggregation-mode"),
        lambda s: s.launch.on("enable-linear-replayssm") and s.mode in _APART,
        lambda s: f"--enable-linear-replayssm does not go with --disaggregation-mode {s.mode}",
        ({"enable-linear-replayssm": None},),
        "The pools of prefill and decode servers are not made for replayed states.",
        "Remove the switch.",
        _ATTENTION,
    ),
    Rule(
        "sglang.replay-verify",
        ("enable-linear-replayssm-spec", "disaggregation-mode"),
        lambda s: s.launch.on("enable-linear-replayssm-spec") and s.mode == "prefill",
        "--enable-linear-replayssm-spec is for verifying drafts, which prefill servers never do",
        ({"enable-linear-replayssm-spec": None},),
        "Prefill servers verify no drafts.",
        "Remove the switch on prefill.",
        _ATTENTION,
    ),
    Rule(
        "sglang.cache-linker",
        ("enable-unified-cache-external-linker", "disable-radix-cache"),
        lambda s: s.launch.on("enable-unified-cache-external-linker") and not s.radix,
        "--enable-unified-cache-external-linker needs the radix cache",
        lambda s: (
            {"enable-unified-cache-external-linker": None},
            *([{"disable-radix-cache": None}] if s.mode != "decode" else []),
        ),
        "The linker continues the radix cache elsewhere; decode servers have none.",
        "Remove the switch, or --disable-radix-cache.",
        _CACHE,
    ),
    Rule(
        "sglang.cache-lmcache",
        ("enable-lmcache", "disaggregation-mode"),
        lambda s: s.launch.on("enable-lmcache") and s.launch.knows("attn-dp-size") and s.mode in _APART,
        lambda s: f"--enable-lmcache does not go with --disaggregation-mode {s.mode}",
        ({"enable-lmcache": None},),
        "LMCache serves prefill and decode together only.",
        "Remove the switch.",
        _CACHE,
    ),
    Rule(
        "sglang.media-domain",
        ("allowed-media-domains",),
        _domain,
        lambda s: f"--allowed-media-domains {_domain(s)} is no host name",
        ({"allowed-media-domains": None},),
        "Domains are named without scheme, path or user.",
        "Give host names only.",
        _MEDIA,
    ),
    Rule(
        "sglang.port-reuse",
        ("enable-http-worker-reuseport", "tokenizer-worker-num"),
        lambda s: s.launch.on("enable-http-worker-reuseport") and s.size("tokenizer-worker-num") == 1,
        "--enable-http-worker-reuseport needs more than one tokenizer worker",
        ({"enable-http-worker-reuseport": None}, {"tokenizer-worker-num": 2}),
        "One worker shares its port with nobody.",
        "Raise --tokenizer-worker-num, or remove the switch.",
        _SERVING,
    ),
)
