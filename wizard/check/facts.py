"""What every rule is given: the selection and what is known about what it names, looked up once."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from wizard.errors import WizardError
from wizard.knowledge import facts
from wizard.knowledge.releases import Release, nearest_release
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.catalogue import Hardware, ModelFacts, Weights
from wizard.model.selection import Selection
from wizard.plan.outline import Spot, outline

if TYPE_CHECKING:
    from wizard.check.budget import Budget
    from wizard.check.launch import Launch
    from wizard.check.machine import Machine
    from wizard.check.resolved import Server
    from wizard.model.hardware import Host
    from wizard.model.hardware import Weights as MeasuredWeights


@cache
def _nearest(release: str) -> tuple[str, bool]:
    return nearest_release(release)


_release = cache(release_of)
_router = cache(router_of)


@dataclass(frozen=True)
class Facts:
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
        return _release(self.nearest[0])

    @cached_property
    def nearest(self) -> tuple[str, bool]:
        """The version of the known release that is nearest to the selection's, and whether it is exactly that."""
        return _nearest(self.selection.release)

    @cached_property
    def router(self) -> Release:
        """The router's options."""
        return _router()

    @cached_property
    def launches(self) -> tuple["Launch", ...]:
        """Every role in front of the parser that reads it, the router included."""
        from wizard.check.launch import Launch

        return tuple(Launch(self, name) for name in self.selection.roles if not self.only or name in self.only)

    @cached_property
    def servers(self) -> tuple["Server", ...]:
        """Every server role as the release resolves it."""
        from wizard.check.resolved import Server

        return tuple(Server(launch) for launch in self.launches if launch.name in self.selection.server_roles)

    @cached_property
    def processes(self) -> tuple[Spot, ...]:
        """What would be started; none where it cannot be planned, which another stage says, or was not asked."""
        if self.only:
            return ()
        try:
            return outline(self.selection)
        except WizardError:
            return ()

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

    @cached_property
    def budgets(self) -> tuple["Budget", ...]:
        """What the memory of a device goes to, for every server role."""
        from wizard.check.budget import budgets

        return budgets(self)

    @cached_property
    def machines(self) -> tuple["Machine", ...]:
        """The hosts that were found and belong to the launch, each with its processes."""
        from wizard.check.machine import machines

        return machines(self)
