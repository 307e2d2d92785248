"""``--explain NAME``: an option, variable, feature, preset or finding's code, in plain words with its source."""

from typing import TYPE_CHECKING, Any

from wizard import explanation
from wizard.errors import ExitCode, UsageError
from wizard.json_text import write_json
from wizard.model.notes import Feature
from wizard.names import nearest

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Tells what is known about a name.

    Raises:
        UsageError: nothing known has that name (with the nearest ones).
    """
    options = invocation.options
    name = options.explain.strip()
    facts_of = dict(explanation.found(name))
    if not facts_of:
        near = nearest(name.lstrip("-"), explanation.all_names())
        raise UsageError(
            f"nothing known is called `{name}`", f"did you mean `{near}`" if near else "try `--features` or `--presets`"
        )
    if options.json:
        write_json({"name": name, **facts_of})
    else:
        _print(name, facts_of, color=not options.no_color)
    return ExitCode.DONE


def show_feature(feature: Feature, *, color: bool) -> None:
    """Prints everything known about a feature."""
    _print(feature.id, {"feature": dict(explanation.feature_facts(feature))}, color=color)


def _print(name: str, facts_of: dict[str, Any], *, color: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from wizard.words.console import console

    out = console(color=color)
    for kind, entries in facts_of.items():
        out.print(Text(f"{name} ({kind})", style="bold"))
        grid = Table.grid(padding=(0, 2, 0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for key, value in entries.items():
            if value not in ("", None) and key != "name":
                grid.add_row(Text(key.replace("_", " "), style="italic"), Text(str(value)))
        out.print(grid)
