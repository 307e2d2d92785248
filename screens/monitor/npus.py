"""The NPUs of the watched hosts, asked again and again beside everything else.

Owns asking; each host has its own thread, so that one that hangs holds up nobody.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Sequence

from screens.monitor.asked import Repeated, Shells, Watch
from screens.monitor.entries import HostReading
from wizard.model.hardware import Device

EVERY_S = 5.0
"""How often the hosts are asked while the table is in view."""
SELDOM_S = 60.0
"""And while it is not: ``npu-smi`` costs a host something."""
_LIMIT_S = 15.0
THIS_MACHINE = "this machine"

Host = tuple[str, str]
"""Address and ssh target; an empty address is this machine."""
Asked = tuple[tuple[Device, ...], str]
"""Devices, and why there are none."""


def hosts_of(found: Iterable[Host]) -> tuple[Host, ...]:
    """The hosts to ask, each once. This machine is among them only where there is something to ask it with."""
    has_tool = shutil.which("npu-smi") is not None
    return tuple(dict.fromkeys(host for host in found if host[0] or has_tool))


class NpuWatch(Watch):
    """Keeps the latest readings of some hosts.

    Args:
        hosts: whom to ask.
        ask: asks one host; blocks.
        clock: the clock of the screen.
        shells: the way to the hosts.
    """

    def __init__(
        self,
        hosts: Sequence[Host],
        ask: Callable[[str, str], Asked] | None = None,
        clock: Callable[[], float] = time.monotonic,
        shells: Shells | None = None,
    ) -> None:
        self._ask = ask or self._asked
        self._clock = clock
        self._is_seen = False
        self._readings = {host: HostReading(host[0] or THIS_MACHINE) for host in hosts}
        questions = (Repeated(f"npus {host[0]}", self._asker(host), self._every_s) for host in hosts)
        super().__init__(shells or Shells(), questions)

    @property
    def readings(self) -> tuple[HostReading, ...]:
        """What was last read of each host."""
        return tuple(self._readings.values())

    @property
    def is_seen(self) -> bool:
        """Whether the table is in view."""
        return self._is_seen

    @is_seen.setter
    def is_seen(self, is_seen: bool) -> None:
        if is_seen and not self._is_seen:
            for question in self._questions:
                question.hurry()
        self._is_seen = is_seen

    def _every_s(self) -> float:
        return EVERY_S if self._is_seen else SELDOM_S

    def _asker(self, host: Host) -> Callable[[], None]:
        def ask() -> None:
            try:
                devices, fault = self._ask(*host)
            except OSError as error:  # no process or descriptor to be had at the moment
                devices, fault = (), f"cannot be asked: {error.strerror or error}"
            before = self._readings[host]
            if devices:
                self._readings[host] = HostReading(before.address, devices, fault, self._clock())
            else:
                self._readings[host] = before._replace(fault=fault)

        return ask

    def _asked(self, address: str, ssh: str) -> Asked:
        """What ``npu-smi info`` says on a host: its devices, or why there is nothing to show."""
        from wizard.detect import npu_smi
        from wizard.model.hardware import Fault

        answer = self._shells.of(address, ssh).run("npu-smi info", limit_s=_LIMIT_S)
        if answer.fault is not None:
            return (), answer.fault.message
        table = npu_smi.read_info(answer.text, status=answer.code, errors=answer.errors)
        return ((), table.message) if isinstance(table, Fault) else (tuple(table.devices), "")
