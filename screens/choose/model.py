"""What is served and by what: the folder of the weights, their quantisation, container or host, image, release."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from screens.asking import THIS_MACHINE, is_bystander
from screens.choose import memory
from screens.choose.folder import ChooseFolder
from screens.choose.page import ListPage
from screens.choose.telling import foretold, worst_mark
from screens.messages import Detected, Edited
from screens.text import outside
from screens.widgets.blanks import Blank
from screens.widgets.rows import Row
from wizard.detect.question import Question
from wizard.knowledge import facts
from wizard.model.finding import Edit, EditKind, Finding
from wizard.model.hardware import Host
from wizard.model.selection import RuntimeKind
from wizard.offers import preview, weights
from wizard.offers.fields import refusal
from wizard.offers.switches import means
from wizard.session import Session
from wizard.wording import counted

PATH, IMAGE, SERIES = "path", "image", "series"
RUNTIMES = {
    RuntimeKind.CONTAINER: "in the container image; the script pulls and starts it on each host",
    RuntimeKind.HOST: "directly: a bare installation, or inside the container already",
}


class ModelPage(ListPage):
    """Radio choices and two texts."""

    IS_STACKED = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "browse", "browse", tooltip="Look for the weights in the folders of a host"),
        Binding("l", "look", "look at it", tooltip="Look at the folder on every host: size, shards, quantisation"),
    ]

    def help_name(self) -> str:
        """The preset flag it stands for."""
        return {PATH: "model-path"}.get(self.list.key, "")

    def rows(self, session: Session, text: str) -> Sequence[Row]:
        """Path, what was found, quantisations, runtime, images, releases."""
        words = text.lower().split()
        kept: list[Row] = []
        heading: Row | None = None
        for row in self._rows(session):
            if row.is_heading:
                heading = row
            elif all(word in row.text.plain.lower() for word in words):
                kept += [heading] if heading is not None else []
                kept.append(row)
                heading = None
        return kept

    def _rows(self, session: Session) -> Iterator[Row]:
        selection = session.selection
        path = selection.model.path
        shown = outside(path) if path else Content.styled("not filled in yet", "bold $text-warning")
        yield Row("", Content(f"Weights of {selection.model.name}"), is_heading=True)
        yield Row(PATH, Content.assemble("    folder  ", shown), worst_mark(self.findings(session, PATH)))
        for item in weights.found(selection, session.hosts):
            yield Row(f"found {item.address}", outside(f"    {item.address}: {item.summary}", "$text-muted"))
        for role, budget in memory.of_session(session).items():
            key = f"memory {role}"
            bar = Content.assemble(f"    memory  {role:8}", memory.bar(budget, 28, first=21))
            yield Row(key, bar, worst_mark(self.findings(session, key)))
        yield Row("", Content("Quantisation"), is_heading=True)
        for number, checkpoint in enumerate(weights.checkpoints(selection)):
            name = outside(f"{checkpoint.quantization:7} {checkpoint.size}")
            mark = worst_mark(self.findings(session, "quantization")) if checkpoint.is_chosen else Content("  ")
            yield Row(f"quantization {number}", Content.assemble(_radio(checkpoint.is_chosen), name), mark)
        yield Row("", Content("Runs"), is_heading=True)
        for kind, meaning in RUNTIMES.items():
            yield Row(f"runtime {kind.value}", Content.assemble(_radio(kind == selection.runtime.kind), meaning))
        yield Row("", Content(f"Image for {selection.series}"), is_heading=True)
        offers = weights.images(selection, session.hosts)
        for number, offer in enumerate(offers):
            here = f"on {counted(len(offer.present_on), 'host')}  " if offer.present_on else ""
            name = outside(offer.image.image.rpartition("/")[2].removeprefix("sglang:"))
            right = outside(f"{here}{offer.image.kind}, {offer.image.release}", "$text-muted")
            yield Row(f"image {number}", Content.assemble(_radio(offer.is_chosen), name), right)
        own = not any(offer.is_chosen for offer in offers)
        name = outside(selection.runtime.image if own else "another image …")
        yield Row(IMAGE, Content.assemble(_radio(own and bool(selection.runtime.image)), name))
        yield Row("", Content("SGLang release: how options are spelled"), is_heading=True)
        for version, is_chosen in weights.releases(selection):
            yield Row(f"release {version}", Content.assemble(_radio(is_chosen), version))
        yield Row("", Content("Series, where nothing was detected"), is_heading=True)
        for series in ("A3", "A2"):
            text = f"{series}: {facts.hardware(selection.series.__class__(series)).name}"
            yield Row(f"{SERIES} {series}", Content.assemble(_radio(series == selection.series.value), text))

    def about(self, session: Session, key: str) -> Content:
        """What the choice means."""
        return Content("\n").join(self._told(session, key))

    def _told(self, session: Session, key: str) -> Iterator[Content]:
        selection = session.selection
        kind, _, rest = key.partition(" ")
        if key == PATH:
            yield Content.styled("Folder of the weights", "bold")
            yield Content("The same path on every host; b looks for it. A hub id is downloaded when the server starts.")
        elif kind == "found":
            yield from _found(session, rest)
        elif kind == "memory":
            yield from memory.lines(memory.of_session(session)[rest])
        elif kind == "quantization":
            checkpoint = weights.checkpoints(selection)[int(rest)]
            yield outside(checkpoint.hub_id, "bold")
            yield outside(f"{checkpoint.quantization}: {checkpoint.size}")
            yield outside(checkpoint.remark)
        elif kind == "runtime":
            yield Content.styled(rest, "bold")
            yield Content(RUNTIMES[RuntimeKind(rest)])
        elif key == IMAGE:
            yield Content.styled("Another image", "bold")
            yield Content("Its tag says the release; where it does not, choose the release below.")
        elif kind == "image":
            image = weights.images(selection, session.hosts)[int(rest)].image
            yield outside(image.image, "bold")
            yield outside(f"SGLang {image.release}, CANN {image.cann}, {image.kind}; seen {image.last_seen}")
            yield outside(image.note)
            yield outside(f"source: {image.source}", "$text-muted")
        elif kind == "release":
            yield Content.styled(f"SGLang {rest}", "bold")
            yield Content("Options are written as this release spells them, and checked by its rules.")
        elif kind == SERIES:
            hardware = facts.hardware(selection.series.__class__(rest))
            yield outside(hardware.name, "bold")
            yield Content(f"{hardware.devices} devices with {hardware.hbm_mib // 1024} GiB of HBM each")

    def blanks(self, session: Session, key: str) -> Sequence[Blank]:
        """The path and the image are typed."""
        selection = session.selection
        if key == PATH:
            return [
                edit_blank(
                    session, EditKind.MODEL_PATH, "folder", selection.model.path, "/path/on/every/host, or hub id"
                )
            ]
        if key == IMAGE:
            return [edit_blank(session, EditKind.IMAGE, "image", selection.runtime.image, "REGISTRY/NAME:TAG")]
        return []

    def more(self, session: Session, key: str) -> Content:
        """What choosing it changes."""
        edit = self._edit(session, key)
        if edit is None:
            return Content("")
        ahead = preview.consequences(session.selection, (edit,), session.findings, session.hosts)
        return Content("\n").join(foretold(ahead, "Choosing it"))

    def findings(self, session: Session, key: str) -> Sequence[Finding]:
        """What the checks say of memory, image and release."""
        kind, _, role = key.partition(" ")
        if kind in ("quantization", "memory"):
            told = [item for item in session.proven if item.code.startswith("memory.")]
            return [item for item in told if kind == "quantization" or means(item, role)]
        if key == PATH:
            return [item for item in session.proven if "model-path" in item.options]
        return []

    def switch(self, session: Session, key: str) -> None:
        """Chooses it."""
        edit = self._edit(session, key)
        if edit is not None:
            self.post_message(Edited((edit,)))

    def can_choose(self, session: Session, key: str) -> bool:
        """Only what is another choice than the one there is."""
        return self._edit(session, key) is not None

    def _edit(self, session: Session, key: str) -> Edit | None:
        kind, _, rest = key.partition(" ")
        if kind == "quantization":
            offer = weights.checkpoints(session.selection)[int(rest)]
            return None if offer.is_chosen else offer.edit
        if kind == "image" and rest:
            image = weights.images(session.selection, session.hosts)[int(rest)]
            return None if image.is_chosen else image.edit
        now = {
            "runtime": session.selection.runtime.kind.value,
            "release": session.selection.release,
            "series": session.selection.series.value,
        }
        return Edit(EditKind(kind), rest) if kind in now and rest != now[kind] else None

    def action_browse(self) -> None:
        """Looks through the folders of a host that can be reached."""
        if self.session is None:
            return
        real = [host for host in self.session.hosts if not host.is_recorded and host.was_reached]
        if not real and any(host.is_recorded for host in self.session.hosts):
            self.app.say("Recorded hosts have no folders to look through: type the path.", severity="warning")  # type: ignore[attr-defined]
            return
        address, ssh = (real[0].address, real[0].ssh) if real else ("localhost", "")
        self.app.push_screen(ChooseFolder(address, ssh, _start(self.session.selection.model.path)), self._browsed)

    def _browsed(self, path: str | None) -> None:
        if path:
            self.post_message(Edited((Edit(EditKind.MODEL_PATH, path),)))

    def action_look(self) -> None:
        """Asks every host about the folder: those that were found, else those that were named, else this machine."""
        if self.session is not None:
            seen = [host.ssh or host.address for host in self.session.hosts if not host.is_recorded]
            named = [host.ssh or host.address for host in self.session.selection.hosts if host.address]
            targets = list(dict.fromkeys(seen or named)) or [THIS_MACHINE]
            for target in targets:
                self._ask(target, self.session.selection.model.path)
            self.app.say(f"Looking at the folder on {', '.join(targets)} …")  # type: ignore[attr-defined]

    @work(thread=True, group="weights")
    def _ask(self, target: str, path: str) -> None:
        host = Question(target, path).answer()
        if not self.is_attached:
            return
        if is_bystander(host):  # nothing is planned for it, so it is no host of the session
            self.app.call_from_thread(self._tell, host)
        else:
            self.app.call_from_thread(self.post_message, Detected((host,)))

    def _tell(self, host: Host) -> None:
        """What was found on a machine that takes no part."""
        if self.session is not None:
            for item in weights.found(self.session.selection, (host,)):
                text = f"{item.address}: {item.summary}" + (f". {item.fault}" if item.fault else "")
                self.app.say(text, severity="warning" if item.fault else "information")  # type: ignore[attr-defined]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A folder can be looked at where there is one."""
        if action == "look":
            hosts = self.session.hosts if self.session is not None else ()
            is_recorded = bool(hosts) and all(host.is_recorded for host in hosts)
            return self.session is not None and self.session.selection.model.path.startswith("/") and not is_recorded
        return super().check_action(action, parameters)

    def key_of(self, names: Sequence[str], hosts: Sequence[str]) -> str:  # noqa: ARG002
        """The path for ``model-path``; weights for everything about memory."""
        return PATH if "model-path" in names else ""


