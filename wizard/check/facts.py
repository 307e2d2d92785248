"""What every rule is given: the selection and what is known about what it names, looked up once."""

from dataclasses import dataclass
from functools import cached_property

from wizard.knowledge import facts
from wizard.knowledge.releases import Release
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.catalogue import Hardware, ModelFacts, Weights
from wizard.model.selection import Selection


@dataclass(frozen=True)
class Facts:
    """A selection, and the knowledge about its release, model and hardware."""

    selection: Selection

    @cached_property
    def release(self) -> Release:
        """The known release nearest to the selection's."""
        return release_of(self.selection.release)

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
