"""A host as a card: what it is, its devices, what a launch depends on, what is missing and what cures it.

Owns the painting only; the sentences are ``wizard.detect.words``'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.text import Hanging, outside
from wizard.detect import summary, words
from wizard.detect.summary import Row, State
from wizard.model.hardware import Device, Host

BAR_CELLS = 20
_MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Waiting:
    """A host that is being asked."""

    address: str
    seconds: int = 0


class HostCard(Static, can_focus=True):
    """One host. Enter shows its devices one by one."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "details", "details", tooltip="Every device, and everything that was found out"),
        Binding("r", "again", "ask again", tooltip="Ask this host again"),
        Binding("x", "cancel", "stop asking", tooltip="Stop waiting for this host"),
        Binding("d,delete", "remove", "remove", tooltip="Take this host off the list; nothing happens on it"),
        Binding("down", "screen.focus_next('HostCard')", "next host", show=False),
        Binding("up", "screen.focus_previous('HostCard')", "previous host", show=False),
    ]
    DEFAULT_CSS = """
    HostCard {
        height: auto; width: 1fr; border: round $border-blurred; padding: 0 1; border-title-style: bold;
        border-title-color: $foreground;
        &:focus { border: heavy $primary; }
    }
    """

    @dataclass
    class Asked(Message):
        """Something is to be done with the host."""

        address: str
        what: str
        """details, again, cancel, remove."""

    def __init__(self, state: Host | Waiting) -> None:
        super().__init__(markup=False)
        self.state = state

    @property
    def address(self) -> str:
        """Which host it is."""
        return self.state.address

    def on_mount(self) -> None:
        """Paints itself."""
        self.show(self.state)

    def show(self, state: Host | Waiting) -> None:
        """Shows what is known now."""
        self.state = state
        if isinstance(state, Waiting):
            self.border_title = outside(state.address)
            self.border_subtitle = Content("")
            self.update(Content.assemble(f"asking … {state.seconds} s", Content.styled("   x stops", "$text-muted")))
        else:
            self.border_title = title_of(state)
            self.border_subtitle = verdict_of(state)
            self.update(Hanging(Content("\n").join(lines_of(state))))
        self.refresh_bindings()

    def help_text(self) -> tuple[str, str]:
        """What a card says, and what its signs mean."""
        text = (
            "A host: what it is, its devices, what a launch depends on. Below it stands what is missing, with the "
            "command that cures it.\n"
            "Devices: o free, # busy, ! not well, ? unknown; the two of a card stand together. HBM: how much of the "
            "memory of all devices is in use. RECORDED: nothing was asked, a recording answered."
        )
        return self.address, text

    def on_click(self) -> None:
        """A click on the focused card shows its details."""
        if self.has_focus:
            self.action_details()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only what makes sense now."""
        waiting = isinstance(self.state, Waiting)
        if action == "cancel":
            return waiting
        if action in ("details", "remove"):
            return not waiting
        if action == "again":
            return not waiting and not (isinstance(self.state, Host) and self.state.is_recorded)
        return True

    def action_details(self) -> None:
        """Everything."""
        if not isinstance(self.state, Waiting):
            self.post_message(self.Asked(self.address, "details"))

    def action_again(self) -> None:
        """Ask again."""
        self.post_message(self.Asked(self.address, "again"))

    def action_cancel(self) -> None:
        """Stop asking."""
        self.post_message(self.Asked(self.address, "cancel"))

    def action_remove(self) -> None:
        """Off the list."""
        self.post_message(self.Asked(self.address, "remove"))


def title_of(host: Host) -> Content:
    """Address, name, and that it is recorded."""
    name = host.system.hostname
    text = host.address + (f" ({name})" if name and name != host.address else "")
    mark = Content.styled(" RECORDED", "bold $text-accent") if host.is_recorded else Content("")
    return Content.assemble(outside(text[:60]), mark)


def verdict_of(host: Host) -> Content:
    """In a word: can it serve?"""
    if host.fault is not None:
        return Content.styled(
            "not asked" if host.fault.kind == "cancelled" else "could not be read", "bold $text-error"
        )
    if not host.is_usable:
        return Content.styled("cannot serve", "bold $text-error")
    busy = len(host.devices) - len(host.free_devices)
    if busy:
        return Content.styled(f"{len(host.free_devices)} of {len(host.devices)} devices free", "bold $text-warning")
    return Content.styled("free", "bold $text-success")


def lines_of(host: Host) -> Iterator[Content]:
    """The card's lines: what it is, devices, surroundings, then what is wrong with its cure."""
    if host.devices:
        yield outside(words.headline(host).partition(": ")[2])
        yield strip(host)
        yield memory(host)
    elif host.was_reached and host.fault is None:
        yield Content("no NPU was found here")
    yield from (outside(_short(text, host)) for text in words.about(host))
    if host.fault is not None:
        yield Content.assemble(Content.styled("! ", "bold $text-error"), outside(host.fault.message, "bold"))
        yield Content.assemble(Content.styled("  do: ", "bold"), outside(host.fault.hint))
    if host.was_reached and not host.devices:
        yield from (outside(text, "$text-muted") for text in words.searched(host))
    for row in summary.open_points(summary.rows(host)):
        if row.what not in ("devices", "reached"):
            yield from lines_of_row(row)
    for text in host.notes if host.was_reached else ():
        yield Content.assemble(Content.styled("! ", "bold $text-warning"), outside(text))


