"""What a script says only indirectly: series, release, model, quantisation, image. Never a guess without a note."""

import re
from collections.abc import Iterable, Sequence

from wizard.importing.arguments import not_taken
from wizard.importing.launches import SERVER
from wizard.importing.placeholders import is_placeholder
from wizard.importing.places import Group, devices
from wizard.importing.script import Command, Container, Script
from wizard.knowledge import releases
from wizard.model.selection import Model, Series

A2_DEVICES = 8
A3_DEVICES = 16
_RELEASE = re.compile(r"(?<![\w.])v?(0\.\d+\.\d+(?:\.post\d+|rc\d+)?)(?![\d.])")
_SERIES = (
    (re.compile(r"(?:\A|[-_:.])a3(?:[-_.]|\Z)", re.IGNORECASE), Series.A3),
    (re.compile(r"910b|(?:\A|[-_:.])a2(?:[-_.]|\Z)", re.IGNORECASE), Series.A2),
)
_DAVINCI = re.compile(r"/dev/davinci(\d+)(?::|\Z)", re.ASCII)
_MODEL = re.compile(r"glm[-_ ]?v?(\d\.\d|\d)(?!\d)", re.IGNORECASE)
_QUANTIZATION = re.compile(r"(?:\A|[-_./])(w\d{1,2}a\d{1,2}(?:c\d{1,2})?|bf16|fp8)(?:[-_./]|\Z)", re.IGNORECASE)
_QUANTIZATION_OPTION = re.compile(r"w\d{1,2}a\d{1,2}|fp8", re.IGNORECASE)


def image(scripts: Sequence[Script], containers: Iterable[Container]) -> str:
    """The image that the scripts run; empty where they name none."""
    own = [script.variables.get("IMAGE", "") for script in scripts if script.metadata]
    named = [*own, *(container.image for container in containers)]
    return next((text for text in named if text and not is_placeholder(text)), "")


def tag(image_name: str) -> str:
    """The part of an image's name that says what is in it."""
    return image_name.rpartition("/")[2].partition("@")[0]


def release(image_name: str, commands: Sequence[Command]) -> tuple[str, str]:
    """The SGLang release, and what there is to say about it."""
    found = _RELEASE.search(tag(image_name))
    if found:
        return found.group(1), ""
    words = [word for command in commands if command.program == SERVER for word in command.arguments]
    known = tuple(reversed(releases.known_releases()))
    refused = {version: not_taken(words, releases.release(version)) for version in known}
    best = min(known, key=lambda version: refused[version])  # the newest of equals comes first
    if refused[best]:
        return best, f"no known release takes all options; {best} takes most of them"
    return best, f"the release is not in the script; {best} is the newest known one that takes all options"


def series(image_name: str, mapped: Iterable[str], groups: Sequence[Group], asked: Series | None) -> tuple[Series, str]:
    """The server generation, and what there is to say about it."""
    proven = _proven_series(image_name, mapped, groups)
    if proven is not None:
        contradicts = asked is not None and asked is not proven
        return proven, f"the script is for {proven}, not {asked}" if contradicts else ""
    if asked is not None:
        return asked, ""
    used = max((_devices_per_host(group) for group in groups), default=0)
    if used == A2_DEVICES:
        return Series.A2, f"{used} devices a host are used, as an A2 host has; `--series A3` if that is wrong"
    return Series.A3, "nothing in the script says A2 or A3; A3 was taken, `--series A2` if that is wrong"


def _devices_per_host(group: Group) -> int:
    return devices(group.first.launch.options) // group.hosts_per_instance


def _proven_series(image_name: str, mapped: Iterable[str], groups: Sequence[Group]) -> Series | None:
    text = tag(image_name)
    named = next((value for pattern, value in _SERIES if pattern.search(text)), None)
    if named is not None:
        return named
    numbers = [int(found.group(1)) for path in mapped if (found := _DAVINCI.match(path))]
    if numbers and len(numbers) in (A2_DEVICES, A3_DEVICES):
        return Series.A3 if len(numbers) == A3_DEVICES else Series.A2
    used = max((_devices_per_host(group) for group in groups), default=0)
    return Series.A3 if used > A2_DEVICES else None


def model(path: str, image_name: str, quantization_option: str, served: str) -> Model:
    """The model by its path, image or served name; an empty quantisation where nothing says it."""
    texts = (path.rpartition("/")[2], path, tag(image_name), served if "." in served else "")
    version = next((found.group(1) for text in texts if (found := _MODEL.search(text))), "")
    quantization = _QUANTIZATION.search(path)
    by_option = _QUANTIZATION_OPTION.match(quantization_option)
    named = quantization.group(1) if quantization else by_option.group() if by_option else ""
    defaults = Model()
    return Model(name=f"GLM-{version}" if version else defaults.name, path=path, quantization=named.upper())
