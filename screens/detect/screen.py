"""The Detect stage: hosts as cards, asked side by side in the background; nothing here waits for a host.

Owns the asking and the list. What a host is, is ``wizard.detect``'s; what was found out is kept by the session.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from screens.asking import THIS_MACHINE, Asking, is_bystander, to_ask, with_ways
from screens.detect.card import HostCard, Waiting, lines_of_row, style_of
from screens.messages import Chosen, GoTo
from screens.stage import StageScreen
from screens.text import outside
from wizard import places
from wizard.detect import summary, words
from wizard.errors import WizardError
from wizard.model.hardware import Host
from wizard.session import Session

LOOKING = "Looking for NPUs on this machine …"
NO_NPU, NO_HOST = "No NPU can be used here.", "No host is on the list."
WAYS_ON = (
    "a  ask hosts over ssh    m  rehearse with a recorded machine\n"
    "]  choose without hardware: the script may run elsewhere"
)


class DetectScreen(StageScreen):
    """Which hosts there are.

    Args:
        ask: target and folder of weights → something that can be asked.
    """

    STAGE = "detect"
    HELP_TITLE = "Detect"
    HELP_TEXT = (
        "Which hosts there are and whether they can serve: devices and their health, HBM in use and by whom, driver, "
        "CANN, container engine, disk, network. Hosts are asked over ssh as you reach them yourself; nothing changes "
        "on them. With no hardware at hand a recorded machine shows how it goes."
    )
    AUTO_FOCUS = ""
    CSS_PATH: ClassVar[list[str]] = ["../stage.tcss", "detect.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add hosts", tooltip="Ask more hosts: ssh targets, a pasted list, a hosts file"),
        Binding("m", "rehearse", "recorded", tooltip="Rehearse with a recorded machine"),
        Binding("u", "use", "use hosts", tooltip="Put these hosts into the places of what is chosen"),
        Binding("R", "all_again", "ask all again", show=False, tooltip="Ask every host again"),
    ]

    def __init__(
        self,
        ask: Callable[[str, str | None], Asking] | None = None,
        ways: Callable[[Sequence[Host]], tuple[Host, ...]] | None = None,
    ) -> None:
        super().__init__()
        self._ask = ask or to_ask
        # hosts that a caller plays cannot be asked for the ways between them
        self._ways = ways or (with_ways if ask is None else tuple)
        self._asked: dict[str, tuple[Asking, float]] = {}
        """Address → who is being asked, and since when."""
        self._ticker: Timer | None = None
        self._cards: dict[str, HostCard] = {}
        self._bystander: Host | None = None
        """This machine, where it has no NPU at all: shown, but nothing is planned for it."""

    def compose_body(self) -> ComposeResult:
        """One sentence, and the cards."""
        yield Static(markup=False, id="said")
        yield VerticalScroll(id="cards", can_focus=False)

    def on_mount(self) -> None:
        """Begins to count seconds where somebody is asked."""
        self._ticker = self.set_interval(1, self._tick, pause=True)

    async def painted(self) -> None:
        """Asks the hosts that were named, else this machine; the screen is in view before."""
        if not self.session.hosts and not self._asked:
            self.ask(self._named() or [THIS_MACHINE])
        await super().painted()

    def _named(self) -> list[str]:
        """The hosts that stand in the selection, as ssh reaches them, of which nothing is known."""
        return [
            host.ssh or host.address
            for host in places.unasked(self.session.selection, self.session.hosts)
            if host.address not in self._asked
        ]

    def on_unmount(self) -> None:
        """Leaves nobody asking."""
        for question, _ in self._asked.values():
            question.cancel()

    def show(self, session: Session) -> None:
        """One card a host, changed in place."""
        states: list[Host | Waiting] = [Waiting(address, self._seconds(address)) for address in self._asked]
        listed = {host.address for host in session.hosts}
        if self._bystander is not None and self._bystander.address not in listed | self._asked.keys():
            states.insert(0, self._bystander)
        states[:0] = [host for host in session.hosts if host.address not in self._asked]
        order = [host.address for host in session.hosts]
        states.sort(key=lambda state: order.index(state.address) if state.address in order else len(order))
        self._show_cards(states)
        self.query_one("#said", Static).update(self._said(session))
        self.refresh_bindings()

    def _show_cards(self, states: Sequence[Host | Waiting]) -> None:
        listed = {state.address for state in states}
        for address in self._cards.keys() - listed:
            self._cards.pop(address).remove()
        fresh = []
        for state in states:
            known = self._cards.get(state.address)
            if known is None:
                self._cards[state.address] = card = HostCard(state)
                fresh.append(card)
            elif known.state != state:
                known.show(state)
        if fresh:
            self.query_one("#cards", VerticalScroll).mount_all(fresh)
            self.call_after_refresh(self._first_focus)

    def _first_focus(self) -> None:
        if self.is_current and self.focused is None:
            first = next(iter(self._cards.values()), None)
            if first is not None:
                first.focus()

    def _said(self, session: Session) -> Content:
        asked = list(self._asked) if self._asked or self._is_painted or session.hosts else self._named()
        if asked or not (self._is_painted or session.hosts):
            return Content(f"Asking {', '.join(asked)} …" if asked not in ([], [THIS_MACHINE]) else LOOKING)
        hosts = session.hosts
        if not hosts and self._bystander is not None:
            return _ways_on(NO_NPU)
        if not hosts:
            return _ways_on(NO_HOST)
        text, state = words.verdict(hosts, summary.everything(hosts))
        verdict = outside(text[:1].upper() + text[1:], f"bold {style_of(state)}")
        parts = [Content.assemble(verdict, Content.styled("   ] goes on to Choose", "$text-muted"))]
        parts += [line for row in summary.open_points(summary.between(hosts)) for line in lines_of_row(row)]
        if not any(host.is_usable for host in hosts):
            parts = [_ways_on(NO_NPU)]
        if self._can_place(session):
            parts.append(
                Content.styled(f"u puts {session.selection.preset or 'what is chosen'} on them", "$text-muted")
            )
        if named := self._named():
            parts.append(outside(f"chosen, but not asked yet: {', '.join(named)}   a asks them", "$text-warning"))
        return Content("\n").join(parts)

    @staticmethod
    def _can_place(session: Session) -> bool:
        """Whether several hosts are needed, nobody has named them, and those that were found fit."""
        if session.selection.host_count < 2:
            return False
        from wizard.offers.scenarios import with_detected

        return with_detected(session.selection, session.hosts) != session.selection

    def ask(self, targets: Sequence[str]) -> None:
        """Asks hosts in the background, each by itself. Real hosts and recorded ones are not mixed."""
        recorded = {host.address for host in self.session.hosts if host.is_recorded}
        if recorded:
            self.wizard.change(lambda session: session.forgotten(recorded), "")
        path = self.session.selection.model.path or None
        for target in targets:
            question = self._ask(target, path)
            if question.address not in self._asked:
                self._asked[question.address] = (question, monotonic())
                self._wait_for(question)
        if self._ticker is not None:
            self._ticker.resume()
        self.show(self.session)

    @work(thread=True, group="probe")
    def _wait_for(self, question: Asking) -> None:
        worker = get_current_worker()
        host = question.answer()
        if not worker.is_cancelled and self.app.is_running:
            self.app.call_from_thread(self._answered, question, host)

    def _answered(self, question: Asking, host: Host) -> None:
        if self._asked.get(question.address, (None,))[0] is not question:
            return  # asked again meanwhile
        del self._asked[question.address]
        if not self._asked and self._ticker is not None:
            self._ticker.pause()
        if host.address == THIS_MACHINE:
            self._bystander = host if is_bystander(host) else None
        if not is_bystander(host):
            self.wizard.change(lambda session: session.detected((host,)), "")
        else:
            self.wizard.change(lambda session: session.forgotten({host.address}), "")
        if self.is_current:
            self.show(self.session)
        reached = tuple(host for host in self.session.hosts if host.was_reached and not host.is_recorded)
        if not self._asked and len(reached) > 1:
            self._ask_ways(reached)

    @work(thread=True, group="ways", exclusive=True)
    def _ask_ways(self, hosts: tuple[Host, ...]) -> None:
        """Once all are there: do they reach one another?"""
        worker = get_current_worker()
        found = self._ways(hosts)
        if not worker.is_cancelled and self.app.is_running:
            self.app.call_from_thread(self._ways_answered, hosts, found)

    def _ways_answered(self, asked: tuple[Host, ...], found: tuple[Host, ...]) -> None:
        # a host that was taken off the list or asked again meanwhile stays what it is
        fresh = tuple(after for before, after in zip(asked, found, strict=True) if before in self.session.hosts)
        self.wizard.change(lambda session: session.detected(fresh), "")
        if self.is_current:
            self.show(self.session)

    def _seconds(self, address: str) -> int:
        return int(monotonic() - self._asked[address][1])

    def _tick(self) -> None:
        for address in self._asked:
            if address in self._cards:
                self._cards[address].show(Waiting(address, self._seconds(address)))

    @on(HostCard.Asked)
    def _do(self, message: HostCard.Asked) -> None:
        known = (*self.session.hosts, *([self._bystander] if self._bystander is not None else []))
        host = next((host for host in known if host.address == message.address), None)
        if message.what == "cancel" and message.address in self._asked:
            self._asked[message.address][0].cancel()
        elif message.what == "again" and host is not None:
            self.ask([host.ssh or host.address])
        elif message.what == "details" and host is not None:
            from screens.detect.dialogs import HostDetails

            self.app.push_screen(HostDetails(host))
        elif message.what == "remove":
            self._remove(message.address)

    def _remove(self, address: str) -> None:
        order = list(self._cards)
        place = order.index(address) if address in order else 0
        if self._bystander is not None and self._bystander.address == address:
            self._bystander = None
        self.wizard.change(lambda session: session.forgotten({address}), "")
        self.show(self.session)
        rest = list(self._cards.values())
        if rest:
            rest[min(place, len(rest) - 1)].focus()
        self.app.say(f"{address} is off the list; nothing was done on it. `a` adds it again.")  # type: ignore[attr-defined]

    def action_add(self) -> None:
        """Asks for more hosts."""
        from screens.detect.dialogs import AddHosts

        self.app.push_screen(AddHosts(self._named()), self._added)

    def _added(self, targets: tuple[str, ...] | None) -> None:
        if targets:
            self._bystander = None
            idle = {host.address for host in self.session.hosts if not host.devices and host.address == THIS_MACHINE}
            self.wizard.change(lambda session: session.forgotten(idle), "")
            self.ask(targets)

    def action_all_again(self) -> None:
        """Asks every host again."""
        self.ask([host.ssh or host.address for host in self.session.hosts if not host.is_recorded] or [THIS_MACHINE])

    def action_rehearse(self) -> None:
        """Offers the recorded machines."""
        from screens.detect.dialogs import Rehearse

        self.app.push_screen(Rehearse(), self._replay)

    def _replay(self, folder: str | None) -> None:
        if folder:
            self._read(Path(folder))

    @work(thread=True, group="replay", exclusive=True)
    def _read(self, folder: Path) -> None:
        from wizard.detect import command

        try:
            found = command.recorded(folder)
        except WizardError as error:
            self.app.call_from_thread(self.wizard.complain, error)
            return
        self.app.call_from_thread(self._replayed, found)

    def _replayed(self, found: tuple[Host, ...]) -> None:
        for question, _ in self._asked.values():
            question.cancel()
        self._asked.clear()
        self._bystander = None
        listed = {host.address for host in self.session.hosts}
        self.wizard.change(lambda session: session.forgotten(listed).detected(found), "")
        self.show(self.session)
        first = next(iter(self._cards.values()), None)
        if first is not None:
            self.call_after_refresh(first.focus)

    def action_use(self) -> None:
        """Puts the hosts into the places of the selection, or says why that cannot be."""
        selection = self.session.selection
        fitting = [host for host in places.usable(self.session.hosts) if str(host.series) == str(selection.series)]
        needed = len(places.places(selection))
        if len(fitting) < needed:
            text = f"{selection.preset or 'this selection'} takes {needed} x {selection.series}, {len(fitting)} found"
            self.app.say(f"{text}. Choose a scenario that fits.", severity="warning")  # type: ignore[attr-defined]
            self.post_message(GoTo("choose"))
            return
        self.post_message(Chosen.with_hosts(places.assigned(selection, self.session.hosts)))
        self.post_message(GoTo("choose"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now."""
        if action == "use":
            return any(host.is_usable for host in self.session.hosts)
        if action == "previous_stage":
            return False
        if action == "back":  # there is no stage before this one
            return bool(self.panel) or (self.focused is not None and self._in_side(self.focused))
        return super().check_action(action, parameters)


def _ways_on(what: str) -> Content:
    return Content.assemble(Content.styled(f"{what} Ways on:", "bold"), f"\n{WAYS_ON}")
