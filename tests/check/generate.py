"""Writes command lines around all presets: valid variations and plausible mistakes, single and combined.

``python tests/check/generate.py RELEASE`` prints one JSON object a line, always the same ones: ``id``, ``argv`` (the
words behind the program) and ``env``. What operators try and get wrong stands in ``mistakes.json``: ``--flag value``
sets an option, ``!--flag`` takes it away. ``record.py`` asks the real releases.
"""

import json
import random
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wizard import choose, presets
from wizard.knowledge.releases import Option, known_releases
from wizard.knowledge.releases import release as release_of
from wizard.model.finding import Edit, EditKind
from wizard.model.flow import Process, Ref
from wizard.plan import launch_flow

ROUTER_RELEASE = "router"
_SINGLE_BASES = ("a3-single/server", "a3-pd/prefill-0", "a3-pd/decode-0", "a3-multi/server-rank0", "a2-single/server")
MISTAKES: dict[str, Any] = json.loads(Path(__file__).with_name("mistakes.json").read_text(encoding="utf-8"))
_HOST_BOUND = {
    "config",
    "decrypted-config-file",
    "decrypted-draft-config-file",
    "ssl-keyfile",
    "ssl-certfile",
    "ssl-ca-certs",
    "enable-http2",
    "help",
    "version",
}
"""Options whose verdict depends on files of the host."""
_PAIRS = 500
_VALUES: Mapping[str, tuple[str, ...]] = {
    "int": ("0", "1", "2", "-1", "16.0", "8k"),
    "float": ("0.5", "-1", "2", "80%"),
    "size": ("64k", "-1", "8192", "64KB"),
    "str": ("x",),
    "json": ("{}", "{x"),
}


class Line(NamedTuple):
    """One command line: what it is called, its words, and the environment it is started in."""

    id: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        return {"id": self.id, "argv": list(self.argv), "env": dict(self.env)}


class Base(NamedTuple):
    """A process of a preset as flags with their words."""

    options: tuple[tuple[str, tuple[str, ...]], ...]

    def argv(self) -> tuple[str, ...]:
        return tuple(word for flag, words in self.options for word in (flag, *words))

    def evolve(self, changes: Mapping[str, tuple[str, ...] | None]) -> "Base":
        """Options replaced in place, added behind, or (None) taken away; keys are flags."""
        kept = [(flag, changes.get(flag, words)) for flag, words in self.options if changes.get(flag, ()) is not None]
        present = {flag for flag, _ in self.options}
        added = [(flag, words) for flag, words in changes.items() if flag not in present and words is not None]
        return Base(tuple((flag, words or ()) for flag, words in [*kept, *added]))


def _process(process: Process, values: Mapping[str, str]) -> Base:
    options = []
    for setting in process.options:
        if not setting.words:
            continue
        flag, *words = ["".join(values[p.name] if isinstance(p, Ref) else p for p in word) for word in setting.words]
        options.append((flag, tuple(words)))
    return Base(tuple(options))


@cache
def bases(release: str) -> Mapping[str, Base]:
    """Every process of every preset as the release spells it; the router's under ``router``."""
    found: dict[str, Base] = {}
    for name in presets.files():
        selection = presets.preset(name).selection
        addresses = ",".join(f"10.0.0.{number + 1}" for number in range(selection.host_count))
        wanted = selection.release if release == ROUTER_RELEASE else release
        edits = (
            Edit(EditKind.RELEASE, wanted),
            Edit(EditKind.MODEL_PATH, "/models/GLM"),
            Edit(EditKind.HOSTS, addresses),
        )
        flow = launch_flow(choose.apply_all(selection, edits))
        values = {variable.name: variable.value for variable in flow.variables}
        for process in flow.processes:
            if (process.role == "router") is (release == ROUTER_RELEASE):
                found[f"{name}/{process.name}"] = _process(process, values)
    return found


def lines(release: str) -> Iterator[Line]:
    """All command lines for a release, or for ``router``."""
    seen: set[tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = set()
    parts = (
        [_router()]
        if release == ROUTER_RELEASE
        else [_presets(release), _chosen(release), _singles(release), _pairs(release)]
    )
    for part in parts:
        for line in part:
            if (line.argv, line.env) not in seen:
                seen.add((line.argv, line.env))
                yield line


def _presets(release: str) -> Iterator[Line]:
    for name, base in bases(release).items():
        yield Line(name, base.argv())


def _changed(release: str, name: str, change: str) -> Base:
    """A base with ``--flag value`` words in place; ``!--flag`` takes one away."""
    changes: dict[str, tuple[str, ...] | None] = {}
    flag = ""
    for word in change.split():
        if word.startswith("!"):
            changes[word[1:]] = None
        elif word.startswith("--"):
            flag = word
            changes[flag] = ()
        else:
            changes[flag] = (*(changes[flag] or ()), word)
    return bases(release)[name].evolve(changes)


def _chosen(release: str) -> Iterator[Line]:
    """The mistakes that people make, on the processes they are made on."""
    for group, mistakes in MISTAKES["groups"].items():
        for name in mistakes["on"]:
            for number, change in enumerate(mistakes["changes"]):
                yield Line(f"{group}-{number}/{name}", _changed(release, name, change).argv())
    for number, (name, environment, change) in enumerate(MISTAKES["environments"]):
        yield Line(f"env-{number}/{name}", _changed(release, name, change).argv(), tuple(environment.items()))
    for name in MISTAKES["words"]["on"]:
        for number, words in enumerate(MISTAKES["words"]["words"]):
            yield Line(f"words-{number}/{name}", (*bases(release)[name].argv(), *words.split()))


def _singles(release: str) -> Iterator[Line]:
    """Every option of the release, with values of its kind, good and bad."""
    position = 0
    for option in release_of(release).options:
        if option.name in _HOST_BOUND or option.name == "model-path":
            continue
        for words in _words_of(option):
            name = _SINGLE_BASES[position % len(_SINGLE_BASES)]
            position += 1
            changed = bases(release)[name].evolve({option.flag: words})
            yield Line(f"single/{option.name}={'+'.join(words)}/{name}", changed.argv())


def _words_of(option: Option) -> Iterator[tuple[str, ...]]:
    if option.kind == "flag":
        yield ()
        return
    if option.choices:
        yield from ((str(choice),) for choice in option.choices if choice is not None)
        yield ("nonsense",)
        return
    yield from ((value,) for value in _VALUES.get(option.kind, ("x",)))
    if option.nargs in ("+", "*"):
        yield _VALUES.get(option.kind, ("x",))[:2]


def _pairs(release: str) -> Iterator[Line]:
    """Two or three of the chosen changes at once, drawn with a fixed seed."""
    draw = random.Random(52)  # noqa: S311 - a fixed draw, not a secret
    pool = [change for group in MISTAKES["groups"].values() for change in group["changes"]]
    names = list(bases(release))
    for number in range(_PAIRS):
        picked = draw.sample(pool, draw.choice((2, 2, 3)))
        name = draw.choice(names if number % 2 else list(_SINGLE_BASES))
        change = " ".join(picked)
        yield Line(f"pair-{number}/{name}", _changed(release, name, change).argv())


def _router() -> Iterator[Line]:
    for name, base in bases(ROUTER_RELEASE).items():
        yield Line(name, base.argv())
        for number, words in enumerate(MISTAKES["router"]):
            yield Line(f"router-{number}/{name}", (*base.argv(), *words.split()))
    for number, words in enumerate(MISTAKES["router"]):
        yield Line(f"router-alone-{number}", tuple(words.split()))


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else known_releases()[-1]
    for line in lines(wanted):
        print(json.dumps(line.as_json()))
