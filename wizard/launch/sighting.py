"""What a host said about the processes of a run, and what follows from it. Pure.

A process is ours when its pid has the start ticks and the boot that were recorded; a port is ours when it is held by
that process, a descendant or a member of its session, or by its container.
"""

import base64
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from wizard.model.listening import collide, from_kernel
from wizard.model.run import Identity, RunProcess, State


class Kin(NamedTuple):
    """A process as the kernel lists it."""

    pid: int
    state: str
    session: int
    ticks: int
    name: str

    @property
    def is_alive(self) -> bool:
        """A zombie is not."""
        return self.state not in {"Z", "X"}


class Listener(NamedTuple):
    """Who listens on a port."""

    port: int
    address: str
    pid: int | None
    """None: a process that this user may not see."""
    name: str = ""
    session: int = 0
    ticks: int = 0
    ancestors: tuple[int, ...] = ()

    @property
    def owner(self) -> str:
        """In words."""
        return f"pid {self.pid} ({self.name})" if self.pid else "a process that this user may not see"


class Container(NamedTuple):
    """A container of the process's name."""

    status: str
    pid: int
    id: str
    image: str
    script: str
    """The launch script it runs, as a path of its host; empty when it runs none."""

    @property
    def is_running(self) -> bool:
        """Whether something in it runs."""
        return self.status in {"running", "paused", "restarting", "stopping"}


@dataclass(slots=True)
class Seen:
    """What was seen of one process."""

    name: str
    boot_id: str = ""
    written: Identity | None = None
    """What its pid file says."""
    exit_code: int | None = None
    leader: Kin | None = None
    """The process that has the recorded pid now."""
    members: tuple[Kin, ...] = ()
    """Who writes into its log or belongs to its session."""
    container: Container | None = None
    log_bytes: int | None = None
    has_said: bool = False
    """Its ready line stands in its log."""
    status: int | None = None
    """HTTP status of its ready URL; 0: no answer; None: not asked."""
    piece_at: int = 0
    piece: bytes = b""
    """What came in its log since the offset asked for."""
    listeners: tuple[Listener, ...] = field(default=())
    """On its ports, whoever it is."""


class Look(NamedTuple):
    """What a host said."""

    boot_id: str
    seen: dict[str, Seen]


def read(text: str, processes: Iterable[RunProcess]) -> Look:
    """The output of a look as values. A line that cannot be understood is left out."""
    seen: dict[str, Seen] = {}
    current, boot_id = Seen(""), ""
    listeners: list[Listener] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        with suppress(ValueError, IndexError):
            if word == "boot":
                boot_id = rest
            elif word == "process":
                current = seen.setdefault(rest, Seen(rest, boot_id))
            elif word == "answer":
                name, code = rest.split(" ")
                seen[name].status = int(code)
            elif word == "listener":
                listeners.append(_listener(rest.split(" ")))
            else:
                _take(current, word, rest)
    for process in processes:
        if process.name in seen:
            mine = tuple(one for one in listeners if one.port in process.ports and collide(one.address, process.bind))
            seen[process.name].listeners = mine
    return Look(boot_id, seen)


def _take(seen: Seen, word: str, rest: str) -> None:
    parts = rest.split(" ")
    if word == "pid":
        seen.written = Identity(pid=int(parts[0]), start_ticks=int(parts[1]), boot_id=parts[2])
    elif word == "exit":
        seen.exit_code = int(rest)
    elif word == "stat":
        seen.leader = _kin(0, parts)
    elif word == "member":
        seen.members = (*seen.members, _kin(int(parts[0]), parts[1:]))
    elif word == "container":
        seen.container = Container(parts[0], int(parts[1]), parts[2], parts[3], " ".join(parts[4:]))
    elif word == "log":
        seen.log_bytes = int(rest)
    elif word == "said":
        seen.has_said = True
    elif word == "piece":
        seen.piece_at, seen.piece = int(parts[0]), base64.b64decode(parts[1])


def _kin(pid: int, parts: list[str]) -> Kin:
    return Kin(pid, parts[0], int(parts[3]), int(parts[4]), parts[5] if len(parts) > 5 else "")


def _listener(parts: list[str]) -> Listener:
    port, address = int(parts[0]), from_kernel(parts[1])
    if parts[2] == "-":
        return Listener(port, address, None)
    return Listener(
        port, address, int(parts[2]), parts[4], int(parts[5]), int(parts[3]), tuple(int(part) for part in parts[6:])
    )


