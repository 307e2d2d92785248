"""What the operator chose: the one value from which findings, plan, script and launch all follow.

Settings are data. A role's options and environment variables are kept under SGLang's own names, in the order in which
they will be written. A preset is such a selection, a feature is a view of it, and any option of the release can be set.

Some settings depend on the host a process runs on. They hold the word ``auto`` where the topology decides:
``host``, ``nnodes``, ``node-rank``, ``dist-init-addr`` (``auto:5000``), the router's ``prefill`` and ``decode``, and
the variables ``HCCL_SOCKET_IFNAME``, ``GLOO_SOCKET_IFNAME`` and ``ASCEND_MF_STORE_URL`` (``tcp://auto:24707``).
``wizard.plan`` fills them in; everywhere else ``auto`` is ordinary text.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, field_validator, model_validator

from wizard.model import secrets
from wizard.model.value import FrozenMap, Value

FORMAT = 1
"""Version of the selection file's shape; raised when an older file would be read wrongly."""

AUTO = "auto"
"""The word that leaves a setting of the topology to the plan."""

Scalar = StrictInt | StrictFloat | StrictStr
OptionValue = StrictBool | StrictInt | StrictFloat | StrictStr | tuple[Scalar, ...]
"""``True`` for a switch, a scalar, or a tuple for an option that takes several words."""


class Scenario(StrEnum):
    """How many servers, over how many hosts."""

    SINGLE = "single"
    """One server on one host."""
    MULTI = "multi"
    """One server over several hosts."""
    PD = "pd"
    """Prefill and decode servers apart, with a router in front."""


class Series(StrEnum):
    """Which Ascend server generation."""

    A2 = "A2"
    """Atlas 800I A2: 8 devices a host."""
    A3 = "A3"
    """Atlas 800I A3: 8 cards with 2 dies each, 16 devices a host."""


class RoleName(StrEnum):
    """What a process is for."""

    SERVER = "server"
    PREFILL = "prefill"
    DECODE = "decode"
    ROUTER = "router"


ROLES: dict[Scenario, tuple[str, ...]] = {
    Scenario.SINGLE: ("server",),
    Scenario.MULTI: ("server",),
    Scenario.PD: ("prefill", "decode", "router"),
}
"""The roles a scenario may have, in start order."""


class RuntimeKind(StrEnum):
    """Where the server process runs."""

    CONTAINER = "container"
    """In the SGLang image, started by docker or podman on the host."""
    HOST = "host"
    """Directly: a bare installation, or a shell that is already inside the container."""


class Origin(StrEnum):
    """Who put a setting where it is."""

    PRESET = "preset"
    OPERATOR = "operator"
    IMPORT = "import"
    FIX = "fix"
    RULE = "rule"


class Model(Value):
    """The weights to serve."""

    name: str = "GLM-5.2"
    """The model as ``wizard.knowledge`` knows it."""
    path: str = ""
    """Folder of the weights on every host, or a hub id. Empty: not filled in yet."""
    quantization: str = ""
    """W8A8, W4A8, BF16, …; empty when it is not known."""


class Runtime(Value):
    """Where the processes run and with which image."""

    kind: RuntimeKind = RuntimeKind.CONTAINER
    image: str = ""
    """Image with tag or digest, for the container runtime."""
    shm_size: str = "16g"
    """Shared memory of the container (``--shm-size``)."""


class Host(Value):
    """One machine and the rank it serves. Addresses may be names that the other hosts can resolve."""

    address: str = ""
    """Address by which the other hosts and the clients reach it. Empty: not filled in yet."""
    role: RoleName = RoleName.SERVER
    instance: Annotated[int, Field(ge=0)] = 0
    rank: Annotated[int, Field(ge=0)] = 0
    interface: str = ""
    """Network interface that owns the address. Empty: the script finds it when it starts."""
    ssh: str = ""
    """ssh target to start it through; empty: the address."""


