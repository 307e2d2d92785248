"""Existing launch scripts → what is wrong in them, with file and line. Nothing of them is ever run.

An import takes over what a script means and corrects what it can; here the script itself is judged, as it stands, by
the defects that published pages and the scripts made from them really have. Pure.
"""

from collections.abc import Sequence
from itertools import chain

from wizard.importing.reader import read_script
from wizard.knowledge.releases import release as release_of
from wizard.lint import commands, containers, roles, text
from wizard.lint.start import started
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Selection

__all__ = ["findings"]

_ORDER = tuple(Severity)


def findings(files: Sequence[tuple[str, str]], selection: Selection) -> tuple[Finding, ...]:
    """Everything that is wrong in scripts which belong together, the worst first, then by file and line.

    Args:
        files: name and text of each.
        selection: what an import of them gave; it says the release and the series.
    """
    release = release_of(selection.release)
    scripts = [read_script(name, content) for name, content in files]
    starts = [started(command, release) for script in scripts for command in script.commands]
    found = [
        *chain.from_iterable(text.findings(name, content) for name, content in files),
        *chain.from_iterable(rule(start, starts) for start in starts for rule in commands.RULES),
        *chain.from_iterable(containers.findings(script, selection.series) for script in scripts),
        *chain.from_iterable(rule(starts) for rule in roles.RULES),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: (_ORDER.index(finding.severity), *_place(finding))))


def _place(finding: Finding) -> tuple[str, int]:
    name, _, line = finding.where.rpartition(":")
    return name, int(line) if line.isdecimal() else 0