def style_of(state: State) -> str:
    """The colour of a state; the word says it as well."""
    return {State.OK: "$text-success", State.WARN: "$text-warning", State.FAIL: "$text-error"}.get(state, "$text-muted")


def lines_of_row(row: Row) -> Iterator[Content]:
    """What is not in order, and what cures it."""
    needed = f"; needed: {row.needed}" if row.needed else ""
    yield Content.assemble(
        Content.styled("! ", f"bold {style_of(row.state)}"), outside(f"{row.what}: {row.found}{needed}")
    )
    if row.cure or row.advice:
        yield Content.assemble(Content.styled("  do: ", "bold"), outside(row.cure or row.advice))


def _short(text: str, host: Host) -> str:
    """One piece of evidence is enough for a card."""
    return f"because: {host.series_evidence[0]}" if text.startswith("because:") else text


def strip(host: Host) -> Content:
    """One sign a device: free, busy, not well, unknown; cards stand apart."""
    parts: list[Content] = [Content.styled("devices ", "$text-muted")]
    before: Device | None = None
    for device in host.devices:
        if before is not None and (before.npu_id != device.npu_id or device.phy_id is None):
            parts.append(Content(" "))
        sign, style = sign_of(device)
        parts.append(Content.styled(sign, style))
        before = device
    counts = {word: sum(1 for device in host.devices if sign_of(device)[0] == sign) for sign, word in _WORDS.items()}
    told = ", ".join(f"{sign} {counts[word]} {word}" for sign, word in _WORDS.items() if counts[word])
    return Content.assemble(*parts, Content.styled(f"   {told}", "$text-muted"))


_WORDS = {"o": "free", "#": "busy", "!": "not well", "?": "unknown"}


def sign_of(device: Device) -> tuple[str, str]:
    """The sign of a device and the style it is shown in."""
    if device.is_healthy is False:
        return "!", "bold $text-error"
    if device.is_busy is None or device.is_healthy is None:
        return "?", "$text-muted"
    return ("#", "bold $text-warning") if device.is_busy else ("o", "$text-success")


def memory(host: Host) -> Content:
    """HBM of all devices as a bar with figures; unknown where no device says it."""
    known = [device for device in host.devices if device.hbm_total_mb is not None and device.hbm_used_mb is not None]
    total = sum(device.hbm_total_mb or 0 for device in known)
    used = sum(device.hbm_used_mb or 0 for device in known)
    if not total:
        return Content.styled("HBM     unknown", "$text-muted")
    filled = round(BAR_CELLS * used / total)
    text = f" {used // _MIB_PER_GIB:,} of {total // _MIB_PER_GIB:,} GiB used"
    return Content.assemble(
        Content.styled("HBM     ", "$text-muted"),
        Content.styled("█" * filled, "$text-warning" if used > total // 4 else "$text-success"),
        Content.styled("░" * (BAR_CELLS - filled), "$text-muted"),
        text,
    )


def devices_of(host: Host) -> Iterator[tuple[str, ...]]:
    """The rows of the table of devices, headings first."""
    yield "NPU", "chip", "health", "HBM in MiB", "W", "°C", "use"
    for device in host.devices:
        yield (
            str(device.npu_id),
            words.number(device.chip_id),
            device.health or "unknown",
            f"{words.number(device.hbm_used_mb)}/{words.number(device.hbm_total_mb)}",
            words.number(device.power_w),
            words.number(device.temp_c),
            words.use(device, host),
        )
