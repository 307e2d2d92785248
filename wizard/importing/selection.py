"""The entries: scripts or a command line become a selection.

What is not understood is named with its line and kept where it can be; a text without any launch is an error.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wizard.importing.assembly import Assembly, Imported
from wizard.importing.reader import read_script

COMMAND_LINE = "the command line"


def import_scripts(
    files: Sequence[tuple[str, str]], *, release: str | None = None, series: str | None = None
) -> Imported:
    """The selection that a launch script means, or several that belong together (prefill, decode and router).

    Args:
        files: what messages call each of them, and its text.
        release: the SGLang release to read the options with; None: what they say, or the newest that fits.
        series: A2 or A3, for where they do not say it.

    Raises:
        ImportScriptError: nothing in them starts a server.
    """
    named = len(files) > 1
    scripts = [read_script(name if named else "", text) for name, text in files]
    label = ", ".join(f"`{name}`" for name, _ in files) or "nothing"
    return Assembly(scripts, label, release, series).result()


def import_command(
    words: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    release: str | None = None,
    series: str | None = None,
) -> Imported:
    """The selection that one command line means; ``words`` are split already, and may begin with ``A=1``.

    Raises:
        ImportScriptError: the words start no server.
    """
    rest = list(words)
    given = {name: value for name, value in (environment or {}).items() if name.isidentifier()}
    while rest and rest[0].partition("=")[0].isidentifier() and "=" in rest[0]:
        name, _, value = rest.pop(0).partition("=")
        given[name] = value
    script = read_script("", shlex.join(rest))
    commands = tuple(replace(item, environment={**given, **item.environment}) for item in script.commands)
    whole = replace(script, commands=commands, notes=tuple(replace(note, line=0) for note in script.notes))
    return Assembly([whole], COMMAND_LINE, release, series, lines=False).result()
