"""``--verify [RUN | URL]``: does it answer; with ``--bench`` and ``--accuracy`` also how fast and how well."""

import os
import textwrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from wizard import reach, verify
from wizard.errors import ExitCode, UsageError
from wizard.json_text import write_json
from wizard.launch import runs
from wizard.model.run import Run
from wizard.monitor.text import printable
from wizard.reach.local import LocalShell
from wizard.verify.steps import Outcome, Result
from wizard.verify.target import key_variable, looks_like_url
from wizard.words import measure
from wizard.words.console import console

if TYPE_CHECKING:
    from wizard.invocation import Invocation

_STYLES = {Outcome.OK: "green", Outcome.FAILED: "bold red", Outcome.NOT_ASKED: "dim"}


def run(invocation: "Invocation") -> ExitCode:
    """Verifies a run or an address.

    Returns:
        FAILED when it does not answer, or when a measurement did not come to its end.

    Raises:
        UsageError: no such run, no such address, or a measurement of something that is no run.
    """
    options = invocation.options
    of_run = None if looks_like_url(options.verify) else runs.find(options.verify)
    wanted = bool(options.bench or options.accuracy is not None)
    if wanted and of_run is None:
        raise UsageError(
            "`--bench` and `--accuracy` run where the server runs, so they need a run, not a URL",
            "`--verify RUN --bench`; `--runs` lists the runs",
        )
    target = verify.of_run(of_run, os.environ) if of_run else verify.of_url(options.verify, os.environ)
    if options.dry_run and wanted and of_run is not None:
        return measure.shown(of_run, target, invocation)
    out = console(color=not options.no_color)
    shell = reach.shell(of_run.entry.address or "localhost", of_run.entry.ssh) if of_run else None
    try:
        asker = verify.DirectAsker() if shell is None or isinstance(shell, LocalShell) else verify.HostAsker(shell)
        if not options.json:
            out.print(Text(printable(_headline(target, of_run)), style="bold"))
        report = verify.answers(target, asker, lambda result: None if options.json else show(out, result))
    finally:
        if shell is not None:
            shell.close()
    measured = []
    if wanted and of_run is not None and report.answers:
        measured = measure.run(of_run, report.target, invocation)
    if options.json:
        document = {**report.as_json(), "run": of_run.name if of_run else None, "measured": measured}
        write_json(document)
    else:
        _close(out, report, measured, of_run)
    is_well = report.answers and all(one["error"] is None for one in measured)
    return ExitCode.DONE if is_well else ExitCode.FAILED


def show(out: Console, result: Result) -> None:
    """One step as a line, and its hint."""
    time = "" if result.seconds is None else f"{result.seconds:7.2f} s"
    mark = {Outcome.OK: "ok", Outcome.FAILED: "FAILED", Outcome.NOT_ASKED: "not asked"}[result.outcome]
    head = f"{result.name:<18} {time:>9}  "
    first, *rest = _lines(out, printable(result.detail), 12 + len(head))
    out.print(Text.assemble((f"  {mark:<10}", _STYLES[result.outcome]), head, first), soft_wrap=True)
    for line in rest:
        out.print(Text(" " * (12 + len(head)) + line), soft_wrap=True)
    for line in _lines(out, f"hint: {result.hint}", 13) if result.hint else ():
        out.print(Text(" " * 13 + line, style="dim"), soft_wrap=True)


def _lines(out: Console, text: str, before: int) -> list[str]:
    """A text wrapped to what a terminal has beside its head, no flag or address broken; whole elsewhere."""
    if not out.is_terminal:
        return [text]
    width = max(20, out.width - before)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _headline(target: verify.Target, of_run: Run | None) -> str:
    name = f"{of_run.name}: " if of_run else ""
    mark = " (SIMULATED)" if of_run and of_run.is_simulated else ""
    served = f", model {target.served_name}" if target.served_name else ""
    return f"{name}{target.url}{served}{mark}"


def _close(out: Console, report: verify.Report, measured: list[dict[str, object]], of_run: Run | None) -> None:
    for one in measured:
        measure.show(out, one)
    if of_run is not None and not report.answers and any("401" in result.detail for result in report.results):
        out.print(Text(f"the key of this run is read from {key_variable(of_run)}"))
    out.print(Text(report.verdict, style="green" if report.answers else "bold red"))
