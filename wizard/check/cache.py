"""Chunks, pages, graphs and caches that a release refuses."""

from wizard.check.report import Change
from wizard.check.resolved import Server
from wizard.check.rule import Rule

_13 = "SGLang 0.5.13.post1, srt/server_args.py"
_CHECKED = f"{_13}; 0.5.23, srt/arg_groups/validation_hook.py"
_CACHE = f"{_13}; 0.5.23, srt/arg_groups/kv_cache_hook.py"
_TAKEN_FP4 = ("0.5.16", "fp4_e2m1")
"""The one release that takes a cache of four bits on NPUs as well, whatever it then does."""
_NO_HIERARCHY: Change = {"enable-hierarchical-cache": None, "enable-hicache": None}


def _chunk_wrong(server: Server) -> bool:
    if server.chunk <= 0 or server.mode == "decode":
        return False
    return server.page == 0 or server.chunk % server.page != 0


def _chunk_ways(server: Server) -> list[Change]:
    if server.page <= 0:
        return [{"page-size": None}]
    ranks = server.attention_dp if server.attention_dp_on else 1
    step = server.page * max(ranks, 1)
    nearest = max(1, round(server.chunk_before / step)) * step
    return [{"chunked-prefill-size": nearest}, {"chunked-prefill-size": -1}]


def _chunk_said(server: Server) -> str:
    if server.page == 0:
        return "--page-size 0: a page holds at least one token"
    divided = f" = {server.chunk_before} / {server.attention_dp}" if server.attention_dp_on else ""
    return f"the prefill chunk of {server.chunk} tokens{divided} is no multiple of the cache page of {server.page}"


def _multiplexing(server: Server) -> str:
    if not server.launch.on("enable-pdmux"):
        return ""
    if server.pp != 1:
        return "pipeline parallelism"
    if server.chunk != -1:
        return "chunked prefill (set --chunked-prefill-size -1)"
    if server.mode != "null":
        return "prefill-decode disaggregation"
    return "the overlap schedule (add --disable-overlap-schedule)" if server.overlap else ""


def _hierarchy(server: Server) -> bool:
    return server.hierarchical and not server.radix


def _hierarchy_ways(server: Server) -> list[Change]:
    return [_NO_HIERARCHY] if server.mode == "decode" else [{"disable-radix-cache": None}, _NO_HIERARCHY]


def _sparse(server: Server) -> str:
    if not server.launch.on("enable-hisparse"):
        return ""
    if server.radix:
        return "it needs --disable-radix-cache"
    kind = server.launch.text("kv-cache-dtype") or "auto"
    if kind not in ("auto", "bfloat16", "fp8_e4m3"):
        return f"it does not go with --kv-cache-dtype {kind}"
    if server.attention_dp_flag and server.launch.on("enable-mixed-chunk"):
        return "it does not go with --enable-mixed-chunk"
    if server.attention_dp_flag and server.algorithm and (server.launch.number("speculative-eagle-topk") or 1) != 1:
        return "it needs --speculative-eagle-topk 1"
    return ""


def _external(server: Server) -> str:
    """Why an external cache is refused (0.5.23)."""
    if not server.attention_dp_flag or not server.launch.on("enable-lmcache"):
        return ""
    reasons = (
        (server.hierarchical, "the hierarchical cache"),
        (not server.radix, "the radix cache switched off"),
        (server.algorithm is not None, "speculative decoding"),
        (server.attention_dp_on, "attention data parallelism"),
    )
    return ", ".join(text for met, text in reasons if met)


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.chunk-page",
        ("chunked-prefill-size", "page-size", "dp-size", "attn-dp-size"),
        _chunk_wrong,
        _chunk_said,
        _chunk_ways,
        "A chunk fills whole cache pages (128 tokens on NPUs); attention DP divides the chunk by its size first.",
        "Choose a chunk that is a multiple of 128 x the attention DP size.",
        _CHECKED,
    ),
    Rule(
        "sglang.graph-padding",
        ("disable-cuda-graph-padding", "enable-torch-compile"),
        lambda s: s.launch.on("disable-cuda-graph-padding") and s.launch.on("enable-torch-compile"),
        "--disable-cuda-graph-padding does not go with --enable-torch-compile",
        (
            {"disable-cuda-graph-padding": None},
            {"enable-torch-compile": None},
        ),
        "Without padding every batch size would be compiled on its own.",
        "Remove one of them.",
        _CHECKED,
    ),
    Rule(
        "sglang.graph-multiplexing",
        ("enable-pdmux", "chunked-prefill-size", "disable-overlap-schedule", "pp-size"),
        _multiplexing,
        lambda s: f"--enable-pdmux does not go with {_multiplexing(s)}",
        ({"enable-pdmux": None},),
        "Prefill and decode on one server at once need whole prompts and a schedule without overlap.",
        "Remove --enable-pdmux.",
        _CHECKED,
    ),
    Rule(
        "sglang.cache-hierarchy",
        ("enable-hierarchical-cache", "disable-radix-cache"),
        _hierarchy,
        lambda s: (
            "--enable-hierarchical-cache needs the radix cache, which a decode server switches off"
            if s.mode == "decode"
            else "--enable-hierarchical-cache does not go with --disable-radix-cache"
        ),
        _hierarchy_ways,
        "The hierarchical cache is the radix cache continued in host memory.",
        "Remove one of them; on decode servers, the hierarchical cache.",
        _CACHE,
    ),
    Rule(
        "sglang.cache-sparse",
        ("enable-hisparse", "disable-radix-cache", "kv-cache-dtype", "enable-mixed-chunk"),
        _sparse,
        lambda s: f"--enable-hisparse: {_sparse(s)}",
        lambda s: [
            {"enable-hisparse": None},
            *([{"disable-radix-cache": True}] if s.radix and s.mode == "null" and not s.hierarchical else []),
        ],
        "HiSparse keeps most of the cache in host memory and manages it alone.",
        "Add --disable-radix-cache, or remove --enable-hisparse.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/arg_groups/hisparse_hook.py",
    ),
    Rule(
        "sglang.cache-fp4",
        ("kv-cache-dtype",),
        lambda s: (
            (s.launch.text("kv-cache-dtype") or "auto") in ("fp4_e2m1", "nvfp4", "fp4_mx_block16")
            and (s.launch.release.version, s.launch.text("kv-cache-dtype")) != _TAKEN_FP4
        ),
        lambda s: f"--kv-cache-dtype {s.launch.text('kv-cache-dtype')} runs on CUDA only",
        ({"kv-cache-dtype": None},),
        "A cache of four bits has no kernel for NPUs.",
        "Leave --kv-cache-dtype out.",
        _CACHE,
    ),
    Rule(
        "sglang.cache-external",
        ("enable-lmcache", "speculative-algorithm", "disable-radix-cache", "dp-size"),
        _external,
        lambda s: f"--enable-lmcache does not go with {_external(s)}",
        ({"enable-lmcache": None},),
        "The external cache hooks into a plain radix cache only.",
        "Remove --enable-lmcache.",
        "SGLang 0.5.23, srt/arg_groups/kv_cache_hook.py",
    ),
)
