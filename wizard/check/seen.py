"""What was looked at: rules about hosts as they were found, and what is unknown because nobody looked.

Beside them what the names of image and weights tell without a look.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

from wizard.check.facts import Facts, not_asked
from wizard.knowledge import facts as knowledge
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.selection import RuntimeKind


def hosts(facts: Facts) -> Iterator[Finding]:
    """Everything about hosts as they were found; their rules are loaded with the first host."""
    if not facts.hosts:
        return
    from wizard.check import hardware, networks, versions
    from wizard.check import hosts as around

    rules: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
        *hardware.RULES, *versions.RULES, *networks.RULES, *around.RULES
    )  # fmt: skip
    for rule in rules:
        yield from rule(facts)


def not_looked(facts: Facts) -> Iterator[Finding]:
    """``hardware.not-looked``: nothing, or not everything, is known about the hosts."""
    hint = "the stage Detect or `--probe` asks them, `--machine FOLDER` takes a recording (`--detect --record FOLDER`)"
    if not facts.hosts:
        message = "no host was looked at: devices, network and disks were not checked"
        yield Finding("hardware.not-looked", Severity.UNKNOWN, message, hint, source="nothing was detected")
        return
    needed, seen = facts.selection.host_count, len(facts.hosts)
    if seen < needed and not any(host.address for host in facts.selection.hosts):
        message = f"{needed} hosts are needed, only {seen} looked at: nothing is known of the others"
        yield Finding("hardware.not-looked", Severity.UNKNOWN, message, hint, source="nothing was detected")
    for address in not_asked(facts):
        message = f"{address} was not looked at: its devices, network and disks were not checked"
        yield Finding("hardware.not-looked", Severity.UNKNOWN, message, hint, (), (address,), "nothing was detected")


_series_of = cache(knowledge.series_of_image)


def image_series(facts: Facts) -> Iterator[Finding]:
    """``hardware.image``: an image that is built for the other series."""
    selection = facts.selection
    image = selection.runtime.image
    if selection.runtime.kind is not RuntimeKind.CONTAINER or not image:
        return
    built = _series_of(image)
    if built is None or built is selection.series:
        return
    other = knowledge.image_for(selection.series, selection.release)
    fixes = (Fix(f"use {other.image}", (Edit(EditKind.IMAGE, other.image),)),) if other else ()
    yield Finding(
        code="hardware.image",
        severity=Severity.ERROR,
        message=f"the image is built for {built}, the hosts are {selection.series}: {image}",
        hint=fixes[0].label if fixes else f"give `--image` one that is built for {selection.series}",
        options=("image",),
        source="the image's own name; knowledge of published images",
        fixes=fixes,
    )


_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
"""What a model hub takes as a name: ``NAME`` or ``OWNER/NAME``."""


def weights_path(facts: Facts) -> Iterator[Finding]:
    """``host.weights-path``: a place of the weights that means no folder on another host, and no model of a hub."""
    path = facts.selection.model.path
    if not path or path.startswith("/") or "://" in path or _HUB_ID.fullmatch(path):
        return
    yield Finding(
        code="host.weights-path",
        severity=Severity.WARNING,
        message=f"`{path}` is neither a full path nor a hub id: a server would look for it on the hub",
        hint="give the path in full, from `/` on: `~` and relative paths are not looked up on the hosts",
        options=("model-path",),
        source="the launch script; huggingface_hub, its own check of names",
    )


RULES = (not_looked, image_series, weights_path, hosts)
