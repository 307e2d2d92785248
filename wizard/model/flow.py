"""The launch flow: everything that will be started, in order, with nothing left to decide.

Exporters render it, runners execute it, screens show it. Words of a command line may refer to variables that the
operator can still override when the script starts (``MODEL_PATH``, addresses, interfaces); ``Word.resolve`` puts the
values in.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from wizard.model.preset import Correction
from wizard.model.selection import Origin


class Ref(NamedTuple):
    """A reference to a variable of the flow."""

    name: str


Word = tuple[str | Ref, ...]
"""One word of a command line or the value of a variable: literal text and references, in order."""


def literal(text: str) -> Word:
    """A word without references."""
    return (text,)


def resolve(word: Word, values: Mapping[str, str]) -> str:
    """The text of a word. A variable without a value becomes a visible placeholder, ``<NAME>``."""
    return "".join(part if isinstance(part, str) else values.get(part.name) or f"<{part.name}>" for part in word)


class Variable(NamedTuple):
    """A value at the top of the script that can be overridden when it starts."""

    name: str
    value: str
    """Empty: not filled in yet."""
    meaning: str
    required: bool = True
    """A process that needs it does not start without it."""


class Setting(NamedTuple):
    """One option with its words (flag and values), or one environment variable, and where it came from."""

    name: str
    words: tuple[Word, ...]
    origin: Origin
    note: str = ""
    """Why it differs from what the selection says, if it does."""


class Port(NamedTuple):
    """A port that a process opens on its host."""

    number: int
    purpose: str
    derived: bool = False
    """Follows from another setting inside SGLang; nobody asked for it by name."""


class Ready(NamedTuple):
    """How one sees that a process serves."""

    url: Word
    """Answers 200 when ready; empty for ranks that only log."""
    log_line: str


class Process(NamedTuple):
    """One command on one host: a rank of an instance, or the router."""

    name: str
    role: str
    instance: int
    rank: int
    ranks: int
    address: Word
    """Where it runs; empty: on whatever host the script is started."""
    ssh: str
    program: tuple[str, ...]
    """What starts it, before the options: ``python3 -m sglang.launch_server``."""
    options: tuple[Setting, ...]
    environment: tuple[Setting, ...]
    ports: tuple[Port, ...]
    ready: Ready
    waits_for: tuple[str, ...] = ()
    devices: int = 0
    """How many NPU dies it uses on its host."""
    secrets: tuple[str, ...] = ()
    """Variables that must hold a secret when it starts."""
    interface: str = ""
    """The variable that names its network interface, when the script has to find one."""

    @property
    def argv(self) -> tuple[Word, ...]:
        """The whole command line."""
        return tuple(literal(word) for word in self.program) + tuple(
            word for option in self.options for word in option.words
        )

    @property
    def log_file(self) -> str:
        """Name of its log in the run's folder."""
        return f"{self.name}.log"


class Preparation(NamedTuple):
    """What happens on a host before a server starts there; tried and reported, never fatal."""

    scaling_governor: str
    sysctl: tuple[tuple[str, str], ...]
    unset: tuple[str, ...]
    scripts: tuple[str, ...]


class Container(NamedTuple):
    """How the image is run on each host."""

    image: Word
    devices: tuple[str, ...]
    """Device files of the series, in order; those a host lacks are left out when it starts."""
    mounts: tuple[str, ...]
    """Paths of the host that appear at the same place inside, when they exist."""
    shm_size: str


class LaunchFlow(NamedTuple):
    """Everything that will be started, in order."""

    title: str
    release: str
    model: str
    scenario: str
    variables: tuple[Variable, ...]
    processes: tuple[Process, ...]
    preparation: Preparation
    container: Container | None
    corrections: tuple[Correction, ...] = ()

    def process(self, name: str) -> Process:
        """The process called ``name``.

        Raises:
            KeyError: there is none.
        """
        for process in self.processes:
            if process.name == name:
                return process
        raise KeyError(name)

    @property
    def servers(self) -> tuple[Process, ...]:
        """All processes but the router."""
        return tuple(process for process in self.processes if process.role != "router")

    @property
    def router(self) -> Process | None:
        """The process in front of prefill and decode servers, where there is one."""
        return next((process for process in self.processes if process.role == "router"), None)

    @property
    def entry(self) -> Process:
        """The process that clients talk to: the router, or rank 0 of the one server."""
        return self.router or self.servers[0]

    @property
    def endpoint(self) -> str:
        """The URL that clients ask, without a path; empty where it is not known."""
        return resolve(self.entry.ready.url, self.values()).rpartition("/")[0]

    def values(self) -> dict[str, str]:
        """Variable → value, for the variables that have one."""
        return {variable.name: variable.value for variable in self.variables if variable.value}

    def unfilled(self) -> tuple[Variable, ...]:
        """The required variables that nobody has filled in."""
        return tuple(variable for variable in self.variables if variable.required and not variable.value)

    def argv(self, process: Process) -> tuple[str, ...]:
        """The command line as text, placeholders shown as ``<NAME>``."""
        values = self.values()
        return tuple(resolve(word, values) for word in process.argv)

    def environment(self, process: Process) -> dict[str, str]:
        """The variables it exports, as text."""
        values = self.values()
        return {setting.name: resolve(setting.words[0], values) for setting in process.environment}

    def plan_hash(self) -> str:
        """Twelve hex digits over everything that decides what runs where; equal on all hosts of one plan."""
        processes = [
            [p.name, resolve(p.address, self.values()), self.argv(p), sorted(self.environment(p).items())]
            for p in self.processes
        ]
        prepared = [self.preparation.scaling_governor, self.preparation.sysctl, self.preparation.unset]
        image = [resolve(self.container.image, self.values()), self.container.shm_size] if self.container else []
        text = json.dumps([processes, prepared, self.preparation.scripts, image], ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]
