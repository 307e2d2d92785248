"""``--verify RUN --bench`` and ``--accuracy``: commands built for the run, carried out, compared, and kept with it."""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wizard import presets, reach, selection_file
from wizard.errors import ExitCode
from wizard.launch import runs
from wizard.model.preset import About
from wizard.model.run import Run
from wizard.monitor.text import printable
from wizard.plan.measuring import DATASET, burden
from wizard.verify import benchmark, measuring
from wizard.verify.benchmark import Command
from wizard.verify.target import Target

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def commands(of_run: Run, target: Target, invocation: "Invocation") -> list[Command]:
    """What is to be carried out."""
    options, wanted = invocation.options, []
    selection = selection_file.loads(of_run.selection, of_run.name)
    if options.bench:
        wanted.append(benchmark.benchmark(target, _about(of_run), selection.model.path))
    if options.accuracy is not None:
        wanted.append(benchmark.accuracy(target, options.accuracy or DATASET))
    return wanted


def shown(of_run: Run, target: Target, invocation: "Invocation") -> ExitCode:
    """Prints the commands and where they would run; changes nothing."""
    server = measuring.server_of(of_run)
    place = f"{server.address or 'this machine'}{f', in container {server.container}' if server.container else ''}"
    for command in commands(of_run, target, invocation):
        if command.kind == "benchmark":
            sys.stdout.write(f"# {burden(command.words, _about(of_run))}\n")
        sys.stdout.write(f"# {command.kind} of {of_run.name}, on {place}\n{measuring.shown(command)}\n")
    return ExitCode.DONE


def run(of_run: Run, target: Target, invocation: "Invocation") -> list[dict[str, Any]]:
    """Carries the commands out, one after the other; the results, which are also kept in the run's folder."""
    server = measuring.server_of(of_run)
    shell = reach.shell(server.address or "localhost", server.ssh)
    results = []
    try:
        for command in commands(of_run, target, invocation):
            _say(f"{command.kind}: {measuring.shown(command)}")
            if command.kind == "benchmark":
                _say(burden(command.words, _about(of_run)))
            text = measuring.script(command, server.container, target.api_key)
            came = measuring.measured(shell, text, _say)
            results.append(_kept(of_run, command, came))
    finally:
        shell.close()
    return results


def show(out: Console, result: dict[str, Any]) -> None:
    """A result as a table beside the published figures, with the line that makes it again."""
    if result["error"]:
        out.print(Text(f"{result['kind']} failed: {printable(result['error'])}", style="bold red"))
        return
    mark = " (SIMULATED)" if result["simulated"] else ""
    if result["kind"] == "accuracy":
        for dataset, score in result["result"].items():
            out.print(Text(f"accuracy {dataset}: {score:g}{mark}", style="bold"))
    else:
        table = Table(
            "benchmark" + mark, "here", f"published ({result['published_kind'] or 'nothing'})", pad_edge=False
        )
        for row in result["rows"]:
            here, published = (benchmark.said(row[column], row["unit"]) for column in ("here", "published"))
            table.add_row(row["name"], here, published)
        out.print(table)
    out.print(Text(f"again: {result['command']}"), soft_wrap=True)
    out.print(Text(f"kept:  {result['file']}"), soft_wrap=True)


def _kept(of_run: Run, command: Command, came: measuring.Measured) -> dict[str, Any]:
    about = _about(of_run)
    values = benchmark.figures(came.output) if command.kind == "benchmark" else benchmark.scores(came.output)
    now = datetime.now(UTC).astimezone()
    file = runs.folder(of_run.name) / f"{command.kind}-{now:%Y%m%d-%H%M%S}.json"
    rows = [row._asdict() for row in benchmark.compared(values, about)] if command.kind == "benchmark" else []
    result = {
        "kind": command.kind,
        "run": of_run.name,
        "at": now.isoformat(timespec="seconds"),
        "command": measuring.shown(command),
        "host": measuring.server_of(of_run).address or "localhost",
        "release": of_run.release,
        "image": of_run.image,
        "plan": of_run.plan,
        "facts": of_run.facts,
        "simulated": of_run.is_simulated,
        "result": values,
        "rows": rows,
        "published_kind": about.figures.kind if about else "",
        "error": None if values and came.code == 0 else _why(command, came),
        "file": str(file),
    }
    runs.write(file, json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    runs.write(file.with_suffix(".log"), came.output)
    return result


def _why(command: Command, came: measuring.Measured) -> str:
    if came.code == 127 and command.needs:
        return command.needs
    if came.code is None:
        return came.why
    last = next((line.strip() for line in reversed(came.output.splitlines()) if line.strip()), "it said nothing")
    hint = "; without internet use `--dataset-name random-ids`" if "ShareGPT" in came.output else ""
    return f"exit {came.code}: {last[:300]}{hint}"


def _about(of_run: Run) -> About | None:
    selection = selection_file.loads(of_run.selection, of_run.name)
    known = selection.preset and selection.preset in presets.files()
    return presets.preset(selection.preset).about if known else None


def _say(line: str) -> None:
    if line.strip():
        sys.stderr.write(f"  {printable(line)}\n")
