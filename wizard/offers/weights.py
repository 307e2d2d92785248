"""What can be served and with what: checkpoints, images, releases, runtimes; and which of them were found. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.errors import UsageError
from wizard.knowledge import facts
from wizard.knowledge.releases import known_releases
from wizard.model import hardware
from wizard.model.catalogue import Image
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Selection


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights of one quantisation, as published."""

    quantization: str
    hub_id: str
    size: str
    """``774.08 GB, published`` or ``about 420 GB, estimated``; ``size unknown``."""
    remark: str
    is_chosen: bool

    @property
    def edit(self) -> Edit:
        """What choosing it does."""
        return Edit(EditKind.QUANTIZATION, self.quantization)


@dataclass(frozen=True, slots=True)
class ImageOffer:
    """An image for the selection's series."""

    image: Image
    is_chosen: bool
    present_on: tuple[str, ...]
    """Detected hosts that have it already."""

    @property
    def edit(self) -> Edit:
        """What choosing it does: its release comes with it."""
        return Edit(EditKind.IMAGE, self.image.image)


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """A folder of weights that was looked at on a host."""

    address: str
    path: str
    summary: str
    fault: str
    quantization: str
    """The published quantisation it matches; empty where it cannot be told."""


def checkpoints(selection: Selection) -> tuple[Checkpoint, ...]:
    """The published checkpoints of the selection's model; none for a model that is not known."""
    try:
        model = facts.model_facts(selection.model.name)
    except UsageError:
        return ()
    return tuple(
        Checkpoint(
            weights.quantization,
            weights.hub_id,
            _size(weights.size_gb, weights.estimate_gb),
            weights.mtp,
            weights.quantization.upper() == selection.model.quantization.upper(),
        )
        for weights in model.weights
    )


def images(selection: Selection, hosts: Sequence[hardware.Host] = ()) -> tuple[ImageOffer, ...]:
    """The images for the selection's series; those that a host has already come first."""
    fitting = [image for image in facts.images() if image.series is selection.series]
    offers = [
        ImageOffer(
            image,
            image.image == selection.runtime.image,
            tuple(host.address for host in hosts if image.image in (host.containers.images or ())),
        )
        for image in fitting
    ]
    return tuple(sorted(offers, key=lambda offer: not offer.present_on))


def releases(selection: Selection) -> tuple[tuple[str, bool], ...]:
    """The known releases, the newest first, each with whether it is the selection's."""
    return tuple((version, version == selection.release) for version in reversed(known_releases()))


def found(selection: Selection, hosts: Sequence[hardware.Host]) -> tuple[FoundWeights, ...]:
    """What was seen of weights on the detected hosts."""
    known = [item.quantization for item in checkpoints(selection)]
    return tuple(_found(host, host.weights, known) for host in hosts if host.weights is not None)


def _found(host: hardware.Host, weights: hardware.Weights, known: Sequence[str]) -> FoundWeights:
    parts = []
    if weights.total_bytes is not None:
        parts.append(f"{weights.total_bytes / 1e9:.1f} GB in {weights.shard_count} shards")
    parts.append(weights.quantization or "quantisation unknown")
    if weights.has_mtp_weights is not None:
        parts.append("with MTP layer" if weights.has_mtp_weights else "without MTP layer")
    said = (weights.quantization or "").upper()
    matching = next((name for name in sorted(known, key=len, reverse=True) if said.startswith(name.upper())), "")
    fault = f"{weights.fault.message}; {weights.fault.hint}" if weights.fault else ""
    return FoundWeights(host.address, weights.path, ", ".join(parts), fault, matching)


def _size(published: float | None, estimated: float | None) -> str:
    if published is not None:
        return f"{published:g} GB, published"
    return "size unknown" if estimated is None else f"about {estimated:g} GB, estimated"
