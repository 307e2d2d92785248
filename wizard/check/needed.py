"""What would hold the weights: the smallest sets of hosts of each series, with the arithmetic. Pure."""

from typing import NamedTuple

from wizard.check.budget import GIB, MIB, Basis, weights_of
from wizard.check.facts import Facts
from wizard.knowledge import facts as knowledge
from wizard.model.selection import Series

_COUNTS = (1, 2, 4, 8, 16)
"""Numbers of hosts over which heads and experts can be dealt out evenly."""


class HostSet(NamedTuple):
    """So many hosts of a series hold the weights; one fewer of the possible numbers does not."""

    series: Series
    hosts: int
    devices: int
    """Devices of all hosts."""
    hbm: int
    """Bytes of HBM of all devices."""
    usable: int
    """Bytes of it that can be allocated."""
    weights: int
    basis: Basis
    """What the size of the weights rests on."""

    @property
    def name(self) -> str:
        """Such as ``2 x A2``."""
        return f"{self.hosts} x {self.series}"

    def told(self) -> str:
        """The arithmetic in one line."""
        return (
            f"{self.name}: {self.devices} devices x {self.hbm // self.devices / GIB:g} GiB = {self.hbm / GIB:g} GiB, "
            f"of which {self.usable / GIB:.0f} GiB can be used, for {self.weights / GIB:.1f} GiB of weights; "
            f"{(self.usable - self.weights) / GIB:.0f} GiB are left for caches, graphs and buffers"
        )

    def as_json(self) -> dict[str, object]:
        """The documented shape of ``--plan --json``, under ``host_sets``."""
        return {
            "series": self.series.value,
            "hosts": self.hosts,
            "devices": self.devices,
            "hbm_bytes": self.hbm,
            "usable_bytes": self.usable,
            "weights_bytes": self.weights,
            "basis": self.basis.value,
        }


def host_sets(facts: Facts) -> tuple[HostSet, ...]:
    """For each series the fewest hosts whose devices hold the weights; none where their size is not known."""
    total, basis = weights_of(facts)
    found = []
    for series in Series if total is not None else ():
        hardware = knowledge.hardware(series)
        for hosts in _COUNTS:
            devices = hosts * hardware.devices
            usable = devices * hardware.usable_hbm_mib * MIB
            if total is not None and total <= usable:
                found.append(HostSet(series, hosts, devices, devices * hardware.hbm_mib * MIB, usable, total, basis))
                break
    return tuple(sorted(found, key=lambda item: (item.hosts, item.series)))