class Role(Value):
    """The settings of all instances of one role."""

    instances: Annotated[int, Field(ge=1)] = 1
    hosts_per_instance: Annotated[int, Field(ge=1)] = 1
    options: FrozenMap[OptionValue] = Field(default_factory=dict)
    """Option name without dashes → value, in the order of the command line."""
    environment: FrozenMap[StrictStr] = Field(default_factory=dict)
    """Variable → value, exported before the server starts."""
    origins: FrozenMap[Origin] = Field(default_factory=dict)
    """Who set an option or variable, where it was not the preset."""

    @field_validator("options", "environment")
    @classmethod
    def _without_secrets(cls, settings: Mapping[str, OptionValue]) -> Mapping[str, OptionValue]:
        """Whatever way a secret came in, only a reference to it stays."""
        held = {
            name: secrets.reference(name, str(value)) for name, value in settings.items() if secrets.is_secret(name)
        }
        return MappingProxyType({**settings, **held}) if held else settings

    def origin(self, name: str) -> Origin:
        """Who set the option or variable ``name``."""
        return self.origins.get(name, Origin.PRESET)


class Tuning(Value):
    """What is done to a host before a server starts there."""

    scaling_governor: str = ""
    """CPU frequency governor to set; empty: leave it alone."""
    sysctl: FrozenMap[StrictStr] = Field(default_factory=dict)
    """Kernel setting → value."""
    unset: tuple[str, ...] = ()
    """Environment variables that must not reach the server (proxies, blocking launches)."""
    scripts: tuple[str, ...] = ()
    """CANN environment scripts to source, in order."""


class Selection(Value):
    """Everything the operator chose. Round-trips through a TOML file (``wizard.selection_file``)."""

    format: int = FORMAT
    preset: str = ""
    """The preset it started from; empty for an import or a selection made from nothing."""
    scenario: Scenario = Scenario.SINGLE
    series: Series = Series.A3
    release: str = ""
    """The SGLang release whose option names are written."""
    model: Model = Field(default_factory=Model.model_construct)
    runtime: Runtime = Field(default_factory=Runtime.model_construct)
    tuning: Tuning = Field(default_factory=Tuning.model_construct)
    roles: FrozenMap[Role] = Field(default_factory=dict)
    """Role name → settings. ``router`` has no hosts of its own unless one is given."""
    hosts: tuple[Host, ...] = ()
    """Empty until addresses are known: the export then carries placeholders."""
    accepted: tuple[str, ...] = ()
    """Codes of findings that the operator accepted."""

    @model_validator(mode="after")
    def _roles_fit_scenario(self) -> Self:
        allowed = ROLES[self.scenario]
        for name in [*self.roles, *(host.role for host in self.hosts)]:
            if name not in allowed:
                raise ValueError(f"role `{name}` does not belong to scenario `{self.scenario}` ({', '.join(allowed)})")
        missing = [name for name in allowed if name != RoleName.ROUTER and name not in self.roles]
        if self.roles and missing:
            raise ValueError(f"scenario `{self.scenario}` needs the role `{missing[0]}`")
        return self

    def role(self, name: str) -> Role:
        """The settings of a role.

        Raises:
            KeyError: the selection has no such role.
        """
        return self.roles[name]

    @property
    def server_roles(self) -> tuple[str, ...]:
        """The roles that serve the model, in start order."""
        order = (RoleName.SERVER, RoleName.PREFILL, RoleName.DECODE)
        return tuple(role.value for role in order if role.value in self.roles)

    @property
    def host_count(self) -> int:
        """How many hosts the servers need (the router shares one)."""
        return sum(self.roles[name].instances * self.roles[name].hosts_per_instance for name in self.server_roles)

    def hosts_of(self, role: str) -> tuple[Host, ...]:
        """The hosts of a role, by instance and rank."""
        return tuple(sorted((host for host in self.hosts if host.role == role), key=lambda h: (h.instance, h.rank)))

    @property
    def served_name(self) -> str:
        """The name clients ask for: ``served-model-name`` of the first server role, else the model's path."""
        for name in self.server_roles:
            value = self.roles[name].options.get("served-model-name")
            if isinstance(value, str) and value:
                return value
        return self.model.path
