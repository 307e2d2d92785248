"""The findings and the memory budget for people: grouped by severity, fixes as flags, one verdict line.

Fits 80 columns, says everything without colour, and uses ASCII where the terminal knows nothing else.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from wizard.check.budget import GIB, Basis, Budget
from wizard.export.quote import join
from wizard.model.finding import Finding, Fix, Severity
from wizard.words.console import console

_TITLES = {
    Severity.ERROR: ("Errors", "bold red"),
    Severity.WARNING: ("Warnings", "bold yellow"),
    Severity.UNKNOWN: ("Could not be checked", "bold magenta"),
    Severity.INFO: ("For information", "bold cyan"),
}
_BAR_CELLS = 48
_LETTERS = {"system": "s", "weights": "W", "copies": "w", "cache": "K", "graphs": "g", "buffers": "b", "left": "."}
"""One letter for each term; letters are told apart without colour."""
_NAMES = {
    "system": "driver and system",
    "weights": "weights",
    "copies": "copies of weights",
    "cache": "KV cache",
    "graphs": "graphs",
    "buffers": "HCCL buffers",
    "left": "left",
}
_STYLES = {
    "system": "dim",
    "weights": "blue",
    "copies": "cyan",
    "cache": "green",
    "graphs": "magenta",
    "buffers": "yellow",
    "left": "dim",
}
_MARKS = {Basis.MEASURED: "measured", Basis.PUBLISHED: "published", Basis.ESTIMATED: "estimated"}


def show(
    found: Iterable[Finding], budgets: Iterable[Budget], accepted: tuple[str, ...], verdict: str, *, color: bool
) -> None:
    """Prints everything on stdout, the verdict last."""
    out = console(color=color)
    groups = {severity: [item for item in found if item.severity is severity] for severity in Severity}
    for severity, items in groups.items():
        if items:
            title, style = _TITLES[severity]
            out.print(Text(f"{title} ({len(items)})", style=style))
            for item in items:
                _finding(out, item, accepted)
            out.print()
    for budget in budgets:
        _budget(out, budget)
    out.print(Text(verdict, style="bold"))


def _finding(out: Console, item: Finding, accepted: tuple[str, ...]) -> None:
    mark = " (accepted)" if item.code in accepted else ""
    place = f"{item.where}: " if item.where else ""
    text = Text.assemble((f"{item.code}{mark}", "bold"), f"  {place}{item.message}")
    out.print(Padding(text, (0, 0, 0, 2), expand=False))
    if item.severity is Severity.INFO:
        return
    for fix in item.fixes:
        out.print(Padding(_way(fix), (0, 0, 0, 4), expand=False))
    if not item.fixes and item.hint:
        out.print(Padding(Text(f"hint: {item.hint}"), (0, 0, 0, 4), expand=False))


def _way(fix: Fix) -> Text:
    flags = join([word for edit in fix.edits for word in edit.flag()])
    return Text.assemble("fix: ", fix.label, "  ", (flags, "italic"))


def _budget(out: Console, budget: Budget) -> None:
    given = "" if budget.share_given else " by default (estimated)"
    head = (
        f"Memory of each of {budget.devices} devices ({budget.role}): {budget.hbm / GIB:g} GiB HBM, "
        f"mem-fraction-static {budget.share:g}{given}"
    )
    out.print(Text(head, style="bold"))
    out.print(_bar(budget))
    for term in budget.terms:
        size = "unknown" if term.size is None else f"{term.size / GIB:6.1f} GiB"
        line = Text.assemble(
            "  ",
            (_LETTERS[term.name], _STYLES[term.name]),
            f"  {_NAMES[term.name]:<18}{size:>11}  {_MARKS[term.basis]:<9}  ",
            term.what,
        )
        out.print(line, no_wrap=True, overflow="ellipsis")
    out.print(Text("  " + _fits(budget)))
    out.print()


def _bar(budget: Budget) -> Text:
    bar = Text("  [")
    sizes = {term.name: max(term.size or 0, 0) for term in budget.terms}
    whole = max(budget.hbm, sum(size for name, size in sizes.items() if name != "left"))
    cells = {name: round(size / whole * _BAR_CELLS) for name, size in sizes.items() if name != "left"}
    for name, count in cells.items():
        bar.append(_LETTERS[name] * count, style=_STYLES[name])
    bar.append(_LETTERS["left"] * max(_BAR_CELLS - sum(cells.values()), 0), style="dim")
    bar.append("]")
    if budget.short:
        bar.append(f"  {budget.short / GIB:.1f} GiB short", style="bold")
    elif whole > budget.hbm:
        bar.append(f"  {(whole - budget.hbm) / GIB:.1f} GiB over", style="bold")
    return bar


def _fits(budget: Budget) -> str:
    if budget.tokens is None:
        return "what fits is not known, as the size of the weights is not"
    if not budget.fits:
        return "by this estimate nothing is left for the KV cache"
    pairs = ", ".join(f"{fit.requests} x {fit.context_tokens}" for fit in budget.fits)
    return f"fits at once (requests x tokens each): {pairs}"
