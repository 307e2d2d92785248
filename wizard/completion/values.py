"""What every flag takes, as a value that each shell's script is written from. Pure but for the operator's presets."""

import argparse
from collections.abc import Mapping
from typing import NamedTuple

from wizard import explanation, presets
from wizard.check.codes import CODES
from wizard.knowledge import facts
from wizard.knowledge.releases import known_releases, release, router
from wizard.model.selection import RoleName, RuntimeKind, Series
from wizard.simulate import faults

FILES = "files"
PRESETS, RUNS, RUNS_AND_FILES = "presets", "runs", "runs_and_files"
SETTINGS, VARIABLES, FEATURES = "settings", "variables", "features"
_KINDS = {
    "preset": PRESETS, "presets": PRESETS, "demo": PRESETS,
    "config": FILES, "script": FILES, "output": FILES, "machine": FILES, "record": FILES, "diagnose": FILES,
    "monitor": RUNS_AND_FILES, "stop": RUNS, "verify": RUNS,
    "set": SETTINGS, "unset": SETTINGS, "env": VARIABLES, "unset-env": VARIABLES,
    "feature": FEATURES, "no-feature": FEATURES,
}  # fmt: skip
"""Flag → what stands after it, where that is more than a list of words."""
_ASSIGNING = frozenset({"set", "env"})


class Flag(NamedTuple):
    """One flag of the grammar."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    is_optional: bool
    """Whether the value may be left out."""
    kind: str = ""
    """One of the kinds above; empty: a word of ``words``, or anything."""
    words: tuple[str, ...] = ()
    assigns: bool = False
    """Whether ``=`` and a value follow the name."""


class Grammar(NamedTuple):
    """The whole command line, with the names that can stand on it."""

    flags: tuple[Flag, ...]
    presets: Mapping[str, str]
    """Shipped preset → its release."""
    roles: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]
    """Release → options of a server."""
    router_options: tuple[str, ...]
    variables: tuple[str, ...]
    features: tuple[str, ...]

    @property
    def usual(self) -> str:
        """The release that most presets are written for."""
        releases = list(self.presets.values())
        return max(self.options, key=releases.count)

    @property
    def common(self) -> tuple[str, ...]:
        """The options that every known release has."""
        return tuple(sorted(set.intersection(*(set(names) for names in self.options.values()))))

    def only(self, version: str) -> tuple[str, ...]:
        """The options of a release that not every release has."""
        return tuple(sorted(set(self.options[version]) - set(self.common)))


def grammar(parser: argparse.ArgumentParser) -> Grammar:
    """Everything that can be completed."""
    words = _words()
    shipped = [name for name in presets.files() if (presets.shipped_folder() / f"{name}.toml").is_file()]
    return Grammar(
        tuple(_flag(action, words) for action in parser._actions),  # noqa: SLF001 (argparse offers no other list)
        {name: presets.preset(name).selection.release for name in shipped},
        tuple(role.value for role in RoleName),
        {version: tuple(sorted(one.name for one in release(version).options)) for version in known_releases()},
        tuple(sorted(option.name for option in router().options)),
        tuple(sorted(note.name for note in facts.variable_notes())),
        tuple(feature.id for feature in facts.features()),
    )


def _flag(action: argparse.Action, words: Mapping[str, tuple[str, ...]]) -> Flag:
    takes = action.nargs != 0
    return Flag(
        tuple(action.option_strings),
        " ".join((action.help or "").split()),
        takes,
        takes and action.nargs in ("?", "*"),
        _KINDS.get(action.dest, "") if takes else "",
        words.get(action.dest, ()) if takes else (),
        action.dest in _ASSIGNING,
    )


def _words() -> dict[str, tuple[str, ...]]:
    """Flag → the words it takes."""
    features = tuple(feature.id for feature in facts.features())
    return {
        "export": ("bash", "json"),
        "completion": ("bash", "zsh", "fish"),
        "series": tuple(series.value for series in Series),
        "runtime": tuple(kind.value for kind in RuntimeKind),
        "release": known_releases(),
        "quantization": ("W8A8", "W4A8", "BF16"),
        "image": tuple(image.image for image in facts.images()),
        "accept": tuple(sorted(CODES)),
        "explain": tuple(explanation.all_names()),
        "features": features,
        "fault": ("none", *(name.replace("_", "-") for name in faults.names())),
        "accuracy": ("gsm8k",),
    }
