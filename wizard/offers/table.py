"""Every option and variable of a role's program in one list: set or not, with value, origin and meaning; searchable.

So no operator ever hits a wall: whatever the release takes can be found, set and unset, known to a feature or not.
Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from wizard import features
from wizard.knowledge import facts
from wizard.knowledge.releases import Option, Release
from wizard.model.selection import Origin, RoleName, Selection
from wizard.offers.fields import Field, option_field, release_for, variable_field, written


@dataclass(frozen=True, slots=True)
class Entry:
    """One option or variable of a role."""

    name: str
    is_variable: bool
    text: str
    """Its value; empty where it is not set."""
    is_set: bool
    origin: Origin | None
    """Who set it, None where nobody did."""
    remark: str
    """``deprecated: use …``, ``not in SGLang 0.5.14``, ``refused``; empty where nothing is to be said."""
    words: str
    """Everything a search looks into, in small letters."""

    @property
    def flag(self) -> str:
        """How it is written."""
        return self.name if self.is_variable else f"--{self.name}"


def entries(selection: Selection, role_name: str) -> tuple[Entry, ...]:
    """The role's settings in the order of the command, then every other option of its program, then variables."""
    role, release = selection.role(role_name), release_for(selection, role_name)
    known = _known(release.version, role_name == RoleName.ROUTER)
    rows = [_entry(name, False, written(value), role.origin(name), release) for name, value in role.options.items()]
    rows += [_entry(name, True, value, role.origin(name), release) for name, value in role.environment.items()]
    taken = {*role.options, *role.environment}
    return (*rows, *(entry for entry in known if entry.name not in taken))


def found(rows: Sequence[Entry], text: str, *, only_set: bool = False) -> tuple[Entry, ...]:
    """The entries that have every word of a text in their name, meaning or feature; names come first."""
    words = text.lower().split()
    fitting = [row for row in rows if (row.is_set or not only_set) and all(word in row.words for word in words)]
    first = words[0].lstrip("-") if words else ""
    return tuple(sorted(fitting, key=lambda row: first not in row.name.lower())) if first else tuple(fitting)


def field(selection: Selection, role: str, entry: Entry) -> Field:
    """The entry as something that can be typed into."""
    make = variable_field if entry.is_variable else option_field
    return make(selection, role, entry.name)


@cache
def _known(version: str, is_router: bool) -> tuple[Entry, ...]:
    """Everything that can be set and is not, whatever the selection."""
    release = _release(version, is_router=is_router)
    options = [_entry(option.name, False, "", None, release) for option in release.options if not option.refused]
    variables = () if is_router else facts.variable_notes()
    return (*options, *(_entry(note.name, True, "", None, release) for note in variables))


def _release(version: str, *, is_router: bool) -> Release:
    role = RoleName.ROUTER if is_router else RoleName.SERVER
    return release_for(Selection.model_construct(release=version), role)


def _entry(name: str, is_variable: bool, text: str, origin: Origin | None, release: Release) -> Entry:
    option = None if is_variable else release.option(name)
    words = " ".join(_words(name, option, is_variable=is_variable)).lower()
    return Entry(
        name, is_variable, text, origin is not None, origin, _remark(name, option, release, is_variable), words
    )


@cache
def _about(name: str, is_variable: bool) -> str:
    note = facts.variable_note(name) if is_variable else facts.option_note(name)
    named = [facts.feature(item) for item in features.features_of(name)]
    parts = [note.meaning if note else "", *(f"{item.label} {item.id} {item.group}" for item in named)]
    if is_variable and note is not None:
        parts.append(getattr(note, "read_by", ""))
    return " ".join(parts)


def _words(name: str, option: Option | None, *, is_variable: bool) -> Iterator[str]:
    yield name
    yield _about(name, is_variable)
    if option is not None:
        yield " ".join(option.flags)


def _remark(name: str, option: Option | None, release: Release, is_variable: bool) -> str:
    if is_variable:
        note = facts.variable_note(name)
        return f"no longer read since {note.removed_in}" if note and note.removed_in else ""
    if option is None:
        return f"not spelled like this in {release.program.rpartition('.')[2]} {release.version}"
    if isinstance(option.deprecated, str):
        return f"deprecated: use {option.deprecated}"
    return "deprecated" if option.deprecated else ""
