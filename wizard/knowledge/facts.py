"""What is known about options, variables, features, models, images and hardware.

Owns reading the data files beside it and looking things up in them. Each file is read once, and only when something
in it is asked for. The shapes are those of ``wizard.model.catalogue``. What a release takes on its command line is not
here: that is ``wizard.knowledge.releases``.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import ValidationError

from wizard.errors import UsageError
from wizard.model.catalogue import ContainerFacts, Hardware, Image, ModelFacts
from wizard.model.selection import Series
from wizard.model.value import Value

if TYPE_CHECKING:
    from wizard.model.notes import Feature, OptionNote, VariableNote

SHIPPED = Path(__file__).parent
FOLDER = SHIPPED
"""Where the files stand; tests put files of their own in its place."""
MAIN = "main"
"""Release of an image that is built from the main branch every day."""
HOST_SETTING = "sysctl"
"""Kind of a note about a setting of the host's kernel, which is no environment variable."""

_UNKNOWN = "unknown"
_BROKEN = "install glm-wizard again"
_KINDS = ("stable", "release candidate", "day-0", "daily")
_VERSION = re.compile(r"(?<![\w.])v?(\d+\.\d+\.\d+(?:\.post\d+)?)(?:(?:-npu)?[.-]?rc(\d+))?(?![\w.])")
_CANN = re.compile(r"cann[\w.]*")
_DEVICES = {"a3": Series.A3, "910c": Series.A3, "a2": Series.A2, "910b": Series.A2}

Shape = TypeVar("Shape", bound=Value)


class ImageName(NamedTuple):
    """An image's name in its parts."""

    repository: str
    tag: str
    digest: str


def features() -> "tuple[Feature, ...]":
    """All features, in the order in which they are shown."""
    from wizard.model.notes import Feature  # an export needs no notes

    return _entries("features.toml", "feature", Feature)


def feature(name: str) -> "Feature":
    """The feature with this id.

    Raises:
        UsageError: there is none (with the nearest ids).
    """
    found = _features_by_id().get(name)
    if found is None:
        raise _unknown("feature", name, _features_by_id(), "`glm-wizard --features` lists them")
    return found


def option_notes() -> "tuple[OptionNote, ...]":
    """What is known about launch options, of servers and of the router."""
    from wizard.model.notes import OptionNote  # an export needs no notes

    return _entries("options.toml", "option", OptionNote)


def option_note(name: str) -> "OptionNote | None":
    """What is known about the option ``name`` (without dashes), under this very spelling."""
    return _options_by_name().get(name)


def variable_notes() -> "tuple[VariableNote, ...]":
    """What is known about environment variables; settings of the host's kernel are left out."""
    return tuple(note for note in _variables_by_name().values() if note.kind != HOST_SETTING)


def variable_note(name: str) -> "VariableNote | None":
    """What is known about an environment variable, or a setting of the host's kernel such as ``vm.swappiness``."""
    return _variables_by_name().get(name)


def models() -> tuple[ModelFacts, ...]:
    """The models that are known, the newest first."""
    return _entries("models.toml", "model", ModelFacts)


def model_facts(name: str) -> ModelFacts:
    """The model called ``name``.

    Raises:
        UsageError: it is not known (with the nearest names).
    """
    known = {model.name: model for model in models()}
    if name not in known:
        raise _unknown("model", name, known, "known: " + ", ".join(f"`{model}`" for model in known))
    return known[name]


def images() -> tuple[Image, ...]:
    """The images with SGLang in them, the preferred ones first."""
    return _entries("images.toml", "image", Image)


def image_for(series: Series, release: str) -> Image | None:
    """The image to use for a series and a release: a stable one where there is one.

    Without a release it is the newest stable image. None where no page names an image with that release.
    """
    wanted = release.removeprefix("v")
    if wanted == _UNKNOWN:
        return None
    fitting = [image for image in images() if image.series is series and (not wanted or image.release == wanted)]
    return min(fitting, key=lambda image: _KINDS.index(image.kind), default=None)


