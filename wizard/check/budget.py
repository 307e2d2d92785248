"""What a device's memory goes to, term by term: weights, KV cache, graphs, buffers, what is left; and what then fits.

Sizes are bytes. GiB are binary, as HBM is counted; published checkpoints are in decimal GB. Every term says whether it
was measured, published or estimated. The arithmetic of the KV cache is the release's own (SGLang
``srt/model_executor/pool_configurator.py``, ``srt/hardware_backend/npu/memory_pool_npu.py``).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from wizard.check.known import Known
from wizard.check.resolved import EXPERT_BACKENDS, Server
from wizard.model.catalogue import ModelFacts

GIB = 1024**3
MIB = 1024**2
_SCALE_BYTES = 4
"""What the release adds to a token's index key when it sizes the pool; an NPU stores none."""
_BYTES_OF_CACHE = {"fp8_e5m2": 1, "fp8_e4m3": 1, "int8": 1, "mxfp8": 1, "float32": 4}
_BYTES_OF_ATTENTION = {"BF16": 2, "FP16": 2}
"""Bytes of an attention weight by quantisation; every other kind stores one."""
_HALF = 2
"""Bytes of an embedding weight: it is never quantised."""
_MICRO_GRAPHS_MIB = 1024
CONTEXTS = (8192, 32_768, 131_072, 1_048_576)
"""Context lengths, in tokens, for which it is told how many requests fit."""


class Basis(StrEnum):
    """Where a number comes from."""

    MEASURED = "measured"
    """Read on a host, or from the files."""
    PUBLISHED = "published"
    """Printed by whoever made the checkpoint or the device."""
    ESTIMATED = "estimated"
    """Arithmetic."""


class Term(NamedTuple):
    """One part of a device's memory."""

    name: str
    """system, weights, copies, cache, graphs, buffers, left."""
    size: int | None
    """Bytes; None: not known."""
    basis: Basis
    what: str
    """What it is and how it comes about, in one line."""


class Fit(NamedTuple):
    """So many requests of this length fit into the KV cache of one instance."""

    context_tokens: int
    requests: int


class Budget(NamedTuple):
    """The memory of one device of a role, and what fits into it."""

    role: str
    devices: int
    """Dies of one instance."""
    hbm: int
    """Bytes of HBM of one die."""
    share: float
    """``mem-fraction-static``: the part of the usable memory for weights and KV cache."""
    share_given: bool
    terms: tuple[Term, ...]
    short: int
    """Bytes that weights, their copies and one page of KV cache are over the share; 0: nothing is short."""
    tokens: int | None
    """Tokens that the KV cache of one attention rank holds; None: unknown, as the weights are."""
    ranks: int
    """Attention data parallel ranks: each has a KV cache of its own."""
    context_tokens: int
    """Tokens a request may have at most."""
    requests: int | None
    """Requests that may run at once in an instance; None: the release works it out."""
    fits: tuple[Fit, ...]

    def term(self, name: str) -> Term:
        """The term of this name.

        Raises:
            KeyError: there is none.
        """
        for term in self.terms:
            if term.name == name:
                return term
        raise KeyError(name)

    @property
    def basis(self) -> Basis:
        """What the weights rest on."""
        return self.term("weights").basis

    def as_json(self) -> dict[str, object]:
        """The documented shape of ``--check --json``, under ``budget``; bytes and tokens, unknown is null."""
        return {
            "role": self.role,
            "devices": self.devices,
            "hbm_bytes": self.hbm,
            "mem_fraction_static": self.share,
            "mem_fraction_given": self.share_given,
            "terms": [
                {"name": term.name, "bytes": term.size, "basis": term.basis.value, "what": term.what}
                for term in self.terms
            ],
            "short_bytes": self.short,
            "cache_tokens_per_rank": self.tokens,
            "attention_ranks": self.ranks,
            "context_tokens": self.context_tokens,
            "max_running_requests": self.requests,
            "fits": [{"context_tokens": fit.context_tokens, "requests": fit.requests} for fit in self.fits],
        }


