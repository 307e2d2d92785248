"""The hosts of a run and the way to each, asked side by side.

Owns connections: one shell a host, made at the first question, closed at the end. Understands nothing of the answers.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from wizard import reach
from wizard.model.run import RunProcess
from wizard.reach import Answer, Shell

HERE = "localhost"
AT_ONCE = 32
T = TypeVar("T")


class Place(NamedTuple):
    """A host, and what ssh is to be told where that is not its address."""

    address: str
    ssh: str = ""


def place_of(process: RunProcess) -> Place:
    """Where a process runs."""
    return Place(process.address or HERE, process.ssh)


def by_place(processes: Iterable[RunProcess]) -> dict[Place, tuple[RunProcess, ...]]:
    """The processes of each host, in order."""
    found: dict[Place, tuple[RunProcess, ...]] = {}
    for process in processes:
        place = place_of(process)
        found[place] = (*found.get(place, ()), process)
    return found


class Places:
    """Ways to hosts. Every method may be called from several threads."""

    def __init__(self, way: Callable[[str, str], Shell] = reach.shell) -> None:
        self._way = way
        self._shells: dict[Place, Shell] = {}

    def shell(self, place: Place) -> Shell:
        """The shell of a host."""
        return self._shells.setdefault(place, self._way(place.address, place.ssh))

    def ask(self, place: Place, script: str, *, limit_s: float, stdin: bytes = b"") -> Answer:
        """What a host answers to a script."""
        return self.shell(place).run(script, limit_s=limit_s, stdin=stdin)

    def together(self, work: Mapping[Place, Callable[[], T]]) -> dict[Place, T]:
        """Does something for every host at the same time."""
        if not work:
            return {}
        with ThreadPoolExecutor(min(AT_ONCE, len(work))) as pool:
            futures = {place: pool.submit(task) for place, task in work.items()}
            return {place: future.result() for place, future in futures.items()}

    def close(self) -> None:
        """Ends every connection."""
        for shell in self._shells.values():
            shell.close()
        self._shells.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
