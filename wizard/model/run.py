"""A run: a launch flow that was started. What ``run.json`` holds, and what is told while it happens.

Owns the values. Starting, finding and stopping what they name is ``wizard.launch``'s; watching it is
``wizard.monitor``'s. A pid alone names nothing: with its start time and the boot it belongs to, it does.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from wizard.model.value import Value

FORMAT = 1
"""Version of ``run.json``'s shape."""


class State(StrEnum):
    """Where a process, or a whole run, stands."""

    PLANNED = "planned"
    """Nothing was done for it yet."""
    PREPARING = "preparing"
    """Script copied, image pulled, host tuned."""
    STARTING = "starting"
    """Started; it does not answer yet."""
    READY = "ready"
    """Its own process answers on its port."""
    FAILED = "failed"
    """It ended by itself, or never became ready."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    """Ended because it was asked to; nothing of it is left."""
    LOST = "lost"
    """Its host cannot be asked, so nothing is known."""


_MAY_RUN = frozenset({State.STARTING, State.READY, State.STOPPING, State.LOST})


class Identity(Value):
    """Which process on a host is ours, beyond doubt."""

    pid: int
    """Process, group and session leader at once."""
    start_ticks: int
    """Field 22 of ``/proc/PID/stat``: clock ticks from boot to its start."""
    boot_id: str
    """``/proc/sys/kernel/random/boot_id`` of the host."""


class RunProcess(Value):
    """One process of a run on its host."""

    name: str
    role: str
    instance: int = 0
    rank: int = 0
    address: str = ""
    """Of its host; empty: this machine."""
    ssh: str = ""
    """ssh target; empty: the address."""
    folder: str = ""
    """The run's folder on that host, absolute."""
    log: str = ""
    """Its log on that host, absolute."""
    port: int | None = None
    """Where it serves HTTP."""
    ports: tuple[int, ...] = ()
    """Every port it opens."""
    bind: str = ""
    """The address it listens on; empty: all of its host's."""
    ready_url: str = ""
    """Answers 200 when ready; empty for ranks that only log."""
    ready_line: str = ""
    """Stands in its log when it is ready."""
    waits_for: tuple[str, ...] = ()
    """The processes that must be ready before it is started."""
    devices: int = 0
    container: str = ""
    """Name of its container; empty without one."""
    identity: Identity | None = None
    """None: not started."""
    state: State = State.PLANNED
    detail: str = ""
    """Why it is in that state, in one sentence."""
    exit_code: int | None = None
    still_runs: bool = False
    """It failed, and its process is there all the same."""
    started: float = 0.0
    """Seconds since the epoch, of the wizard's clock; 0: not by a wizard that knew."""
    times: dict[str, float] = Field(default_factory=dict)
    """Phase of its start → seconds, by the stamps of its log; ``ready``: from its start on, by the wizard's clock."""
    log_from: int = 0
    """Where in its log this start begins, in bytes: an earlier one may have written before it."""

    @property
    def may_run(self) -> bool:
        """Whether something of it may be there: it is there, or its host cannot be asked."""
        return self.still_runs or self.state in _MAY_RUN


class RunEvent(NamedTuple):
    """Something that happened in a run, for the screens, the plain command line and the run's own record."""

    time: float
    """Seconds since the epoch, of the wizard's clock."""
    stage: str
    """``preflight``, ``copy``, ``prepare``, ``start``, ``ready``, ``router``, ``request``, ``stop``, ``hbm``;
    ``log``: a line of a log; ``diagnosis``: what it means; ``record``: the run's own record cannot be written."""
    message: str
    """One sentence in plain words."""
    process: str = ""
    """The process it is about; empty: the whole run."""
    host: str = ""
    state: State | None = None
    """The state the process, or the run, is in from now on; None: unchanged."""
    is_problem: bool = False


class Run(Value):
    """One launch flow that was started."""

    format: int = FORMAT
    name: str
    """How the operator names it: ``a3-pd-1126-0312``."""
    created: str
    """ISO 8601 with offset."""
    plan: str
    """The plan hash, the same on every host."""
    state: State = State.PLANNED
    version: str = ""
    """Of glm-wizard."""
    selection: str = ""
    """The selection file, as text."""
    title: str = ""
    release: str = ""
    runtime: str = ""
    image: str = ""
    is_simulated: bool = False
    processes: tuple[RunProcess, ...] = ()
    endpoint: str = ""
    """Where clients ask: the router, else the first server."""
    served_name: str = ""
    weights: str = ""
    """Path of the weights."""
    times: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Host → ``copy`` and ``image`` → seconds they took."""
    facts: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Host → image id, driver, fingerprint of the weights, and whatever else was measured before the start."""

    @property
    def servers(self) -> tuple[RunProcess, ...]:
        """All processes but the router."""
        return tuple(process for process in self.processes if process.role != "router")

    @property
    def routers(self) -> tuple[RunProcess, ...]:
        """The router, where there is one."""
        return tuple(process for process in self.processes if process.role == "router")

    @property
    def entry(self) -> RunProcess:
        """The process that clients talk to."""
        return (*self.routers, *self.processes)[0]
