"""Fields of the knowledge as fields to type into."""

from textual.message import Message

from screens.messages import Edited
from screens.widgets.blanks import Blank
from wizard.model.selection import Origin
from wizard.offers.fields import Field


def blank_of(field: Field) -> Blank:
    """A field of a role as something to type into; what is typed becomes edits at once."""

    def message(text: str, typing: bool) -> Message:
        edit = field.edit(text)
        return Edited((edit,), f"{field.role}: {field.flag}", is_typing=typing)

    return Blank(
        key=f"{field.role}.{field.name}",
        label=field.label,
        text=field.text,
        message=message,
        hint=hint(field),
        empty=f"not set: {field.default}" if field.default else "not set",
        choices=field.choices,
        objection=field.objection,
        help_name=field.name,
    )


def hint(field: Field) -> str:
    """What is allowed, how it is written, and what applies without it."""
    parts = [field.range, field.flag]
    if field.default:
        parts.append(f"default {field.default}")
    if field.is_set and field.origin is not Origin.PRESET:
        parts.append(f"set by {field.origin.value}")
    return "; ".join(part for part in parts if part)
