"""The NPUs of the watched hosts, asked again and again beside everything else.

Owns asking; each host has its own thread, so that one that hangs holds up nobody.
"""

import threading
import time
from collections.abc import Callable, Sequence

from screens.monitor.entries import HostReading
from wizard.model.hardware import Device

EVERY_S = 5.0
_LIMIT_S = 15.0


def asked(address: str, ssh: str) -> tuple[tuple[Device, ...], str]:
    """What ``npu-smi info`` says on a host: its devices, or why there is nothing to show."""
    from wizard import reach
    from wizard.detect import npu_smi
    from wizard.model.hardware import Fault

    shell = reach.shell(address or "localhost", ssh)
    try:
        answer = shell.run("npu-smi info", limit_s=_LIMIT_S)
    finally:
        shell.close()
    if answer.fault is not None:
        return (), answer.fault.message
    table = npu_smi.read_info(answer.output.decode("utf-8", "replace"), status=answer.code, errors=answer.errors)
    return ((), table.message) if isinstance(table, Fault) else (tuple(table.devices), "")


class NpuWatch:
    """Keeps the latest readings of some hosts.

    Args:
        hosts: address and ssh target of each.
        ask: asks one host; blocks.
        clock: the clock of the screen.
    """

    def __init__(
        self,
        hosts: Sequence[tuple[str, str]],
        ask: Callable[[str, str], tuple[tuple[Device, ...], str]] = asked,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._ended = threading.Event()
        self._readings = {address: HostReading(address or "this machine") for address, _ in hosts}
        self._threads = [
            threading.Thread(target=self._watch, args=host, daemon=True, name=f"npus {host[0]}") for host in hosts
        ]

    @property
    def readings(self) -> tuple[HostReading, ...]:
        """What was last read of each host."""
        return tuple(self._readings.values())

    def start(self) -> None:
        """Begins to ask."""
        for thread in self._threads:
            if not thread.is_alive():
                thread.start()

    def stop(self) -> None:
        """Asks no more; an answer that is waited for is not taken."""
        self._ended.set()

    def _watch(self, address: str, ssh: str) -> None:
        while not self._ended.is_set():
            devices, fault = self._ask(address, ssh)
            before = self._readings[address]
            if devices:
                self._readings[address] = HostReading(before.address, devices, fault, self._clock())
            else:
                self._readings[address] = before._replace(fault=fault)
            self._ended.wait(EVERY_S)
