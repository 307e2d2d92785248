"""The shapes of the knowledge: what is known about options, variables, features, models, images and hardware.

The facts themselves are data files in ``wizard/knowledge``, each entry with its source; this module only says what an
entry looks like.
"""

from pydantic import Field, StrictFloat, StrictInt, StrictStr

from wizard.model.selection import OptionValue, RuntimeKind, Series
from wizard.model.value import FrozenMap, Value


class OptionNote(Value):
    """What an operator should know about one launch option; its type, choices and default come from the release."""

    name: str
    meaning: str
    """One or two sentences, ours."""
    unit: str = ""
    """tokens, devices, requests, seconds, fraction, …; empty for switches and names."""
    minimum: StrictInt | StrictFloat | None = None
    maximum: StrictInt | StrictFloat | None = None
    advice: str = ""
    """When to change it, and in which direction."""
    changes: str = ""
    """What else SGLang changes when it is set."""
    source: str


class VariableNote(Value):
    """What an operator should know about one environment variable."""

    name: str
    read_by: str
    """SGLang, HCCL, CANN, TorchNPU, DeepEP, MemFabric, …"""
    meaning: str
    kind: str = "text"
    """bool, int, float, text, url, interface, secret; ``sysctl``: a setting of the host's kernel, no variable."""
    unit: str = ""
    default: str | None = None
    """None: unknown."""
    minimum: StrictInt | StrictFloat | None = None
    maximum: StrictInt | StrictFloat | None = None
    removed_in: str = ""
    """First release that no longer reads it."""
    advice: str = ""
    source: str


class FeatureNumber(Value):
    """A number or word of a feature that the operator may choose."""

    option: str = ""
    variable: str = ""
    label: str
    unit: str = ""
    minimum: StrictInt | StrictFloat | None = None
    maximum: StrictInt | StrictFloat | None = None
    choices: tuple[StrictStr, ...] = ()
    default: StrictInt | StrictFloat | StrictStr | None = None


class Feature(Value):
    """A named group of options and variables that belong together: a view of a role's settings."""

    id: str
    label: str
    group: str
    """parallelism, communication, memory, kernels, graph, speculative decoding, scheduling, disaggregation, serving,
    observability."""
    explanation: str
    roles: tuple[str, ...] = ("server", "prefill", "decode")
    """Roles it can be switched on for."""
    options: FrozenMap[OptionValue] = Field(default_factory=dict)
    """What switching it on sets. It counts as on when the ``detect`` options are there."""
    environment: FrozenMap[StrictStr] = Field(default_factory=dict)
    removes: tuple[str, ...] = ()
    """Options that switching it on takes away."""
    detect: tuple[str, ...] = ()
    """Options or variables whose presence says it is on; empty: all of ``options`` and ``environment``."""
    off_options: FrozenMap[OptionValue] = Field(default_factory=dict)
    """For features that are on by default: what switching it off sets. Its presence says it is off."""
    off_environment: FrozenMap[StrictStr] = Field(default_factory=dict)
    """The same for features that a variable switches off."""
    numbers: tuple[FeatureNumber, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    on_by_default: bool = False
    decided_by: str = ""
    """What decides it where it is no switch of its own: ``scenario``. Empty: it can be switched."""
    recommended_for: str = ""
    source: str


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
