"""Do the weights fit? Arithmetic with units: GB decimal (as checkpoints are published), GiB binary (as HBM is counted).

A published or estimated size warns; only measured files may block.
"""

from collections.abc import Iterator, Mapping

from wizard.check.facts import Facts
from wizard.knowledge import facts as knowledge
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import OptionValue, Selection, Series

_GIB = 1024**3
_MIB = 1024**2


def weights_do_not_fit(facts: Facts) -> Iterator[Finding]:
    """``memory.weights``: the weights are larger than the HBM of the devices of an instance."""
    weights, hardware = facts.weights, facts.hardware
    if weights is None:
        return
    size_gb = weights.size_gb if weights.size_gb is not None else weights.estimate_gb
    if size_gb is None:
        return
    kind = "published" if weights.size_gb is not None else "estimated"
    for name in facts.selection.server_roles:
        devices = _devices(facts.selection.role(name).options)
        if devices is None or size_gb * 1e9 <= devices * hardware.usable_hbm_mib * _MIB:
            continue
        total_gib = devices * hardware.hbm_mib / 1024
        yield Finding(
            code="memory.weights",
            severity=Severity.WARNING,
            message=(
                f"{facts.selection.model.name} {weights.quantization} weights do not fit: {size_gb:g} GB "
                f"({size_gb * 1e9 / _GIB:.1f} GiB, {kind}) against {devices} x {hardware.hbm_mib // 1024} GiB = "
                f"{total_gib:g} GiB ({total_gib * _GIB / 1e9:.1f} GB) of HBM"
            ),
            hint=_ways_out(facts.selection),
            options=("tp-size", "pp-size"),
            source=weights.source,
            fixes=_fixes(facts.selection),
        )


def _devices(options: Mapping[str, OptionValue]) -> int | None:
    """Dies of one instance: tensor x pipeline parallel size; None where they are no numbers."""
    sizes = [options.get("tp-size", 1), options.get("pp-size", 1)]
    whole = [size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and size > 0]
    return whole[0] * whole[1] if len(whole) == len(sizes) else None


def _ways_out(selection: Selection) -> str:
    return "; ".join(
        f"{fix.label}: `{' '.join(word for edit in fix.edits for word in edit.flag())}`" for fix in _fixes(selection)
    )


def _fixes(selection: Selection) -> tuple[Fix, ...]:
    """Smaller weights, more hosts, or larger hosts: those of the three that hold the model."""
    found = []
    if selection.model.quantization.upper() != "W4A8":
        found.append(Fix("use W4A8 weights (about 420 GB)", (Edit(EditKind.QUANTIZATION, "W4A8"),)))
    if selection.series is Series.A2 and selection.model.name == "GLM-5.2":
        two_hosts = (
            Edit(EditKind.PRESET, "a3-multi"),
            Edit(EditKind.SERIES, "A2"),
            Edit(EditKind.SET, f"tp-size={2 * knowledge.hardware(Series.A2).devices}"),
        )
        found += [Fix("use two A2 hosts", two_hosts), Fix("use an A3 host", (Edit(EditKind.PRESET, "a3-single"),))]
    return tuple(found)