def _start(path: str) -> str:
    """Where to begin to look: beside what is chosen, else at the top."""
    return path.rstrip("/").rpartition("/")[0] or "/" if path.startswith("/") else "/"


def _radio(is_chosen: bool) -> Content:
    return Content.styled("(*) ", "bold $text-success") if is_chosen else Content("( ) ")


def _found(session: Session, address: str) -> Iterator[Content]:
    for item in weights.found(session.selection, session.hosts):
        if item.address == address:
            yield outside(f"{item.address}: {item.path}", "bold")
            yield outside(item.summary)
            if item.fault:
                yield Content.assemble(Content.styled("! ", "bold $text-error"), outside(item.fault))


def edit_blank(session: Session, kind: EditKind, label: str, text: str, empty: str) -> Blank:
    """What one flag sets, to be typed."""

    def message(typed: str, typing: bool) -> Message:
        return Edited(
            (Edit(kind, typed.strip()),), f"{label} {typed.strip()}" if not typing else label, is_typing=typing
        )

    def objection(typed: str) -> str:
        if not typed.strip():
            return "it cannot be blank" if text else ""
        return refusal(session.selection, Edit(kind, typed.strip()))

    return Blank(
        key=label,
        label=label,
        text=text,
        message=message,
        hint="" if text else "not filled in yet; needed before a launch",
        empty=empty,
        objection=objection,
        is_forced=False,
        help_name=kind.value,
    )
