"""Selections as TOML files that people read, edit and keep in git; and presets, which are the same with an ``[about]``.

Owns the file's shape: order, comments, and errors that name file, line, key and what would be right.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wizard import toml_text
from wizard.errors import SelectionError
from wizard.model.preset import About, Preset
from wizard.model.selection import FORMAT, Role, Selection

_COMMENTS = {
    "": {
        "scenario": "single | multi | pd",
        "series": "A2 | A3",
        "release": "SGLang release whose option names are written",
    },
    "model": {"path": "folder of the weights on every host, or a hub id"},
    "runtime": {"kind": "container | host"},
    "role": {"hosts_per_instance": "more than one: one server over several hosts"},
}
_SHAPE_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a known key",
}


def dumps(selection: Selection) -> str:
    """The selection as a commented TOML file; ``loads`` gives the same selection back."""
    head = "# A selection of glm-wizard. Edit it, keep it in git, use it: glm-wizard --config FILE --export\n"
    return head + "\n" + "\n".join(_tables(selection))


def _tables(selection: Selection) -> list[str]:
    top: dict[str, object] = {"format": selection.format}
    if selection.preset:
        top["preset"] = selection.preset
    top |= {"scenario": selection.scenario, "series": selection.series, "release": selection.release}
    if selection.accepted:
        top["accepted"] = selection.accepted
    tuning = selection.tuning.model_dump()
    sysctl = tuning.pop("sysctl")
    tables = [
        toml_text.table("", top, comments=_COMMENTS[""]),
        toml_text.table("model", selection.model.model_dump(), comments=_COMMENTS["model"]),
        toml_text.table("runtime", selection.runtime.model_dump(), comments=_COMMENTS["runtime"]),
        toml_text.table("tuning", tuning),
    ]
    if sysctl:
        tables.append(toml_text.table("tuning.sysctl", sysctl))
    for name, role in selection.roles.items():
        tables += _role_tables(name, role)
    tables += [toml_text.table("hosts", host.model_dump(), array=True) for host in selection.hosts]
    return tables


def _role_tables(name: str, role: Role) -> list[str]:
    place = f"roles.{toml_text.key(name)}"
    counts = {"instances": role.instances, "hosts_per_instance": role.hosts_per_instance}
    tables = [
        toml_text.table(place, counts, comments=_COMMENTS["role"]),
        toml_text.table(f"{place}.options", role.options),
    ]
    if role.environment:
        tables.append(toml_text.table(f"{place}.environment", role.environment))
    if role.origins:
        tables.append(toml_text.table(f"{place}.origins", role.origins))
    return tables


def load(path: Path) -> Selection:
    """The selection in a file.

    Raises:
        SelectionError: the file cannot be read or says something that is not a selection; file, line and key are named.
    """
    text, data = toml_text.read(path)
    return from_data(data, text, str(path))


def loads(text: str, where: str = "selection.toml") -> Selection:
    """The selection in a text; ``where`` names it in errors."""
    return from_data(toml_text.parse(text, where), text, where)


def load_preset(path: Path, name: str, *, yours: bool = False) -> Preset:
    """The preset in a file: validated if it is the operator's (``yours``), trusted if it ships with the wizard.

    Raises:
        SelectionError: as for ``load``.
    """
    text, data = toml_text.read(path)
    about = data.pop("about", {})
    if not yours:
        return Preset.trusted({"name": name, "about": about, "selection": {**data, "preset": name}})
    selection = from_data(data, text, str(path))
    try:
        return Preset(name=name, about=About.model_validate(about), selection=selection.evolve(preset=name), yours=True)
    except ValidationError as error:
        raise _explained(error, text, str(path), ("about",)) from None


def from_data(data: Mapping[str, Any], text: str, where: str) -> Selection:
    """A selection from what a TOML file says."""
    version = data.get("format", FORMAT)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SelectionError(f"`{where}`: `format` must be a whole number, 1 to {FORMAT}", f"write `format = {FORMAT}`")
    if version > FORMAT:
        message = f"`{where}` has format {version}; this glm-wizard reads formats up to {FORMAT}"
        raise SelectionError(message, "update glm-wizard, or export the selection again with this one")
    try:
        return Selection.model_validate({**data, "format": FORMAT})
    except ValidationError as error:
        raise _explained(error, text, where) from None


def _explained(error: ValidationError, text: str, where: str, prefix: Sequence[str] = ()) -> SelectionError:
    """One readable message out of pydantic's: the first mistake, with line, key, reason and a hint."""
    first = error.errors(include_url=False)[0]
    path = tuple(part for part in (*prefix, *first["loc"]) if not _is_union_branch(part))
    line = toml_text.line_of(text, path)
    place = f"{where}:{line}" if line else where
    name = ".".join(str(part) for part in path)
    reason = _SHAPE_WORDS.get(first["type"], "")
    if not reason:
        reason = f"cannot be {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    others = len({tuple(item["loc"][:3]) for item in error.errors(include_url=False)}) - 1
    more = f" (and {others} more)" if others > 0 else ""
    return SelectionError(f"`{place}`: `{name}` {reason}{more}", _hint(first["type"], path, prefix))


def _is_union_branch(part: str | int) -> bool:
    """Pydantic names the tried type in the path of a union; that is no key of the file."""
    return isinstance(part, str) and (
        part in {"bool", "int", "float", "str"} or part.startswith(("tuple[", "function-"))
    )


def _hint(kind: str, path: Sequence[str | int], prefix: Sequence[str]) -> str:
    if kind == "extra_forbidden":
        known = _known_keys(path, prefix)
        import difflib  # only where something was misspelt

        near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        return f"did you mean `{near[0]}`" if near else "known here: " + ", ".join(f"`{name}`" for name in known)
    if kind == "missing":
        return f"add `{path[-1]} = …`"
    if "options" in path:
        return "an option's value is `true`, a number, a text in quotes, or a list of them"
    return "compare with the output of `glm-wizard --preset NAME --export --output FOLDER` (selection.toml)"


def _known_keys(path: Sequence[str | int], prefix: Sequence[str]) -> list[str]:
    shape: Any = About if prefix else Selection
    for part in path[len(prefix) : -1]:
        if isinstance(part, int):
            continue
        if shape is Selection and part == "roles":
            shape = Role
            continue
        if shape is Role and part not in Role.model_fields:
            continue
        field = shape.model_fields.get(part)
        annotation = field.annotation if field else None
        inner = [annotation, *getattr(annotation, "__args__", ())]
        shape = next((item for item in inner if hasattr(item, "model_fields")), shape)
    return list(shape.model_fields)
