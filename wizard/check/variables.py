"""Environment variables that a release refuses or no longer reads."""

from collections.abc import Iterator, Mapping
from functools import cache

from wizard.check.disaggregation import staging
from wizard.check.facts import Facts
from wizard.check.report import variable_fix, with_way
from wizard.check.resolved import Server
from wizard.knowledge import facts as knowledge
from wizard.knowledge.releases import NO_VERSION
from wizard.model.finding import Finding, Severity

_MASK = "SGLANG_DISAGGREGATION_SAMPLING_MASK_MAX_TOKENS"


def refused(facts: Facts) -> Iterator[Finding]:
    """``sglang.variable-refused``: a variable with which the release stops."""
    for server in facts.servers:
        for name, why in _reasons(server):
            way = variable_fix(server.launch, name, None)
            yield with_way(
                "sglang.variable-refused",
                Severity.ERROR,
                f"{name} {why}{server.launch.where}",
                (name,),
                "SGLang 0.5.13.post1 and 0.5.23, srt/arg_groups",
                way,
            )


def _reasons(server: Server) -> Iterator[tuple[str, str]]:
    if server.attention_dp_flag and server.launch.variable(_MASK) is not None:
        yield _MASK, "is no longer supported and must not be set"
    if staging(server):
        yield "SGLANG_DISAGG_STAGING_BUFFER", f"does not go with the transfer backend {server.transfer}"


def unread(facts: Facts) -> Iterator[Finding]:
    """``sglang.variable-unread``: a variable that this release no longer reads."""
    version = facts.nearest[0]
    gone = _gone(version)
    for server in facts.servers:
        for name in (name for name in server.launch.role.environment if name in gone):
            way = variable_fix(server.launch, name, None)
            yield with_way(
                "sglang.variable-unread",
                Severity.INFO,
                f"{name} is not read by {version} any more{server.launch.where}",
                (name,),
                gone[name],
                way,
            )


@cache
def _gone(version: str) -> Mapping[str, str]:
    """The variables that a release no longer reads, and who says so."""
    return {
        note.name: note.source
        for note in knowledge.variable_notes()
        if note.name.startswith("SGLANG_") and note.removed_in and _key(version) >= _key(note.removed_in)
    }


def _key(version: str) -> tuple[int, ...]:
    numbers = tuple(
        int(part.removeprefix("post")) for part in version.split(".") if part.removeprefix("post").isdigit()
    )
    return (*numbers, *NO_VERSION)[: len(NO_VERSION)]
