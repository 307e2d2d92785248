"""A server role's settings after the release's own changes: what every rule judges.

Owns the arithmetic of the release's start (SGLang 0.5.13.post1 ``srt/server_args.py``; 0.5.23 ``srt/arg_groups``) for a
GLM checkpoint on Ascend NPUs. It finds nothing wrong; values that the release would refuse stay as they are.
"""

import json
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from wizard.check.launch import Launch

ASCEND_PAGE = 128
EXPERT_BACKENDS = frozenset(
    (
        "deepep",
        "deepep_v2",
        "ascend_fuseep",
        "mooncake",
        "nixl",
        "mori",
        "megamoe",
        "flashinfer",
        "flashinfer_megamoe",
        "pplx",
    )
)
"""All-to-all backends with which the release sets the expert parallel size to the tensor parallel size."""
EAGLE_FAMILY = ("EAGLE", "EAGLE3", "STANDALONE")
DESCRIBED, FP8, PLAIN = "modelslim", "fp8", "none"
"""How a checkpoint is quantised, as its own files say."""
_WORDS = ((DESCRIBED, ("w4a8", "w4a16", "int4", "w8a8", "int8")), (FP8, ("fp8",)), (PLAIN, ("bf16",)))


class Server:
    """A server role as the release resolves it. Sizes are those of one instance. Never changed."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch

    def without(self, names: Collection[str]) -> "Server":
        """The same server with some options left to the release."""
        return Server(self.launch.without(names))

    @cached_property
    def attention_dp_flag(self) -> bool:
        """Whether the release has ``--attn-dp-size``: data-parallel replicas and attention DP are then apart."""
        return self.launch.knows("attn-dp-size")

    @cached_property
    def graph_phases(self) -> bool:
        """Whether graphs are set for prefill and decode apart."""
        return self.launch.knows("cuda-graph-backend-decode")

    def size(self, name: str, default: int = 1) -> int:
        """A parallel size."""
        number = self.launch.number(name)
        return default if number is None else number

    @cached_property
    def tp(self) -> int:
        """Tensor parallel size."""
        return self.size("tp-size")

    @cached_property
    def pp(self) -> int:
        """Pipeline parallel size."""
        return self.size("pp-size")

    @cached_property
    def nodes(self) -> int:
        """Hosts of one instance."""
        return self.size("nnodes")

    @cached_property
    def mode(self) -> str:
        """``null``, ``prefill`` or ``decode``."""
        return self.launch.text("disaggregation-mode") or "null"

    @cached_property
    def transfer(self) -> str:
        """Transfer backend between prefill and decode."""
        backend = self.launch.text("disaggregation-transfer-backend") or "mooncake"
        return "mooncake" if backend == "mooncake_tcp" else backend

    @cached_property
    def npu(self) -> bool:
        """Whether the release takes the device for an NPU; found by itself where nothing is said."""
        return (self.launch.text("device") or "npu").split(":")[0] == "npu"

    @cached_property
    def attention_dp(self) -> int:
        """Attention data parallel size; 1 where it is off."""
        launch = self.launch
        moved = self.size("dp-size") if launch.on("enable-dp-attention") else 1
        if not self.attention_dp_flag:
            return moved
        own = self.size("attn-dp-size")
        return moved if own == 1 else own

    @cached_property
    def replicas(self) -> int:
        """Data-parallel replicas: whole copies of the model."""
        moved = self.launch.on("enable-dp-attention") and (not self.attention_dp_flag or self.size("attn-dp-size") == 1)
        return 1 if moved else self.size("dp-size")

    @cached_property
    def attention_dp_on(self) -> bool:
        """Whether attention data parallelism is really on."""
        return self.attention_dp != 1

    @cached_property
    def backend(self) -> str:
        """All-to-all backend of the experts."""
        launch = self.launch
        backend = launch.text("moe-a2a-backend") or "none"
        if launch.on("enable-deepep-waterfill") or (launch.on("enable-waterfill") and backend == "none"):
            return "deepep"
        return "none" if backend == "ascend_tp" else backend

    @cached_property
    def ep(self) -> int:
        """Expert parallel size."""
        return self.tp if self.backend in EXPERT_BACKENDS else self.size("ep-size")

    @property
    def given_ep(self) -> int:
        """Expert parallel size before the all-to-all backend moves it."""
        return self.size("ep-size")

    @cached_property
    def cp(self) -> int:
        """Attention context parallel size."""
        return self.size("attn-cp-size")

    @cached_property
    def moe_dp(self) -> int:
        """Data parallel size of the experts."""
        return self.size("moe-dp-size")

    @cached_property
    def page(self) -> int:
        """Tokens of a KV cache page."""
        given = self.launch.number("page-size")
        if given is not None:
            return given
        return ASCEND_PAGE if self.npu else 1

    @cached_property
    def chunk_before(self) -> int:
        """Chunk of a prefill before attention DP divides it."""
        given = self.launch.number("chunked-prefill-size")
        if given is not None:
            return given
        memory_mb = self.launch.variable_number("SGLANG_ZBAL_LOCAL_MEM_SIZE", 0) or 62_740
        return 4096 if memory_mb <= 32 * 1024 else 8192

    @cached_property
    def chunk(self) -> int:
        """Chunk of a prefill on one attention DP rank."""
        if not self.attention_dp_on or self.attention_dp == 0:
            return self.chunk_before
        return self.chunk_before // self.attention_dp

    @cached_property
    def algorithm(self) -> str | None:
        """Speculative algorithm in the release's own name."""
        given = self.launch.text("speculative-algorithm")
        if given is None:
            return None
        return {"NEXTN": "EAGLE"}.get(given.upper(), given.upper())

    @cached_property
    def draft(self) -> "Draft":
        """Steps, width and tokens of speculation as they end."""
        return _draft(self)

    @cached_property
    def running(self) -> int | None:
        """Requests that run at once; None: the release works it out from memory."""
        given = self.launch.number("max-running-requests")
        return 48 if given is None and self.algorithm is not None else given

    @cached_property
    def overlap(self) -> bool:
        """Whether scheduling overlaps with computing."""
        launch = self.launch
        if launch.on("disable-overlap-schedule") or self.pp > 1:
            return False
        old = not self.attention_dp_flag
        if old and self.algorithm in EAGLE_FAMILY and not launch.variable_on("SGLANG_ENABLE_SPEC_V2", default=True):
            return False
        return not (old and self.algorithm in ("DFLASH", "NGRAM", "FROZEN_KV_MTP"))

    @cached_property
    def radix(self) -> bool:
        """Whether prefixes are kept in the radix cache."""
        if self.mode == "decode":
            return self.launch.on("disaggregation-decode-enable-radix-cache")
        return not self.launch.on("disable-radix-cache")

    @cached_property
    def hierarchical(self) -> bool:
        """Whether the radix cache reaches into host memory."""
        return self.launch.on("enable-hierarchical-cache")

    @cached_property
    def checkpoint(self) -> str | None:
        """How the weights are quantised, by the path's words or the choice of weights; None: unknown."""
        path = self.launch.known.selection.model.path.lower()
        named = next((kind for kind, words in _WORDS if any(word in path for word in words)), None)
        if named is not None:
            return named
        selection = self.launch.known.selection
        # Without a preset the kind of weights was only guessed, from --quantization itself.
        chosen = selection.model.quantization.lower() if selection.preset else ""
        return next((kind for kind, words in _WORDS if any(word in chosen for word in words)), None)

    @cached_property
    def quantization(self) -> str | None:
        """``--quantization`` as it is read."""
        given = self.launch.text("quantization")
        return None if given == "unquant" else given

    @cached_property
    def overrides(self) -> Mapping[str, Any]:
        """``--json-model-override-args``; empty where it is no JSON object."""
        try:
            found = json.loads(self.launch.text("json-model-override-args") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def shares_top_k(self) -> bool:
        """Whether layers share the indexer's choice, as GLM-5.2's do."""
        model = self.launch.known.model
        own = model.index_topk_freq if model else 1
        frequency = self.overrides.get("index_topk_freq", own)
        if isinstance(frequency, int) and frequency > 1:
            return True
        # 0.5.23 also looks at the list of layers in the checkpoint's configuration.
        return self.attention_dp_flag and own > 1 and "shared" in self.overrides.get("indexer_types", ("shared",))


class Draft(NamedTuple):
    """What is drafted in one round; None where the release would fail before it knows."""

    steps: int | None
    width: int | None
    tokens: int | None


_CHOSEN = Draft(3, 1, 4)


def _draft(server: Server) -> Draft:
    launch = server.launch
    steps, width, tokens = (
        launch.number(f"speculative-{name}") for name in ("num-steps", "eagle-topk", "num-draft-tokens")
    )
    if (steps, width, tokens) == (None, None, None):
        return _CHOSEN
    if width == 1 and steps is not None:
        return Draft(steps, width, steps + 1)
    return Draft(steps, width, tokens)
