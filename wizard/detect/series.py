"""A2 or A3? Every source that can tell, and what each says; sources that disagree make it unknown. Pure.

The number of devices proves nothing (there are A2 machines with 16), nor does the size of their HBM.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wizard.detect.npu_smi import NpuTable
from wizard.model.hardware import Device, Series


class Evidence(NamedTuple):
    """One thing that was seen, and the series it speaks for."""

    series: Series
    text: str


_NAMES = (
    (re.compile(r"(Ascend ?)?910B[0-9]", re.IGNORECASE), Series.A2),
    (re.compile(r"A2G[0-9]", re.IGNORECASE), Series.A2),
    (re.compile(r"(Ascend ?910_)?93[0-9]{2}\b", re.IGNORECASE), Series.A3),
    (re.compile(r"(Ascend ?)?310|I2\b", re.IGNORECASE), Series.ATLAS_310),
    # the bare names are those of the generation before A2; `Ascend910` is what an A3 calls itself
    (re.compile(r"(Ascend ?(?!910$))?(910[AB]?$|910Pro|910Premium|950)", re.IGNORECASE), Series.OTHER),
)
_PCI = {
    "d100": Series.ATLAS_310,
    "d500": Series.ATLAS_310,
    "d801": Series.OTHER,
    "d802": Series.A2,
    "d803": Series.A3,
    "d804": Series.A2,
    "d806": Series.OTHER,
    "d807": Series.OTHER,
    "d808": Series.OTHER,
}


def _of_table(table: NpuTable) -> Iterable[Evidence]:
    titles = " ".join(table.second_header)
    has_hbm = "HBM" in titles
    if re.search(r"\bphy[-_]?id\b", titles, re.IGNORECASE) and has_hbm:
        names = "/".join(dict.fromkeys(device.name or "?" for device in table.devices))
        yield Evidence(Series.A3, f"{len(table.devices)} dies named {names}, each with a Phy-ID")
    chips = Counter(device.npu_id for device in table.devices)
    pairs = [npu_id for npu_id, count in chips.items() if count > 1]
    if pairs and has_hbm:
        own = [str(device.chip_id) for device in table.devices if device.npu_id == pairs[0]]
        yield Evidence(Series.A3, f"NPU {pairs[0]} has chips {' and '.join(own)}")
    if "Device" in titles.split() and not has_hbm:
        yield Evidence(Series.ATLAS_310, "the table has a Device column and no HBM")
    if "NPU Util" in titles:
        yield Evidence(Series.OTHER, "the table is that of a 950")


def of_names(names: Iterable[str | None], source: str = "name") -> Iterable[Evidence]:
    """What the names of devices say."""
    for name in dict.fromkeys(name for name in names if name):
        for pattern, series in _NAMES:
            if pattern.match(name):
                yield Evidence(series, f"{source} {name}")
                break


def of_pci(device_ids: Iterable[str]) -> Iterable[Evidence]:
    """What the device ids on the bus say."""
    for device_id in dict.fromkeys(device_ids):
        if device_id in _PCI:
            yield Evidence(_PCI[device_id], f"PCI id {device_id}")


def of_chip_counts(counts: Sequence[int], devices: Sequence[Device]) -> Iterable[Evidence]:
    """What ``npu-smi info -l`` says: two chips a card make an A3. One chip alone says nothing."""
    if counts and set(counts) == {2} and any(device.hbm_total_mb for device in devices):
        yield Evidence(Series.A3, "`npu-smi info -l` counts 2 chips a card")


def series(table: NpuTable | None, more: Iterable[Evidence] = ()) -> tuple[Series | None, tuple[str, ...]]:
    """The series and why, from the table and from what else was seen.

    The bus is asked only where the tool says nothing: inside a container it shows the whole machine.
    """
    found = [*_of_table(table), *of_names(device.name for device in table.devices)] if table else []
    found = found or list(more)
    kinds = {evidence.series for evidence in found}
    texts = tuple(dict.fromkeys(evidence.text for evidence in found))
    return (kinds.pop() if len(kinds) == 1 else None), texts
