"""What was measured of the same launch here, as ``--verify RUN --bench`` kept it, beside what is published.

Owns finding the newest result and saying it; how it was measured is ``wizard.verify``'s.
"""

import json
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from wizard.launch import runs
from wizard.model.preset import About
from wizard.model.run import Run
from wizard.verify import benchmark

_LOOKED_AT = 24
"""Runs of that title that are looked at, the newest first."""
_COLUMNS = (29, 16)


class Own(NamedTuple):
    """A measurement that was carried out here."""

    run: str
    plan: str
    at: str
    """ISO 8601, with the offset."""
    host: str
    is_simulated: bool
    result: dict[str, float]


def own(title: str, plan: str, *, is_simulated: bool = False) -> Own | None:
    """The newest benchmark of that plan; where there is none, of another plan of the same title."""
    alike = [run for run in runs.load_all() if run.title == title and run.is_simulated == is_simulated][:_LOOKED_AT]
    found = [one for run in alike if (one := newest(run, "benchmark")) is not None]
    return max(found, key=lambda one: (one.plan == plan, _moment(one.at)), default=None)


def beside(about: About | None, mine: Own | None, plan: str) -> tuple[str, ...]:
    """What was measured here beside what is published, in lines; what is published alone where nothing was.

    Args:
        about: of the preset; None where the selection has none.
        mine: what was measured here.
        plan: hash of the plan that is looked at.
    """
    rows = benchmark.compared(mine.result if mine else {}, about)
    told = [row for row in rows if row.published is not None or (mine and row.here is not None and row.unit)]
    kind = about.figures.kind if about and any(row.published is not None for row in rows) else "nothing published"
    if not told:
        return ()
    if mine is None:
        figures = ", ".join(f"{row.name} {benchmark.said(row.published, row.unit)}" for row in told)
        return (f"Figures ({kind}): {figures}. After the launch `--verify RUN --bench` measures them here.",)
    mark = " SIMULATED" if mine.is_simulated else ""
    lines = [_line("Benchmark", f"here{mark}", kind)]
    lines += [
        _line(f"  {row.name}", benchmark.said(row.here, row.unit), benchmark.said(row.published, row.unit))
        for row in told
    ]
    which = "this plan" if mine.plan == plan else f"another plan, {mine.plan}"
    return (*lines, f"  measured {mine.at[:16].replace('T', ' ')} on {mine.host}, run {mine.run} ({which})")


def _line(*cells: str) -> str:
    return "".join(f"{cell:{width}}  " for cell, width in zip(cells, _COLUMNS, strict=False)) + cells[-1]


def newest(run: Run, kind: str) -> Own | None:
    """The newest measurement of a kind (``benchmark``, ``accuracy``) of a run that came to its end."""
    for path in sorted(runs.folder(run.name).glob(f"{kind}-*.json"), reverse=True):
        # a file that says nothing is passed over
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            data = json.loads(path.read_bytes())
            result = {str(name): float(value) for name, value in data["result"].items()}
            if data["error"] is None and result:
                return Own(run.name, run.plan, str(data["at"]), str(data["host"]), run.is_simulated, result)
    return None


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
