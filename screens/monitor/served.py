"""The figures that servers give at ``/metrics``, asked on their own hosts beside everything else.

Owns which servers are asked, and the latest answers. A server that cannot be asked is silent: its log still speaks.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from screens.monitor.asked import Repeated, Shells, Watch
from wizard.errors import WizardError
from wizard.model.run import Run, RunProcess
from wizard.monitor.metrics import Figures, figures

EVERY_S = 5.0
OLD_S = 20.0
"""Figures older than that are shown no more."""
_LIMIT_S = 5.0
_OPTION = "enable-metrics"
_EVERYWHERE = ("", "0.0.0.0", "::", "localhost")  # noqa: S104 (read, not bound)

Ask = Callable[["Server"], str]
"""Gives what a server answers; empty where it does not. Blocks."""


class Server(NamedTuple):
    """A server that was started with ``--enable-metrics``."""

    name: str
    address: str
    ssh: str
    url: str


class Answer(NamedTuple):
    """What a server said, and when on the clock of the screen."""

    figures: Figures
    taken: float


def servers_of(run: Run | None) -> tuple[Server, ...]:
    """The servers of a run that give figures; none where its selection cannot be read."""
    if run is None or _OPTION not in run.selection:
        return ()
    from wizard import selection_file

    try:
        roles = selection_file.loads(run.selection).roles
    except WizardError:
        return ()
    giving = {name for name, role in roles.items() if role.options.get(_OPTION) is True}
    return tuple(
        Server(one.name, one.address, one.ssh, f"http://{_host(one)}:{one.port}/metrics")
        for one in run.processes
        if one.role in giving and one.port and one.rank == 0
    )


class ServedWatch(Watch):
    """Keeps the latest figures of some servers.

    Args:
        servers: whom to ask.
        ask: asks one; None: over its host's shell.
        clock: the clock of the screen.
        shells: the way to the hosts.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        ask: Ask | None = None,
        clock: Callable[[], float] = time.monotonic,
        shells: Shells | None = None,
    ) -> None:
        self._ask = ask or self._asked
        self._clock = clock
        self._answers: dict[str, Answer] = {}
        questions = (Repeated(f"metrics {one.name}", self._asker(one), lambda: EVERY_S) for one in servers)
        super().__init__(shells or Shells(), questions)

    def of(self, name: str, now: float) -> Figures | None:
        """The figures of a server; None where it gave none lately."""
        found = self._answers.get(name)
        return found.figures if found is not None and now - found.taken <= OLD_S else None

    def _asker(self, server: Server) -> Callable[[], None]:
        def ask() -> None:
            try:
                text = self._ask(server)
            except OSError:
                return
            found = figures(text)
            if any(value is not None for value in found):
                self._answers[server.name] = Answer(found, self._clock())

        return ask

    def _asked(self, server: Server) -> str:
        from wizard.verify.asking import HostAsker

        reply = HostAsker(self._shells.of(server.address, server.ssh)).ask(server.url, None, limit_s=_LIMIT_S)
        return reply.body if reply.status == 200 else ""


def _host(process: RunProcess) -> str:
    if process.bind in _EVERYWHERE:
        return "127.0.0.1"
    return f"[{process.bind}]" if ":" in process.bind else process.bind
