"""``--monitor [RUN | FILE…]``: watches logs, with ``--plain`` line by line, with ``--json`` as events.

Watching starts and stops nothing: whoever leaves with Ctrl-C leaves every server running.
"""

import gc
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import paths
from wizard.errors import ExitCode, UsageError
from wizard.json_text import json_text
from wizard.launch import events, journal, runs
from wizard.model.run import Run, RunEvent
from wizard.monitor import view
from wizard.monitor.changes import Changes, Event
from wizard.monitor.replay import ReplayClock, followers
from wizard.monitor.shown import Level, is_progress, shown
from wizard.monitor.source import PIPED, Source, sources_of
from wizard.monitor.text import printable
from wizard.monitor.watch import Watched
from wizard.reach import is_here
from wizard.wording import counted
from wizard.words.ends import RunEnds, goodbye

if TYPE_CHECKING:
    from wizard.invocation import Invocation

_EVERY_S = 0.1
_RECORD_S = 1.0
"""How often a run's record is looked at for where a log is."""
_LAST_LINES = 10
"""Of what is there already, as many lines as ``tail -f`` shows."""
_EMPTY = ("following", "waiting for the file", "not started yet")
"""States in which a log without lines has none that are old."""
_QUIET_S, _OLD_S = 0.5, 3.0
"""What comes from another host within the first seconds, without a pause, was there before."""
_COLOURS = ("36", "33", "35", "32", "34", "96", "93", "95")
_LEVELS = {Level.ERROR: "31", Level.WARNING: "33"}
_REMOTE = re.compile(r"(?P<host>(?:[\w.-]+@)?(?:\[[\da-fA-F:]+\]|[\w.-]+)):(?P<path>(?:/|container:).+)")
_CONTAINER = "container:"


@dataclass
class Watching:
    """What is watched: the logs, and the run that they belong to, if any."""

    watched: tuple[Watched, ...]
    run: Run | None = None
    replay: ReplayClock | None = None
    """The clock of the logs, where they are shown as they were written."""
    ends: RunEnds | None = None
    """Which of its processes have ended, where lines are printed."""
    _past: "journal.Follower[RunEvent] | None" = None
    _told: list[RunEvent] = field(default_factory=list)

    @property
    def hosts(self) -> tuple[tuple[str, str], ...]:
        """The hosts with NPUs, each once: address and ssh target. Of files it is not known, so all of theirs."""
        if self.run is not None:
            places = [(one.address, one.ssh) for one in self.run.processes if one.devices]
        else:
            places = [(one.source.address, one.source.ssh) for one in self.watched]
        return tuple(dict.fromkeys(places))

    def happened(self) -> Sequence[RunEvent]:
        """The events of the run so far."""
        if self.run is not None:
            self._past = self._past or events.follower(self.run.name)
            self._told.extend(self._past.new())
        return self._told


def run(invocation: "Invocation") -> ExitCode:
    """Watches until told to stop.

    Returns:
        INTERRUPTED after Ctrl-C; where everything that was piped in has ended, FAILED with a failure, else DONE.

    Raises:
        UsageError: there is nothing of that name, or no terminal and neither ``--plain`` nor ``--json``.
    """
    gc.enable()  # this goes on for days
    watching = begun(invocation.options.monitor, invocation.options.speed)
    if watching.run is not None and watching.replay is None:
        watching.ends = RunEnds(watching.run)
    output = _Json() if invocation.options.json else _Plain(watching, color=_has_color(invocation))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _follow(watching, output)
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{goodbye(watching.run)}")
        return ExitCode.INTERRUPTED
    finally:
        for one in watching.watched:
            one.close()
        if watching.ends:
            watching.ends.close()


def wants_screen(invocation: "Invocation") -> bool:
    """Whether the full screen is meant.

    Raises:
        UsageError: it is, and there is no terminal for it.
    """
    options = invocation.options
    if options.monitor is None or options.plain or options.json:
        return False
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        raise UsageError(
            "the full screen of `--monitor` needs a terminal",
            "`--monitor --plain` prints lines, `--monitor --json` events; `--diagnose FILE` reads a log once",
        )
    return True