def budgets(known: Known, servers: Iterable[Server]) -> tuple[Budget, ...]:
    """The memory of a device of every server role; none for a model whose shape is not known."""
    model = known.model
    if model is None:
        return ()
    return tuple(budget for server in servers if (budget := _budget(server, model)) is not None)


def weights_of(known: Known) -> tuple[int | None, Basis]:
    """Bytes of all weights: measured on a host or here, else published, else estimated."""
    measured = known.measured_bytes
    if measured is not None:
        return measured, Basis.MEASURED
    if known.weights is None:
        return None, Basis.ESTIMATED
    if known.weights.size_gb is not None:
        return round(known.weights.size_gb * 1e9), Basis.PUBLISHED
    estimate = known.weights.estimate_gb
    return (None if estimate is None else round(estimate * 1e9)), Basis.ESTIMATED


def _budget(server: Server, model: ModelFacts) -> Budget | None:
    devices = server.tp * server.pp
    if min(server.tp, server.pp, server.attention_dp, server.cp, server.page) < 1:
        return None
    known = server.launch.known
    hbm, usable, hbm_basis = _memory(known)
    total, basis = weights_of(known)
    share, given = share_of(server)
    static = round(usable * share)
    weights = None if total is None else total // devices
    copies = 0 if total is None else _copies(server, model)
    room = None if weights is None else static - weights - copies
    layers = -(-model.layers // server.pp) + (model.mtp_layers if server.algorithm == "EAGLE" else 0)
    width, index = model.kv_lora_rank + model.qk_rope_head_dim, model.index_head_dim
    size = _BYTES_OF_CACHE.get(server.launch.text("kv-cache-dtype") or "auto", _HALF)
    counted, stored = layers * (width * size + index + _SCALE_BYTES), layers * (width + index) * size
    tokens = None if room is None else max(room // counted // server.page * server.page, 0)
    asked = server.launch.number("max-total-tokens") if server.launch.given("max-total-tokens") else None
    if tokens is not None and asked is not None and asked > 0:
        tokens = min(tokens, asked)
    cache = None if tokens is None else tokens * stored
    graphs, buffers = _graphs(server), _buffers(server)
    spent = [weights, copies, cache, graphs, buffers]
    left = None if None in spent else usable - sum(size or 0 for size in spent)
    asked_context = server.launch.number("context-length") or 0
    context = asked_context if asked_context > 0 else model.context_tokens
    return Budget(
        role=server.launch.name,
        devices=devices,
        hbm=hbm,
        share=share,
        share_given=given,
        terms=(
            Term("system", hbm - usable, hbm_basis, "of an idle device"),
            Term("weights", weights, basis, f"{_told(total)} / {devices} devices"),
            Term("copies", copies, Basis.ESTIMATED, _why_copies(server)),
            Term("cache", cache, Basis.ESTIMATED, f"{stored} bytes a token"),
            Term("graphs", graphs, Basis.ESTIMATED, "captured" if graphs else "none captured"),
            Term("buffers", buffers, Basis.ESTIMATED, "2 for each group"),
            Term("left", left, Basis.ESTIMATED, "activations, free"),
        ),
        short=0 if room is None else max(counted * server.page - room, 0),
        tokens=tokens,
        ranks=server.attention_dp * max(server.replicas, 1),
        context_tokens=context,
        requests=server.running,
        fits=_fits(tokens, server, context),
    )


def _memory(known: Known) -> tuple[int, int, Basis]:
    """HBM of a die, what of it can be allocated, and where the numbers come from."""
    hardware = known.hardware
    sizes = [device.hbm_total_mb for host in known.hosts for device in host.devices if device.hbm_total_mb]
    total = min(sizes) if sizes else hardware.hbm_mib
    usable = total - (hardware.hbm_mib - hardware.usable_hbm_mib)
    return total * MIB, usable * MIB, Basis.MEASURED if sizes else Basis.PUBLISHED


def share_of(server: Server) -> tuple[float, bool]:
    """``mem-fraction-static``, and whether it was given; else about what the release chooses by itself."""
    given = server.launch.fraction("mem-fraction-static") if server.launch.given("mem-fraction-static") else None
    if given is not None and 0 < given <= 1:
        return given, True
    usable = server.launch.known.hardware.usable_hbm_mib
    chunk = max(server.chunk_before, 0)
    reserved = 1.5 * chunk + _MICRO_GRAPHS_MIB + server.tp * server.pp / 8 * 1024
    return round(max(usable - reserved, 0) / usable, 3), False


def _copies(server: Server, model: ModelFacts) -> int:
    """Bytes beyond an even split: weights that several devices hold in full (attention DP, shared experts, …)."""
    size = _BYTES_OF_ATTENTION.get(server.launch.known.selection.model.quantization.upper(), 1)
    devices, group = server.tp * server.pp, max(server.tp // (server.attention_dp * server.cp), 1)
    heads, hidden = model.attention_heads, model.hidden_size
    queries = model.q_lora_rank * heads * (model.qk_nope_head_dim + model.qk_rope_head_dim)
    values = model.kv_lora_rank * heads * (model.qk_nope_head_dim + model.v_head_dim)
    split = queries + values + heads * model.v_head_dim * hidden
    whole = hidden * (model.q_lora_rank + model.kv_lora_rank + model.qk_rope_head_dim + model.index_head_dim)
    whole += model.q_lora_rank * model.index_heads * model.index_head_dim
    layers = -(-model.layers // server.pp)
    attention = layers * (split / group + whole) - model.layers * (split + whole) / devices
    shared = 3 * hidden * model.expert_size * (model.layers - model.dense_layers)
    experts = shared / server.pp - shared / devices if server.backend in EXPERT_BACKENDS else 0.0
    dense = 3 * hidden * model.intermediate_size * model.dense_layers
    if server.size("moe-dense-tp-size", 0) == 1:
        experts += dense * (1 - 1 / devices)
    table = model.vocabulary * hidden * _HALF
    tables = (2 if server.launch.on("enable-dp-lm-head") else 1) * table * (1 / group - 1 / server.tp)
    return round(max(attention, 0) * size + max(experts, 0) * size + tables)


def _told(total: int | None) -> str:
    return "size unknown" if total is None else f"{total / 1e9:g} GB"


def _why_copies(server: Server) -> str:
    """What is held in full by several devices."""
    kinds = ["attention"] if server.attention_dp * server.cp > 1 else ["projections"]
    if server.backend in EXPERT_BACKENDS:
        kinds.append("shared experts")
    return " and ".join(kinds)


def graphs_on(server: Server) -> bool:
    """Whether graphs are captured: not on prefill servers, nor with DeepEP's normal mode alone."""
    normal = server.backend == "deepep" and server.launch.text("deepep-mode") == "normal"
    return not (server.launch.on("disable-cuda-graph") or server.mode == "prefill" or normal)


def _graphs(server: Server) -> int:
    return server.launch.known.hardware.graphs_mib * MIB if graphs_on(server) else 0


def _buffers(server: Server) -> int:
    """HCCL takes two buffers of HCCL_BUFFSIZE (MB, 200 by default) for every group of devices it is asked to make."""
    size = max(server.launch.variable_number("HCCL_BUFFSIZE", 200), 0)
    groups = [size] if server.tp > 1 else []
    if server.attention_dp * server.cp > 1 and server.tp > server.attention_dp * server.cp:
        groups.append(size)
    if server.pp > 1:
        groups.append(size)
    if server.backend in EXPERT_BACKENDS and server.ep > 1:
        groups.append(max(server.launch.variable_number("DEEPEP_HCCL_BUFFSIZE", size), 0))
    return 2 * sum(groups) * MIB


def _fits(tokens: int | None, server: Server, context: int) -> tuple[Fit, ...]:
    """For some lengths up to the context length: how many such requests the KV caches of an instance hold."""
    if tokens is None:
        return ()
    lengths = sorted({length for length in CONTEXTS if length < context} | {context})
    ranks = server.attention_dp * max(server.replicas, 1)
    found: Iterable[Fit] = (Fit(length, tokens // length * ranks) for length in lengths)
    return tuple(fit for fit in found if fit.requests) or (Fit(tokens, ranks),) * bool(tokens)
