"""The shapes of the knowledge about models, images and hardware; ``notes`` has those about options and features.

The facts themselves are data files in ``wizard/knowledge``, each entry with its source; this module only says what an
entry looks like.
"""

from pydantic import StrictFloat, StrictInt

from wizard.model.selection import RuntimeKind, Series
from wizard.model.value import Value


class Weights(Value):
    """One published checkpoint."""

    hub_id: str
    quantization: str
    size_gb: StrictInt | StrictFloat | None = None
    """Decimal gigabytes as published; None: nobody prints it."""
    estimate_gb: StrictInt | StrictFloat | None = None
    """Where there is no published size."""
    estimate_basis: str = ""
    mtp: str = ""
    """What the source says about the multi-token prediction layer."""
    source: str


class ModelFacts(Value):
    """A model and its published checkpoints."""

    name: str
    context_tokens: int
    layers: int
    dense_layers: int
    hidden_size: int
    attention_heads: int
    kv_lora_rank: int
    qk_rope_head_dim: int
    index_head_dim: int
    index_topk_freq: int = 1
    """Every how many layers an indexer computes its own top-k (GLM-5.2: 4)."""
    experts: int
    mtp_layers: int
    q_lora_rank: int
    qk_nope_head_dim: int
    v_head_dim: int
    index_heads: int
    intermediate_size: int
    """Width of a dense layer's feed-forward network."""
    expert_size: int
    """Width of an expert, shared or routed."""
    vocabulary: int
    weights: tuple[Weights, ...]
    source: str


class Image(Value):
    """A container image that serves GLM on Ascend."""

    image: str
    series: Series
    release: str
    """SGLang release inside; ``main`` for daily builds."""
    kind: str
    """stable, daily, day-0, release candidate."""
    cann: str
    first_seen: str
    last_seen: str
    note: str = ""
    source: str


class Hardware(Value):
    """One server generation."""

    series: Series
    name: str
    chip: str
    devices: int
    """Dies a host has; what ``tp-size`` counts."""
    hbm_mib: int
    """HBM of a die as ``npu-smi`` prints it, in MiB."""
    usable_hbm_mib: int
    """What torch can allocate on an idle die."""
    graphs_mib: int
    """What captured graphs took in a recorded start; how much they take depends on sizes and model."""
    device_files: tuple[str, ...]
    source: str


class ContainerFacts(Value):
    """How the published pages run the image."""

    runtime: RuntimeKind = RuntimeKind.CONTAINER
    shm_size: str
    mounts: tuple[str, ...]
    extra_devices: tuple[str, ...]
    free_disk_gb: int
    """Space an image needs."""
    source: str
