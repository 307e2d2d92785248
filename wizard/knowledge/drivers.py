"""Which drivers a version of CANN works with. Versions are text such as ``25.2.0`` or ``24.1.rc3``."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("drivers.toml")
_CANN = re.compile(r"cann[-_]?(\d+\.\d+(?:\.\w+)?)", re.IGNORECASE)


class Fit(NamedTuple):
    """The oldest driver that a version of CANN works with."""

    cann: str
    """Its first two numbers."""
    lowest: str
    source: str
    date: str


@cache
def _fits() -> dict[str, Fit]:
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))["fit"]
    return {entry["cann"]: Fit(**entry) for entry in entries}


def fit_of(cann: str) -> Fit | None:
    """What is known about a version of CANN; None: nothing."""
    return _fits().get(".".join(map(str, key(cann))))


def key(version: str) -> tuple[int, ...]:
    """The first two numbers of a version; fewer where it has no more."""
    numbers = []
    for part in version.split(".")[:2]:
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)


def cann_of_image(image: str) -> str:
    """The version of CANN in an image, by its tag; empty where it does not say."""
    found = _CANN.search(image.rpartition("/")[2])
    return found.group(1) if found else ""
