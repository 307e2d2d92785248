"""The shapes of the knowledge about options, variables and features: what an operator should know of each.

Apart from ``catalogue``, because an export needs none of them.
"""

from pydantic import Field, StrictFloat, StrictInt, StrictStr

from wizard.model.selection import OptionValue
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
