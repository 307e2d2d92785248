"""``--detect`` for people: hosts, devices, what is missing, what to do. Fits 80 columns; no text is markup."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from wizard.detect import groups, summary, words
from wizard.detect.summary import Row, State
from wizard.model.hardware import Host
from wizard.wording import counted, one_line

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red", State.UNKNOWN: "magenta"}
_INDENT = 2
_NAME_CHARS = 20
_STATE_CHARS = 13
_WIDE = 100
"""A terminal of so many columns has room for both."""


def _console(*, color: bool) -> "Console":
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 80
    return Console(
        no_color=not color or "NO_COLOR" in os.environ,
        highlight=False, markup=False, emoji=False, width=width, safe_box=True,
    )  # fmt: skip


def show(hosts: Sequence[Host], *, color: bool, is_whole: bool = False) -> None:
    """Prints everything, and one verdict line at the end.

    Args:
        hosts: what was found.
        color: whether colours may be used; no meaning is in the colour alone.
        is_whole: every device on a line of its own, and what is in order as well.
    """
    console = _console(color=color)
    if any(host.is_recorded for host in hosts):
        _say(console, "RECORDED: replayed from a folder, nothing was asked", "bold yellow")
    found = [(host, summary.rows(host)) for host in hosts]
    if len(hosts) > 1:
        _overview(console, found)
    for host, rows in found:
        _host(console, host, rows, is_whole=is_whole, is_alone=len(hosts) == 1)
    together = summary.between(hosts)
    if together:
        _say(console, "between the hosts", "bold")
        _rows(console, together, is_whole=is_whole)
        console.print()
    verdict, state = words.verdict(hosts, [*(row for _, rows in found for row in rows), *together])
    _command(console, verdict, 0, f"bold {_STYLES[state].removeprefix('bold ')}")


def _say(console: "Console", text: str, style: str = "", indent: int = 0) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(one_line(text), style=style), (0, 0, 0, indent), expand=False))


def _command(console: "Console", text: str, indent: int, style: str = "") -> None:
    """A line that is never broken: what is pasted is one command, and a verdict is one line."""
    from rich.text import Text

    line = Text(" " * indent + one_line(text), style=style, no_wrap=True, overflow="ignore")
    console.print(line, crop=False, soft_wrap=True)


def _overview(console: "Console", found: Sequence[tuple[Host, Sequence[Row]]]) -> None:
    """All hosts at a glance."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", collapse_padding=True)
    # the host's name stays whole, as long as it is no longer than most: the state can be wrapped
    widths = {"host": min(_NAME_CHARS, max(len(host.address) for host, _ in found))}
    for title in ("host", "series", "devices", "free", "HBM free", "driver", "state"):
        justify: Literal["left", "right"] = "right" if title in {"devices", "free", "HBM free"} else "left"
        most = _STATE_CHARS if title == "state" and console.width < _WIDE else None
        table.add_column(title, justify=justify, overflow="fold", min_width=widths.get(title), max_width=most)
    for host, rows in found:
        state, style = _state(host, rows)
        has_any = bool(host.devices)
        cells = [
            host.address, str(host.series or "unknown"), words.number(len(host.devices) if has_any else None),
            words.number(len(host.free_devices) if has_any else None),
            f"{host.free_hbm_mb // 1024} GiB" if has_any else "-", host.software.driver_version or "unknown",
        ]  # fmt: skip
        table.add_row(*(Text(one_line(cell)) for cell in cells), Text(one_line(state), style=style))
    console.print(table)
    console.print()


def _state(host: Host, rows: Sequence[Row]) -> tuple[str, str]:
    if host.fault:
        return f"FAIL: {host.fault.kind.replace('_', ' ')}", _STYLES[State.FAIL]
    worst = [row for row in rows if row.state is State.FAIL]
    if worst:
        return f"FAIL: {worst[0].what}", _STYLES[State.FAIL]
    remarks = summary.open_points(rows)
    return (counted(len(remarks), "remark"), "yellow") if remarks else ("ok", "green")


def _host(console: "Console", host: Host, rows: Sequence[Row], *, is_whole: bool, is_alone: bool) -> None:
    _say(console, words.headline(host), "bold")
    for text in words.about(host):
        _say(console, text, indent=_INDENT)
    if host.devices:
        _devices(console, host, is_whole=is_whole or is_alone)
    _rows(console, rows, is_whole=is_whole)
    if host.was_reached and not host.devices:
        for text in words.looked_for(host):
            if text.lstrip().startswith("$"):
                _command(console, text, _INDENT)
            else:
                _say(console, text, indent=_INDENT)
    for note in host.notes if host.was_reached else ():
        _say(console, f"note: {note}", "yellow", _INDENT)
    console.print()


def _rows(console: "Console", rows: Sequence[Row], *, is_whole: bool) -> None:
    """What is not in order, each with its cure; what is in order in one line."""
    for row in rows:
        if row.state is State.OK and not is_whole:
            continue
        told = [row.found, *([f"needed: {row.needed}"] if row.needed and row.state is not State.OK else [])]
        told += [row.advice] if row.advice else []
        _print_row(console, (row.state, row.what, "\n".join(map(one_line, told))), _STYLES[row.state])
        if row.cure:
            _command(console, f"$ {row.cure}", _INDENT + 9)
    if not is_whole:
        _in_order(console, rows)


def _print_row(console: "Console", cells: Sequence[str], style: str) -> None:
    """The state in its colour, and one or two cells, each wrapped below itself."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for width in (7, 10, None)[: len(cells) - 1]:
        grid.add_column(width=width, overflow="fold")
    grid.add_column(overflow="fold")
    state, *texts = cells
    grid.add_row(Text(state, style=style), *(Text(text) for text in texts))
    console.print(Padding(grid, (0, 0, 0, _INDENT), expand=False))


def _in_order(console: "Console", rows: Sequence[Row]) -> None:
    names = ", ".join(row.what for row in rows if row.state is State.OK)
    if names:
        _print_row(console, (State.OK, names), _STYLES[State.OK])


def _devices(console: "Console", host: Host, *, is_whole: bool) -> None:
    from rich import box
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", collapse_padding=True)
    for title, is_text in groups.titles(host):
        table.add_column(title, justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold")
    for line in groups.lines(host, is_whole=is_whole):
        table.add_row(*(Text(one_line(cell)) for cell in line.cells), style=_line_style(line))
    console.print(Padding(table, (0, 0, 1, _INDENT), expand=False))


def _line_style(line: groups.Line) -> str:
    return "red" if line.is_healthy is False else "yellow" if line.is_busy else "green" if line.is_busy is False else ""
