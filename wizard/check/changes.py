"""What the release will change by itself: each setting before → after, told before the launch.

``CHANGES`` is data: an option, what it becomes, why, and whether that is told where it is not set as well. ``changes``
makes the findings. The values are those of ``resolved``.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from wizard.check.facts import Facts
from wizard.check.launch import words_of
from wizard.check.resolved import EXPERT_BACKENDS, Server
from wizard.model.finding import Finding, Severity

RELEASES = "SGLang 0.5.13.post1, srt/server_args.py and srt/arg_groups; 0.5.23, srt/arg_groups"
Value = int | str | None


class Change(NamedTuple):
    """One setting that ends up different."""

    code: str
    option: str
    after: Callable[[Server], Value]
    """What it becomes; None: it stays."""
    why: str
    derived: bool = False
    """Told also where the option is not set."""


def _ep(server: Server) -> Value:
    return server.tp if server.backend in EXPERT_BACKENDS and server.given_ep != server.tp else None


def _chunk(server: Server) -> Value:
    return server.chunk if server.attention_dp_on and server.chunk != server.chunk_before else None


def _algorithm(server: Server) -> Value:
    given = server.launch.text("speculative-algorithm")
    return server.algorithm if given is not None and server.algorithm != given else None


def _draft_tokens(server: Server) -> Value:
    if server.algorithm not in ("EAGLE", "EAGLE3", "STANDALONE") or server.draft.tokens is None:
        return None
    given = server.launch.number("speculative-num-draft-tokens")
    return server.draft.tokens if given is not None and given != server.draft.tokens else None


def _dp(server: Server) -> Value:
    asked = server.launch.on("enable-dp-attention") and server.size("attn-dp-size") == 1
    moved = server.attention_dp_flag and asked and server.attention_dp > 1
    return f"1, with attn-dp-size {server.attention_dp}" if moved and server.replicas == 1 else None


def _attention_dp(server: Server) -> Value:
    return "off" if server.launch.on("enable-dp-attention") and not server.attention_dp_on else None


def _lm_head(server: Server) -> Value:
    alone = not server.attention_dp_on and server.replicas == 1
    return "off" if server.launch.on("enable-dp-lm-head") and alone else None


def _graph(server: Server) -> Value:
    launch = server.launch
    if launch.on("disable-cuda-graph") or not (launch.given("cuda-graph-bs") or launch.given("cuda-graph-max-bs")):
        return None
    normal = server.backend == "deepep" and launch.text("deepep-mode") == "normal"
    return "no graphs" if normal or server.mode == "prefill" else None


def _mixed(server: Server) -> Value:
    dropped = server.algorithm is not None and not server.attention_dp_flag
    return "off" if dropped and server.launch.on("enable-mixed-chunk") else None


def _adaptive(server: Server) -> Value:
    topk = server.launch.number("speculative-eagle-topk")
    wrong = server.attention_dp_on or server.algorithm not in ("EAGLE", "EAGLE3") or topk not in (None, 1)
    return "off" if server.launch.on("speculative-adaptive") and wrong else None


def _backend_of(name: str) -> Callable[[Server], Value]:
    def after(server: Server) -> Value:
        given = server.launch.text(name) if server.launch.given(name) else None
        return "ascend" if server.npu and given not in (None, "ascend") else None

    return after


def _running(server: Server) -> Value:
    return 48 if server.algorithm is not None and not server.launch.given("max-running-requests") else None


def _default_chunk(server: Server) -> Value:
    return (
        server.chunk
        if server.npu and server.mode != "decode" and not server.launch.given("chunked-prefill-size")
        else None
    )


def _radix(server: Server) -> Value:
    decode = server.mode == "decode" and not server.radix
    return "on" if decode and not server.launch.on("disable-radix-cache") else None


def _overlap(server: Server) -> Value:
    return "on" if not server.overlap and not server.launch.on("disable-overlap-schedule") else None


def _parser(server: Server) -> Value:
    return {"glm45": "glm", "qwen25": "qwen"}.get(server.launch.text("tool-call-parser") or "")


def _device(server: Server) -> Value:
    given = server.launch.text("device") or ""
    return given.split(":")[0] if ":" in given else None


def _page(server: Server) -> Value:
    return server.page if server.npu and not server.launch.given("page-size") else None


def _conservative(server: Server) -> Value:
    given = server.launch.fraction("schedule-conservativeness")
    return f"{given * 0.3:.2g}" if server.attention_dp_on and given else None


def _host_pool(server: Server) -> bool:
    """Whether a cache in host memory is set up; since 0.5.23 decode servers keep one for requests they put back."""
    launch = server.launch
    backup = server.attention_dp_flag and (
        launch.on("disaggregation-decode-enable-offload-kvcache")
        or (server.mode == "decode" and launch.text("disaggregation-decode-retraction-backup") in (None, "host_pool"))
    )
    return server.npu and (server.hierarchical or backup)


def _of_host_pool(name: str, wanted: str) -> Callable[[Server], Value]:
    def after(server: Server) -> Value:
        return wanted if _host_pool(server) and server.launch.text(name) != wanted else None

    return after


def _balance(server: Server) -> Value:
    if server.launch.text("load-balance-method") != "auto":
        return None
    return "follow_bootstrap_room" if server.mode == "prefill" else "round_robin"


def _transfer(server: Server) -> Value:
    return "mooncake" if server.launch.text("disaggregation-transfer-backend") == "mooncake_tcp" else None


def _symmetric(server: Server) -> Value:
    return "off" if server.attention_dp_flag and server.launch.on("enable-symm-mem") else None


_POOL = "the cache in host memory has one form on NPUs"
CHANGES: tuple[Change, ...] = (
    Change("sglang.change-expert-size", "ep-size", _ep, "the all-to-all backend spans all ranks", derived=True),
    Change("sglang.change-chunk", "chunked-prefill-size", _chunk, "attention data parallelism divides it"),
    Change("sglang.change-algorithm", "speculative-algorithm", _algorithm, "the release's own name"),
    Change("sglang.change-draft-tokens", "speculative-num-draft-tokens", _draft_tokens, "steps + 1 at width 1"),
    Change("sglang.change-dp", "dp-size", _dp, "since 0.5.23 it counts replicas"),
    Change("sglang.change-attention-dp", "enable-dp-attention", _attention_dp, "the data parallel size is 1"),
    Change("sglang.change-dp-lm-head", "enable-dp-lm-head", _lm_head, "there is one data parallel rank only"),
    Change("sglang.change-graph", "cuda-graph-bs", _graph, "prefill servers and deepep mode normal run without graphs"),
    Change(
        "sglang.change-graph", "cuda-graph-max-bs", _graph, "prefill servers and deepep mode normal run without graphs"
    ),
    Change("sglang.change-mixed-chunk", "enable-mixed-chunk", _mixed, "it does not go with speculation here"),
    Change("sglang.change-adaptive", "speculative-adaptive", _adaptive, "it needs plain EAGLE without attention DP"),
    Change("sglang.change-attention", "attention-backend", _backend_of("attention-backend"), "NPUs have one"),
    Change(
        "sglang.change-attention",
        "prefill-attention-backend",
        _backend_of("prefill-attention-backend"),
        "NPUs have one",
    ),
    Change(
        "sglang.change-attention", "decode-attention-backend", _backend_of("decode-attention-backend"), "NPUs have one"
    ),
    Change("sglang.change-running", "max-running-requests", _running, "the default with speculation", derived=True),
    Change(
        "sglang.change-default-chunk", "chunked-prefill-size", _default_chunk, "the default of an NPU", derived=True
    ),
    Change("sglang.change-radix", "disable-radix-cache", _radix, "decode servers keep no prefixes", derived=True),
    Change(
        "sglang.change-overlap", "disable-overlap-schedule", _overlap, "the schedule cannot overlap here", derived=True
    ),
    Change("sglang.change-parser", "tool-call-parser", _parser, "the old name is deprecated"),
    Change("sglang.change-page", "page-size", _page, "the size of a cache page on NPUs", derived=True),
    Change(
        "sglang.change-schedule",
        "schedule-conservativeness",
        _conservative,
        "attention data parallelism takes 0.3 of it",
        derived=True,
    ),
    Change(
        "sglang.change-host-cache",
        "hicache-io-backend",
        _of_host_pool("hicache-io-backend", "kernel_ascend"),
        _POOL,
    ),
    Change(
        "sglang.change-host-cache",
        "hicache-mem-layout",
        _of_host_pool("hicache-mem-layout", "page_first_kv_split"),
        _POOL,
    ),
    Change("sglang.change-balance", "load-balance-method", _balance, "what auto means here"),
    Change("sglang.change-transfer", "disaggregation-transfer-backend", _transfer, "the same engine over TCP"),
    Change("sglang.change-symmetric", "enable-symm-mem", _symmetric, "it needs NCCL"),
    Change("sglang.change-device", "device", _device, "the number is dropped"),
)


def after(server: Server, *, derived: bool = False) -> Iterator[tuple[Change, str, Value]]:
    """Every change of a server: what changes, from what, into what."""
    for change in CHANGES:
        given = server.launch.given(change.option)
        if not given and not (change.derived and derived):
            continue
        value = change.after(server)
        if value is not None:
            words = " ".join(words_of(server.launch.options[change.option])) or "on" if given else "not set"
            yield change, words, value


def changes(facts: Facts) -> Iterator[Finding]:
    """``sglang.change-…``: what the release changes silently."""
    for server in facts.servers:
        for change, before, value in after(server, derived=True):
            yield Finding(
                code=change.code,
                severity=Severity.INFO,
                message=f"--{change.option} becomes {value} ({before} before): {change.why}{server.launch.where}",
                options=(change.option,),
                source=RELEASES,
            )
