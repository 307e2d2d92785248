"""The base of every value that crosses a file border: frozen, strict about keys, re-validated when changed."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Self, TypeVar, Union, cast, get_args, get_origin

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

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def evolve(self, **changes: Any) -> Self:
        """The same value with some fields replaced, validated again (``model_copy(update=…)`` would not validate)."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        unknown = changes.keys() - fields.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {sorted(unknown)}")
        return type(self)(**(fields | changes))

    @classmethod
    def trusted(cls, data: Mapping[str, Any]) -> Self:
        """The value that ``data`` says, without validating it.

        For files that ship with the wizard and are validated by its tests; both ways give the same value.
        Validating them at every start would cost more than everything else that an export does.
        """
        convert = _converters(cls)
        fields: dict[str, Any] = {name: convert[name](item) for name, item in data.items()}
        return cast("Self", cls.model_construct(None, **fields))


@cache
def _converters(shape: type[Value]) -> dict[str, Callable[[Any], Any]]:
    return {name: _converter(field.annotation) for name, field in shape.model_fields.items()}


def _converter(annotation: Any) -> Callable[[Any], Any]:
    """How plain data become the type that a field is annotated with."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return annotation.trusted
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    if origin is tuple:
        each = _converter(inner[0])
        return lambda items: tuple(map(each, items))
    if origin is Mapping:
        each = _converter(inner[1])
        return lambda items: MappingProxyType({name: each(item) for name, item in items.items()})
    if origin in (Union, UnionType):
        return lambda item: tuple(item) if isinstance(item, list) else item
    return _same


def _same(item: Any) -> Any:
    return item
