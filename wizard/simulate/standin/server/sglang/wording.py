"""The lines of a release while it starts and serves. Two ways of writing: up to 0.5.16 as 0.5.13.post1, then as 0.5.23.

Source: the format strings of 0.5.13.post1 and 0.5.23; logs of Ascend servers of January 2026.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .machine import HBM_GB, Memory

MODEL = "GlmMoeDsaForCausalLM"
DRAFT = "GlmMoeDsaForCausalLMNextN"
READY = "The server is fired up and ready to roll!"
LOADING = "Multi-thread loading shards"


class Wording(NamedTuple):
    """How one release writes."""

    is_new: bool

    def arguments(self, options: dict[str, Any]) -> str:
        """All options in one line."""
        if self.is_new:
            return f"server_args={options!r}"
        return f"server_args=ServerArgs({', '.join(f'{name}={value!r}' for name, value in options.items())})"

    def rendezvous(self, *, begin: bool, elapsed_s: float = 0.0) -> list[str]:
        """The ranks find one another."""
        if self.is_new:
            if begin:
                return ["Init parallel begin."]
            return [f"Init parallel ends. elapsed={elapsed_s:.2f} s", "Memory baseline taken. mem usage=0.00 GB"]
        if begin:
            return ["Init torch distributed begin."]
        return [f"Init torch distributed ends. elapsed={elapsed_s:.2f} s, mem usage=0.00 GB"]

    def cache(self, room: Memory) -> list[str]:
        """The KV cache is there."""
        size = f"dtype: torch.bfloat16, #tokens: {room.tokens}, KV size: {room.cache:.2f} GB"
        return [f"KV Cache is allocated. {size}", f"Memory pool end. avail mem={room.after_cache:.2f} GB"]

    def capture(self, what: str, *, free_gb: float, sizes: list[int], begin: bool, elapsed_s: float = 0.0) -> str:
        """Graphs are captured; ``what`` is ``decode``, ``verify``, ``draft`` or ``draft extend``."""
        if self.is_new:
            name = {"draft": "draft decode CUDA", "draft extend": "draft extend CUDA"}.get(what, f"target {what} NPU")
            if begin:
                return f"Capture {name} graph begin. backend=full, num_tokens_per_req=1, avail mem={free_gb:.2f} GB"
            return (
                f"Capture {name} graph end. bs={sizes}, elapsed={elapsed_s:.2f} s, mem usage=1.02 GB, "
                f"avail mem={free_gb:.2f} GB."
            )
        name = {"draft": "draft cuda", "draft extend": "draft extend cuda"}.get(what, "npu")
        if begin:
            return f"Capture {name} graph begin. This can take up to several minutes. avail mem={free_gb:.2f} GB"
        return (
            f"Capture {name} graph end. Time elapsed: {elapsed_s:.2f} s. mem usage=1.02 GB. avail mem={free_gb:.2f} GB."
        )

    def scheduler(self, options: dict[str, Any], room: Memory) -> str:
        """What the scheduler of a node ends its start with."""
        chunk = options["chunked_prefill_size"] or 8192
        return (
            f"max_total_num_tokens={room.tokens}, chunked_prefill_size={chunk}, "
            f"max_prefill_tokens={options['max_prefill_tokens']}, "
            f"max_running_requests={options['max_running_requests'] or 4096}, "
            f"context_len={options['context_length'] or 202752}, available_gpu_mem={room.after_cache:.2f} GB"
        )

    def timings(self, start_s: float) -> list[str]:
        """The lines that only newer releases write at the end."""
        if not self.is_new:
            return []
        tree = "source=default impl=UnifiedRadixCache hybrid_swa=False hybrid_ssm=False hicache_attached=False"
        times = (
            f"load_weight={start_s * 0.5:.2f}, kv_cache_allocation=0.10, "
            f"scheduler_e2e={start_s * 0.9:.2f}, cuda_graph={{prefill=0.00, decode={start_s * 0.2:.2f}, "
            f"target_verify=0.00, draft_prefill=0.00, draft_decode=0.00, draft_extend=0.00}}, "
            f"tokenizer_e2e={start_s:.2f}"
        )
        return [f"Tree cache initialized: {tree}", f"Engine startup timings (s): {times}"]

    def prefill(self, load: Load) -> str:
        """A batch that was read."""
        line = (
            f"Prefill batch, #new-seq: {load.new_seq}, #new-token: {load.new_token}, "
            f"#cached-token: {load.cached_token}, token usage: {load.usage:.2f}, #running-req: {load.running}, "
            f"#queue-req: {load.queue}, #pending-token: 0, "
        )
        if load.role == "prefill":
            line += f"#bootstrap-req: {load.waiting}, #inflight-req: {load.moving}, "
            line += "#optimistic-req: 0, " if self.is_new else ""
        return f"{line}npu graph: False, input throughput (token/s): {load.rate:.2f}"

    def decode(self, load: Load) -> str:
        """A batch that was written."""
        line = f"Decode batch, #running-req: {load.running}, #token: {load.token}, token usage: {load.usage:.2f}, "
        if load.accept_len:
            line += f"accept len: {load.accept_len:.2f}, accept rate: {load.accept_rate:.2f}, "
        if load.role == "decode":
            line += f"pre-allocated usage: 0.00, #prealloc-req: {load.waiting}, #transfer-req: {load.moving}, "
            line += "#retracted-req: 0, "
        return f"{line}npu graph: {load.graph}, gen throughput (token/s): {load.rate:.2f}, #queue-req: {load.queue}"


class Load(NamedTuple):
    """What a batch line tells."""

    role: str
    running: int
    rate: float
    queue: int = 0
    usage: float = 0.0
    token: int = 0
    new_seq: int = 1
    new_token: int = 0
    cached_token: int = 0
    accept_len: float = 0.0
    accept_rate: float = 0.0
    waiting: int = 0
    moving: int = 0
    graph: bool = True


def loaded(room: Memory, elapsed_s: float, *, draft: bool = False) -> str:
    """The weights are there."""
    free = room.after_cache - 0.6 if draft else room.after_weights
    kind, used = (DRAFT, 0.6) if draft else (MODEL, room.weights)
    return f"Load weight end. elapsed={elapsed_s:.2f} s, type={kind}, avail mem={free:.2f} GB, mem usage={used:.2f} GB."


def loading(room: Memory, *, draft: bool = False) -> str:
    """The weights are read from now on."""
    return f"Load weight begin. avail mem={room.after_cache if draft else HBM_GB:.2f} GB"


def sizes(options: dict[str, Any]) -> list[int]:
    """The batch sizes that graphs are captured for, largest first."""
    asked = options.get("cuda_graph_bs") or options.get("cuda_graph_bs_decode")
    if asked:
        return sorted({int(size) for size in asked}, reverse=True)
    largest = int(options.get("cuda_graph_max_bs") or options.get("cuda_graph_max_bs_decode") or 32)
    return sorted({size for size in (1, 2, 4, 8, 12, 16, 24, 32, 48, 64) if size < largest} | {largest}, reverse=True)