def release_of_image(image: str) -> str | None:
    """The SGLang release that is in an image, by the known images or its tag; ``main`` for daily builds, else None."""
    known = _known_image(image)
    if known is not None:
        return None if known.release == _UNKNOWN else known.release
    tag = _CANN.sub("", _parts(image).tag)
    found = _VERSION.search(tag)
    if found:
        return found[1] + (f"rc{found[2]}" if found[2] else "")
    return MAIN if tag.split("-")[0] == MAIN else None


def series_of_image(image: str) -> Series | None:
    """The series an image is built for, by the known images or its name; None where it says nothing."""
    known = _known_image(image)
    if known is not None:
        return known.series
    parts = _parts(image)
    for text in (parts.tag, parts.repository.rpartition("/")[2]):
        found = {_DEVICES[word] for word in re.split(r"[-_.]", text.lower()) if word in _DEVICES}
        if len(found) == 1:
            return found.pop()
    return None


def hardware(series: Series) -> Hardware:
    """The server generation called ``series``."""
    known: tuple[Hardware, ...] = _entries("hardware.toml", "hardware", Hardware)
    return next(item for item in known if item.series is series)


@cache
def container_facts() -> ContainerFacts:
    """How the published pages run the image."""
    return _shaped(ContainerFacts, _data("hardware.toml").get("container"), "hardware.toml", "[container]")


@cache
def _features_by_id() -> "Mapping[str, Feature]":
    return MappingProxyType({feature.id: feature for feature in features()})


@cache
def _options_by_name() -> "Mapping[str, OptionNote]":
    return MappingProxyType({note.name: note for note in option_notes()})


@cache
def _variables_by_name() -> "Mapping[str, VariableNote]":
    from wizard.model.notes import VariableNote  # an export needs no notes

    return MappingProxyType({note.name: note for note in _entries("variables.toml", "variable", VariableNote)})


def _known_image(text: str) -> Image | None:
    """The known image of this name, or the one of the same tag that somebody keeps in a registry of his own."""
    tag = _parts(text).tag
    same = [image for image in images() if tag and _parts(image.image).tag == tag]
    return next((image for image in same if image.image == text.partition("@")[0]), same[0] if same else None)


def _parts(text: str) -> ImageName:
    """The parts of ``REGISTRY:PORT/PATH:TAG@DIGEST``; the colon of a port begins no tag."""
    named, _, digest = text.partition("@")
    folder, slash, last = named.rpartition("/")
    name, _, tag = last.partition(":")
    return ImageName(f"{folder}{slash}{name}", tag, digest)


def _unknown(kind: str, name: str, known: Mapping[str, object], otherwise: str) -> UsageError:
    import difflib  # only where something was misspelt

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = "did you mean " + " or ".join(f"`{item}`" for item in near) if near else otherwise
    return UsageError(f"unknown {kind} `{name}`", hint)


@cache
def _data(file: str) -> dict[str, Any]:
    import tomllib

    path = FOLDER / file
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"`{path}` cannot be read: {error}", _BROKEN) from error


@cache
def _entries(file: str, table: str, shape: type[Shape]) -> tuple[Shape, ...]:
    """The tables called ``table`` of a file."""
    found = _data(file).get(table)
    if not isinstance(found, list) or not found:
        raise UsageError(f"`{FOLDER / file}` has no `[[{table}]]`", _BROKEN)
    return tuple(
        _shaped(shape, entry, file, _title(entry, table, number)) for number, entry in enumerate(found, start=1)
    )


def _title(entry: object, table: str, number: int) -> str:
    """What an entry is called: its first key, as every shape begins with its name."""
    if isinstance(entry, dict):
        name = next((entry[key] for key in ("id", "name", "image") if key in entry), None)
        return f"[[{table}]] {name}" if name else f"[[{table}]] number {number}"
    return f"[[{table}]] number {number}"


def _shaped(shape: type[Shape], entry: object, file: str, title: str) -> Shape:
    """An entry as a value; the shipped files are validated by the tests, any other text here."""
    if FOLDER == SHIPPED and isinstance(entry, dict):
        return shape.trusted(entry)
    try:
        return shape.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise UsageError(f"`{FOLDER / file}`: `{title}`: `{place}`: {reason}", _BROKEN) from None
