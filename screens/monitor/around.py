"""What is asked of the watched hosts beside their logs: NPUs, ``/metrics``, and which processes have ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from screens.monitor.asked import Shells
from screens.monitor.npus import Host, NpuWatch, hosts_of
from screens.monitor.served import ServedWatch, servers_of
from wizard.model.run import Run

if TYPE_CHECKING:
    from screens.monitor.ends import EndWatch


class Asking(NamedTuple):
    """The watches; None where there is nobody to ask."""

    npus: NpuWatch | None = None
    served: ServedWatch | None = None
    ended: "EndWatch | None" = None

    def start(self) -> None:
        """Begins to ask."""
        for watch in self:
            if watch is not None:
                watch.start()

    def stop(self) -> None:
        """Asks no more, and ends what hangs."""
        for watch in self:
            if watch is not None:
                watch.stop()


NOBODY = Asking()


def asking(hosts: Sequence[Host], run: Run | None) -> Asking:
    """Whom to ask about some hosts, and about the servers of a run."""
    shells, to_ask, servers = Shells(), hosts_of(hosts), servers_of(run)
    return Asking(
        NpuWatch(to_ask, shells=shells) if to_ask else None,
        ServedWatch(servers, shells=shells) if servers else None,
        _ended(run, shells) if run is not None else None,
    )


def _ended(run: Run, shells: Shells) -> "EndWatch":
    from screens.monitor.ends import EndWatch  # files alone need none of it

    return EndWatch(run.name, shells)
