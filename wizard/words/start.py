"""From a command line to a selection: what it starts from, with every change applied."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import choose, presets, selection_file
from wizard.errors import UsageError
from wizard.model.finding import Edit, EditKind
from wizard.model.preset import About, Preset
from wizard.model.selection import Origin, Selection
from wizard.names import nearest

if TYPE_CHECKING:
    from wizard.importing import Imported, ImportedProblem
    from wizard.invocation import Invocation


FIRST = "a3-single"
"""The preset that is shown first where nothing was given."""


@dataclass(frozen=True)
class Started:
    """The selection a command line means, and what was said while reading it."""

    selection: Selection
    preset: Preset | None
    """The preset it is based on, where that is known."""
    notes: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()
    """Name and text of each script it was imported from."""
    problems: "tuple[ImportedProblem, ...]" = ()
    """What the release would object to in an imported text."""

    @property
    def about(self) -> About | None:
        """What is known about the preset."""
        return self.preset.about if self.preset else None


def is_given(invocation: "Invocation") -> bool:
    """Whether a command line says what to start from."""
    options = invocation.options
    return bool(options.preset or options.config or options.script) or invocation.command is not None


def start(invocation: "Invocation") -> Started:
    """The selection of a command line. With ``--plan`` a preset may stand beside another start, to compare them.

    Raises:
        UsageError: nothing or too much to start from, a file that cannot be read, a change that cannot be made.
    """
    options = invocation.options
    given = [bool(options.preset), bool(options.config), bool(options.script), invocation.command is not None]
    compared = bool(options.preset and options.plan and sum(given) == 2)  # the preset and one other
    if sum(given) > 1 and not compared:
        raise UsageError("more than one thing to start from", "one of `--preset`, `--config`, `--import`, `-- COMMAND`")
    if not any(given):
        raise UsageError(
            "nothing to start from", "`--preset NAME` (`--presets` lists them), `--config FILE` or `--import FILE`"
        )
    scripts = tuple(_read(path) for path in options.script or ())
    base, imported = _base(invocation, scripts)
    edits = edits_of(invocation)
    selection = choose.apply_all(base, edits, Origin.OPERATOR)
    selection, settled = _directly(invocation, selection) if options.machine and options.preset else (selection, ())
    selection, told = _fixed(selection) if options.fix else (selection, ())
    told = (*settled, *told)
    preset = presets.preset(options.preset) if compared else _preset_of(selection)
    if imported is None:
        return Started(selection, preset, told)
    notes = (*(str(note) for note in imported.notes), *told)
    return Started(selection, preset, notes, scripts, () if options.fix else imported.problems)


def _directly(invocation: "Invocation", selection: Selection) -> tuple[Selection, tuple[str, ...]]:
    """Without an image where a recorded host is the inside of a container that could start none, and nobody asked."""
    from wizard.words import looked

    hosts = looked.hosts_of(invocation, selection)
    inside = [host for host in hosts if host.system.is_inside and not host.containers.engine]
    if not hosts or len(inside) != len(hosts) or any(kind == "runtime" for kind, _ in invocation.edits):
        return selection, ()
    note = f"`{inside[0].address}` is the inside of a container: processes are started as they are, without an image"
    return choose.apply_all(selection, (Edit(EditKind.RUNTIME, "host"),), Origin.RULE), (note,)


def _fixed(selection: Selection) -> tuple[Selection, tuple[str, ...]]:
    """The selection without errors as far as fixes lead, and what was changed."""
    from wizard.solve import fix_all

    solution = fix_all(selection)
    told = [
        f"fixed: {fix.label} [{finding.code}] ({' '.join(word for edit in fix.edits for word in edit.flag())})"
        for finding, fix in solution.fixes
    ]
    return solution.selection, (*told, *([f"not fixed: {solution.why}"] if solution.left else []))


def _check_code(code: str) -> None:
    """A finding that cannot be is not accepted: it would be the wrong name of one that stays.

    Raises:
        UsageError: no finding has this code.
    """
    from wizard.check.codes import CODES

    if code not in CODES:
        near = nearest(code, CODES)
        hint = f"did you mean `{near}`" if near else "`--check` shows the code of each finding, in front of it"
        raise UsageError(f"no finding is called `{code}`", hint)


def edits_of(invocation: "Invocation") -> tuple[Edit, ...]:
    """The changes that a command line asks for, in its order.

    Raises:
        UsageError: one of them is not valid UTF-8, or accepts a finding that cannot be.
    """
    edits = tuple(Edit(EditKind(kind), checked(value, f"--{kind}")) for kind, value in invocation.edits)
    for edit in edits:
        if edit.kind is EditKind.ACCEPT:
            _check_code(edit.value)
    return edits


def checked(text: str, flag: str) -> str:
    """A word of the command line as text.

    Raises:
        UsageError: its bytes are not valid UTF-8.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(
            f"the value of `{flag}` is not valid UTF-8: {os.fsencode(text)!r}", "use a name that is"
        ) from None
    return text


def _base(invocation: "Invocation", scripts: tuple[tuple[str, str], ...]) -> "tuple[Selection, Imported | None]":
    options = invocation.options
    if options.config:
        return selection_file.load(Path(options.config)), None
    if options.preset and not options.script and invocation.command is None:
        return presets.preset(options.preset).selection, None
    from wizard import importing

    asked = dict(invocation.edits)
    release, series = asked.get("release"), asked.get("series")
    if invocation.command is not None:
        environment = {
            name: value for kind, text in invocation.edits if kind == "env" for name, _, value in [text.partition("=")]
        }
        imported = importing.import_command(invocation.command, environment=environment, release=release, series=series)
    else:
        imported = importing.import_scripts(scripts, release=release, series=series)
        return importing.restored(imported.selection, [text for _, text in scripts]), imported
    return imported.selection, imported


def _read(path: str) -> tuple[str, str]:
    if path == "-":
        return "standard input", sys.stdin.read()
    try:
        return path, Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {error.strerror}",
            "`--import FILE` takes a script; `-- COMMAND …` a typed command",
        ) from None


def _preset_of(selection: Selection) -> Preset | None:
    if selection.preset and selection.preset in presets.files():
        return presets.preset(selection.preset)
    return None
