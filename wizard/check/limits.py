"""Single options with a limit, a partner or no place on Ascend NPUs: relations as data, with one code for each kind.

``Limit``: numbers that are refused. ``Needs``: an option that is refused alone. ``Foreign``: an option, or some of its
values, that a release refuses for GLM on Ascend NPUs whatever else is set.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from wizard.check.facts import Facts
from wizard.check.launch import Launch
from wizard.check.report import fix, with_way
from wizard.check.resolved import Server
from wizard.model.finding import Finding, Severity

_ARGUMENTS = "SGLang 0.5.13.post1, srt/server_args.py; 0.5.23, srt/arg_groups"
_ADAPTER_KERNELS = ("lora_cutedsl", "lora_triton", "lora_marlin")
OLD, NEW, BOTH = "old", "new", "both"
"""Which releases refuse: those before attention DP had an option of its own, those after, or both; else their names."""


class Limit(NamedTuple):
    """The numbers that an option takes, bounds included; ``open_*`` leaves a bound out."""

    option: str
    lowest: float | None = None
    highest: float | None = None
    releases: str = BOTH
    open_lowest: bool = False


class Needs(NamedTuple):
    """An option that is refused unless another is given; ``value``: only with this value."""

    option: str
    partner: str
    value: str | None = None
    releases: str = BOTH


class Foreign(NamedTuple):
    """An option that is refused on Ascend NPUs, or for GLM; ``values``: only with these values."""

    option: str
    why: str
    values: tuple[str, ...] = ()
    releases: str = BOTH


class Excludes(NamedTuple):
    """An option that is refused beside others; ``why``: the reason."""

    option: str
    others: tuple[str, ...]
    why: str


class Among(NamedTuple):
    """An option whose words are looked up after the parser took them."""

    option: str
    values: tuple[str, ...]


LIMITS = (
    Limit("tokenizer-worker-num", 1),
    Limit("detokenizer-worker-num", 1),
    Limit("schedule-conservativeness", 0),
    Limit("base-gpu-id", 0),
    Limit("gpu-id-step", 1),
    Limit("mm-processor-worker-num", 0),
    Limit("mm-io-worker-num", 0),
    Limit("mm-preprocess-cache-size-mb", 0),
    Limit("grpc-response-timeout-secs", 0, open_lowest=True),
    Limit("prefill-decode-interval", 0),
    Limit("prefill-decode-interval-min-bs", 0),
    Limit("sampling-mask-max-tokens", 1),
    Limit("max-ep-size", 1),
    Limit("asr-max-buffer-seconds", 0, open_lowest=True),
    Limit("asr-max-concurrent-sessions", 1),
    Limit("speculative-dflash-draft-window-size", 1),
    Limit("swa-prefix-tails", 0),
    Limit("media-url-max-file-size-mb", 0),
    Limit("mamba-cache-philox-rounds", 0),
    Limit("dwdp-size", None, 1),
    Limit("kv-canary-sweep-interval", None, 0),
    Limit("cuda-graph-prefill-max-context", 1),
    Limit("swa-full-tokens-ratio", 0, 1, open_lowest=True),
    Limit("hicache-host-memory-fraction", 0, 1, open_lowest=True),
)
EXCLUDES = (
    Excludes(
        "enable-int8-mamba-checkpoint",
        ("enable-hierarchical-cache", "radix-cache-backend", "enable-lmcache"),
        "it does not read int8 states",
    ),
)
KEYS = (Among("limit-mm-data-per-request", ("image", "video", "audio")),)
"""JSON objects whose keys are looked up after the parser took them."""
AMONG = (Among("model-config-parser", ("auto", "hf", "mistral")),)
NEEDS = (
    Needs("watermark-config", "enable-watermark"),
    Needs("return-aux-hidden-state-layer-ids", "enable-return-aux-hidden-states"),
    Needs("speculative-draft-sink-size", "speculative-draft-window-size"),
    Needs("sidecar-args", "sidecar"),
    Needs("sidecar", "grpc-port"),
    Needs("enable-prefix-mm-cache", "encoder-only"),
    Needs("load-publish-endpoint", "kv-events-config"),
    Needs("prefill-only-disable-kv-cache", "is-embedding"),
)
FOREIGN = (
    Foreign("enable-kv-cache-sharding", "it has no place on the ascend attention backend"),
    Foreign("enable-page-major-kv-layout", "it has no place on the ascend attention backend"),
    Foreign("enable-unified-memory", "it has no place on the ascend attention backend"),
    Foreign(
        "enable-dsa-cache-layer-split", "it needs the mooncake transfer and interleaved prefill context parallelism"
    ),
    Foreign("language-model-only", "it is for models with pictures or sound"),
    Foreign("enable-amd-monokernel", "it runs on AMD devices only"),
    Foreign("enable-nvidia-megakernel", "it runs on NVIDIA devices only"),
    Foreign("rl-on-policy-target", "it needs deterministic inference, which is refused here", (), OLD),
    Foreign("enable-mis", "it needs the flashinfer attention backend"),
    Foreign("mamba-backend", "it is not there on Ascend", ("flashinfer",)),
    Foreign(
        "mamba-radix-cache-strategy", "it is for models with another state", ("extra_buffer", "extra_buffer_lazy"), NEW
    ),
    Foreign("kv-cache-dtype", "it runs on newer NVIDIA devices only", ("mxfp8",)),
    Foreign("enable-watermark", "it runs on CUDA only"),
    Foreign("enable-deepseek-v4-fp4-indexer", "it runs on newer NVIDIA devices only"),
    Foreign("shared-experts-tp-size", "it is for another model"),
    Foreign("enable-encoder-swa-bounded-replay", "it is for another model"),
    Foreign("sampling-backend", "it runs on other devices", ("intel_xpu",)),
    Foreign("quantization", "no such method is known to the loader", ("marlin", "mlx_q4", "mlx_q8"), OLD),
    Foreign("quantization", "no such method is known to the loader", ("mxfp4",), "0.5.13.post1 0.5.14"),
    Foreign("keep-mm-feature-on-device", "it needs NVIDIA devices", (), "0.5.16"),
    Foreign("quantization", "no such method is known to the loader", ("mlx_q4", "mlx_q8"), NEW),
    Foreign("quantization", "it is for newer NVIDIA devices", ("nvfp4_online",), NEW),
    Foreign(
        "moe-runner-backend", "it is for NVIDIA devices", ("megamoe", "experimental_sgl_marlin", *_ADAPTER_KERNELS), NEW
    ),
    Foreign("speculative-moe-runner-backend", "it is for adapters", _ADAPTER_KERNELS, NEW),
    Foreign("moe-a2a-backend", "it is for NVIDIA formats", ("flashinfer_megamoe",), NEW),
    Foreign("enable-linker-mla-dedup", "it needs the external cache of mooncake"),
    Foreign("enable-mamba-cache-stochastic-rounding", "it is for models with another state", (), "0.5.16 0.5.23"),
    Foreign("linear-attn-decode-backend", "it is for prefill only", ("flashkda",)),
    Foreign("mamba-max-states-per-path", "it is -1 or positive", ("0",), NEW),
    Foreign("enable-megamoe-for-layernorm-sp", "it is for other models"),
    Foreign("mm-feature-transport", "it needs NVIDIA devices", ("cuda_vmm", "cuda_ipc"), NEW),
    Foreign("load-format", "it runs on CUDA only", ("instanttensor",), NEW),
    Foreign("enable-layernorm-sp", "it is for other models"),
    Foreign("monokernel-backend", "it runs on other devices", ("amd", "nvidia")),
    Foreign("flashinfer-a2a-dispatch-type", "it belongs to another all-to-all backend", ("bf16", "nvfp4", "mxfp8")),
    Foreign("prefill-kv-cache-dequant-dtype", "it belongs to a cache for NVIDIA devices", ("nvfp4", "fp8_e4m3")),
    Foreign("load-format", "it needs a packed checkpoint", ("expert_pack",), NEW),
    Foreign("enable-return-aux-hidden-states", "it is for models with a draft of another kind"),
    Foreign("quantize-and-serve", "it is for ModelOpt weights"),
    Foreign("radix-eviction-policy", "it needs thresholds of its own", ("tlru",)),
    Foreign("speculative-moe-a2a-backend", "it is not there for drafting", ("deepep_v2",)),
    Foreign("decoupled-spec-role", "it needs endpoints of its own", ("verifier", "drafter")),
)


def _in(launch: Launch, releases: str) -> bool:
    if releases not in (OLD, NEW, BOTH):
        return launch.release.version in releases.split()
    return releases == BOTH or (releases == NEW) is launch.knows("attn-dp-size")


def numbers(facts: Facts) -> Iterator[Finding]:
    """``sglang.limit-number``: a number that the release refuses."""
    for server in facts.servers:
        for limit in LIMITS:
            launch = server.launch
            number = launch.fraction(limit.option) if launch.given(limit.option) else None
            if number is not None and _in(launch, limit.releases) and not _within(limit, number):
                yield _found(server, "sglang.limit-number", limit.option, f"must be {_bounds(limit)}, not {number:g}")


def _within(limit: Limit, number: float) -> bool:
    if limit.lowest is not None and (number < limit.lowest or (limit.open_lowest and number == limit.lowest)):
        return False
    return limit.highest is None or number <= limit.highest


def _bounds(limit: Limit) -> str:
    low = f"{'above' if limit.open_lowest else 'at least'} {limit.lowest:g}" if limit.lowest is not None else ""
    high = f"at most {limit.highest:g}" if limit.highest is not None else ""
    return " and ".join(part for part in (low, high) if part)


def names(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-name``: a word that the release does not find."""
    for server in facts.servers:
        for entry in AMONG:
            word = server.launch.text(entry.option)
            if server.launch.given(entry.option) and word not in entry.values:
                yield _found(
                    server, "sglang.option-name", entry.option, f"is none of {', '.join(entry.values)}", f" {word}"
                )


