"""``--detect`` for people: hosts, devices, what is missing, what to do. Fits 80 columns; no text is markup."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.detect import words
from wizard.model.hardware import Device, Host

if TYPE_CHECKING:
    from rich.console import Console


def _console(*, color: bool) -> "Console":
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 80
    return Console(
        no_color=not color or "NO_COLOR" in os.environ,
        highlight=False, markup=False, emoji=False, width=width, safe_box=True,
    )  # fmt: skip


def show(hosts: Sequence[Host], *, color: bool) -> None:
    """Prints everything, and one verdict line at the end."""
    console = _console(color=color)
    if any(host.is_recorded for host in hosts):
        _say(console, "RECORDED: replayed from a folder, nothing was asked", "bold yellow")
    for host in hosts:
        _host(console, host)
    if len(hosts) > 1:
        _differences(console, hosts)
    verdict, style = words.verdict(hosts)
    _say(console, verdict, style)


def _say(console: "Console", text: str, style: str = "", indent: int = 0) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(_printable(text), style=style), (0, 0, 0, indent), expand=False))


def _printable(text: str) -> str:
    """Control characters would move the cursor: shown as what they are."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _host(console: "Console", host: Host) -> None:
    _say(console, words.headline(host), "bold")
    for text in words.about(host):
        _say(console, text, indent=2)
    if host.devices:
        _devices(console, host)
    if host.fault:
        _say(console, f"error: {host.fault.message} ({host.fault.kind})", "bold red", 2)
        _say(console, f"hint: {host.fault.hint}", indent=2)
    if host.was_reached and not host.devices:
        for text in words.looked_for(host):
            _say(console, text, indent=2)
    for text in _remarks(host):
        _say(console, text, "yellow", 2)
    console.print()


def _remarks(host: Host) -> Iterator[str]:
    if host.was_reached:
        yield from (f"note: {note}" for note in host.notes)
        yield from words.remarks(host)


def _devices(console: "Console", host: Host) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", collapse_padding=True)
    is_paired = any(device.phy_id is not None for device in host.devices)
    for title in ("NPU", *(["chip", "die"] if is_paired else []), "name", "health", "HBM MB", "W", "°C", "use"):
        is_text = title in {"name", "health", "use"}
        table.add_column(title, justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold")
    for device in host.devices:
        use, style = words.use(device, host)
        ids = [device.npu_id, *([device.chip_id, device.phy_id] if is_paired else [])]
        power = None if device.power_w is None else round(device.power_w)
        cells = [*(words.number(value) for value in ids), device.name or "unknown", device.health or "unknown"]
        cells += [_memory(device), words.number(power), words.number(device.temp_c), use]
        table.add_row(*(Text(_printable(cell)) for cell in cells), style=style if device.is_healthy else "red")
    console.print(table)


def _memory(device: Device) -> str:
    if device.hbm_total_mb is None:
        return f"{words.number(device.memory_used_mb)}/{words.number(device.memory_total_mb)}"
    return f"{words.number(device.hbm_used_mb)}/{device.hbm_total_mb}"


def _differences(console: "Console", hosts: Sequence[Host]) -> None:
    for text in words.differences(hosts):
        _say(console, f"hosts differ: {text}", "yellow")
