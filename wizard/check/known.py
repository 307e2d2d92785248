"""What is known about a selection before anything is worked out: release, model, hardware, weights, looked up once.

Owns looking up. What follows from it (roles as they are read, budgets, hosts with their processes) is ``facts``.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wizard.knowledge import facts
from wizard.knowledge.releases import Release, nearest_release
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.catalogue import Hardware, ModelFacts, Weights
from wizard.model.selection import Selection

if TYPE_CHECKING:
    from wizard.model.hardware import Host
    from wizard.model.hardware import Weights as MeasuredWeights


@dataclass(frozen=True)
class Known:
    """A selection, and the knowledge about its release, model and hardware."""

    selection: Selection
    hosts: "tuple[Host, ...]" = ()
    """What was detected; empty where nothing was asked."""
    only: tuple[str, ...] = ()
    """The roles that are judged; empty: all."""
    weights_here: "MeasuredWeights | None" = None
    """The folder of the weights as it is on this machine, where somebody looked."""

    @cached_property
    def release(self) -> Release:
        """The known release nearest to the selection's."""
        return release_of(self.nearest[0])

    @cached_property
    def nearest(self) -> tuple[str, bool]:
        """The version of the known release that is nearest to the selection's, and whether it is exactly that."""
        return nearest_release(self.selection.release)

    @cached_property
    def router(self) -> Release:
        """The router's options."""
        return router_of()

    @cached_property
    def hardware(self) -> Hardware:
        """The server generation."""
        return facts.hardware(self.selection.series)

    @cached_property
    def model(self) -> ModelFacts | None:
        """The model, where it is a known one."""
        return next((model for model in facts.models() if model.name == self.selection.model.name), None)

    @cached_property
    def weights(self) -> Weights | None:
        """The published checkpoint of the chosen quantisation."""
        if self.model is None:
            return None
        wanted = self.selection.model.quantization.upper()
        return next((weights for weights in self.model.weights if weights.quantization.upper() == wanted), None)

    @cached_property
    def measured(self) -> "tuple[MeasuredWeights, ...]":
        """The weights of the chosen path as they were found, on the hosts and here."""
        here = (self.weights_here,) if self.weights_here is not None else ()
        path = self.selection.model.path
        seen = (*(host.weights for host in self.hosts if host.weights is not None), *here)
        return tuple(weights for weights in seen if weights.fault is None and weights.path == path)

    @cached_property
    def measured_bytes(self) -> int | None:
        """Bytes of the weights where a complete folder was measured: the largest, when hosts differ."""
        sizes = [weights.total_bytes for weights in self.measured if weights.total_bytes and not weights.missing_shards]
        return max(sizes, default=None)