def keys(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-name``: a key of a JSON object that the release does not find."""
    for server in facts.servers:
        for entry in KEYS:
            wrong = [key for key in _keys(server, entry.option) if key not in entry.values]
            if wrong:
                what = f"has the key {wrong[0]}, which is none of {', '.join(entry.values)}"
                yield _found(server, "sglang.option-name", entry.option, what)


def _keys(server: Server, option: str) -> tuple[str, ...]:
    try:
        value = json.loads(server.launch.text(option) or "{}") if server.launch.given(option) else {}
    except ValueError:
        return ()  # no JSON, which another rule says
    return tuple(value) if isinstance(value, dict) else ()


def excluded(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-excludes``: an option that is refused beside another."""
    for server in facts.servers:
        launch = server.launch
        for entry in (entry for entry in EXCLUDES if launch.given(entry.option)):
            for other in (name for name in entry.others if launch.given(name)):
                found = _found(
                    server, "sglang.option-excludes", entry.option, f"does not go with --{other}: {entry.why}"
                )
                yield found._replace(options=(entry.option, other), fixes=(*found.fixes, fix(launch, {other: None})))


def partners(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-needs``: an option that is refused without another."""
    for server in facts.servers:
        for need in NEEDS:
            launch = server.launch
            if not launch.given(need.option) or launch.given(need.partner) or not _in(launch, need.releases):
                continue
            if need.value is None or launch.text(need.option) == need.value:
                yield _found(server, "sglang.option-needs", need.option, f"needs --{need.partner}")


def foreign(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-foreign``: an option that the release refuses for GLM on Ascend NPUs."""
    for server in facts.servers:
        for entry in FOREIGN:
            launch = server.launch
            if not launch.given(entry.option) or not _in(launch, entry.releases):
                continue
            if not entry.values or launch.text(entry.option) in entry.values:
                shown = f" {launch.text(entry.option)}" if entry.values else ""
                yield _found(server, "sglang.option-foreign", entry.option, f"is refused here: {entry.why}", shown)


def _found(server: Server, code: str, option: str, what: str, shown: str = "") -> Finding:
    launch = server.launch
    way = fix(launch, {option: None})
    return with_way(code, Severity.ERROR, f"--{option}{shown} {what}{launch.where}", (option,), _ARGUMENTS, way)
