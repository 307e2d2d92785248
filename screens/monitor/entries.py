"""What the drawers say: failures with their cause and remedy, NPUs with their readings, events, marks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from screens.monitor.drawer import Entry
from screens.monitor.process import UNKNOWN, ProcessView
from screens.monitor.relaunch import finding_of, flags
from screens.widgets.log_text import said
from wizard.launch.marks import Mark
from wizard.model.finding import Finding
from wizard.model.hardware import Device
from wizard.model.run import RunEvent
from wizard.monitor.diagnosis import first
from wizard.monitor.view import duration

_STALE = 3
"""Readings that were missed before the table is called old."""


@dataclass(frozen=True)
class Place:
    """A line of a process's log."""

    source: int
    number: int | None
    """None: the log as a whole."""


@dataclass(frozen=True)
class Relaunch:
    """A fix to be applied before starting again."""

    finding: Finding


class HostReading(NamedTuple):
    """What was last read of a host's NPUs."""

    address: str
    devices: tuple[Device, ...] = ()
    fault: str = ""
    """Why nothing could be read the last time."""
    taken: float | None = None
    """When, on the clock of the screen; None: never."""


def first_failure(views: Sequence[ProcessView]) -> ProcessView | None:
    """The process that failed first, by the time its log gives."""
    diagnoses = {view.name: view.reading.diagnosis for view in views if view.reading.diagnosis is not None}
    name = first({name: found for name, found in diagnoses.items() if found is not None})
    return next((view for view in views if view.name == name), None)


def diagnosis(views: Sequence[ProcessView], *, can_relaunch: bool = True) -> list[Entry]:
    """The first cause over all processes, then what else failed.

    Args:
        views: the processes.
        can_relaunch: whether there is a run to change and to start again; else a fix is only told as flags.
    """
    cause = first_failure(views)
    others = [view for view in views if view.reading.diagnosis is not None and view is not cause]
    entries = (
        _diagnosed(cause, can_relaunch=can_relaunch)
        if cause
        else [Entry("Nothing has failed, as far as the logs say.")]
    )
    failed = [view for view in others if view.reading.diagnosis and view.reading.diagnosis.is_failure]
    if failed:
        word = "consequence" if len(failed) == 1 else "consequences"
        entries.append(Entry(f"{len(failed)} {word} in other processes, later or caused elsewhere:", "bold"))
    entries += [_brief(view) for view in sorted(others, key=lambda view: view not in failed)]
    return entries


def _diagnosed(view: ProcessView, *, can_relaunch: bool) -> list[Entry]:
    found = view.reading.diagnosis
    if found is None:
        return []
    name = found.id if found.is_known else f"{found.id}: no known cause, these lines are the most telling"
    entries = [
        Entry(f"{view.name}: {name}", "bold $text-error"),
        Entry(f"line {found.root_line:,}  {_line(found.text)}", "", _place(view, found.root_line)),
        *(Entry(f"line {line:,}  {_line(text)}", "", _place(view, line)) for line, text in view.reading.telling),
        Entry(f"means   {found.meaning}"),
        Entry(f"remedy  {found.remedy.text}"),
    ]
    finding = finding_of(view)
    if finding:
        words = "Apply and relaunch" if can_relaunch else "Copy the change"
        entries.append(Entry(f"{words}: {flags(finding.fixes[0].edits)}", "bold $text-success", Relaunch(finding)))
    entries += [Entry(f"also    {other}, line {line:,}", "", _place(view, line)) for other, line in found.others[:5]]
    entries.append(Entry(f"source  {found.source}", "$text-muted"))
    return entries


def _brief(view: ProcessView) -> Entry:
    found = view.reading.diagnosis
    if found is None:
        return Entry(view.name)
    word = "failed" if found.is_failure else "warning"
    return Entry(
        f"{view.name}: {word}, {found.id}, line {found.root_line:,}  {_line(found.text)}",
        "",
        _place(view, found.root_line),
    )


def npus(readings: Sequence[HostReading], now: float, every_s: float) -> list[Entry]:
    """The devices of every host, a row each."""
    entries: list[Entry] = []
    for one in readings:
        age = None if one.taken is None else now - one.taken
        is_old = age is None or age > _STALE * every_s
        entries.append(
            Entry(f"{one.address}  {_state(one, age, is_old=is_old)}", "bold $text-muted" if is_old else "bold")
        )
        entries += [Entry(_device(device), _device_style(device, is_old=is_old)) for device in one.devices]
    return entries or [Entry("No host to ask: these are files alone. `--monitor RUN` knows the hosts.")]


def events(found: Sequence[RunEvent], views: Sequence[ProcessView]) -> list[Entry]:
    """What happened, the newest last."""
    numbers = {view.name: view.number - 1 for view in views}
    entries = []
    for one in found:
        hour = datetime.fromtimestamp(one.time).astimezone().strftime("%H:%M:%S")
        who = one.process or one.host
        style = "$text-error" if one.is_problem else ""
        sign = "! " if one.is_problem else "  "
        goal = Place(numbers[one.process], None) if one.process in numbers else None
        entries.append(Entry(f"{sign}{hour}  {f'{who}: ' if who else ''}{one.message}", style, goal))
    return entries or [Entry("Nothing has happened yet.")]


def marks(found: Sequence[tuple[Mark, Any]]) -> list[Entry]:
    """What was marked, in the order of time, each with what Enter leads to."""
    entries = [
        Entry(f"{mark.time or UNKNOWN}  {mark.process}  {_line(mark.text)}", "", goal)
        for mark, goal in sorted(found, key=lambda pair: (pair[0].time, pair[0].process, pair[0].line or 0))
    ]
    return entries or [Entry("No line is marked. `m` marks the chosen line, or the newest.")]


def _place(view: ProcessView, line: int) -> Place:
    return Place(view.number - 1, view.number_of(line))


def _line(text: str) -> str:
    return said(text.encode("utf-8", "replace")).message.strip()


def _state(one: HostReading, age: float | None, *, is_old: bool) -> str:
    if age is None:
        return one.fault or "asked, no answer yet"
    parts = [f"{len(one.devices)} devices", f"read {duration(age)} ago" if is_old else "", one.fault]
    return ", ".join(part for part in parts if part)


def _device(device: Device) -> str:
    used, total = device.hbm_used_mb, device.hbm_total_mb
    share = f"{100 * used / total:3.0f} %" if used is not None and total else f"{UNKNOWN:>3} %"
    # 76 cells: a row of the smallest terminal
    return (
        f"{device.label:<13} {device.health or UNKNOWN:<7} HBM {_number(used, 6)}/{_number(total, 6)} MB {share}"
        f" AICore {_number(device.aicore_pct, 3)} % {_number(device.power_w, 4)} W {_number(device.temp_c, 3)} °C"
    )


def _number(value: float | None, width: int) -> str:
    return f"{UNKNOWN if value is None else f'{value:,.0f}':>{width}}"


def _device_style(device: Device, *, is_old: bool) -> str:
    if is_old:
        return "$text-muted"
    return "$text-error" if device.is_healthy is False else ""
