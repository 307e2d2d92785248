"""Options and releases: does the release know what would be written?"""

from collections.abc import Iterator

from wizard.check.facts import Facts
from wizard.knowledge.releases import known_releases
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity


def unknown_release(facts: Facts) -> Iterator[Finding]:
    """``sglang.release-unknown``: the options are those of the nearest release, which may differ."""
    release = facts.selection.release
    near, exact = facts.nearest
    if exact:
        return
    yield Finding(
        code="sglang.release-unknown",
        severity=Severity.WARNING,
        message=(
            f"SGLang `{release or 'unknown'}` is not one of the releases known here; "
            f"its options are taken to be those of {near}"
        ),
        hint=f"known: {', '.join(known_releases())}; choose one with `--release`",
        source="the option lists of the official wheels",
        fixes=(Fix(f"write the options of {near}", (Edit(EditKind.RELEASE, near),)),),
    )


def unknown_options(facts: Facts) -> Iterator[Finding]:
    """``sglang.option-unknown``: the release would end with `unrecognized arguments`."""
    for launch in facts.launches:
        name, release, prefix = launch.name, launch.release, launch.prefix
        for option in launch.unknown:
            near = release.suggest(option)
            yield Finding(
                code="sglang.option-unknown",
                severity=Severity.ERROR,
                message=f"{release.program} {release.version} has no option `--{option}` ({name})",
                hint="did you mean " + " or ".join(f"`--{item}`" for item in near) if near else "remove it",
                options=(option,),
                source=f"{release.program} {release.version}, its own parser",
                fixes=(Fix(f"remove --{option}", (Edit(EditKind.UNSET, prefix + option),)),),
            )
