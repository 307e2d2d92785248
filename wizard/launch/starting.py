"""Copy, prepare, start: what is done on a host, each with the one sentence that says why it could not be done."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from wizard.launch import scripts
from wizard.launch.places import Place, Places, place_of
from wizard.launch.runs import SCRIPT
from wizard.model.hardware import Fault
from wizard.model.run import Identity, Run, RunProcess

SHORT_S = 30.0
"""Copying a script, starting a process, sending a signal."""


class Started(NamedTuple):
    """A process that runs."""

    identity: Identity
    log_from: int | None
    """Where in its log this start begins; None: it ran already."""


class Refusal(NamedTuple):
    """Why a host would not."""

    message: str
    hint: str
    is_lost: bool = False
    """The host could not be asked: what was meant may have been done all the same."""


def lost(fault: Fault) -> Refusal:
    """The host could not be asked."""
    return Refusal(fault.message, fault.hint, is_lost=True)


def copied(places: Places, place: Place, run: Run, script: str, folder: str = "") -> str | Refusal:
    """Puts the script on a host; the run's folder there, as an absolute path."""
    answer = places.ask(place, scripts.copy(run, script, folder), limit_s=SHORT_S, stdin=script.encode("utf-8"))
    if answer.fault is not None:
        return lost(answer.fault)
    words = dict(line.partition(" ")[::2] for line in answer.text.splitlines())
    if "refused" in words:
        return _refusal(place.address, words["refused"], run)
    if "folder" not in words or not words.keys() & {"copied", "there"}:
        return Refusal(
            f"the script could not be copied to {place.address}: {_last(answer.errors)}", "is there a shell?"
        )
    return words["folder"]


def pulled(places: Places, place: Place, image: str, tell: Callable[[str], None]) -> str | Refusal:
    """Pulls the image where it is missing and tells each line of progress; its id."""
    with places.shell(place).open(scripts.image(image)) as stream:
        rest, last = b"", ""
        while data := stream.read():
            *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
            for line in (raw.decode("utf-8", "replace").strip() for raw in lines):
                if line.startswith("image "):
                    return line.removeprefix("image ")
                if line.startswith("refused"):
                    return _image_refusal(place.address, image, line.removeprefix("refused "), last)
                if line:
                    last = line
                    tell(f"pulling {image}" if line == "pulling" else line)
        stream.poll()
        if stream.fault is not None:
            return lost(stream.fault)
    return Refusal(f"pulling {image} on {place.address} ended without a result: {last or 'no word'}", _pull_hint(image))


def started(
    places: Places, run: Run, process: RunProcess, script: str, unset: Iterable[str], secrets: Mapping[str, str]
) -> Started | Refusal:
    """Starts a process, or finds it running."""
    text = scripts.start(run, process, script, unset, secrets)
    answer = places.ask(place_of(process), text, limit_s=SHORT_S)
    if answer.fault is not None:
        return lost(answer.fault)
    for line in answer.text.splitlines():
        word, _, rest = line.partition(" ")
        if word in {"started", "already"}:
            pid, ticks, boot, *more = rest.split(" ")
            identity = Identity(pid=int(pid), start_ticks=int(ticks), boot_id=boot)
            return Started(identity, int(more[0]) if more else None)
        if word == "refused":
            return _refusal(place_of(process).address, rest, run)
    hint = f"`bash {process.folder}/{SCRIPT} {process.name}` there shows more"
    return Refusal(f"{process.name} could not be started: {_last(answer.errors)}", hint)


def _refusal(host: str, said: str, run: Run) -> Refusal:
    kind, _, detail = said.partition(" ")
    how = "somebody edited it there" if detail.startswith(f"{run.plan}-edited") else "it is not the one that was copied"
    known = {
        "changed": (
            f"the script of this run on {host} holds plan {detail or 'unknown'}, this launch is plan {run.plan}: {how}",
            "take the change into the selection and launch that; or remove the file there to launch what was planned",
        ),
        "space": (f"there is no space for the run on {host} ({detail.strip()})", "free some on that disk; then again"),
        "folder": (
            f"the run's folder on {host} cannot be used: {detail.strip()}",
            "is the home folder there writable? XDG_STATE_HOME in that user's environment puts runs elsewhere",
        ),
        "busy": (f"another wizard is starting the same process on {host}", "`--runs` shows it; wait, then again"),
        "tool": (f"`{detail}` is not installed on {host}", "install bash and util-linux there"),
    }
    if kind in known:
        return Refusal(*known[kind])
    return Refusal(f"the process did not begin on {host}", "`--diagnose` on its log says more; is the host overloaded?")


def _image_refusal(host: str, image: str, kind: str, last: str) -> Refusal:
    if kind == "engine":
        hint = "install docker or podman there, or `--runtime host` when the shell is already inside the image"
        return Refusal(f"neither docker nor podman is on {host}", hint)
    return Refusal(f"{image} could not be pulled on {host}: {last}", _pull_hint(image))


def _pull_hint(image: str) -> str:
    return f"`docker pull {image}` there shows why; without a network: `docker save` elsewhere, `docker load` there"


def _last(errors: str) -> str:
    return next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), "it said nothing")