def begun(names: list[str], speed: str | None = None) -> Watching:
    """The logs that were named: files, ``HOST:/path``, ``container:NAME``, ``HOST:container:NAME``, ``-``, or a run.

    Args:
        names: of logs, or of a run; none: the newest run.
        speed: how much faster they are replayed, as it was typed; None: they are watched.

    Raises:
        UsageError: there is nothing of that name, or it cannot be replayed.
    """
    sources: list[Source] = []
    found: Run | None = None
    for name in names or [""]:
        source = named(name)
        if source is None:
            try:
                found = runs.find(name)
            except UsageError as error:
                file = f"; a log file that is not there yet: `./{name}`" if name else ""
                raise UsageError(error.message, f"{error.hint}{file}") from None
            sources += sources_of(found)
        else:
            sources.append(source)
    if not sources:
        raise UsageError("there is nothing to watch", "name log files, or a run (`--runs` lists them)")
    run = found if len(names) <= 1 else None
    if speed is not None:
        return _replayed(_named_apart(sources), _factor(speed), run)
    return Watching(tuple(_watched(source, run) for source in _named_apart(sources)), run)


def _replayed(sources: list[Source], factor: float, run: Run | None) -> Watching:
    for source in sources:
        if source.path in ("", PIPED) or not is_here(source.address, source.ssh):
            raise UsageError(
                f"`{source.name}` cannot be replayed: it is no log file of this machine",
                "copy the log here, then `--monitor FILE --speed 10`",
            )
    handed, clock = followers([source.path for source in sources], factor)
    watched = tuple(Watched(source, follower) for source, follower in zip(sources, handed, strict=True))
    for one in watched:
        one.speed = factor
    return Watching(watched, run, clock)


def _factor(typed: str) -> float:
    try:
        factor = float(typed)
    except ValueError:
        factor = 0
    if not 0 < factor < float("inf"):
        raise UsageError(f"`--speed {typed}` is no speed", "a number above 0: `--speed 10` is ten times as fast")
    return factor


def of_run(run: Run) -> Watching:
    """The logs of a run."""
    return Watching(tuple(_watched(source, run) for source in sources_of(run)), run)


def _watched(source: Source, run: Run | None) -> Watched:
    """A log; of a process that is not started yet, as soon as the run's record says where it is."""
    if run is None or source.path or source.container:
        return Watched(source)
    looked_s = float("-inf")

    def find() -> Source | None:
        nonlocal looked_s
        if time.monotonic() - looked_s < _RECORD_S:
            return None
        looked_s = time.monotonic()
        try:
            sources = sources_of(runs.find(run.name))
        except UsageError:
            return None  # the record is gone
        return next((one for one in sources if one.name == source.name and (one.path or one.container)), None)

    return Watched(source, find=find)


def named(name: str) -> Source | None:
    """The log that is named so; None where it can only be a run."""
    if name == PIPED:
        return Source("stdin", PIPED)
    remote = _REMOTE.fullmatch(name)
    if remote and not paths.is_there(name):
        host, path = remote["host"], remote["path"]
        if path.startswith(_CONTAINER):
            container = path.removeprefix(_CONTAINER)
            return Source(f"{host}:{container}", "", host, host, container)
        return Source(f"{host}:{Path(path).stem}", path, host, host)
    if name.startswith(_CONTAINER):
        return Source(name.removeprefix(_CONTAINER), "", container=name.removeprefix(_CONTAINER))
    if "/" in name or paths.is_there(name) or name.endswith((".log", ".txt", ".out")):
        return Source(Path(name).stem, name)
    return None


def _named_apart(sources: list[Source]) -> list[Source]:
    names = [source.name for source in sources]
    return [
        source._replace(name=source.path or source.container) if names.count(source.name) > 1 else source
        for source in sources
    ]


def _follow(watching: Watching, output: "_Json | _Plain") -> ExitCode:
    changes = {one.source.name: Changes(one.source.name) for one in watching.watched}
    cause: tuple[str, str] | None = None
    while True:
        is_new = False
        for one in watching.watched:
            came = one.poll()
            is_new |= came
            output.lines(one, came=came)
            now = time.monotonic()
            for event in changes[one.source.name].new(one.reading, one.state, (now - one.last_new_s) * one.speed, now):
                output.event(event)
        readings = {one.source.name: one.reading for one in watching.watched}
        for event in watching.ends.new() if watching.ends else ():
            output.event(event)
        first = view.first_cause(readings) if len(readings) > 1 else None
        if first is not None and cause != (first.name, first.diagnosis.id):
            cause = (first.name, first.diagnosis.id)
            output.event(_first(first))
        sys.stdout.flush()
        if all(one.state == "ended" for one in watching.watched) and not is_new:
            failed = any(one.diagnosis and one.diagnosis.is_failure for one in readings.values())
            return ExitCode.FAILED if failed else ExitCode.DONE
        if not is_new:
            time.sleep(_EVERY_S)


