"""Which host stands where: address, network interface and ssh target of every rank, and the router's own host."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from screens.choose.page import ListPage
from screens.choose.telling import worst_mark
from screens.messages import Chosen, Placed
from screens.text import outside
from screens.widgets.blanks import Blank
from screens.widgets.rows import Row
from wizard import places
from wizard.model import hardware
from wizard.model.finding import Finding
from wizard.model.selection import Host, RoleName, Selection
from wizard.names import INTERFACE, host_name
from wizard.session import Session

ROUTER = "router"


class HostsPage(ListPage):
    """One row a place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "use", "use detected", tooltip="Put the detected hosts into the places, the emptiest first"),
        Binding("plus,shift+down", "swap(1)", "swap", key_display="+", tooltip="Swap with the place below"),
        Binding("minus,shift+up", "swap(-1)", "swap up", key_display="-", show=False),
    ]
    IS_STACKED = True

    def rows(self, session: Session, text: str) -> Sequence[Row]:
        """The places in start order, then the router."""
        selection = session.selection
        listed = [Row("", Content(f"{selection.host_count} x {selection.series}"), is_heading=True)]
        for number, place in enumerate(places.places(selection)):
            name = places.title(selection, place)
            if all(word in f"{name} {place.address}".lower() for word in text.lower().split()):
                listed.append(_row(str(number), name, place, worst_mark(self.findings(session, str(number)))))
        if RoleName.ROUTER in selection.roles:
            router = places.router_host(selection)
            shown = (
                outside(router.address) if router else Content.styled("with the first prefill server", "$text-muted")
            )
            listed.append(Row(ROUTER, Content.assemble("    router      ", shown)))
        return listed

    def about(self, session: Session, key: str) -> Content:
        """What stands there, and what was detected about it."""
        if key == ROUTER:
            return Content("The router needs no NPU. Left blank it runs on the host of the first prefill server.")
        place = places.places(session.selection)[int(key)]
        lines = [outside(places.title(session.selection, place), "bold")]
        if len(places.places(session.selection)) == 1:
            lines.append(Content("One server alone needs no address: blank, the script serves where it is started."))
        found = _detected(session, place)
        if found is not None:
            lines.append(outside(f"detected: {_summary(found)}"))
            lines += [outside(f"  {text}", "$text-muted") for text in _interfaces(found)]
        elif place.address:
            lines.append(Content.styled("not detected: nothing was asked about this host", "$text-muted"))
        return Content("\n").join(lines)

    def blanks(self, session: Session, key: str) -> Sequence[Blank]:
        """Address, interface, ssh target."""
        if key == ROUTER:
            router = places.router_host(session.selection)
            return [_router_blank(session, router.address if router else "")]
        number = int(key)
        place = places.places(session.selection)[number]
        found = _detected(session, place)
        names = tuple(item.name for item in (found.interfaces or ()) if item.addresses) if found else ()
        return [
            place_blank(session, number, "address", place.address),
            place_blank(session, number, "interface", place.interface, names),
            place_blank(session, number, "ssh", place.ssh),
        ]

    def more(self, session: Session, key: str) -> Content:  # noqa: ARG002
        """How to fill all places at once."""
        if places.usable(session.hosts):
            names = ", ".join(host.address for host in places.usable(session.hosts))
            return outside(f"u puts the detected hosts here: {names}", "$text-muted")
        return Content.styled("Detect (key 1) finds hosts; `u` then puts them here.", "$text-muted")

    def findings(self, session: Session, key: str) -> Sequence[Finding]:
        """What the checks say about the host in this place."""
        if key == ROUTER:
            return []
        address = places.places(session.selection)[int(key)].address
        return [item for item in session.proven if address and address in item.hosts]

    def action_use(self) -> None:
        """Fills the places with what was detected."""
        if self.session is None:
            return
        selection, hosts = self.session.selection, self.session.hosts
        after = places.assigned(selection, hosts)
        known = sum(1 for host in places.places(after) if host.address)
        needed = len(places.places(selection))
        self.post_message(Chosen.with_hosts(after))
        if known < needed and needed > 1:
            self.app.say(  # type: ignore[attr-defined]
                f"{known} of {needed} places filled: no more {selection.series} hosts were detected", severity="warning"
            )

    def action_swap(self, by: int) -> None:
        """Exchanges this place's host with its neighbour's."""
        key = self.list.key
        if self.session is None or not key.isdigit():
            return
        other = int(key) + by
        if 0 <= other < len(places.places(self.session.selection)):
            after = places.swapped(self.session.selection, int(key), other)
            self.post_message(Chosen(after, "hosts swapped"))
            self.list.point_at(str(other))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done."""
        if self.session is None:
            return super().check_action(action, parameters)
        if action == "use":
            return bool(places.usable(self.session.hosts))
        if action == "swap":
            return len(places.places(self.session.selection)) > 1
        return super().check_action(action, parameters)

    def key_of(self, names: Sequence[str], hosts: Sequence[str]) -> str:  # noqa: ARG002
        """The place of a host."""
        listed = places.places(self.session.selection) if self.session else ()
        return next((str(number) for number, place in enumerate(listed) if place.address in hosts), "")


def _row(key: str, name: str, place: Host, mark: Content) -> Row:
    if place.address:
        shown = outside(f"{place.address}  {place.interface}")
    else:
        shown = Content.styled("not filled in yet", "$text-warning")
    return Row(key, Content.assemble("    ", outside(f"{name:12}"), shown), mark)


def _detected(session: Session, place: Host) -> hardware.Host | None:
    for host in session.hosts:
        mine = {address for item in host.interfaces or () for address in item.addresses} | {host.address}
        if place.address and place.address in mine:
            return host
    return None


def _summary(host: hardware.Host) -> str:
    from wizard.detect.words import headline

    return headline(host)


def _interfaces(host: hardware.Host) -> list[str]:
    listed = [item for item in host.interfaces or () if item.addresses and not item.name.startswith("lo")]
    return [f"{item.name}: {', '.join(item.addresses[:2])}{'' if item.is_up else ' (down)'}" for item in listed[:6]]


def place_blank(session: Session, number: int, field: str, text: str, choices: Sequence[str] = ()) -> Blank:
    """The address, interface or ssh target of a place, to be typed."""
    selection = session.selection
    label = f"{places.title(selection, places.places(selection)[number])}: {field}"

    def message(typed: str, typing: bool) -> Message:
        return Placed(number, {field: typed.strip()}, label, is_typing=typing)

    empty, hint, objection = _FIELDS[field]
    name = f"{number} {field}"
    return Blank(name, field, text, message, hint, empty, tuple(choices), objection, is_forced=False)


def _router_blank(session: Session, text: str) -> Blank:
    selection: Selection = session.selection

    def message(typed: str, typing: bool) -> Message:
        return Chosen(places.with_router(selection, typed.strip()), "router: address", is_typing=typing)

    empty = "with the first prefill server"
    return Blank(ROUTER, "address", text, message, "", empty, (), _address, is_forced=False)


def _address(text: str) -> str:
    word = text.strip()
    named = host_name(word) if word else None
    if named is None:
        return f"`{word}` is no address or host name" if word else ""
    return f"`{word}` is a way for ssh; the address alone is `{named.address}`" if named.ssh else ""


def _interface(text: str) -> str:
    word = text.strip()
    return "" if not word or INTERFACE.match(word) else f"`{word}` is no network interface"


def _ssh(text: str) -> str:
    word = text.strip()
    if not word or (not word.startswith("-") and word.isprintable() and " " not in word):
        return ""
    return f"`{word}` is no ssh target"


_FIELDS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "address": ("by which the others reach it", "IPv4, IPv6, or a name that the other hosts can resolve", _address),
    "interface": (
        "found when the script starts",
        "HCCL and Gloo meet over it; blank: the one that owns the address",
        _interface,
    ),
    "ssh": ("the address; user@host or an alias", "only where ssh needs something else than the address", _ssh),
}
"""Field → what applies where it is blank, what is allowed, what is wrong."""
