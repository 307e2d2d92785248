"""``--runs --diff A B``: two runs side by side, what was set differently and what was measured."""

from typing import TYPE_CHECKING

from wizard import selection_file
from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.launch import comparing, runs
from wizard.launch.comparing import Difference, Figure
from wizard.model.run import Run

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation", first: str, second: str) -> ExitCode:
    """Compares two runs as they are recorded; no host is asked.

    Raises:
        WizardError: no such run, or the record of one holds no selection.
    """
    one, other = runs.find(first), runs.find(second)
    chosen = [selection_file.loads(each.selection, each.name) for each in (one, other)]
    changed = [*comparing.settings(*chosen), *comparing.facts(one, other)]
    figures = comparing.figures(one, other)
    if invocation.options.json:
        document = {
            "runs": [one.name, other.name],
            "simulated": [one.is_simulated, other.is_simulated],
            "plans": [one.plan, other.plan],
            "changes": [change._asdict() for change in changed],
            "figures": [{**figure._asdict(), "change_pct": figure.change_pct} for figure in figures],
        }
        write_json(document)
    else:
        _show(one, other, changed, figures, color=not invocation.options.no_color)
    return ExitCode.DONE


def _show(one: Run, other: Run, changed: list[Difference], figures: tuple[Figure, ...], *, color: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from wizard.words.console import console

    out = console(color=color)
    names = [f"{each.name}{' SIMULATED' if each.is_simulated else ''}" for each in (one, other)]
    if changed:
        table = Table("where", "setting or fact", *names, pad_edge=False)
        for change in changed:
            values = ("-" if value is None else value for value in (change.before, change.after))
            table.add_row(Text(change.where), Text(change.name), *(Text(value) for value in values))
        out.print(table)
    else:
        out.print(Text(f"nothing was set differently, and the hosts were alike: {names[0]}, {names[1]}"))
    if not figures:
        out.print(Text("nothing was measured of either; `--verify RUN --bench` measures"))
        return
    table = Table("figure", *names, "change", pad_edge=False)
    for figure in figures:
        if not (figure.before or figure.after):  # phases of less than a second
            continue
        change_pct = "-" if figure.change_pct is None else f"{figure.change_pct:+.1f} %"
        table.add_row(Text(figure.name), *(Text(_number(value)) for value in figure[1:]), Text(change_pct))
    out.print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