def _first(cause: view.Cause) -> Event:
    others = len(cause.consequences)
    more = f"; {counted(others, 'other')} failed after it" if others else ""
    data = (
        ("diagnosis", cause.diagnosis.id),
        ("line", cause.diagnosis.root_line),
        ("consequences", list(cause.consequences)),
    )
    return Event("first_cause", cause.name, f"first cause: {cause.diagnosis.id}{more}", data)


class _Json:
    """One event object a line."""

    def lines(self, watched: Watched, *, came: bool) -> None:
        """Lines are not told; what they say is."""

    def event(self, event: Event) -> None:
        """Prints it."""
        stamp = datetime.now().astimezone().isoformat(timespec="milliseconds")
        sys.stdout.write(json_text(event.as_json(stamp)) + "\n")


class _Plain:
    """Lines with the name of their process before them, and remarks between them."""

    def __init__(self, watching: Watching, *, color: bool) -> None:
        names = [one.source.name for one in watching.watched]
        self._width = max(len(name) for name in names)
        self._colour = {name: _COLOURS[place % len(_COLOURS)] if color else "" for place, name in enumerate(names)}
        is_new = {one.source.name for one in watching.watched if watching.replay or one.source.path == PIPED}
        self._next: dict[str, int] = dict.fromkeys(is_new, 0)
        self._waiting: dict[str, tuple[float, float]] = {}
        """Since when something came from logs of other hosts, and since when nothing more did."""
        self._has_color = color

    def lines(self, watched: Watched, *, came: bool) -> None:
        """Prints the lines that are whole and were not printed yet."""
        name, ring = watched.source.name, watched.lines
        end = ring.end if ring.growing is None else ring.growing
        if name not in self._next and not self._is_all_old_here(watched, came=came):
            return
        start = self._next.setdefault(name, max(end - _LAST_LINES, ring.first))
        if start < ring.first:
            self._write(name, "*", f"{ring.first - start} lines are left out: they came too fast to be shown", "")
            start = ring.first
        for number in range(start, end):
            line = shown(ring[number - ring.first])
            if is_progress(line.text):
                # each state of a bar on a line of its own: remarks tell how far it is
                continue
            self._write(name, "|", line.text, _LEVELS.get(line.level, "") if self._has_color else "")
        self._next[name] = end

    def _is_all_old_here(self, watched: Watched, *, came: bool) -> bool:
        """Whether what was written before has come, so that all that follows is new; from afar it takes a while."""
        source = watched.source
        if source.path and is_here(source.address, source.ssh):
            return bool(watched.lines.end) or watched.state in _EMPTY
        if not came and watched.state not in _EMPTY:
            return False
        now = time.monotonic()
        since, quiet_since = self._waiting.get(source.name, (now, now))
        quiet_since = now if came else quiet_since
        self._waiting[source.name] = since, quiet_since
        return now - quiet_since > _QUIET_S or now - since > _OLD_S

    def event(self, event: Event) -> None:
        """Prints a remark, told from lines by its sign."""
        if event.event == "figures":
            return  # the line they come from is printed
        sign = "!" if event.event in ("diagnosis", "first_cause", "ended") else "*"
        style = "1;31" if sign == "!" else "1"
        self._write(event.process, sign, printable(event.text), style if self._has_color else "")

    def _write(self, name: str, sign: str, text: str, style: str) -> None:
        head = f"{printable(name):<{self._width}} {sign} "
        colour = self._colour.get(name, "")
        head = f"\x1b[{colour}m{head}\x1b[0m" if colour else head
        encoding = sys.stdout.encoding or "utf-8"
        line = head + (f"\x1b[{style}m{text}\x1b[0m" if style else text) + "\n"
        sys.stdout.write(line.encode(encoding, "replace").decode(encoding))


def _has_color(invocation: "Invocation") -> bool:
    return sys.stdout.isatty() and not invocation.options.no_color and not os.environ.get("NO_COLOR")


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001 (the shape of a signal handler)
    raise KeyboardInterrupt
