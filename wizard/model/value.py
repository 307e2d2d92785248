"""The base of every value that crosses a file border: frozen, strict about keys, re-validated when changed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

Item = TypeVar("Item")


def _frozen(mapping: Mapping[str, Item]) -> Mapping[str, Item]:
    return MappingProxyType(dict(mapping))


FrozenMap = Annotated[
    Mapping[str, Item],
    AfterValidator(_frozen),
    PlainSerializer(dict, return_type=dict),
]
"""A mapping with string keys that keeps its order and cannot be changed in place."""


class Value(BaseModel):
    """A frozen value. Unknown keys are errors, so that a misspelt key in a file is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def evolve(self, **changes: Any) -> Self:
        """The same value with some fields replaced, validated again (``model_copy(update=…)`` would not validate)."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        unknown = changes.keys() - fields.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {sorted(unknown)}")
        return type(self)(**(fields | changes))