def identity(process: RunProcess, seen: Seen) -> Identity | None:
    """Which process is this one's: as recorded, else as its pid file says."""
    return process.identity or seen.written


def is_alive(process: RunProcess, seen: Seen) -> bool:
    """Whether the very process that was started runs."""
    one = identity(process, seen)
    return bool(
        one
        and one.boot_id == seen.boot_id
        and seen.leader
        and seen.leader.is_alive
        and seen.leader.ticks == one.start_ticks
    )


def is_own_container(process: RunProcess, seen: Seen) -> bool:
    """Whether the container of that name runs this run's script."""
    return bool(seen.container and seen.container.script == f"{process.folder}/launch.sh")


def owns(process: RunProcess, seen: Seen, listener: Listener) -> bool:
    """Whether the listener is this process, a child of it, or its container, whose processes this user may not see."""
    is_contained = bool(seen.container and seen.container.is_running and is_own_container(process, seen))
    if listener.pid is None:
        return is_contained
    roots = set()
    one = identity(process, seen)
    if one and is_alive(process, seen):
        roots.add(one.pid)
    if seen.container and is_contained:
        roots.add(seen.container.pid)
    return bool(roots & {listener.pid, listener.session, *listener.ancestors})


def foreign(process: RunProcess, seen: Seen) -> tuple[Listener, ...]:
    """Who else is on its ports."""
    return tuple(one for one in seen.listeners if not owns(process, seen, one))


def left(process: RunProcess, seen: Seen) -> tuple[Kin, ...]:
    """What of it still runs: itself, and whoever writes into its log or belongs to its session.

    A session outlives its leader; its number is not given to another process while it does. Members that began before
    the recorded process belong to somebody else.
    """
    one = identity(process, seen)
    if one is None or one.boot_id != seen.boot_id:
        return ()
    is_reused = seen.leader is not None and seen.leader.ticks != one.start_ticks
    return tuple(
        kin
        for kin in seen.members
        if kin.is_alive and kin.ticks >= one.start_ticks and not (is_reused and kin.session == one.pid)
    )


def standing(process: RunProcess, seen: Seen) -> RunProcess:
    """The process with the state that follows from what was seen, and why."""
    one = identity(process, seen)
    known = process.evolve(identity=one, still_runs=False)
    if one is None:
        return known.evolve(state=State.PLANNED, detail="not started")
    if is_alive(process, seen):
        state, detail = _serving(known, seen)
        if process.state is State.FAILED and state is State.STARTING:
            return known.evolve(detail=process.detail, exit_code=None, still_runs=True)
        return known.evolve(state=state, detail=detail, exit_code=None)
    remaining = left(process, seen)
    was_asked = process.state in {State.STOPPING, State.STOPPED}
    if remaining and was_asked:
        names = ", ".join(f"{kin.pid} ({kin.name})" for kin in remaining)
        return known.evolve(state=State.STOPPING, detail=f"still there: {names}", exit_code=seen.exit_code)
    if is_own_container(process, seen) and seen.container and seen.container.is_running:
        detail = f"its container {process.container} still runs"
        return known.evolve(state=State.STOPPING if was_asked else State.STARTING, detail=detail)
    code = seen.exit_code if seen.written == one else None
    if was_asked:
        return known.evolve(state=State.STOPPED, detail="ended as asked", exit_code=code)
    return known.evolve(state=State.FAILED, detail=_why_gone(one, seen, code), exit_code=code)


def _serving(process: RunProcess, seen: Seen) -> tuple[State, str]:
    if process.state is State.STOPPING:
        return State.STOPPING, "it was asked to end"
    if not process.ready_url:
        return (State.READY, "its log says so") if seen.has_said else (State.STARTING, "loading")
    on_port = [listener for listener in seen.listeners if listener.port == process.port]
    is_ours = any(owns(process, seen, listener) for listener in on_port)
    if on_port and not is_ours:
        return State.STARTING, f"port {process.port} is served by {on_port[0].owner}, not by this run"
    if seen.status != 200:
        answered = f"it answers {seen.status}" if seen.status else "it does not answer yet"
        return State.STARTING, answered
    if is_ours:
        return State.READY, f"port {process.port} answers"
    return State.STARTING, f"nobody seen on port {process.port} yet"


def _why_gone(one: Identity, seen: Seen, code: int | None) -> str:
    if one.boot_id != seen.boot_id:
        return "its host was started anew since"
    if code is None:
        return f"pid {one.pid} is gone; its exit status is not known"
    if code > 128:
        return f"it was ended by signal {code - 128}"
    return f"it ended with exit status {code}"
