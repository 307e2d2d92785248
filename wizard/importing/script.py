"""What was read out of a script: the commands that start something, and what was not understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was left out, guessed at or not understood."""

    line: int
    """0: about the whole file."""
    text: str
    """The words it is about; never a secret."""
    message: str
    name: str = ""
    """The file, where there are several."""

    def __str__(self) -> str:
        """``launch.sh:12: message``."""
        if not self.line:
            return f"{self.name}: {self.message}" if self.name else self.message
        return f"{self.name}:{self.line}: {self.message}" if self.name else f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Container:
    """How a script runs an image."""

    image: str
    name: str = ""
    mounts: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    shm_size: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    line: int = 0
    engine: str = "docker"
    privileged: bool = False
    """All device files of the host are visible inside."""
    runtime: str = ""
    """``--runtime``: the Ascend Docker Runtime maps devices by itself."""


@dataclass(frozen=True, slots=True)
class Command:
    """One start of a server or router, as it would be called."""

    words: tuple[str, ...]
    """From the program on (``python3 -m sglang.launch_server …``), wrappers left out."""
    program: str
    """``sglang.launch_server`` or ``sglang_router.launch_router``."""
    arguments: tuple[str, ...]
    """The words behind the program."""
    line: int
    lines: tuple[int, ...] = ()
    """The line of each argument."""
    unknown: frozenset[int] = frozenset()
    """Arguments whose text is only known when the script runs; they read ``<NAME>``."""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the script exports for it, in order."""
    unknown_variables: frozenset[str] = frozenset()
    """Variables whose value is only known when the script runs."""
    unset: tuple[str, ...] = ()
    sourced: tuple[str, ...] = ()
    container: Container | None = None
    address: str = ""
    """The host it is for, where the script says so."""
    function: str = ""
    """The shell function it stands in."""
    name: str = ""
    """The file it was found in."""
    cost: int = 0
    """How many conditions had to go against their defaults to get here."""


@dataclass(frozen=True, slots=True)
class Script:
    """Everything an import needs from one text."""

    name: str
    commands: tuple[Command, ...]
    notes: tuple[Note, ...]
    variables: Mapping[str, str]
    """The script's own variables, arrays by their words."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """``# glm-wizard: key = value``."""
    containers: tuple[Container, ...] = ()
    scaling_governor: str = ""
    sysctl: Mapping[str, str] = field(default_factory=dict)
