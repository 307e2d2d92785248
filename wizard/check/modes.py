"""Switches that a release refuses in a mode, or with a neighbour, that they were not made for."""

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


RULES = (
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
